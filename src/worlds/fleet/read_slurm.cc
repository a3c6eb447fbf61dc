#include "worlds/fleet/read_slurm.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/text.h"
#include "worlds/fleet/read_common.h"

namespace dure::fleet {
namespace {

constexpr int64_t kMaxCount = 1'000'000'000;

Error failed(std::string_view expected, std::string_view found) {
  return {"expected " + std::string(expected) + ", found " + quoted(found), {}, 0, 0, {}};
}

Result<int64_t> count_in(std::string_view value, std::string_view part) {
  Result<int64_t> n = parse_int(value, 0, kMaxCount);
  return n ? n : Result<int64_t>(failed("a whole number from 0 to 1e9 in " + quoted(part), value));
}

bool is_one_of(std::string_view text, std::initializer_list<std::string_view> words) {
  const std::string lower = to_lower(text);
  return std::find(words.begin(), words.end(), lower) != words.end();
}

// Calls f(part) for each part between commas that are not in parentheses.
template <class F>
Result<void> for_each_part(std::string_view text, const F& f) {
  int depth = 0;
  size_t begin = 0;
  for (size_t i = 0; i <= text.size(); ++i) {
    if (i < text.size() && text[i] == '(') ++depth;
    if (i < text.size() && text[i] == ')') --depth;
    if (i < text.size() && (text[i] != ',' || depth > 0)) continue;
    if (const std::string_view part = trim(text.substr(begin, i - begin)); !part.empty()) {
      DURE_CHECK(f(part));
    }
    begin = i + 1;
  }
  return {};
}

}  // namespace

Result<SlurmResources> parse_tres(std::string_view text) {
  SlurmResources out;
  std::optional<int64_t> total;
  int64_t typed = 0;
  DURE_CHECK(for_each_part(text, [&](std::string_view part) -> Result<void> {
    const size_t equals = part.find('=');
    if (equals == std::string_view::npos)
      return failed("resources such as \"cpu=8,mem=16G\"", part);
    const std::string_view name = part.substr(0, equals), value = part.substr(equals + 1);
    constexpr std::string_view gpu = "gres/gpu";
    if (name == "cpu") {
      DURE_TRY(out.cpus, count_in(value, part));
    } else if (name == "node") {
      DURE_TRY(out.nodes, count_in(value, part));
    } else if (name == "mem") {
      DURE_TRY(out.memory_mib, parse_slurm_memory(value));
    } else if (name == gpu) {
      DURE_TRY(total, count_in(value, part));
    } else if (name.starts_with(gpu) && name.size() > gpu.size() + 1 && name[gpu.size()] == ':') {
      DURE_TRY(const int64_t n, count_in(value, part));
      typed = std::min(typed + n, kMaxCount);
      if (n > 0) add_once(out.gpu_types, to_lower(name.substr(gpu.size() + 1)));
    }
    return {};
  }));
  out.gpus = total.value_or(typed);
  return out;
}

Result<SlurmGres> parse_gres(std::string_view text) {
  SlurmGres out;
  if (trim(text) == "(null)") return out;
  DURE_CHECK(for_each_part(text, [&](std::string_view part) -> Result<void> {
    const std::string_view plain = part.substr(0, part.find('('));  // "(S:0-1)": sockets
    const std::vector<std::string_view> words = split(plain, ':');
    if (words[0] != "gpu") return {};
    if (words.size() == 1) {  // "gpu" alone is one of them
      out.gpus = std::min(out.gpus + 1, kMaxCount);
      return {};
    }
    const Result<int64_t> n = parse_int(words.back(), 0, kMaxCount);
    if (!n || words.size() > 3) return failed("GPUs such as \"gpu:h100:8\"", part);
    out.gpus = std::min(out.gpus + *n, kMaxCount);
    if (words.size() == 3 && *n > 0) add_once(out.gpu_types, words[1]);
    return {};
  }));
  return out;
}

Result<int64_t> parse_slurm_memory(std::string_view text) {
  const auto fail = [&] { return failed("an amount of memory such as \"480G\"", text); };
  std::string_view number = text;
  double mib = 1;
  if (!number.empty()) {
    constexpr std::string_view units = "KMGTP";
    const char last = number.back();
    const size_t unit =
        units.find(last >= 'a' && last <= 'z' ? static_cast<char>(last - 32) : last);
    if (unit != std::string_view::npos) {
      number.remove_suffix(1);
      mib = std::ldexp(1.0, 10 * (static_cast<int>(unit) - 1));
    }
  }
  const Result<double> amount = parse_double(number);
  if (!amount || *amount < 0 || *amount * mib > 1e12) return fail();
  return static_cast<int64_t>(std::ceil(*amount * mib));
}

Result<Duration> parse_slurm_duration(std::string_view text) {
  const auto fail = [&] { return failed("a duration such as \"1-02:03:04\"", text); };
  int64_t days = 0;
  std::string_view clock = text;
  const size_t dash = text.find('-');
  const bool has_days = dash != std::string_view::npos;
  if (has_days) {
    const Result<int64_t> n = parse_int(text.substr(0, dash), 0, 100'000);
    if (!n) return fail();
    days = *n;
    clock = text.substr(dash + 1);
  }
  const std::vector<std::string_view> words = split(clock, ':');
  if (words.size() > 3) return fail();
  // With days, words are hours, minutes, seconds from the left; without, two words are minutes and
  // seconds, and one is minutes.
  const size_t first = has_days || words.size() == 3 ? 0 : 1;
  constexpr std::array<int64_t, 3> unit_s = {3600, 60, 1};
  Duration total = days * 1_d;
  for (size_t i = 0; i < words.size(); ++i) {
    const int64_t unit = unit_s[first + i];
    if (unit == 1) {
      const Result<Duration> seconds = parse_seconds(words[i]);
      if (!seconds || *seconds > 100'000_s || *seconds > Duration::max() - total) return fail();
      total += *seconds;
    } else {
      const Result<int64_t> n = parse_int(words[i], 0, 10'000'000);
      if (!n) return fail();
      if (*n > 9'000'000'000 / unit) return fail();
      const Duration part = *n * unit * 1_s;
      if (part > Duration::max() - total) return fail();
      total += part;
    }
  }
  return total;
}

namespace {

constexpr size_t kMaxHosts = 1'000'000;

// "001-003" or "7": appends each number, with its leading zeros.
Result<void> add_numbers(std::string_view range, std::vector<std::string>& out) {
  const auto fail = [&] { return failed("numbers of hosts such as \"001-003\"", range); };
  const size_t dash = range.find('-');
  const std::string_view low = range.substr(0, dash);
  const std::string_view high = dash == std::string_view::npos ? low : range.substr(dash + 1);
  const auto is_number = [](std::string_view s) {
    return !s.empty() && s.size() <= 9 && s.find_first_not_of("0123456789") == s.npos;
  };
  if (!is_number(low) || !is_number(high)) return fail();
  const auto first = *parse_int(low, 0), last = *parse_int(high, 0);
  if (last < first || last - first >= static_cast<int64_t>(kMaxHosts - out.size())) return fail();
  for (int64_t n = first; n <= last; ++n) {
    const std::string digits = std::to_string(n);
    out.push_back(std::string(low.size() - std::min(low.size(), digits.size()), '0') + digits);
  }
  return {};
}

// One name with any number of brackets: the names that begin with `before`.
Result<void> add_hosts(const std::string& before, std::string_view rest,
                       std::vector<std::string>& out) {
  const size_t open = rest.find('['), close = rest.find(']');
  if (open == std::string_view::npos) {
    const std::string name = before + std::string(rest);
    if (name.empty() || name.find_first_of("]| \t") != std::string::npos)
      return failed("a host's name", name);
    if (out.size() == kMaxHosts) return failed("at most 1,000,000 hosts", "more");
    out.push_back(name);
    return {};
  }
  if (close == std::string_view::npos || close < open)
    return failed("hosts such as \"gpu[001-003,7]\"", rest);
  std::vector<std::string> numbers;
  for (const std::string_view range : split(rest.substr(open + 1, close - open - 1), ',')) {
    DURE_CHECK(add_numbers(range, numbers));
  }
  for (const std::string& number : numbers) {
    DURE_CHECK(add_hosts(before + std::string(rest.substr(0, open)) + number,
                         rest.substr(close + 1), out));
  }
  return {};
}

}  // namespace

Result<std::vector<std::string>> parse_hostlist(std::string_view text) {
  std::vector<std::string> out;
  if (text.empty() || is_one_of(text, {"none assigned", "none", "unknown", "n/a", "(null)"}))
    return out;
  bool inside = false;
  for (size_t begin = 0, i = 0; i <= text.size(); ++i) {
    if (i < text.size() && (text[i] == '[' || text[i] == ']')) inside = text[i] == '[';
    if (i < text.size() && (text[i] != ',' || inside)) continue;
    DURE_CHECK(add_hosts({}, text.substr(begin, i - begin), out));
    begin = i + 1;
  }
  std::vector<std::string> sorted = out;
  std::sort(sorted.begin(), sorted.end());
  const auto twice = std::adjacent_find(sorted.begin(), sorted.end());
  if (twice != sorted.end()) return failed("each host once", *twice);
  return out;
}

Result<std::optional<Time>> parse_slurm_time(std::string_view text) {
  if (text.empty() || is_one_of(text, {"unknown", "none", "n/a", "(null)"})) {
    return std::optional<Time>{};
  }
  const Result<Time> time = parse_time(text);
  if (!time) return time.error();
  return std::optional<Time>{*time};
}

Result<std::optional<Duration>> parse_slurm_limit(std::string_view text) {
  if (text.empty() || is_one_of(text, {"unlimited", "partition_limit", "infinite", "not_set",
                                       "invalid", "unknown", "none", "n/a", "(null)"})) {
    return std::optional<Duration>{};
  }
  const Result<Duration> limit = parse_slurm_duration(text);
  if (!limit) return limit.error();
  return std::optional<Duration>{*limit};
}

}  // namespace dure::fleet
