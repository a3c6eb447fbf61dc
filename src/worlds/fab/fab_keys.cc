#include "worlds/fab/fab_keys.h"

#include "base/text.h"

namespace dure::fab {
namespace {

Result<DurationLaw> parse_law(std::string_view text) {
  DURE_TRY(const Distribution d, Distribution::parse(text));
  if (!d.in_seconds()) {
    return Error{"expected durations with units, such as uniform(28min, 32min), found " +
                 quoted(text)};
  }
  // Draws beyond this chance may be longer; nobody will live to see them.
  if (!(d.quantile(1 - 1e-6) <= kLongest.seconds()))
    return Error{"expected durations of at most 60 years, found " + quoted(text)};
  if (d.lowest() < 0 && !(d.mean() > 0))
    return Error{"expected durations of at least 0, found " + quoted(text)};
  return DurationLaw::of(d);
}

// "28m" for 1680, with a duration or a plain number of seconds.
std::string duration_text(std::string_view quantity, double factor) {
  const Result<Duration> given = parse_duration(quantity);
  const double s = given ? given->seconds() : *parse_double(quantity);
  if (given && factor == 1) return to_string(*given);
  return to_string(from_seconds(s * factor));
}

}  // namespace

uint32_t Names::place(const std::string& name) {
  const auto [it, is_new] = places_.emplace(name, static_cast<uint32_t>(list_.size()));
  if (is_new) list_.push_back(name);
  return it->second;
}

uint32_t Names::find(std::string_view name) const {
  const auto it = places_.find(name);
  return it == places_.end() ? kNone : it->second;
}

std::string Names::not_found(std::string_view name) const {
  const std::vector<std::string_view> known(list_.begin(), list_.end());
  return "expected the name of a " + what_ + ", found " + quoted(name) + did_you_mean(name, known);
}

std::string Names::read_new(ConfigReader& in, std::string_view doc) {
  const std::string name = in.text("name", required, doc);
  if (in.describing() || in.failed()) return name;
  if (name.empty()) in.fail("name", "expected a name, found none");
  if (find(name) != kNone)
    in.fail("name", "expected another name than an earlier " + what_ + "'s, found " + quoted(name));
  place(name);
  return name;
}

uint32_t Names::read(ConfigReader& in, std::string_view key, bool is_required,
                     std::string_view doc) const {
  const bool given = in.has(key);
  const std::string name = in.text(
      key, is_required ? std::optional<std::string>() : std::optional<std::string>(""), doc);
  if (in.describing() || in.failed() || !given) return kNone;
  const uint32_t at = find(name);
  if (at == kNone) in.fail(key, not_found(name));
  return at;
}

DurationLaw read_law(ConfigReader& in, std::string_view key,
                     std::optional<std::string_view> fallback, std::string_view doc) {
  return in.parsed<DurationLaw>(key, fallback, parse_law, doc, "distribution of durations");
}

std::optional<Duration> read_maybe(ConfigReader& in, std::string_view key, std::string_view doc,
                                   Duration min, Duration max) {
  using Maybe = std::optional<Duration>;
  const auto parse = [&](std::string_view text) -> Result<Maybe> {
    if (text.empty()) return Maybe();
    DURE_TRY(const Duration d, parse_duration(text));
    if (d < min || d > max) {
      return Error{"expected a duration from " + to_string(min) + " to " + to_string(max) +
                   ", found " + quoted(text)};
    }
    return Maybe(d);
  };
  return in.parsed<Maybe>(key, "", parse, doc, "duration");
}

uint32_t read_count(ConfigReader& in, std::string_view key, std::optional<int64_t> fallback,
                    const IntegerKey& about) {
  return static_cast<uint32_t>(in.integer(key, fallback, about));
}

// A Distribution tells its parameters only as text. Those that are no durations keep their values.
std::string law_text(const DurationLaw& law, double factor) {
  const std::string text = law.distribution().text();
  const size_t open = text.find('(');
  if (open == std::string::npos) return duration_text(text, factor);
  std::string out = text.substr(0, open + 1);
  for (std::string_view part :
       split(std::string_view(text).substr(open + 1, text.size() - open - 2), ',')) {
    if (out.back() != '(') out += ", ";
    part = trim(part);
    if (const size_t equals = part.find('='); equals != std::string_view::npos) {
      const std::string_view name = part.substr(0, equals), value = part.substr(equals + 1);
      const bool plain = name == "sigma" || name == "shape";
      out.append(name).append("=").append(plain ? std::string(value)
                                                : duration_text(value, factor));
    } else {
      const size_t colon = part.find(':');
      out += duration_text(part.substr(0, colon), factor);
      if (colon != std::string_view::npos) out += part.substr(colon);
    }
  }
  return out + ")";
}

void scale_load(Model& m, double load) {
  if (load == 1) return;
  for (Stream& s : m.streams)
    s.gap = DurationLaw::of(*Distribution::parse(law_text(s.gap, 1 / load)));
}

}  // namespace dure::fab
