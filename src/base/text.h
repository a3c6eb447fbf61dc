// Small helpers on text that several readers and reports share: trimming, splitting, strict
// numbers, "did you mean" hints, and numbers written for people.
//
// Views returned point into the text given. Errors carry only a message; the caller adds file, line
// and key.
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace dure {

// Without spaces, tabs and line ends at both ends.
std::string_view trim(std::string_view text);

// The parts between separators, empty ones included: "a,,b" gives "a", "", "b"; "" gives "".
std::vector<std::string_view> split(std::string_view text, char separator);

// ASCII only; other bytes are left alone.
std::string to_lower(std::string_view text);

// Bytes of the well-formed UTF-8 character that the text starts with; 0 when there is none.
size_t utf8_length(std::string_view text);
bool is_utf8(std::string_view text);

// Text for an error message: in double quotes, control characters escaped, cut after 60 bytes.
std::string quoted(std::string_view text);

// Text as a TOML string, in double quotes.
std::string toml_text(std::string_view text);

// The whole text must be the number: no spaces, no unit. A leading '+' is fine.
Result<int64_t> parse_int(std::string_view text, int64_t min = std::numeric_limits<int64_t>::min(),
                          int64_t max = std::numeric_limits<int64_t>::max());
// Decimal or exponent form; "inf" and "nan" are errors, since no input means them.
Result<double> parse_double(std::string_view text);

// "from 1 to 32", "at least 1", "at most 32", or "" when neither end limits anything.
std::string range_text(int64_t min, int64_t max);
std::string range_text(double min, double max);

// The candidate that a typing mistake most likely turned into `word` (letter case, a swapped,
// missing, extra or wrong letter); empty when none is near. The first wins a tie.
std::string_view closest_match(std::string_view word, std::span<const std::string_view> candidates);
// ", did you mean \"gpus\"?" or "": ends an error message.
std::string did_you_mean(std::string_view word, std::span<const std::string_view> candidates);

// "a", "b" and "c": for messages; `last` is the word before the last one.
std::string join_quoted(std::span<const std::string_view> words, std::string_view last = "and");

// Three significant figures and an SI prefix: "12.3 M", "4.56 k", "789", "2 m", "0".
std::string to_si(double x);

// "1,234,567".
std::string with_commas(int64_t x);

// "1 robot", "1,234 robots".
std::string counted(uint64_t n, std::string_view what);

// Shortest form that reads back as the same number: "0.1", "8", "1e+20", "nan", "inf".
std::string shortest(double x);

}  // namespace dure
