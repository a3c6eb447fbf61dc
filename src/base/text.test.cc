#include "base/text.h"

#include <array>

#include <doctest/doctest.h>

using namespace dure;

TEST_CASE("trim and split") {
  CHECK(trim("  a b\r\n") == "a b");
  CHECK(trim(" \t") == "");
  CHECK(split("a,,b,", ',') == std::vector<std::string_view>{"a", "", "b", ""});
  CHECK(split("", ',') == std::vector<std::string_view>{""});
  CHECK(to_lower("GPUs") == "gpus");
}

TEST_CASE("whole numbers") {
  CHECK(*parse_int("42") == 42);
  CHECK(*parse_int("+42") == 42);
  CHECK(*parse_int("-9223372036854775808") == std::numeric_limits<int64_t>::min());
  CHECK(parse_int("x").error().message == "expected a whole number, found \"x\"");
  CHECK(parse_int("33", 1, 32).error().message ==
        "expected a whole number from 1 to 32, found \"33\"");
  CHECK(parse_int("-1", 0).error().message == "expected a whole number at least 0, found \"-1\"");
  CHECK(parse_int("9223372036854775808").error().message ==
        "expected a whole number that fits 64 bits, found \"9223372036854775808\"");
  for (const char* text : {"", "+", "-", "+-1", "++1", "1 ", " 1", "1.0", "1e3", "0x10", "1,000"}) {
    CHECK_MESSAGE(!parse_int(text), text);
  }
}

TEST_CASE("numbers") {
  CHECK(*parse_double("0.1") == 0.1);
  CHECK(*parse_double("+1e3") == 1000.0);
  CHECK(*parse_double("-.5") == -0.5);
  CHECK(parse_double("1e999").error().message ==
        "expected a number within 1e-307 to 1e308, found \"1e999\"");
  for (const char* text : {"", "+", "inf", "-inf", "nan", "1 ", "0x1p3", "1e", "1.2.3", "+-1"}) {
    CHECK_MESSAGE(!parse_double(text), text);
  }
}

TEST_CASE("quoted text is safe to print and short") {
  CHECK(quoted("a\"b\\\n\x01") == "\"a\\\"b\\\\\\n\\x01\"");
  CHECK(quoted(std::string(100, 'a')) == "\"" + std::string(60, 'a') + "...\"");
  std::string korean;
  for (int i = 0; i < 30; ++i) korean += "두";
  CHECK(quoted("a" + korean).size() == 1 + 1 + 19 * 3 + 4);  // cut between characters
  CHECK(quoted("두레") == "\"두레\"");
}

TEST_CASE("UTF-8") {
  CHECK(is_utf8("두레 \x7f \xF4\x8F\xBF\xBF"));
  for (const char* text : {"\x80", "\xC1\x81", "\xE0\x9F\xBF", "\xED\xA0\x80", "\xF0\x8F\xBF\xBF",
                           "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xEB\x91", "\xC3("}) {
    CHECK_MESSAGE(!is_utf8(text), text);
  }
}

TEST_CASE("did you mean") {
  const std::array<std::string_view, 4> keys = {"gpus", "gpus_per_node", "name", "duration"};
  CHECK(closest_match("gpu", keys) == "gpus");
  CHECK(closest_match("GPUS", keys) == "gpus");
  CHECK(closest_match("nmae", keys) == "name");
  CHECK(closest_match("gpu_per_node", keys) == "gpus_per_node");
  CHECK(closest_match("durration", keys) == "duration");
  CHECK(closest_match("memory", keys) == "");
  CHECK(closest_match("", keys) == "");
  CHECK(closest_match(std::string(1000, 'g'), keys) == "");
  CHECK(did_you_mean("gpu", keys) == ", did you mean \"gpus\"?");
  CHECK(did_you_mean("memory", keys) == "");
  CHECK(join_quoted(std::array<std::string_view, 3>{"a", "b", "c"}, "or") == R"("a", "b" or "c")");
}

TEST_CASE("numbers for people") {
  CHECK(to_si(12'345'678) == "12.3 M");
  CHECK(to_si(4'560) == "4.56 k");
  CHECK(to_si(789) == "789");
  CHECK(to_si(0) == "0");
  CHECK(to_si(999.6) == "1 k");
  CHECK(to_si(0.002) == "2 m");
  CHECK(to_si(0.1) == "100 m");
  CHECK(to_si(-1.5e9) == "-1.5 G");
  CHECK(to_si(1e40) == "1e+40");
  CHECK(counted(1, "robot") == "1 robot");
  CHECK(counted(0, "robot") == "0 robots");
  CHECK(counted(5000, "robot") == "5,000 robots");
  CHECK(with_commas(1'234'567) == "1,234,567");
  CHECK(with_commas(-123) == "-123");
  CHECK(with_commas(-1'234) == "-1,234");
  CHECK(with_commas(std::numeric_limits<int64_t>::min()) == "-9,223,372,036,854,775,808");
  CHECK(shortest(0.1) == "0.1");
  CHECK(shortest(8) == "8");
}
