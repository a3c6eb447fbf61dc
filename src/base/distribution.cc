#include "base/distribution.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "base/text.h"
#include "base/time.h"

namespace dure {

namespace {

using math::kInf;
using Kind = Distribution::Kind;

struct Parameter {
  std::string_view name;
  bool quantity;  // may be a duration; otherwise a plain number
};

struct Form {
  std::string_view name;
  size_t count;
  std::array<Parameter, 3> parameters;
};

constexpr Form kForms[] = {
    {"constant", 1, {{{"value", true}, {}, {}}}},
    {"exponential", 1, {{{"mean", true}, {}, {}}}},
    {"uniform", 2, {{{"lo", true}, {"hi", true}, {}}}},
    {"normal", 2, {{{"mean", true}, {"sd", true}, {}}}},
    {"lognormal", 2, {{{"median", true}, {"sigma", false}, {}}}},
    {"weibull", 2, {{{"scale", true}, {"shape", false}, {}}}},
    {"triangular", 3, {{{"lo", true}, {"mode", true}, {"hi", true}}}},
    {"poisson", 1, {{{"mean", false}, {}, {}}}},
    {"empirical", 0, {}},
};

const Form& form(Kind kind) { return kForms[static_cast<size_t>(kind)]; }

Error fail(std::string message) { return {std::move(message), {}, 0, 0, {}}; }

// Nearest double to the duration in seconds (Duration::seconds() can be one off).
double exact_seconds(Duration d) {
  if (std::abs(static_cast<double>(d.ns)) < 0x1p53) return static_cast<double>(d.ns) / 1e9;
  return *parse_double(std::to_string(d.ns) + "e-9");
}

// Reads the quantities of one distribution and remembers whether they are durations.
class Quantities {
 public:
  explicit Quantities(std::string_view form_name) : form_name_(form_name) {}

  Result<double> quantity(std::string_view name, std::string_view text) {
    if (const auto number = parse_double(text)) {
      if (*number != 0.0) plain_ = true;
      DURE_CHECK(unmixed(name, text));
      return *number;
    }
    if (const auto duration = parse_duration(text)) {
      in_seconds_ = true;
      DURE_CHECK(unmixed(name, text));
      return exact_seconds(*duration);
    }
    return fail(where(name) + "expected a number or a duration such as \"2h\", found " +
                quoted(text));
  }

  Result<double> number(std::string_view name, std::string_view text) const {
    if (const auto number = parse_double(text)) return *number;
    return fail(where(name) + "expected a plain number, found " + quoted(text));
  }

  bool in_seconds() const { return in_seconds_; }

 private:
  std::string where(std::string_view name) const {
    std::string out{form_name_};
    if (!name.empty()) out.append(" ").append(name);
    return out + ": ";
  }
  Result<void> unmixed(std::string_view name, std::string_view text) const {
    if (!plain_ || !in_seconds_) return {};
    return fail(where(name) + "expected all durations or all plain numbers, found a mixture at " +
                quoted(text));
  }

