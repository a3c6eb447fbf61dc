#include "worlds/fleet/read_common.h"

#include <algorithm>
#include <charconv>
#include <limits>

#include "base/text.h"

namespace dure::fleet {

std::string count_of(int64_t n, std::string_view what) {
  return with_commas(n) + ' ' + std::string(what) + (n == 1 ? "" : "s");
}

Result<Duration> parse_seconds(std::string_view text) {
  const auto fail = [&] {
    return Error{
        "expected seconds, a number from 0 to 292 years, found " + quoted(text), {}, 0, 0, {}};
  };
  constexpr int64_t second = 1'000'000'000;
  // Digits, a point and up to nine more are exact in integers; all else goes through a double.
  int64_t whole = 0;
  const char* const end = text.data() + text.size();
  const auto [at, code] = std::from_chars(text.data(), end, whole);
  const bool digits = code == std::errc{} && !text.empty() && text.front() != '-';
  if (digits && whole <= std::numeric_limits<int64_t>::max() / second) {
    if (at == end) return Duration{whole * second};
    if (*at == '.' && end - at <= 10) {
      int64_t unit = second, fraction = 0;
      const char* p = at + 1;
      for (; p != end && *p >= '0' && *p <= '9'; ++p) {
        unit /= 10;
        fraction += (*p - '0') * unit;
      }
      int64_t ns = 0;
      if (p == end && !__builtin_add_overflow(whole * second, fraction, &ns)) return Duration{ns};
      if (p == end) return fail();
    }
  }
  const Result<double> number = parse_double(text);
  if (!number || !(*number >= 0) || *number > 9.2e9) return fail();
  return from_seconds(*number);
}

std::string seconds_text(int64_t ns) {
  constexpr uint64_t second = 1'000'000'000;
  // Unsigned, so that the most negative number has a magnitude.
  const uint64_t magnitude = ns < 0 ? 0 - static_cast<uint64_t>(ns) : static_cast<uint64_t>(ns);
  std::string out = (ns < 0 ? "-" : "") + std::to_string(magnitude / second);
  if (const uint64_t fraction = magnitude % second; fraction != 0) {
    std::string decimals = std::to_string(second + fraction);  // a leading 1 keeps the zeros
    decimals[0] = '.';
    decimals.erase(decimals.find_last_not_of('0') + 1);
    out += decimals;
  }
  return out;
}

Time add_clamped(Time t, Duration d) {
  int64_t ns = 0;
  return __builtin_add_overflow(t.ns, d.ns, &ns) ? Time::never() : Time{ns};
}

LineReader::LineReader(const TraceText& text) : rest_(text.text), name_(text.name) {
  if (rest_.starts_with("\xEF\xBB\xBF")) rest_.remove_prefix(3);
}

bool LineReader::next(std::string_view& line) {
  if (rest_.empty()) return false;
  const size_t end = rest_.find('\n');
  line = rest_.substr(0, end);
  rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + 1);
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  ++line_;
  return true;
}

Error LineReader::error(int column, std::string key, std::string message) const {
  return {std::move(message), name_, line_, column, std::move(key)};
}

TaskSplit split_exactly(uint32_t total, uint32_t largest) {
  if (total == 0) return {1, 0};
  uint32_t each = std::min(total, std::max(largest, uint32_t{1}));
  while (total % each != 0) --each;
  return {total / each, each};
}

TaskSplit split_rounded(uint32_t total, uint32_t largest) {
  if (total == 0) return {1, 0};
  largest = std::max(largest, uint32_t{1});
  const uint32_t tasks = (total - 1) / largest + 1;
  return {tasks, (total - 1) / tasks + 1};
}

bool add_nodes(Trace& trace, const TraceNode& node, int64_t count, int64_t max_nodes,
               std::string_view name) {
  const auto have = static_cast<int64_t>(trace.nodes.size());
  if (count > max_nodes - have) return false;
  const std::string prefix = std::string(name.empty() ? node.pool : name) + '-';
  for (int64_t i = 0; i < count; ++i) {
    TraceNode& added = trace.nodes.emplace_back(node);
    added.name = prefix + std::to_string(i);
  }
  return true;
}

void PeakUse::add(Time start, Time end, int64_t amount) {
  if (amount == 0 || end <= start) return;
  changes_.push_back({start, amount});
  changes_.push_back({end, -amount});
}

int64_t PeakUse::peak() {
  std::sort(changes_.begin(), changes_.end(), [](const Change& a, const Change& b) {
    return a.time != b.time ? a.time < b.time : a.amount < b.amount;
  });
  __int128 now = 0, most = 0;  // many jobs of the largest size overflow 64 bits
  for (const Change& c : changes_) {
    now += c.amount;
    most = std::max(most, now);
  }
  return static_cast<int64_t>(std::min<__int128>(most, std::numeric_limits<int64_t>::max()));
}

bool add_once(std::vector<std::string>& list, std::string_view name) {
  if (std::find(list.begin(), list.end(), name) != list.end()) return false;
  list.emplace_back(name);
  return true;
}

}  // namespace dure::fleet
