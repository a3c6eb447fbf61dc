#include "worlds/fleet/read_common.h"

#include <doctest/doctest.h>

using namespace dure;
using namespace dure::fleet;

TEST_CASE("read_common: seconds are exact") {
  CHECK(*parse_seconds("0") == 0_s);
  CHECK(*parse_seconds("12") == 12_s);
  CHECK(*parse_seconds("12.") == 12_s);
  CHECK(*parse_seconds("0.000000001") == 1_ns);
  CHECK(*parse_seconds("1234567.123456789") == Duration{1'234'567'123'456'789});
  CHECK(*parse_seconds("9223372036.854775807") == Duration::max());
  CHECK(*parse_seconds("1e3") == 1000_s);
  CHECK(*parse_seconds(".5") == 500_ms);
  CHECK(*parse_seconds("0.12345678949") == 123'456'789_ns);
  for (const char* bad : {"", "-1", "-0.5", "x", "1s", " 1", "nan", "inf", "1e300", "9223372037",
                          "9223372036.854775808", "1.2.3", "0x10", "1,5"}) {
    CAPTURE(bad);
    CHECK(!parse_seconds(bad));
  }
  CHECK(parse_seconds("x").error().message ==
        "expected seconds, a number from 0 to 292 years, found \"x\"");
}

TEST_CASE("read_common: seconds_text reads back") {
  CHECK(seconds_text(0) == "0");
  CHECK(seconds_text(1) == "0.000000001");
  CHECK(seconds_text(-1'500'000'000) == "-1.5");
  CHECK(seconds_text(std::numeric_limits<int64_t>::min()) == "-9223372036.854775808");
  uint64_t x = 1;
  for (int i = 0; i < 10'000; ++i) {
    x = x * 6364136223846793005u + 1442695040888963407u;
    const auto ns = static_cast<int64_t>(x >> (1 + i % 50));
    CHECK(parse_seconds(seconds_text(ns))->ns == ns);
  }
}

TEST_CASE("read_common: splits") {
  const auto exactly = [](uint32_t total, uint32_t largest) {
    const TaskSplit s = split_exactly(total, largest);
    CHECK(s.tasks * s.each == total);
    return s.tasks;
  };
  CHECK(exactly(8, 8) == 1);
  CHECK(exactly(3, 8) == 1);
  CHECK(exactly(12, 8) == 2);
  CHECK(exactly(10, 8) == 2);
  CHECK(exactly(11, 8) == 11);
  CHECK(exactly(64, 8) == 8);
  CHECK(split_exactly(0, 8).each == 0);
  CHECK(split_rounded(4093, 64).tasks == 64);
  CHECK(split_rounded(4093, 64).each == 64);
  CHECK(split_rounded(100, 64).each == 50);
  CHECK(split_rounded(11, 8).each == 6);
  CHECK(split_rounded(4'000'000, 4'000'000).tasks == 1);
  for (uint32_t p = 1; p < 500; ++p) {
    const TaskSplit s = split_rounded(p, 8);
    CHECK(s.each <= 8);
    CHECK(s.tasks == (p + 7) / 8);
    CHECK(s.tasks * s.each >= p);
    CHECK(s.tasks * s.each < p + s.tasks);
  }
}

TEST_CASE("read_common: lines") {
  LineReader lines(
      {"\xEF\xBB\xBF"
       "a\r\n\nb",
       "f"});
  std::string_view line;
  REQUIRE(lines.next(line));
  CHECK(line == "a");
  REQUIRE(lines.next(line));
  CHECK(line == "");
  REQUIRE(lines.next(line));
  CHECK(line == "b");
  CHECK(lines.error(2, "k", "no").text() == "f:3:2: k: no");
  CHECK(!lines.next(line));
}

TEST_CASE("read_common: peak use") {
  PeakUse use;
  CHECK(use.peak() == 0);
  use.add(Time{0}, Time{10}, 5);
  use.add(Time{10}, Time{20}, 7);  // as the first ends
  use.add(Time{15}, Time{16}, 1);
  use.add(Time{15}, Time{15}, 100);  // no time at all
  CHECK(use.peak() == 8);
  CHECK(add_clamped(Time{5}, Duration::max()) == Time::never());
}
