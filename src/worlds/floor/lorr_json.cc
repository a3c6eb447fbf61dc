#include "worlds/floor/lorr_json.h"

#include <algorithm>

#include "base/text.h"

namespace dure::floor {

Result<Json> parse_json(std::string_view text, const std::string& file) {
  try {
    return Json::parse(text);
  } catch (const Json::parse_error& e) {
    const size_t at = std::min(e.byte > 0 ? e.byte - 1 : 0, text.size());
    const std::string_view before = text.substr(0, at);
    const size_t line_start = before.rfind('\n') + 1;  // 0 when there is none
    const bool over = at >= text.size();
    return Error{.message = over ? "expected JSON, found the end of the file inside of it"
                                 : "expected JSON, found " + dure::quoted(text.substr(at, 1)) +
                                       " where none may be",
                 .file = file,
                 .line = static_cast<int>(std::count(before.begin(), before.end(), '\n')) + 1,
                 .column = static_cast<int>(at - line_start) + 1};
  } catch (const Json::exception&) {  // a number beyond all bounds
    return Error{.message = "expected JSON, found a number that is too large", .file = file};
  }
}

std::string shown(const Json& json) {
  if (json.is_array()) return "a list";
  if (json.is_object()) return "an object";
  if (json.is_string()) return dure::quoted(json.get_ref<const std::string&>());
  return json.dump();
}

Result<JsonObject> JsonObject::of(const Json& json, const std::string& file, std::string key) {
  if (!json.is_object())
    return Error{.message = "expected an object, found " + shown(json), .file = file, .key = key};
  return JsonObject(json, file, std::move(key));
}

Error JsonObject::error(const char* key, std::string message) const {
  return {.message = std::move(message),
          .file = *file_,
          .key = key_.empty() ? std::string(key) : key_ + '.' + key};
}

Error JsonObject::wrong(const char* key, const std::string& expected, const Json& found) const {
  return error(key, "expected " + expected + ", found " + shown(found));
}

Result<const Json*> JsonObject::at(const char* key, const char* expected) const {
  const auto it = json_->find(key);
  if (it == json_->end()) return error(key, std::string("expected ") + expected + ", found none");
  return &*it;
}

Result<std::string> JsonObject::text(const char* key) const {
  DURE_TRY(const Json* const json, at(key, "a text"));
  if (!json->is_string()) return wrong(key, "a text", *json);
  return json->get<std::string>();
}

Result<int64_t> JsonObject::integer(const char* key, int64_t min, int64_t max) const {
  DURE_TRY(const Json* const json, at(key, "a whole number"));
  const std::string expected = "a whole number " + range_text(min, max);
  if (!json->is_number_integer()) return wrong(key, expected, *json);
  if (json->is_number_unsigned() &&
      json->get<uint64_t>() > uint64_t{std::numeric_limits<int64_t>::max()})
    return wrong(key, expected, *json);
  const auto value = json->get<int64_t>();
  if (value < min || value > max) return wrong(key, expected, *json);
  return value;
}

Result<double> JsonObject::number(const char* key, double min, double max) const {
  DURE_TRY(const Json* const json, at(key, "a number"));
  const std::string expected = "a number " + range_text(min, max);
  if (!json->is_number()) return wrong(key, expected, *json);
  const auto value = json->get<double>();
  if (!(value >= min && value <= max)) return wrong(key, expected, *json);
  return value;
}

Result<const Json*> JsonObject::array(const char* key) const {
  DURE_TRY(const Json* const json, at(key, "a list"));
  if (!json->is_array()) return wrong(key, "a list", *json);
  return json;
}

Result<JsonObject> JsonObject::object(const char* key) const {
  DURE_TRY(const Json* const json, at(key, "an object"));
  return of(*json, *file_, key_.empty() ? std::string(key) : key_ + '.' + key);
}

}  // namespace dure::floor
