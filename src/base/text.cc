#include "base/text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include <fmt/format.h>

namespace dure {

namespace {

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// std::from_chars takes no '+', but people write it; "+-5" stays an error.
std::string_view without_plus(std::string_view text) {
  if (text.size() > 1 && text[0] == '+' && text[1] != '-') text.remove_prefix(1);
  return text;
}

// Edits (insert, delete, replace, swap of neighbours) that turn one word into the other.
size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<size_t> before(b.size() + 1), last(b.size() + 1), now(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    now[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t replace = last[j - 1] + (a[i - 1] != b[j - 1]);
      now[j] = std::min({last[j] + 1, now[j - 1] + 1, replace});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        now[j] = std::min(now[j], before[j - 2] + 1);
      }
    }
    std::swap(before, last);
    std::swap(last, now);
  }
  return last[b.size()];
}

// A character inside double quotes; `other` is the format of control characters without a letter.
std::string escaped(char c, const char* other) {
  const auto byte = static_cast<unsigned char>(c);
  if (c == '"' || c == '\\') return std::string("\\") + c;
  if (c == '\n') return "\\n";
  if (c == '\r') return "\\r";
  if (c == '\t') return "\\t";
  if (byte < 0x20 || byte == 0x7f) return fmt::format(fmt::runtime(other), byte);
  return std::string(1, c);
}

template <class T>
std::string range_text_of(T min, T max, T lowest, T highest, std::string (*write)(T)) {
  if (min > lowest && max < highest) return "from " + write(min) + " to " + write(max);
  if (min > lowest) return "at least " + write(min);
  if (max < highest) return "at most " + write(max);
  return "";
}

}  // namespace

std::string_view trim(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (;;) {
    const size_t end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

std::string to_lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = lower(c);
  return out;
}

size_t utf8_length(std::string_view text) {
  if (text.empty()) return 0;
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned first = byte(0);
  if (first < 0x80) return 1;
  const size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || text.size() < length) return 0;
  for (size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return 0;
  }
  // The second byte rules out longer forms than needed, surrogates, and what is above U+10FFFF.
  const unsigned second = byte(1);
  if ((first == 0xE0 && second < 0xA0) || (first == 0xED && second > 0x9F) ||
      (first == 0xF0 && second < 0x90) || (first == 0xF4 && second > 0x8F)) {
    return 0;
  }
  return length;
}

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const size_t length = utf8_length(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

std::string toml_text(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) out += escaped(c, "\\u{:04X}");
  return out + '"';
}

std::string quoted(std::string_view text) {
  constexpr size_t longest = 60;
  const bool cut = text.size() > longest;
  if (cut) {
    text = text.substr(0, longest);
    // Don't end in the middle of a UTF-8 character.
    while (!text.empty() && (static_cast<unsigned char>(text.back()) & 0xC0) == 0x80) {
      text.remove_suffix(1);
    }
    if (!text.empty() && static_cast<unsigned char>(text.back()) >= 0xC0) text.remove_suffix(1);
  }
  std::string out = "\"";
  for (const char c : text) out += escaped(c, "\\x{:02x}");
  return out + (cut ? "...\"" : "\"");
}

Result<int64_t> parse_int(std::string_view text, int64_t min, int64_t max) {
  const std::string_view digits = without_plus(text);
  int64_t value = 0;
  const auto [end, code] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  const bool whole = end == digits.data() + digits.size() && !digits.empty();
  if (whole && code == std::errc{} && value >= min && value <= max) return value;
  std::string expected = "expected a whole number";
  if (whole && code != std::errc::invalid_argument) {
    std::string range = range_text(min, max);
    if (range.empty()) range = "that fits 64 bits";
    expected += ' ' + range;
  }
  return Error{expected + ", found " + quoted(text), {}, 0, 0, {}};
}

