#include "base/json.h"

#include <limits>

#include <doctest/doctest.h>

using namespace dure;

namespace {

template <class T>
std::string json_of(const T& x) {
  return JsonWriter().value(x).take();
}

}  // namespace

TEST_CASE("json: objects and arrays, compact and pretty") {
  const auto write = [](JsonWriter::Style style) {
    JsonWriter json(style);
    json.begin_object()
        .field("name", "fleet")
        .key("sizes")
        .begin_array()
        .value(1)
        .value(2)
        .end_array();
    json.key("none").begin_array().end_array().key("empty").begin_object().end_object();
    json.key("nested")
        .begin_array()
        .begin_object()
        .field("a", true)
        .end_object()
        .null()
        .end_array();
    return json.end_object().take();
  };
  CHECK(write(JsonWriter::Style::compact) ==
        R"({"name":"fleet","sizes":[1,2],"none":[],"empty":{},"nested":[{"a":true},null]})");
  CHECK(write(JsonWriter::Style::pretty) == R"({
  "name": "fleet",
  "sizes": [
    1,
    2
  ],
  "none": [],
  "empty": {},
  "nested": [
    {
      "a": true
    },
    null
  ]
}
)");
  JsonWriter json;
  json.begin_array().raw("{\"a\":1}").value(2).end_array();
  CHECK(json.take() == "[{\"a\":1},2]");
  CHECK(json.value(1).take() == "1");  // take() leaves a writer ready for the next text
}

TEST_CASE("json: numbers") {
  CHECK(json_of(0.1) == "0.1");
  CHECK(json_of(8.0) == "8");
  CHECK(json_of(1e300) == "1e+300");
  CHECK(json_of(0.1F) == "0.10000000149011612");
  CHECK(json_of(std::numeric_limits<double>::infinity()) == "null");
  CHECK(json_of(std::numeric_limits<double>::quiet_NaN()) == "null");
  CHECK(json_of(std::numeric_limits<int64_t>::min()) == "-9223372036854775808");
  CHECK(json_of(std::numeric_limits<uint64_t>::max()) == "18446744073709551615");
  CHECK(json_of(uint32_t{7}) == "7");
  CHECK(json_of(size_t{7}) == "7");
  CHECK(json_of(int16_t{-7}) == "-7");
  CHECK(json_of(false) == "false");
}

TEST_CASE("json: text") {
  CHECK(json_of("a\"b\\c\n\r\t\x01\x7f") == R"("a\"b\\c\n\r\t\u0001\u007f")");
  CHECK(json_of(std::string("a\0b", 3)) == R"("a\u0000b")");
  CHECK(json_of("두레 🙂") == "\"두레 🙂\"");
  CHECK(json_of("</script> a/b") == R"("<\/script> a/b")");
  CHECK(json_of("/<!--") == R"("/\u003c!--")");
  CHECK(json_of("a\xff\xEB\x91z") == "\"a\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBDz\"");
  CHECK(JsonWriter().begin_object().field("</", 1).end_object().take() == R"({"<\/":1})");
}
