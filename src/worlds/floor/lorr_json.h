// Strict access to JSON that others wrote: what is missing or of another type is an Error with the
// file and the key.
#pragma once

#include <limits>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "base/result.h"

namespace dure::floor {

using Json = nlohmann::json;

// An Error at the line and column where the text stops being JSON.
Result<Json> parse_json(std::string_view text, const std::string& file);

// One object of a document.
class JsonObject {
 public:
  // `key` is the object's own, "" at the top.
  static Result<JsonObject> of(const Json& json, const std::string& file, std::string key = "");

  bool has(const char* key) const { return json_->contains(key); }
  Result<std::string> text(const char* key) const;
  Result<int64_t> integer(const char* key, int64_t min, int64_t max) const;
  Result<double> number(const char* key, double min, double max) const;
  Result<const Json*> array(const char* key) const;
  Result<JsonObject> object(const char* key) const;
  Error error(const char* key, std::string message) const;

 private:
  JsonObject(const Json& json, const std::string& file, std::string key)
      : json_(&json), file_(&file), key_(std::move(key)) {}
  Result<const Json*> at(const char* key, const char* expected) const;
  Error wrong(const char* key, const std::string& expected, const Json& found) const;

  const Json* json_;
  const std::string* file_;
  std::string key_;
};

// For messages: a JSON value, cut when it is long.
std::string shown(const Json& json);

}  // namespace dure::floor
