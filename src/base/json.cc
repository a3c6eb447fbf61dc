#include "base/json.h"

#include <array>
#include <charconv>
#include <cmath>
#include <utility>

#include "base/assert.h"
#include "base/text.h"

namespace dure {

namespace {

template <class T>
void append_number(std::string& out, T x) {
  std::array<char, 32> buffer;
  const auto [end, code] = std::to_chars(buffer.data(), buffer.data() + buffer.size(), x);
  DURE_ASSERT(code == std::errc{}, "32 characters hold any number");
  out.append(buffer.data(), end);
}

}  // namespace

JsonWriter& JsonWriter::begin_object() {
  before_value();
  open('{');
  levels_.push_back(In::object);
  return *this;
}

JsonWriter& JsonWriter::end_object() {
  DURE_ASSERT(!levels_.empty() && levels_.back() == In::object, "end_object() without an object");
  close('}');
  return *this;
}

JsonWriter& JsonWriter::begin_array() {
  before_value();
  open('[');
  levels_.push_back(In::array);
  return *this;
}

JsonWriter& JsonWriter::end_array() {
  DURE_ASSERT(!levels_.empty() && levels_.back() == In::array, "end_array() without an array");
  close(']');
  return *this;
}

JsonWriter& JsonWriter::key(std::string_view name) {
  DURE_ASSERT(!levels_.empty() && levels_.back() == In::object, "a JSON key outside an object");
  if (!first_) out_ += ',';
  first_ = false;
  new_line();
  quote(name);
  out_ += style_ == Style::pretty ? ": " : ":";
  levels_.back() = In::object_value;
  return *this;
}

JsonWriter& JsonWriter::value(std::string_view text) {
  before_value();
  quote(text);
  return *this;
}

JsonWriter& JsonWriter::value(double x) {
  if (!std::isfinite(x)) return null();
  before_value();
  append_number(out_, x);
  return *this;
}

JsonWriter& JsonWriter::integer(int64_t x) {
  before_value();
  append_number(out_, x);
  return *this;
}

JsonWriter& JsonWriter::unsigned_integer(uint64_t x) {
  before_value();
  append_number(out_, x);
  return *this;
}

JsonWriter& JsonWriter::raw(std::string_view json) {
  before_value();
  out_ += json;
  return *this;
}

std::string JsonWriter::take() {
  DURE_ASSERT(levels_.empty() && !out_.empty(), "unfinished JSON");
  if (style_ == Style::pretty) out_ += '\n';
  first_ = true;
  return std::exchange(out_, {});
}

void JsonWriter::before_value() {
  if (levels_.empty()) {
    DURE_ASSERT(out_.empty(), "two JSON values in one text");
    return;
  }
  DURE_ASSERT(levels_.back() != In::object, "a JSON value without a key");
  if (levels_.back() == In::object_value) {
    levels_.back() = In::object;
    return;
  }
  if (!first_) out_ += ',';
  first_ = false;
  new_line();
}

void JsonWriter::open(char bracket) {
  out_ += bracket;
  first_ = true;
}

void JsonWriter::close(char bracket) {
  levels_.pop_back();
  if (!first_) new_line();
  out_ += bracket;
  first_ = false;
}

void JsonWriter::new_line() {
  if (style_ == Style::compact) return;
  out_ += '\n';
  out_.append(2 * levels_.size(), ' ');
}

void JsonWriter::quote(std::string_view text) {
  constexpr std::string_view hex = "0123456789abcdef";
  out_ += '"';
  for (size_t i = 0; i < text.size();) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte >= 0x80) {
      const size_t length = utf8_length(text.substr(i));
      if (length == 0) {
        out_ += "\xEF\xBF\xBD";
      } else {
        out_ += text.substr(i, length);
      }
      i += length == 0 ? 1 : length;
      continue;
    }
    ++i;
    switch (byte) {
      case '"':
        out_ += "\\\"";
        break;
      case '\\':
        out_ += "\\\\";
        break;
      case '\n':
        out_ += "\\n";
        break;
      case '\r':
        out_ += "\\r";
        break;
      case '\t':
        out_ += "\\t";
        break;
      case '/':
        out_ += i >= 2 && text[i - 2] == '<' ? "\\/" : "/";
        break;
      default:
        // "<!--" too would change how a browser reads a script element.
        if (byte < 0x20 || byte == 0x7f || (byte == '<' && i < text.size() && text[i] == '!')) {
          out_ += "\\u00";
          out_ += hex[byte >> 4];
          out_ += hex[byte & 15];
        } else {
          out_ += static_cast<char>(byte);
        }
    }
  }
  out_ += '"';
}

}  // namespace dure