  std::string_view form_name_;
  bool plain_ = false;
  bool in_seconds_ = false;
};

// "name=value" or just "value" (name empty).
struct Argument {
  std::string_view name;
  std::string_view value;
};
Argument split_argument(std::string_view text) {
  const size_t equals = text.find('=');
  if (equals == std::string_view::npos) return {{}, trim(text)};
  return {trim(text.substr(0, equals)), trim(text.substr(equals + 1))};
}

// "mean", "min" and "max".
std::string argument_names(const Form& f) {
  std::vector<std::string_view> names;
  for (size_t i = 0; i < f.count; ++i) names.push_back(f.parameters[i].name);
  names.push_back("min");
  names.push_back("max");
  return join_quoted(names);
}

std::string kind_names() {
  std::vector<std::string_view> names;
  for (const Form& f : kForms) names.push_back(f.name);
  return join_quoted(names, "or");
}

// E[(a - Z)+] for a standard normal Z.
double normal_shortfall(double a) {
  if (a == -kInf) return 0.0;
  if (a > 40.0) return a;
  return a * math::normal_cdf(a) + math::exp(-0.5 * a * a) / std::sqrt(2.0 * math::kPi);
}

// P(a < Z <= b), keeping digits in either tail.
double normal_between(double a, double b) {
  if (a > 0.0) return math::normal_cdf(-a) - math::normal_cdf(-b);
  return math::normal_cdf(b) - math::normal_cdf(a);
}

double exponential_mean(double mean, double min, double max) {
  if (max <= 0.0) return max;
  const double a = std::max(min, 0.0);
  return a + mean * math::exp(-a / mean) * -math::expm1(-(max - a) / mean);
}

double uniform_mean(double lo, double hi, double min, double max) {
  if (min >= hi) return min;
  if (max <= lo) return max;
  if (lo == hi) return lo;
  const double a = std::max(lo, min);
  const double b = std::min(hi, max);
  const double width = hi - lo;
  return (a - lo) / width * a + (hi - b) / width * b + (b - a) / width * (a + 0.5 * (b - a));
}

// Reckoned from whichever of mean, min and max lies in the middle, so that a clamp far out in a
// tail loses no digits; a narrow clamp is min plus Simpson's rule over P(x > t).
double normal_mean(double mean, double sd, double min, double max) {
  if (sd == 0.0) return std::clamp(mean, min, max);
  const double a = (min - mean) / sd;
  const double b = (max - mean) / sd;
  if (max - min < 0.01 * sd) {
    const double middle = 0.5 * (a + b);
    const double sum =
        math::normal_cdf(-a) + 4.0 * math::normal_cdf(-middle) + math::normal_cdf(-b);
    return min + (max - min) * sum / 6.0;
  }
  if (mean < min) return min + sd * (normal_shortfall(-a) - normal_shortfall(-b));
  if (mean > max) return max - sd * (normal_shortfall(b) - normal_shortfall(a));
  return mean + sd * (normal_shortfall(a) - normal_shortfall(-b));
}

double lognormal_mean(double median, double sigma, double min, double max) {
  if (max <= 0.0) return max;
  if (sigma == 0.0) return std::clamp(median, min, max);
  const double a = min > 0.0 ? math::log(min / median) / sigma : -kInf;
  const double b = math::log(max / median) / sigma;
  double mean = median * math::exp(0.5 * sigma * sigma) * normal_between(a - sigma, b - sigma);
  if (min > 0.0) mean += min * math::normal_cdf(a);
  if (max < kInf) mean += max * math::normal_cdf(-b);
  return mean;
}

// The integral of P(x > t) over t, from the clamp's bottom to its top.
double weibull_mean(double scale, double shape, double min, double max) {
  if (max <= 0.0) return max;
  const double a = std::max(min, 0.0);
  const double order = 1.0 / shape;
  const double from = math::pow(a / scale, shape);
  const double to = math::pow(max / scale, shape);
  const double part = from > order ? math::gamma_q(order, from) - math::gamma_q(order, to)
                                   : math::gamma_p(order, to) - math::gamma_p(order, from);
  return a + scale * math::exp(math::log_gamma(1.0 + order)) * part;
}

// The lowest draw plus the integral of P(x > t) up to the highest: below the mode 1 - (t - lo)^2 /
// (width left), above it (hi - t)^2 / (width right). Every term is positive.
double triangular_mean(double lo, double mode, double hi, double min, double max) {
  if (lo == hi || min >= hi || max <= lo) return std::clamp(lo, min, max);
  const double width = hi - lo;
  const double from = std::max(lo, min);
  const double to = std::min(hi, max);
  // The mean of t^2 over [p, q] as a share of width * side.
  const auto square = [&](double p, double q, double side) {
    return (p / width * (p / side) + p / width * (q / side) + q / width * (q / side)) / 3.0;
  };
  double mean = from;
  const double left_to = std::min(to, mode);
  if (from < left_to) mean += (left_to - from) * (1.0 - square(from - lo, left_to - lo, mode - lo));
  const double right_from = std::max(from, mode);
  if (right_from < to) mean += (to - right_from) * square(hi - right_from, hi - to, hi - mode);
  return mean;
}

double poisson_mean(double mean, double min, double max) {
  if (max < 0.0) return max;
  if (mean == 0.0) return std::clamp(0.0, min, max);
  const auto at_most = [&](double k) {
    if (k < 0.0) return 0.0;
    return k == kInf ? 1.0 : math::gamma_q(k + 1.0, mean);
  };
  const double first = std::max(std::ceil(min), 0.0);  // the whole numbers left alone
  const double last = std::floor(max);
  // k P(k) = mean P(k - 1), so the middle is a difference of two distribution functions.
  double sum = mean * (at_most(last - 1.0) - at_most(first - 2.0));
  if (first > 0.0) sum += min * at_most(first - 1.0);
  if (last < kInf) sum += max * math::gamma_p(last + 1.0, mean);
  return sum;
}

// Smallest whole k with P(count <= k) >= p.
double poisson_quantile(double p, double mean) {
  if (p <= 0.0 || mean == 0.0) return 0.0;
  if (p >= 1.0) return kInf;
  const auto reached = [&](double k) { return math::gamma_q(k + 1.0, mean) >= p; };
  double below = -1.0;
  double step = 1.0 + std::floor(std::sqrt(mean));
  double above = std::floor(mean);
  while (!reached(above)) {
    below = above;
    above += step;
    step *= 2.0;
  }
  if (below < 0.0) {  // look downwards from the mean
    for (double k = above - step; k >= 0.0; k -= step) {
      if (!reached(k)) {
        below = k;
        break;
      }
      above = k;
      step *= 2.0;
    }
  }
  while (above - below > 1.0) {
    const double middle = std::floor(below + 0.5 * (above - below));
    (reached(middle) ? above : below) = middle;
  }
  return above;
}

}  // namespace

Distribution Distribution::checked(Kind kind, std::array<double, 3> parameters) {
  Distribution d;
  d.kind_ = kind;
  d.parameters_ = parameters;
  return *make(std::move(d));
}

Distribution Distribution::constant(double value) { return checked(Kind::kConstant, {value}); }
Distribution Distribution::exponential(double mean) { return checked(Kind::kExponential, {mean}); }
Distribution Distribution::uniform(double lo, double hi) {
  return checked(Kind::kUniform, {lo, hi});
}
Distribution Distribution::normal(double mean, double sd) {
  return checked(Kind::kNormal, {mean, sd});
}
Distribution Distribution::lognormal(double median, double sigma) {
  return checked(Kind::kLognormal, {median, sigma});
}
Distribution Distribution::weibull(double scale, double shape) {
  return checked(Kind::kWeibull, {scale, shape});
}
Distribution Distribution::triangular(double lo, double mode, double hi) {
  return checked(Kind::kTriangular, {lo, mode, hi});
}
Distribution Distribution::poisson(double mean) { return checked(Kind::kPoisson, {mean}); }

Distribution Distribution::empirical(std::span<const Weighted> values) {
  Distribution d;
  d.kind_ = Kind::kEmpirical;
  d.table_ = table(values);
  return *make(std::move(d));
}

Distribution Distribution::clamped(double min, double max) const {
  const auto keep = [&](double x) {
    return in_seconds_ && std::isfinite(x) ? exact_seconds(from_seconds(x)) : x;
  };
  Distribution d = *this;
  d.min_ = keep(min);
  d.max_ = keep(max);
  return *make(std::move(d));
}

std::shared_ptr<const Distribution::Table> Distribution::table(std::span<const Weighted> values) {
  auto out = std::make_shared<Table>();
  out->given.assign(values.begin(), values.end());
  std::vector<Weighted> sorted;
  double total = 0.0;
  for (const Weighted& v : values) {
    if (!(v.weight > 0.0)) continue;
    sorted.push_back(v);
    total += v.weight;
  }
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const Weighted& a, const Weighted& b) { return a.value < b.value; });
  double sum = 0.0;
  for (const Weighted& v : sorted) {
    sum += v.weight;
    out->steps.push_back({v.value, sum / total});
  }
  if (!out->steps.empty()) out->steps.back().cumulative = 1.0;
  return out;
}

