// Fields of Kubernetes objects in YAML: each as what is expected of it, or an error that tells the
// file, line, column and key.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "worlds/fleet/yaml_tree.h"

namespace dure::fleet {

class KueueFields {
 public:
  explicit KueueFields(const std::string& file) : file_(file) {}

  Error at(const YamlNode& n, std::string_view key, std::string message) const;
  Error wrong(const YamlNode& n, std::string_view key, std::string_view expected) const;
  // Absent and null alike are nullptr.
  Result<const YamlNode*> child(const YamlNode& map, std::string_view key) const;
  Result<const YamlNode*> child(const YamlNode& map, std::string_view key, YamlNode::Kind kind,
                                std::string_view expected) const;
  Result<std::string> text(const YamlNode& map, std::string_view key) const;
  // A name becomes one of an account: empty or with line ends, it could not be told again.
  Result<std::string> name(const YamlNode& map, std::string_view key) const;
  Result<std::optional<double>> quantity(const YamlNode& map, std::string_view key) const;
  // The first of two spellings that is there.
  Result<std::string> parent(const YamlNode& spec, std::string_view a, std::string_view b) const;

 private:
  const std::string& file_;
};

}  // namespace dure::fleet
