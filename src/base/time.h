// Time and Duration: signed 64-bit nanoseconds, exact and the same on every machine.
//
// A Time counts from 1970-01-01T00:00:00 UTC without leap seconds (so years 1678 to 2262). A
// scenario without a calendar starts at Time{0}. Never{} is later than any event.
#pragma once

#include <compare>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include "base/result.h"

namespace dure {

struct Duration {
  int64_t ns = 0;

  static constexpr Duration max() { return {std::numeric_limits<int64_t>::max()}; }
  constexpr double seconds() const { return static_cast<double>(ns) * 1e-9; }
  constexpr auto operator<=>(const Duration&) const = default;
  constexpr Duration operator-() const { return {-ns}; }
  constexpr Duration& operator+=(Duration d) {
    ns += d.ns;
    return *this;
  }
  constexpr Duration& operator-=(Duration d) {
    ns -= d.ns;
    return *this;
  }
};

struct Time {
  int64_t ns = 0;

  // Later than any event: what next_event_time() says when nothing is due.
  static constexpr Time never() { return {std::numeric_limits<int64_t>::max()}; }
  constexpr double seconds() const { return static_cast<double>(ns) * 1e-9; }
  constexpr auto operator<=>(const Time&) const = default;
  constexpr Time& operator+=(Duration d) {
    ns += d.ns;
    return *this;
  }
};

constexpr Duration operator+(Duration a, Duration b) { return {a.ns + b.ns}; }
constexpr Duration operator-(Duration a, Duration b) { return {a.ns - b.ns}; }
constexpr Duration operator*(Duration a, int64_t k) { return {a.ns * k}; }
constexpr Duration operator*(int64_t k, Duration a) { return {a.ns * k}; }
constexpr Duration operator/(Duration a, int64_t k) { return {a.ns / k}; }
constexpr int64_t operator/(Duration a, Duration b) { return a.ns / b.ns; }
constexpr Time operator+(Time t, Duration d) { return {t.ns + d.ns}; }
constexpr Time operator+(Duration d, Time t) { return {t.ns + d.ns}; }
constexpr Time operator-(Time t, Duration d) { return {t.ns - d.ns}; }
constexpr Duration operator-(Time a, Time b) { return {a.ns - b.ns}; }

// Nearest nanosecond (ties to even); saturates at +-292 years, NaN is a bug of ours.
Duration from_seconds(double seconds);

inline namespace literals {
constexpr Duration operator""_ns(unsigned long long x) { return {static_cast<int64_t>(x)}; }
constexpr Duration operator""_us(unsigned long long x) { return {static_cast<int64_t>(x) * 1'000}; }
constexpr Duration operator""_ms(unsigned long long x) {
  return {static_cast<int64_t>(x) * 1'000'000};
}
constexpr Duration operator""_s(unsigned long long x) {
  return {static_cast<int64_t>(x) * 1'000'000'000};
}
constexpr Duration operator""_min(unsigned long long x) { return 60 * operator""_s(x); }
constexpr Duration operator""_h(unsigned long long x) { return 3600 * operator""_s(x); }
constexpr Duration operator""_d(unsigned long long x) { return 86400 * operator""_s(x); }
constexpr Duration operator""_s(long double x) { return {static_cast<int64_t>(x * 1e9L)}; }
constexpr Duration operator""_min(long double x) { return {static_cast<int64_t>(x * 60e9L)}; }
constexpr Duration operator""_h(long double x) { return {static_cast<int64_t>(x * 3600e9L)}; }
}  // namespace literals

// "90s", "1.5h", "2h30m", "250ms", "14d", "1w"; units ns us ms s m|min h d w. No unit: an error
// that names the units. Exact to the nanosecond for decimal fractions.
Result<Duration> parse_duration(std::string_view text);

// "2030-01-01", "2030-01-01T12:00:00", "2030-01-01 12:00:00.5", optional trailing "Z" or "+09:00".
Result<Time> parse_time(std::string_view text);

// Shortest form that parses back to the same value, largest unit first: "2h30m", "1.5s", "0s".
std::string to_string(Duration d);
// "2030-01-01T12:00:00Z", with as many decimals of a second as are needed.
std::string to_string(Time t);
// For people: three significant figures and one unit, "1.52 h", "17 ms".
std::string to_human(Duration d);

// A day of the Gregorian calendar, UTC. For a local calendar add the zone's offset to the Time.
struct CivilDate {
  int year = 1970;
  int month = 1;  // 1 to 12
  int day = 1;    // 1 to 31
  constexpr auto operator<=>(const CivilDate&) const = default;
};
CivilDate civil_date(Time t);
// Midnight UTC at the start of that day; years 1678 to 2261.
Result<Time> from_civil(int year, int month, int day);
// 0 is Monday 00:00 to 01:00 UTC, 167 is Sunday 23:00 to 24:00.
int hour_of_week(Time t);

}  // namespace dure