Result<Distribution> Distribution::make(Distribution d) {
  std::string wrong = problem(d);
  if (!wrong.empty()) return fail(std::string{form(d.kind_).name} + ": " + wrong);
  return d;
}

// What is wrong with the parameters, or "".
std::string Distribution::problem(const Distribution& d) {
  const auto& p = d.parameters_;
  const auto found = [&](double x) { return ", found " + shortest(x); };
  for (const double x : p) {
    if (!std::isfinite(x)) return "expected finite parameters" + found(x);
  }
  switch (d.kind_) {
    case Kind::kConstant:
      break;
    case Kind::kExponential:
      if (!(p[0] > 0.0)) return "expected a mean above 0" + found(p[0]);
      break;
    case Kind::kUniform:
      if (p[0] > p[1])
        return "expected lo <= hi, found lo = " + shortest(p[0]) + ", hi = " + shortest(p[1]);
      break;
    case Kind::kNormal:
      if (p[1] < 0.0) return "expected an sd of at least 0" + found(p[1]);
      break;
    case Kind::kLognormal:
      if (!(p[0] > 0.0)) return "expected a median above 0" + found(p[0]);
      if (!(p[1] >= 0.0 && p[1] <= 30.0)) return "expected a sigma from 0 to 30" + found(p[1]);
      break;
    case Kind::kWeibull:
      if (!(p[0] > 0.0)) return "expected a scale above 0" + found(p[0]);
      if (!(p[1] >= 0.01)) return "expected a shape of at least 0.01" + found(p[1]);
      break;
    case Kind::kTriangular:
      if (!(p[0] <= p[1] && p[1] <= p[2]))
        return "expected lo <= mode <= hi, found lo = " + shortest(p[0]) +
               ", mode = " + shortest(p[1]) + ", hi = " + shortest(p[2]);
      break;
    case Kind::kPoisson:
      if (!(p[0] >= 0.0 && p[0] <= 1e9)) return "expected a mean from 0 to 1e9" + found(p[0]);
      break;
    case Kind::kEmpirical: {
      double total = 0.0;
      for (const Weighted& v : d.table_->given) {
        if (!std::isfinite(v.value)) return "expected finite values" + found(v.value);
        if (!(v.weight >= 0.0)) return "expected weights of at least 0" + found(v.weight);
        total += v.weight;
      }
      if (!(total > 0.0)) return "expected at least one value with a weight above 0, found none";
      if (!std::isfinite(total)) return "expected weights with a finite sum, found one too large";
      break;
    }
  }
  if (!(d.min_ <= d.max_) || d.min_ == kInf || d.max_ == -kInf)
    return "expected min <= max, found min = " + shortest(d.min_) + ", max = " + shortest(d.max_);
  // The smallest and the largest possible draw, and the mean, must fit a double. (Poisson's do.)
  const bool fits = d.kind_ == Kind::kPoisson ||
                    (std::isfinite(d.clamp(d.raw_quantile(0x1p-53))) &&
                     std::isfinite(d.clamp(d.raw_quantile(1.0 - 0x1p-53))) &&
                     !std::isnan(d.raw_quantile(0x1p-53)) && std::isfinite(d.mean()));
  if (!fits) return "expected parameters whose draws fit a double, found some that overflow";
  return "";
}

