// Writes JSON as it goes, into a string: numbers in their shortest form that reads back the same
// (infinities and NaN, which JSON lacks, as null), text escaped, broken UTF-8 replaced by U+FFFD.
// "</" is written "<\/", so that the result may stand in an HTML script element. Writing two values
// where one belongs, or a value without a key in an object, is a bug of ours and asserts.
//
//   JsonWriter json(JsonWriter::Style::pretty);
//   json.begin_object().field("name",
//   "fleet").key("sizes").begin_array().value(1).value(2).end_array(); std::string text =
//   json.end_object().take();
#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace dure {

class JsonWriter {
 public:
  enum class Style { compact, pretty };  // pretty: two spaces per level

  explicit JsonWriter(Style style = Style::compact) : style_(style) {}

  JsonWriter& begin_object();
  JsonWriter& end_object();
  JsonWriter& begin_array();
  JsonWriter& end_array();
  JsonWriter& key(std::string_view name);

  JsonWriter& value(std::string_view text);
  JsonWriter& value(const char* text) { return value(std::string_view(text)); }
  JsonWriter& value(double x);
  JsonWriter& value(std::same_as<bool> auto x) { return raw(x ? "true" : "false"); }
  JsonWriter& value(std::signed_integral auto x) { return integer(x); }
  template <std::unsigned_integral T>
  requires(!std::same_as<T, bool>) JsonWriter& value(T x) { return unsigned_integer(x); }
  JsonWriter& null() { return raw("null"); }
  // Text that is one JSON value already.
  JsonWriter& raw(std::string_view json);

  template <class T>
  JsonWriter& field(std::string_view name, const T& x) {
    return key(name).value(x);
  }

  // The finished text: every object and array must be closed. Leaves the writer empty.
  std::string take();

 private:
  JsonWriter& integer(int64_t x);
  JsonWriter& unsigned_integer(uint64_t x);
  void before_value();
  void open(char bracket);
  void close(char bracket);
  void new_line();
  void quote(std::string_view text);

  enum class In : char { array, object, object_value };  // object_value: a key waits for its value
  Style style_;
  std::string out_;
  std::vector<In> levels_;
  bool first_ = true;  // nothing yet at this level
};

}  // namespace dure
