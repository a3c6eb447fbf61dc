#include "worlds/fleet/kueue_fields.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "worlds/fleet/kueue.h"

namespace dure::fleet {
namespace {

using Kind = YamlNode::Kind;

std::string found(const YamlNode& n) {
  switch (n.kind) {
    case Kind::null:
      return "nothing";
    case Kind::scalar:
      return quoted(n.text);
    case Kind::list:
      return "a list";
    case Kind::map:
      return "a map";
  }
  return {};
}

}  // namespace

Error KueueFields::at(const YamlNode& n, std::string_view key, std::string message) const {
  return Error{.message = std::move(message),
               .file = file_,
               .line = n.line,
               .column = n.column,
               .key = std::string(key)};
}

Error KueueFields::wrong(const YamlNode& n, std::string_view key, std::string_view expected) const {
  return at(n, key, "expected " + std::string(expected) + ", found " + found(n));
}

Result<const YamlNode*> KueueFields::child(const YamlNode& map, std::string_view key) const {
  const YamlNode* it = nullptr;
  for (size_t i = 0; i < map.keys.size(); ++i) {
    if (map.keys[i] != key) continue;
    if (it != nullptr) return at(map.items[i], key, "expected this key once, found it again");
    it = &map.items[i];
  }
  return it != nullptr && it->is(Kind::null) ? nullptr : it;
}

Result<const YamlNode*> KueueFields::child(const YamlNode& map, std::string_view key, Kind kind,
                                           std::string_view expected) const {
  DURE_TRY(const YamlNode* n, child(map, key));
  if (n != nullptr && !n->is(kind)) return wrong(*n, key, expected);
  return n;
}

Result<std::string> KueueFields::text(const YamlNode& map, std::string_view key) const {
  DURE_TRY(const YamlNode* n, child(map, key, Kind::scalar, "text"));
  if (n == nullptr) return at(map, key, "expected this key, found none");
  return n->text;
}

Result<std::string> KueueFields::name(const YamlNode& map, std::string_view key) const {
  DURE_TRY(const std::string value, text(map, key));
  const bool plain = std::all_of(value.begin(), value.end(), [](char c) {
    return static_cast<unsigned char>(c) >= ' ' && c != 127;
  });
  if (value.empty() || value.size() > 253 || !plain)
    return at(map, key, "expected a name of 1 to 253 characters, found " + quoted(value));
  return value;
}

Result<std::optional<double>> KueueFields::quantity(const YamlNode& map,
                                                    std::string_view key) const {
  DURE_TRY(const YamlNode* n, child(map, key, Kind::scalar, "a quantity"));
  if (n == nullptr) return std::optional<double>();
  const Result<double> value = parse_quantity(n->text);
  if (!value) return at(*n, key, value.error().message);
  return std::optional(*value);
}

Result<std::string> KueueFields::parent(const YamlNode& spec, std::string_view a,
                                        std::string_view b) const {
  for (const std::string_view key : {a, b}) {
    DURE_TRY(const YamlNode* n, child(spec, key, Kind::scalar, "the name of a cohort"));
    if (n != nullptr && !n->text.empty()) return name(spec, key);
  }
  return std::string();
}

Result<double> parse_quantity(std::string_view text) {
  struct Suffix {
    std::string_view name;
    double times, over;  // both exact
  };
  static constexpr std::array<Suffix, 15> suffixes = {{{"Ki", 0x1p10, 1},
                                                       {"Mi", 0x1p20, 1},
                                                       {"Gi", 0x1p30, 1},
                                                       {"Ti", 0x1p40, 1},
                                                       {"Pi", 0x1p50, 1},
                                                       {"Ei", 0x1p60, 1},
                                                       {"n", 1, 1e9},
                                                       {"u", 1, 1e6},
                                                       {"m", 1, 1e3},
                                                       {"k", 1e3, 1},
                                                       {"M", 1e6, 1},
                                                       {"G", 1e9, 1},
                                                       {"T", 1e12, 1},
                                                       {"P", 1e15, 1},
                                                       {"E", 1e18, 1}}};
  const Error wrong{.message =
                        "expected a quantity such as 10, 1500m or 20Gi, found " + quoted(text)};
  std::string_view number = text;
  Suffix suffix{"", 1, 1};
  for (const Suffix& s : suffixes) {
    if (!text.ends_with(s.name)) continue;
    number.remove_suffix(s.name.size());
    suffix = s;
    break;
  }
  const bool starts = !number.empty() && (number[0] == '.' || number[0] == '+' ||
                                          (number[0] >= '0' && number[0] <= '9'));
  const Result<double> value = parse_double(number);
  const double x = value ? *value * suffix.times / suffix.over : 0;
  // 1e3 has an exponent, 1e3k does not have two.
  const bool exponent = number.find_first_of("eE") != std::string_view::npos;
  if (!starts || !value || !(x >= 0 && x < 1e30) || (exponent && !suffix.name.empty()))
    return wrong;
  return x;
}

}  // namespace dure::fleet