Result<Distribution> Distribution::parse(std::string_view text) {
  text = trim(text);
  const size_t open = text.find('(');
  std::string_view name = "constant";
  std::string_view arguments = text;
  if (open != std::string_view::npos) {
    name = trim(text.substr(0, open));
    if (text.back() != ')')
      return fail("expected a closing \")\" at the end, found " + quoted(text));
    arguments = trim(text.substr(open + 1, text.size() - open - 2));
  } else if (text.empty()) {
    return fail("expected a distribution such as \"exponential(mean=2h)\", found nothing");
  } else if (!parse_double(text) && !parse_duration(text)) {
    return fail(
        "expected a number, a duration or a distribution such as \"exponential(mean=2h)\", "
        "found " +
        quoted(text));
  }

  const Form* found = nullptr;
  for (const Form& f : kForms) {
    if (f.name == name) found = &f;
  }
  if (found == nullptr) {
    std::vector<std::string_view> names;
    for (const Form& f : kForms) names.push_back(f.name);
    return fail("expected " + kind_names() + ", found " + quoted(name) + did_you_mean(name, names));
  }

  Distribution d;
  d.kind_ = static_cast<Kind>(found - kForms);
  Quantities read(found->name);
  std::array<bool, 3> given{};
  bool min_given = false;
  bool max_given = false;
  bool named = false;
  size_t next = 0;
  std::vector<Weighted> values;

  std::vector<std::string_view> parts;
  if (!arguments.empty()) parts = split(arguments, ',');
  for (const std::string_view part : parts) {
    const Argument argument = split_argument(part);
    if (argument.value.empty() && argument.name.empty())
      return fail(std::string{name} + ": expected an argument between commas, found nothing");
    if (argument.name.data() != nullptr && (argument.name == "min" || argument.name == "max")) {
      const bool is_min = argument.name == "min";
      bool& seen = is_min ? min_given : max_given;
      if (seen)
        return fail(std::string{name} + ": expected " + std::string{argument.name} +
                    " once, found it twice");
      seen = true;
      named = true;
      // The clamp of a count is a plain number.
      const bool plain = d.kind_ == Kind::kPoisson;
      DURE_TRY(const double bound, plain ? read.number(argument.name, argument.value)
                                         : read.quantity(argument.name, argument.value));
      (is_min ? d.min_ : d.max_) = bound;
      continue;
    }
    if (d.kind_ == Kind::kEmpirical) {
      const size_t colon = part.find(':');
      if (colon == std::string_view::npos || part.find('=') != std::string_view::npos)
        return fail("empirical: expected value:weight such as \"2h:0.3\", found " +
                    quoted(trim(part)));
      DURE_TRY(const double value, read.quantity("value", trim(part.substr(0, colon))));
      DURE_TRY(const double weight, read.number("weight", trim(part.substr(colon + 1))));
      values.push_back({value, weight});
      continue;
    }
    size_t index = found->count;
    if (part.find('=') == std::string_view::npos) {
      if (named)
        return fail(std::string{name} + ": expected a name before " + quoted(argument.value) +
                    ", since the argument before it has one");
      index = next++;
      if (index >= found->count)
        return fail(std::string{name} + ": expected at most " + std::to_string(found->count) +
                    " unnamed argument" + (found->count == 1 ? "" : "s") + ", found " +
                    quoted(argument.value) + " too");
    } else {
      named = true;
      for (size_t i = 0; i < found->count; ++i) {
        if (found->parameters[i].name == argument.name) index = i;
      }
      if (index == found->count)
        return fail(std::string{name} + ": expected arguments from " + argument_names(*found) +
                    ", found " + quoted(argument.name));
    }
    const Parameter& parameter = found->parameters[index];
    if (given[index])
      return fail(std::string{name} + ": expected " + std::string{parameter.name} +
                  " once, found it twice");
    given[index] = true;
    DURE_TRY(const double x, parameter.quantity ? read.quantity(parameter.name, argument.value)
                                                : read.number(parameter.name, argument.value));
    d.parameters_[index] = x;
  }
  for (size_t i = 0; i < found->count; ++i) {
    if (given[i]) continue;
    std::string message = std::string{name} + ": expected a " +
                          std::string{found->parameters[i].name} + ", found none";
    if (d.kind_ == Kind::kUniform && (min_given || max_given))
      message += " (min and max only clamp the draws; the range is lo and hi)";
    return fail(std::move(message));
  }
  if (d.kind_ == Kind::kEmpirical) d.table_ = table(values);
  d.in_seconds_ = read.in_seconds();
  return make(std::move(d));
}