Result<double> parse_double(std::string_view text) {
  const std::string_view digits = without_plus(text);
  double value = 0;
  const auto [end, code] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  const bool whole = end == digits.data() + digits.size() && !digits.empty();
  if (whole && code == std::errc{} && std::isfinite(value)) return value;
  if (whole && code == std::errc::result_out_of_range) {
    return Error{"expected a number within 1e-307 to 1e308, found " + quoted(text), {}, 0, 0, {}};
  }
  return Error{"expected a number, found " + quoted(text), {}, 0, 0, {}};
}

std::string range_text(int64_t min, int64_t max) {
  using Limits = std::numeric_limits<int64_t>;
  return range_text_of<int64_t>(min, max, Limits::min(), Limits::max(),
                                [](int64_t x) { return std::to_string(x); });
}

std::string range_text(double min, double max) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  return range_text_of<double>(min, max, -infinity, infinity, shortest);
}

std::string_view closest_match(std::string_view word,
                               std::span<const std::string_view> candidates) {
  constexpr size_t longest = 64;  // longer words are not typing mistakes; bounds the work
  if (word.empty() || word.size() > longest) return {};
  const std::string wanted = to_lower(word);
  std::string_view best;
  size_t best_distance = std::max<size_t>(1, word.size() / 3) + 1;
  for (const std::string_view candidate : candidates) {
    if (candidate.empty() || candidate.size() > longest) continue;
    const size_t distance = edit_distance(wanted, to_lower(candidate));
    if (distance < best_distance && distance < candidate.size()) {
      best = candidate;
      best_distance = distance;
    }
  }
  return best;
}

std::string did_you_mean(std::string_view word, std::span<const std::string_view> candidates) {
  const std::string_view match = closest_match(word, candidates);
  return match.empty() ? "" : ", did you mean " + quoted(match) + "?";
}

std::string join_quoted(std::span<const std::string_view> words, std::string_view last) {
  std::string out;
  for (size_t i = 0; i < words.size(); ++i) {
    if (i > 0) out += i + 1 == words.size() ? fmt::format(" {} ", last) : ", ";
    out += quoted(words[i]);
  }
  return out;
}

std::string to_si(double x) {
  if (!std::isfinite(x)) return shortest(x);
  if (x == 0) return "0";
  constexpr std::array<const char*, 13> prefixes = {"p", "n", "u", "m", "",  "k", "M",
                                                    "G", "T", "P", "E", "Z", "Y"};
  // Round to three figures first, so that 999.9 becomes 1 k and not 1000.
  const std::string rounded = fmt::format("{:.2e}", x);
  const size_t e = rounded.find('e');
  const int exponent = std::stoi(rounded.substr(e + 1));
  const int group = exponent >= 0 ? exponent / 3 : -((2 - exponent) / 3);
  if (group < -4 || group > 8) return fmt::format("{:.3g}", x);
  const double scaled =
      std::stod(rounded.substr(0, e) + 'e' + std::to_string(exponent - 3 * group));
  const std::string digits = shortest(scaled);
  const char* prefix = prefixes[static_cast<size_t>(group + 4)];
  return *prefix == 0 ? digits : digits + ' ' + prefix;
}

std::string with_commas(int64_t x) {
  std::string digits = std::to_string(x);
  const size_t first = x < 0 ? 1 : 0;
  for (size_t i = digits.size(); i > first + 3;) digits.insert(i -= 3, 1, ',');
  return digits;
}

std::string counted(uint64_t n, std::string_view what) {
  return fmt::format("{} {}{}", with_commas(static_cast<int64_t>(n)), what, n == 1 ? "" : "s");
}

std::string shortest(double x) {
  std::array<char, 32> buffer;
  const auto [end, code] = std::to_chars(buffer.data(), buffer.data() + buffer.size(), x);
  DURE_ASSERT(code == std::errc{}, "32 characters hold any double");
  return std::string(buffer.data(), end);
}

}  // namespace dure
