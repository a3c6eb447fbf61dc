#include "base/time.h"

#include <cmath>

#include <doctest/doctest.h>

using namespace dure;

namespace {

int64_t duration_ns(std::string_view text) {
  const Result<Duration> d = parse_duration(text);
  REQUIRE_MESSAGE(d.ok(), text);
  return d->ns;
}

std::string duration_error(std::string_view text) {
  const Result<Duration> d = parse_duration(text);
  REQUIRE_MESSAGE(!d.ok(), text);
  return d.error().message;
}

int64_t time_ns(std::string_view text) {
  const Result<Time> t = parse_time(text);
  REQUIRE_MESSAGE(t.ok(), text);
  return t->ns;
}

std::string time_error(std::string_view text) {
  const Result<Time> t = parse_time(text);
  REQUIRE_MESSAGE(!t.ok(), text);
  return t.error().message;
}

}  // namespace

TEST_CASE("durations: every unit, alone and combined") {
  CHECK(duration_ns("7ns") == 7);
  CHECK(duration_ns("7us") == 7'000);
  CHECK(duration_ns("250ms") == 250'000'000);
  CHECK(duration_ns("90s") == 90'000'000'000);
  CHECK(duration_ns("2m") == duration_ns("2min"));
  CHECK(duration_ns("2h30m") == 9'000'000'000'000);
  CHECK(duration_ns("2h 30min") == 9'000'000'000'000);
  CHECK(duration_ns(" 1.5 h ") == 5'400'000'000'000);
  CHECK(duration_ns("14d") == duration_ns("2w"));
  CHECK(duration_ns("1w1d1h1m1s1ms1us1ns") == 694'861'001'001'001);
  CHECK(duration_ns("0s") == 0);
  CHECK(duration_ns("0.0s") == 0);
  CHECK(duration_ns("-1.5s") == -1'500'000'000);
  CHECK(duration_ns(".5s") == 500'000'000);
}

TEST_CASE("durations: decimal fractions are exact, and finer ones go to the nearest nanosecond") {
  CHECK(duration_ns("0.1s") == 100'000'000);
  CHECK(duration_ns("0.000000001s") == 1);
  CHECK(duration_ns("123456.789012345s") == 123'456'789'012'345);
  CHECK(duration_ns("0.0625us") == 62);  // 62.5, a tie: to the even one
  CHECK(duration_ns("0.0635us") == 64);  // 63.5
  CHECK(duration_ns("0.06250000000000000000000001us") == 63);
  CHECK(duration_ns("0.333333333333333333333h") == 1'200'000'000'000);
  CHECK(duration_ns("1.0000000000000000000000000000000s") == 1'000'000'000);
  CHECK(duration_error("0.4ns").find("of a nanosecond or more") != std::string::npos);
}

TEST_CASE("durations: the ends of the range") {
  CHECK(duration_ns("9223372036854775807ns") == Duration::max().ns);
  CHECK(duration_ns("-9223372036854775808ns") == std::numeric_limits<int64_t>::min());
  CHECK(duration_ns("106751d23h47m16.854775807s") == Duration::max().ns);
  for (const char* text : {"9223372036854775808ns", "-9223372036854775809ns", "106752d", "15251w",
                           "99999999999999999999999999999999999999999999s",
                           "106751d23h47m16.854775808s", "106751d23h59m"}) {
    CHECK(duration_error(text).find("at most 292 years") != std::string::npos);
  }
}

TEST_CASE("durations: what is wrong is said in one sentence") {
  CHECK(duration_error("90") ==
        "expected a duration such as \"90s\", \"1.5h\" or \"2h30m\" (units ns, us, ms, s, m or "
        "min, h, "
        "d, w), found \"90\"");
  for (const char* text : {"", " ", "-", "s", "1", "1x", "1S", "1..5s", "1.s", "1e3s", "--1s",
                           "+1s", "1h-5m", "1,5h", "1 5s", "1h30", "inf", "nans"}) {
    CHECK(duration_error(text).find("units ns") != std::string::npos);
  }
  CHECK(duration_error("30m2h").find("largest first") != std::string::npos);
  CHECK(duration_error("1m1min").find("once") != std::string::npos);
}

TEST_CASE("durations as text read back as the same duration") {
  CHECK(to_string(9000_s) == "2h30m");
  CHECK(to_string(1.5_s) == "1.5s");
  CHECK(to_string(0_s) == "0s");
  CHECK(to_string(14_d) == "14d");
  CHECK(to_string(90_s) == "1m30s");
  CHECK(to_string(250_ms) == "250ms");
  CHECK(to_string(Duration{1'000'001}) == "1.000001ms");
  CHECK(to_string(Duration{17}) == "17ns");
  CHECK(to_string(-(1.5_h)) == "-1h30m");
  CHECK(to_string(2_h + 250_ms) == "2h250ms");
  uint64_t state = 1;
  for (int i = 0; i < 20'000; ++i) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    const Duration d{static_cast<int64_t>(state) >> (i % 64)};
    REQUIRE(duration_ns(to_string(d)) == d.ns);
  }
  CHECK(duration_ns(to_string(Duration{std::numeric_limits<int64_t>::min()})) ==
        std::numeric_limits<int64_t>::min());
}

TEST_CASE("durations for people have three figures and one unit") {
  CHECK(to_human(Duration{0}) == "0 s");
  CHECK(to_human(17_ms) == "17 ms");
  CHECK(to_human(5'472_s) == "1.52 h");
  CHECK(to_human(59'990_ms) == "1 min");
  CHECK(to_human(59'900_ms) == "59.9 s");
  CHECK(to_human(Duration{999'600}) == "1 ms");
  CHECK(to_human(Duration{1}) == "1 ns");
  CHECK(to_human(-(90_s)) == "-1.5 min");
  CHECK(to_human(365_d) == "365 d");
  CHECK(to_human(Duration::max()) == "107000 d");
}

TEST_CASE("seconds to the nearest nanosecond, ties to even, saturating") {
  CHECK(from_seconds(0).ns == 0);
  CHECK(from_seconds(-0.0).ns == 0);
  CHECK(from_seconds(1.5).ns == 1'500'000'000);
  CHECK(from_seconds(-1.5).ns == -1'500'000'000);
  CHECK(from_seconds(0.1).ns == 100'000'000);
  CHECK(from_seconds(1e-9).ns == 1);
  CHECK(from_seconds(0.4e-9).ns == 0);
  CHECK(from_seconds(0.6e-9).ns == 1);
  CHECK(from_seconds(std::ldexp(1.0, -10)).ns == 976'562);    // 976,562.5 goes to the even one
  CHECK(from_seconds(std::ldexp(3.0, -10)).ns == 2'929'688);  // 2,929,687.5 too
  CHECK(from_seconds(5e-324).ns == 0);
  CHECK(from_seconds(9223372036.854775).ns == 9'223'372'036'854'774'475);
  CHECK(from_seconds(9.3e9) == Duration::max());
  CHECK(from_seconds(1e300) == Duration::max());
  CHECK(from_seconds(-1e300) == -Duration::max());
  CHECK(from_seconds(HUGE_VAL) == Duration::max());
  uint64_t state = 7;
  for (int i = 0; i < 10'000; ++i) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    // Below 2^51 ns (26 days) a double holds every nanosecond well enough to come back.
    const Duration d{static_cast<int64_t>(state >> 13)};
    REQUIRE(from_seconds(static_cast<double>(d.ns) / 1e9).ns == d.ns);
  }
}

TEST_CASE("times: forms, offsets and fractions") {
  CHECK(time_ns("1970-01-01") == 0);
  CHECK(time_ns("2030-01-01") == 1'893'456'000'000'000'000);
  CHECK(time_ns("2030-01-01T12:00:00") == 1'893'499'200'000'000'000);
  CHECK(time_ns("2030-01-01T12:00") == time_ns("2030-01-01T12:00:00Z"));
  CHECK(time_ns("2030-01-01 12:00:00.5") == 1'893'499'200'500'000'000);
  CHECK(time_ns("2030-01-01T12:00:00+09:00") == time_ns("2030-01-01T03:00:00Z"));
  CHECK(time_ns("2030-01-01T12:00:00-0330") == time_ns("2030-01-01T15:30:00"));
  CHECK(time_ns("2030-01-01+09:00") == time_ns("2029-12-31T15:00:00"));
  CHECK(time_ns("2030-01-01t12:00:00z") == time_ns("2030-01-01T12:00:00"));
  CHECK(time_ns("1969-12-31T23:59:59.999999999") == -1);
  CHECK(time_ns("1969-12-31T23:59:59.9999999999") == 0);
  CHECK(time_ns("1904-02-29") == -2'077'747'200'000'000'000);
}

TEST_CASE("times: the calendar is checked") {
  CHECK(time_error("2030-02-29").find("01 to 28 in 2030-02") != std::string::npos);
  CHECK(time_ns("2028-02-29") + 86'400'000'000'000 == time_ns("2028-03-01"));
  CHECK(time_ns("2000-02-29") == 951'782'400'000'000'000);
  CHECK(time_error("1900-02-29").find("01 to 28") != std::string::npos);
  CHECK(time_error("2100-02-29").find("01 to 28") != std::string::npos);
  for (const char* text : {"",
                           "2030",
                           "2030-1-1",
                           "2030-13-01",
                           "2030-00-01",
                           "2030-01-00",
                           "2030-04-31",
                           "30-01-01",
                           "2030-01-01T",
                           "2030-01-01T24:00:00",
                           "2030-01-01T12:60:00",
                           "2030-01-01T23:59:60",
                           "2030-01-01T12:00:00.",
                           "2030-01-01T12:00:00+9",
                           "2030-01-01T12:00:00+24:00",
                           "2030-01-01T12:00:00ZZ",
                           "2030-01-01x",
                           "2030/01/01",
                           "-2030-01-01",
                           "2030-01-01T12"}) {
    time_error(text);
  }
}

TEST_CASE("times: the ends of the range") {
  CHECK(time_ns("2262-04-11T23:47:16.854775806") == Time::never().ns - 1);
  CHECK(time_ns("1677-09-21T00:12:43.145224192") == std::numeric_limits<int64_t>::min());
  for (const char* text : {"2262-04-11T23:47:16.854775807", "1677-09-21T00:12:43.145224191",
                           "0000-01-01", "9999-12-31T23:59:59Z"}) {
    CHECK(time_error(text).find("from 1677") != std::string::npos);
  }
}

TEST_CASE("times as text read back as the same time") {
  CHECK(to_string(Time{0}) == "1970-01-01T00:00:00Z");
  CHECK(to_string(Time{-1}) == "1969-12-31T23:59:59.999999999Z");
  CHECK(to_string(Time{1'893'499'200'500'000'000}) == "2030-01-01T12:00:00.5Z");
  CHECK(to_string(Time::never()) == "never");
  uint64_t state = 3;
  for (int i = 0; i < 20'000; ++i) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    const Time t{static_cast<int64_t>(state) >> (i % 64)};
    REQUIRE(time_ns(to_string(t)) == t.ns);
  }
  const Time first{std::numeric_limits<int64_t>::min()};
  CHECK(to_string(first) == "1677-09-21T00:12:43.145224192Z");
}

TEST_CASE("calendar fields, day by day over the whole range") {
  Time t = *from_civil(1678, 1, 1);
  CivilDate before = civil_date(t - 1_d);
  CHECK(before == CivilDate{1677, 12, 31});
  for (; t < *from_civil(2261, 12, 31); t += 1_d) {
    const CivilDate date = civil_date(t + 86'399_s);
    REQUIRE(*from_civil(date.year, date.month, date.day) == t);
    const bool next_day =
        date.year == before.year && date.month == before.month && date.day == before.day + 1;
    REQUIRE((next_day || date.day == 1));
    before = date;
  }
  CHECK(!from_civil(2030, 2, 29));
  CHECK(!from_civil(2030, 0, 1));
  CHECK(!from_civil(2262, 1, 1));

  CHECK(hour_of_week(Time{0}) == 3 * 24);  // a Thursday
  CHECK(hour_of_week(Time{-1}) == 2 * 24 + 23);
  CHECK(hour_of_week(*parse_time("2024-01-01T13:30:00")) == 13);  // a Monday
  CHECK(hour_of_week(*parse_time("2024-01-07T23:59:59")) == 167);
  CHECK(hour_of_week(Time{std::numeric_limits<int64_t>::min()}) == 24);  // Tuesday 1677-09-21
}