std::string Distribution::text() const {
  const auto quantity = [&](double x) {
    return in_seconds_ ? to_string(from_seconds(x)) : shortest(x);
  };
  const Form& f = form(kind_);
  const bool clamps = min_ > -kInf || max_ < kInf;
  if (kind_ == Kind::kConstant && !clamps) return quantity(parameters_[0]);
  std::string out{f.name};
  std::string_view separator = "(";
  const auto add = [&](std::string_view name, std::string_view mark, const std::string& value) {
    out.append(separator).append(name).append(mark).append(value);
    separator = ", ";
  };
  for (size_t i = 0; i < f.count; ++i) {
    const Parameter& p = f.parameters[i];
    add(p.name, "=", p.quantity ? quantity(parameters_[i]) : shortest(parameters_[i]));
  }
  if (table_) {
    for (const Weighted& v : table_->given) add(quantity(v.value), ":", shortest(v.weight));
  }
  const bool plain = kind_ == Kind::kPoisson;
  if (min_ > -kInf) add("min", "=", plain ? shortest(min_) : quantity(min_));
  if (max_ < kInf) add("max", "=", plain ? shortest(max_) : quantity(max_));
  return out + ")";
}

double Distribution::sample(Random& random) const {
  switch (kind_) {
    case Kind::kConstant:
      ++random.counter;  // as every other kind, so that draws stay aligned
      return clamp(parameters_[0]);
    case Kind::kNormal:
    case Kind::kLognormal:
      return clamp(raw_quantile(random.uniform_open()));
    case Kind::kPoisson:
      return clamp(static_cast<double>(random.poisson(parameters_[0])));
    default:
      return clamp(raw_quantile(random.uniform()));
  }
}

