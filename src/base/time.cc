#include "base/time.h"

#include <array>
#include <bit>

#include <fmt/format.h>

#include "base/text.h"

namespace dure {

namespace {

using Wide = __int128;  // holds any product below, so that overflow is checked once, at the end

constexpr int64_t max_ns = std::numeric_limits<int64_t>::max();
constexpr int64_t min_ns = std::numeric_limits<int64_t>::min();
constexpr int64_t second_ns = 1'000'000'000;
constexpr int64_t day_ns = 86'400 * second_ns;

struct Unit {
  std::string_view name;
  int64_t ns;
};

// Largest first; "min" before "m", so that the longer name is tried first.
constexpr std::array<Unit, 9> units = {{{"w", 7 * day_ns},
                                        {"d", day_ns},
                                        {"h", 3600 * second_ns},
                                        {"min", 60 * second_ns},
                                        {"ms", 1'000'000},
                                        {"m", 60 * second_ns},
                                        {"us", 1'000},
                                        {"ns", 1},
                                        {"s", second_ns}}};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

// Nearest integer, ties to even; both positive.
Wide divide_rounded(Wide a, Wide b) {
  const Wide quotient = a / b;
  const Wide twice = 2 * (a % b);
  return quotient + (twice > b || (twice == b && quotient % 2 != 0) ? 1 : 0);
}

// The digits after a decimal point times unit_ns, to the nearest nanosecond, with integers alone.
// Eighteen digits decide; later ones only break a tie.
Wide fraction_ns(std::string_view digits, int64_t unit_ns) {
  constexpr size_t kept = 18;
  Wide numerator = 0, denominator = 1;
  for (const char c : digits.substr(0, kept)) {
    numerator = numerator * 10 + (c - '0');
    denominator *= 10;
  }
  if (digits.size() > kept && digits.find_first_not_of('0', kept) != std::string_view::npos) {
    numerator = numerator * 10 + 1;
    denominator *= 10;
  }
  return divide_rounded(numerator * unit_ns, denominator);
}

// Takes characters off the front of the text, one grammar rule at a time.
struct Cursor {
  std::string_view rest;

  bool take(char c) {
    if (rest.empty() || rest.front() != c) return false;
    rest.remove_prefix(1);
    return true;
  }
  std::string_view take_digits() {
    size_t n = 0;
    while (n < rest.size() && is_digit(rest[n])) ++n;
    const std::string_view digits = rest.substr(0, n);
    rest.remove_prefix(n);
    return digits;
  }
  // Exactly n digits.
  bool number(size_t n, int& out) {
    if (rest.size() < n) return false;
    out = 0;
    for (size_t i = 0; i < n; ++i) {
      if (!is_digit(rest[i])) return false;
      out = out * 10 + (rest[i] - '0');
    }
    rest.remove_prefix(n);
    return true;
  }
};

bool is_leap(int year) { return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0; }

int days_in_month(int year, int month) {
  constexpr std::array<int, 12> days = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return month == 2 && is_leap(year) ? 29 : days[static_cast<size_t>(month - 1)];
}

// Days from 1970-01-01 in the Gregorian calendar. The year is taken to start in March, so that a
// leap day is its last day, and years are counted in whole 400-year cycles of 146,097 days.
int64_t days_of(int year, int month, int day) {
  const int64_t march_year = month <= 2 ? year - 1 : year;
  const int64_t march_month = (month + 9) % 12;
  const int64_t cycle = (march_year >= 0 ? march_year : march_year - 399) / 400;
  const int64_t year_of_cycle = march_year - cycle * 400;
  const int64_t day_of_year = (153 * march_month + 2) / 5 + day - 1;
  const int64_t day_of_cycle =
      year_of_cycle * 365 + year_of_cycle / 4 - year_of_cycle / 100 + day_of_year;
  return cycle * 146'097 + day_of_cycle - 719'468;  // 0000-03-01 is day -719,468
}

CivilDate date_of(int64_t days) {
  days += 719'468;
  const int64_t cycle = (days >= 0 ? days : days - 146'096) / 146'097;
  const int64_t day_of_cycle = days - cycle * 146'097;
  const int64_t year_of_cycle =
      (day_of_cycle - day_of_cycle / 1'460 + day_of_cycle / 36'524 - day_of_cycle / 146'096) / 365;
  const int64_t day_of_year =
      day_of_cycle - (365 * year_of_cycle + year_of_cycle / 4 - year_of_cycle / 100);
  const int64_t march_month = (5 * day_of_year + 2) / 153;
  const int month = static_cast<int>(march_month < 10 ? march_month + 3 : march_month - 9);
  return {static_cast<int>(year_of_cycle + cycle * 400 + (month <= 2 ? 1 : 0)), month,
          static_cast<int>(day_of_year - (153 * march_month + 2) / 5 + 1)};
}

// Whole days since the epoch, rounded down also before it.
int64_t floor_days(int64_t ns) { return ns / day_ns - (ns % day_ns < 0 ? 1 : 0); }

// ".5" for 500,000,000 ns; nothing for zero.
std::string decimals(int64_t fraction, int width) {
  if (fraction == 0) return "";
  std::string digits = fmt::format(".{:0{}}", fraction, width);
  digits.erase(digits.find_last_not_of('0') + 1);
  return digits;
}

}  // namespace

Duration from_seconds(double seconds) {
  // seconds = mantissa * 2^exponent, so mantissa * 10^9 is exact in 83 bits and is rounded once.
  const auto bits = std::bit_cast<uint64_t>(seconds);
  const bool negative = bits >> 63 != 0;
  const int exponent = static_cast<int>(bits >> 52 & 0x7ff) - 1075;
  const uint64_t mantissa = (bits & 0xf'ffff'ffff'ffff) | 0x10'0000'0000'0000;
  DURE_ASSERT(exponent != 972 || mantissa == 0x10'0000'0000'0000, "a duration that is NaN");
  const auto sign = [&](int64_t ns) { return Duration{negative ? -ns : ns}; };
  if (exponent >= 0) return sign(max_ns);  // 2^52 s and more, infinity included
  if (exponent < -90) return Duration{0};  // below 2^-7 ns, zero and subnormals included
  const auto product = static_cast<unsigned __int128>(mantissa) * second_ns;
  const int shift = -exponent;
  auto quotient = product >> shift;
  const auto rest = product - (quotient << shift);
  const auto half = static_cast<unsigned __int128>(1) << (shift - 1);
  if (rest > half || (rest == half && (quotient & 1) != 0)) ++quotient;
  if (quotient > static_cast<unsigned __int128>(max_ns)) return sign(max_ns);
  return sign(static_cast<int64_t>(quotient));
}

Result<Duration> parse_duration(std::string_view text) {
  const auto fail = [&](std::string_view why) -> Error {
    return {fmt::format("expected a duration such as \"90s\", \"1.5h\" or \"2h30m\" {}, "
                        "found {}",
                        why, quoted(text)),
            {},
            0,
            0,
            {}};
  };
  constexpr std::string_view name_units = "(units ns, us, ms, s, m or min, h, d, w)";

  Cursor in{trim(text)};
  const bool negative = in.take('-');
  if (in.rest.empty()) return fail(name_units);
  Wide total = 0;
  int64_t last_unit = max_ns;
  while (!in.rest.empty()) {
    const std::string_view whole = in.take_digits();
    std::string_view fraction;
    if (in.take('.')) {
      fraction = in.take_digits();
      if (fraction.empty()) return fail(name_units);
    }
    if (whole.empty() && fraction.empty()) return fail(name_units);
    while (in.take(' ')) {
    }
    size_t letters = 0;
    while (letters < in.rest.size() && is_letter(in.rest[letters])) ++letters;
    const std::string_view name = in.rest.substr(0, letters);
    in.rest.remove_prefix(letters);
    const Unit* unit = nullptr;
    for (const Unit& u : units) {
      if (u.name == name) unit = &u;
    }
    if (unit == nullptr) return fail(name_units);
    if (unit->ns >= last_unit) return fail("with each unit once, largest first");
    last_unit = unit->ns;

    Wide count = 0;
    for (const char c : whole) {
      count = count * 10 + (c - '0');
      if (count > -static_cast<Wide>(min_ns)) return fail("of at most 292 years");
    }
    const Wide part = count * unit->ns + fraction_ns(fraction, unit->ns);
    if (part == 0 && fraction.find_first_not_of('0') != std::string_view::npos) {
      return fail("of a nanosecond or more");
    }
    total += part;
    if (total > -static_cast<Wide>(min_ns)) return fail("of at most 292 years");
    while (in.take(' ')) {
    }
  }
  if (negative) total = -total;
  if (total > max_ns) return fail("of at most 292 years");
  return Duration{static_cast<int64_t>(total)};
}

Result<Time> parse_time(std::string_view text) {
  const auto fail = [&](std::string_view why) -> Error {
    return {fmt::format("expected a time such as \"2030-01-01\" or "
                        "\"2030-01-01T12:00:00+09:00\"{}{}, found {}",
                        why.empty() ? "" : ", ", why, quoted(text)),
            {},
            0,
            0,
            {}};
  };

  Cursor in{trim(text)};
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;
  if (!in.number(4, year) || !in.take('-') || !in.number(2, month) || !in.take('-') ||
      !in.number(2, day)) {
    return fail("");
  }
  if (month < 1 || month > 12) return fail("with a month from 01 to 12");
  if (day < 1 || day > days_in_month(year, month)) {
    return fail(fmt::format("with a day from 01 to {} in {:04}-{:02}", days_in_month(year, month),
                            year, month));
  }
  Wide sub_second = 0;
  if (in.take('T') || in.take('t') || in.take(' ')) {
    if (!in.number(2, hour) || !in.take(':') || !in.number(2, minute)) return fail("");
    if (in.take(':')) {
      if (!in.number(2, second)) return fail("");
      if (in.take('.')) {
        const std::string_view digits = in.take_digits();
        if (digits.empty()) return fail("");
        sub_second = fraction_ns(digits, second_ns);
      }
    }
    if (hour > 23 || minute > 59) return fail("with a clock from 00:00 to 23:59");
    if (second > 59) return fail("with seconds from 00 to 59 (leap seconds are not counted)");
  }
  int64_t offset_minutes = 0;
  if (!in.take('Z') && !in.take('z')) {
    const bool east = in.take('+');
    if (east || in.take('-')) {
      int offset_hour = 0, offset_minute = 0;
      if (!in.number(2, offset_hour)) return fail("");
      in.take(':');
      if (!in.number(2, offset_minute)) return fail("");
      if (offset_hour > 23 || offset_minute > 59) return fail("with an offset below 24:00");
      offset_minutes = (offset_hour * 60 + offset_minute) * (east ? 1 : -1);
    }
  }
  if (!in.rest.empty()) return fail("");

  const int64_t seconds =
      days_of(year, month, day) * 86'400 + hour * 3600 + minute * 60 + second - offset_minutes * 60;
  const Wide ns = static_cast<Wide>(seconds) * second_ns + sub_second;
  // The last nanosecond is Time::never().
  if (ns < min_ns || ns >= max_ns) return fail("from 1677-09-22 to 2262-04-11");
  return Time{static_cast<int64_t>(ns)};
}

std::string to_string(Duration d) {
  if (d.ns == 0) return "0s";
  std::string out;
  // Unsigned, so that the most negative duration has a magnitude.
  auto rest = static_cast<uint64_t>(d.ns);
  if (d.ns < 0) {
    out += '-';
    rest = 0 - rest;
  }
  for (const auto& [name, unit] :
       {Unit{"d", day_ns}, {"h", 3600 * second_ns}, {"m", 60 * second_ns}}) {
    const uint64_t count = rest / static_cast<uint64_t>(unit);
    rest %= static_cast<uint64_t>(unit);
    if (count > 0) out += fmt::format("{}{}", count, name);
  }
  if (rest == 0) return out;
  struct Decimal {
    const char* name;
    uint64_t ns;
    int digits;
  };
  for (const Decimal& unit :
       {Decimal{"s", 1'000'000'000, 9}, {"ms", 1'000'000, 6}, {"us", 1'000, 3}}) {
    if (rest < unit.ns) continue;
    return out + std::to_string(rest / unit.ns) +
           decimals(static_cast<int64_t>(rest % unit.ns), unit.digits) + unit.name;
  }
  return out + std::to_string(rest) + "ns";
}

std::string to_string(Time t) {
  if (t == Time::never()) return "never";
  const int64_t days = floor_days(t.ns);
  // Unsigned: days * day_ns may lie below the range before the rest is added.
  const auto of_day = static_cast<int64_t>(
      static_cast<uint64_t>(t.ns) - static_cast<uint64_t>(days) * static_cast<uint64_t>(day_ns));
  const CivilDate date = date_of(days);
  const int64_t seconds = of_day / second_ns;
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}{}Z", date.year, date.month, date.day,
                     seconds / 3600, seconds / 60 % 60, seconds % 60,
                     decimals(of_day % second_ns, 9));
}

std::string to_human(Duration d) {
  struct Step {
    const char* name;
    double ns;
    double limit;  // from here on, the next unit
  };
  constexpr std::array<Step, 7> steps = {{{"ns", 1, 1000},
                                          {"us", 1e3, 1000},
                                          {"ms", 1e6, 1000},
                                          {"s", 1e9, 60},
                                          {"min", 60e9, 60},
                                          {"h", 3600e9, 24},
                                          {"d", 86400e9, 1e300}}};
  if (d.ns == 0) return "0 s";
  const double magnitude = d.ns < 0 ? -static_cast<double>(d.ns) : static_cast<double>(d.ns);
  const char* sign = d.ns < 0 ? "-" : "";
  for (const Step& step : steps) {
    const double count = magnitude / step.ns;
    // Round to three figures before comparing, so that 59.99 s becomes 1 min and not 60 s.
    const double rounded = std::stod(fmt::format("{:.3g}", count));
    if (rounded >= step.limit) continue;
    if (rounded >= 1000) return fmt::format("{}{:.0f} {}", sign, rounded, step.name);
    return fmt::format("{}{} {}", sign, shortest(rounded), step.name);
  }
  return "";
}

CivilDate civil_date(Time t) { return date_of(floor_days(t.ns)); }

Result<Time> from_civil(int year, int month, int day) {
  if (month < 1 || month > 12 || year < 1678 || year > 2261 || day < 1 ||
      day > days_in_month(year, month)) {
    return Error{fmt::format("expected a date of the calendar, years 1678 to 2261, found "
                             "{:04}-{:02}-{:02}",
                             year, month, day),
                 {},
                 0,
                 0,
                 {}};
  }
  return Time{days_of(year, month, day) * day_ns};
}

int hour_of_week(Time t) {
  const int64_t days = floor_days(t.ns);
  const auto of_day = static_cast<int64_t>(
      static_cast<uint64_t>(t.ns) - static_cast<uint64_t>(days) * static_cast<uint64_t>(day_ns));
  const int64_t weekday = ((days + 3) % 7 + 7) % 7;  // 1970-01-01 was a Thursday
  return static_cast<int>(weekday * 24 + of_day / (3600 * second_ns));
}

}  // namespace dure