double Distribution::raw_quantile(double p) const {
  const auto& a = parameters_;
  switch (kind_) {
    case Kind::kConstant:
      return a[0];
    case Kind::kExponential:
      return Random::exponential_at(p, a[0]);
    case Kind::kUniform:
      return Random::uniform_at(p, a[0], a[1]);
    case Kind::kNormal:
      return a[1] == 0.0 ? a[0] : a[0] + a[1] * math::normal_quantile(p);
    case Kind::kLognormal:
      return a[1] == 0.0 ? a[0] : a[0] * math::exp(a[1] * math::normal_quantile(p));
    case Kind::kWeibull:
      return Random::weibull_at(p, a[0], a[1]);
    case Kind::kTriangular:
      return Random::triangular_at(p, a[0], a[1], a[2]);
    case Kind::kPoisson:
      return poisson_quantile(p, a[0]);
    case Kind::kEmpirical:
      return Random::empirical_at(p, table_->steps);
  }
  return math::kNaN;
}

double Distribution::quantile(double p) const {
  DURE_ASSERT(p >= 0.0 && p <= 1.0, "quantile of a probability outside [0, 1]");
  return clamp(raw_quantile(p));
}

double Distribution::mean() const {
  const auto& a = parameters_;
  double mean = 0.0;
  switch (kind_) {
    case Kind::kConstant:
      mean = a[0];
      break;
    case Kind::kExponential:
      mean = exponential_mean(a[0], min_, max_);
      break;
    case Kind::kUniform:
      mean = uniform_mean(a[0], a[1], min_, max_);
      break;
    case Kind::kNormal:
      mean = normal_mean(a[0], a[1], min_, max_);
      break;
    case Kind::kLognormal:
      mean = lognormal_mean(a[0], a[1], min_, max_);
      break;
    case Kind::kWeibull:
      mean = weibull_mean(a[0], a[1], min_, max_);
      break;
    case Kind::kTriangular:
      mean = triangular_mean(a[0], a[1], a[2], min_, max_);
      break;
    case Kind::kPoisson:
      mean = poisson_mean(a[0], min_, max_);
      break;
    case Kind::kEmpirical: {
      double total = 0.0;
      for (const Weighted& v : table_->given) total += v.weight;
      for (const Weighted& v : table_->given) mean += v.weight / total * clamp(v.value);
      break;
    }
  }
  return std::clamp(mean, lowest(), highest());  // rounding may put it just outside
}

bool Distribution::operator==(const Distribution& other) const {
  if (kind_ != other.kind_ || in_seconds_ != other.in_seconds_ ||
      parameters_ != other.parameters_ || min_ != other.min_ || max_ != other.max_)
    return false;
  if (!table_ || !other.table_) return table_ == other.table_;
  const auto same = [](const Weighted& a, const Weighted& b) {
    return a.value == b.value && a.weight == b.weight;
  };
  return std::equal(table_->given.begin(), table_->given.end(), other.table_->given.begin(),
                    other.table_->given.end(), same);
}

}  // namespace dure
