#include "base/config.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <sstream>
#include <unordered_map>

#include <fmt/format.h>

// Without exceptions, parse errors are values. toml++ 3.3 asserts, or with NDEBUG lets the compiler
// assume, things that a malformed document breaks ("[=]" is one) although the code that follows
// handles them; so neither. Only this file sees toml++: it is slow to compile.
#define TOML_EXCEPTIONS 0
#undef NDEBUG
#define TOML_ASSERT(expression) static_assert(true)
#include <toml++/toml.h>

namespace dure {

namespace config_detail {

// A tree of our own instead of toml++'s: it keeps the document's order, knows which values came
// from
// --set, and is written back as text in the same order.
struct Node {
  enum class Kind { table, array, text, integer, number, boolean, time };

  Kind kind = Kind::table;
  std::string text = {};  // of a text, or a date or time as written in TOML
  int64_t integer = 0;
  double number = 0;
  bool boolean = false;
  std::vector<std::string> keys = {};  // [children] of a table, in the document's order
  std::vector<Node> children = {};     // of a table or array

  int line = 0, column = 0;          // of the value; 0 for what --set made
  int key_line = 0, key_column = 0;  // of its key
  std::string flag = {};             // "--set owner.0.gpus", when it came from there

  const Node* find(std::string_view key) const {
    if (kind != Kind::table) return nullptr;
    const auto it = std::find(keys.begin(), keys.end(), key);
    return it == keys.end() ? nullptr : &children[static_cast<size_t>(it - keys.begin())];
  }
  Node* find(std::string_view key) { return const_cast<Node*>(std::as_const(*this).find(key)); }
};

struct Context {
  std::string file_name;
  bool describing = false;
  std::optional<Error> error;
  struct Asked {
    std::string path;
    std::vector<std::string> keys;
  };
  std::unordered_map<const Node*, Asked> asked;  // of each table of the document that was read
  std::vector<KeyDoc> docs;
};

}  // namespace config_detail

namespace {

using config_detail::Context;
using config_detail::Node;
using Kind = Node::Kind;

// Limits that keep every recursion shallow, toml++'s included, which limits neither dotted keys nor
// headers. Scenarios are four levels deep or so.
constexpr int max_brackets = 32;
constexpr int max_dots = 16;
constexpr int max_depth = 16;  // of the whole; so that what is written back is within the others

const Node& empty_table() {
  static const Node node;
  return node;
}

// ---- Reading TOML

// Refuses documents nested deeper than the limits, before toml++ sees them. Knows just enough of
// the grammar to skip text and comments; anything malformed is left for toml++ to explain.
Result<void> check_nesting(std::string_view text, const std::string& file_name) {
  int line = 1, brackets = 0, dots = 0;
  const auto skip_text = [&](size_t i) {
    const char quote = text[i];
    const std::string_view three = quote == '"' ? "\"\"\"" : "'''";
    const bool multi_line = text.substr(i, 3) == three;
    i += multi_line ? 3 : 1;
    for (; i < text.size(); ++i) {
      if (text[i] == '\n') {
        ++line;
        if (!multi_line) return i;
      } else if (text[i] == '\\' && quote == '"') {
        if (i + 1 < text.size() && text[i + 1] == '\n') ++line;
        ++i;
      } else if (text[i] == quote && (!multi_line || text.substr(i, 3) == three)) {
        if (!multi_line) return i;
        i += 2;
        // Up to two quotes may stand before the closing three.
        for (int n = 0; n < 2 && i + 1 < text.size() && text[i + 1] == quote; ++n) ++i;
        return i;
      }
    }
    return i;
  };
  for (size_t i = 0; i < text.size(); ++i) {
    switch (text[i]) {
      case '\n':
        ++line;
        dots = 0;
        break;
      case '#':
        i = std::min(text.find('\n', i), text.size()) - 1;
        break;
      case '"':
      case '\'':
        i = skip_text(i);
        break;
      case '[':
      case '{':
        ++brackets;
        dots = 0;
        break;
      case ']':
      case '}':
        --brackets;
        break;
      case '=':
      case ',':
        dots = 0;
        break;
      case '.':
        ++dots;
        break;
      default:
        break;
    }
    if (brackets > max_brackets || dots > max_dots) {
      return Error{
          fmt::format("expected at most {} levels of brackets and {} dots in a key, found more",
                      max_brackets, max_dots),
          file_name,
          line,
          0,
          {}};
    }
  }
  return {};
}

template <class T>
std::string streamed(const T& x) {
  std::ostringstream out;
  out << x;
  return out.str();
}

Node node_of(const toml::node& from, const std::string& flag) {
  Node node;
  node.flag = flag;
  if (flag.empty()) {
    node.line = static_cast<int>(from.source().begin.line);
    node.column = static_cast<int>(from.source().begin.column);
  }
  from.visit([&](const auto& value) {
    using T = std::decay_t<decltype(value)>;
    if constexpr (std::is_same_v<T, toml::table>) {
      node.kind = Kind::table;
      // toml++ sorts by name; the places of the keys give the document's order back.
      std::vector<std::pair<const toml::key*, const toml::node*>> entries;
      for (const auto& [key, child] : value) entries.emplace_back(&key, &child);
      std::stable_sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) {
        const auto &x = a.first->source().begin, &y = b.first->source().begin;
        return x.line != y.line ? x.line < y.line : x.column < y.column;
      });
      for (const auto& [key, child] : entries) {
        node.keys.emplace_back(key->str());
        node.children.push_back(node_of(*child, flag));
        if (!flag.empty()) continue;
        node.children.back().key_line = static_cast<int>(key->source().begin.line);
        node.children.back().key_column = static_cast<int>(key->source().begin.column);
      }
    } else if constexpr (std::is_same_v<T, toml::array>) {
      node.kind = Kind::array;
      for (const toml::node& child : value) node.children.push_back(node_of(child, flag));
    } else if constexpr (std::is_same_v<T, toml::value<std::string>>) {
      node.kind = Kind::text;
      node.text = value.get();
    } else if constexpr (std::is_same_v<T, toml::value<int64_t>>) {
      node.kind = Kind::integer;
      node.integer = value.get();
    } else if constexpr (std::is_same_v<T, toml::value<double>>) {
      node.kind = Kind::number;
      node.number = value.get();
    } else if constexpr (std::is_same_v<T, toml::value<bool>>) {
      node.kind = Kind::boolean;
      node.boolean = value.get();
    } else {
      node.kind = Kind::time;
      node.text = streamed(value.get());
    }
  });
  return node;
}

// Levels of tables and arrays; 1 for a scalar. `deepest` is one of the values that far down.
int depth_of(const Node& node, const Node*& deepest) {
  int depth = 1;
  deepest = &node;
  for (const Node& child : node.children) {
    const Node* below = nullptr;
    const int child_depth = 1 + depth_of(child, below);
    if (child_depth <= depth) continue;
    depth = child_depth;
    deepest = below;
  }
  return depth;
}

Result<Node> parse_toml(std::string_view text, const std::string& file_name,
                        const std::string& flag) {
  DURE_CHECK(check_nesting(text, file_name));
  const toml::parse_result result = toml::parse(text, file_name);
  if (!result) {
    const toml::parse_error& error = result.error();
    return Error{std::string(error.description()),
                 file_name,
                 static_cast<int>(error.source().begin.line),
                 static_cast<int>(error.source().begin.column),
                 {}};
  }
  Node root = node_of(result.table(), flag);
  const Node* deepest = nullptr;
  if (depth_of(root, deepest) > max_depth) {
    return Error{
        fmt::format("expected at most {} levels of tables and arrays, found more", max_depth),
        file_name,
        deepest->line,
        deepest->column,
        {}};
  }
  return root;
}

// ---- Writing TOML

std::string toml_of(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\t') {
      out += "\\t";
    } else if (byte < 0x20 || byte == 0x7f) {
      out += fmt::format("\\u{:04X}", byte);
    } else {
      out += c;
    }
  }
  return out + '"';
}

std::string toml_of(double x) {
  std::string out = shortest(x);
  if (out.find_first_not_of("-0123456789") == std::string::npos) out += ".0";
  return out;
}

std::string toml_key(std::string_view key) {
  const bool bare = !key.empty() && std::all_of(key.begin(), key.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-';
  });
  return bare ? std::string(key) : toml_of(key);
}

// In one line, tables as {}.
std::string inline_toml(const Node& node) {
  std::string out;
  switch (node.kind) {
    case Kind::text:
      return toml_of(node.text);
    case Kind::integer:
      return std::to_string(node.integer);
    case Kind::number:
      return toml_of(node.number);
    case Kind::boolean:
      return node.boolean ? "true" : "false";
    case Kind::time:
      return node.text;
    case Kind::array:
      for (const Node& child : node.children) out += (out.empty() ? "" : ", ") + inline_toml(child);
      return '[' + out + ']';
    case Kind::table:
      for (size_t i = 0; i < node.keys.size(); ++i) {
        out +=
            (i > 0 ? ", " : " ") + toml_key(node.keys[i]) + " = " + inline_toml(node.children[i]);
      }
      return '{' + out + (out.empty() ? "}" : " }");
  }
  return out;
}

bool is_tables(const Node& node) {
  return node.kind == Kind::array && !node.children.empty() &&
         std::all_of(node.children.begin(), node.children.end(),
                     [](const Node& child) { return child.kind == Kind::table; });
}

// A table's own values first: after a [header], they would belong to that.
void write_table(const Node& table, const std::string& path, std::string& out) {
  for (size_t i = 0; i < table.keys.size(); ++i) {
    const Node& child = table.children[i];
    if (child.kind == Kind::table || is_tables(child)) continue;
    out += toml_key(table.keys[i]) + " = " + inline_toml(child) + '\n';
  }
  for (size_t i = 0; i < table.keys.size(); ++i) {
    const Node& child = table.children[i];
    const std::string name = path + (path.empty() ? "" : ".") + toml_key(table.keys[i]);
    const auto header = [&](std::string_view open, std::string_view close) {
      out += fmt::format("{}{}{}{}\n", out.empty() ? "" : "\n", open, name, close);
    };
    if (child.kind == Kind::table) {
      header("[", "]");
      write_table(child, name, out);
    } else if (is_tables(child)) {
      for (const Node& entry : child.children) {
        header("[[", "]]");
        write_table(entry, name, out);
      }
    }
  }
}

// ---- Words for messages

const char* kind_name(const Node& node) {
  switch (node.kind) {
    case Kind::table:
      return "a table";
    case Kind::array:
      return "an array";
    case Kind::text:
      return "text";
    case Kind::integer:
      return "a whole number";
    case Kind::number:
      return "a number";
    case Kind::boolean:
      return "true or false";
    case Kind::time:
      return "a date or time";
  }
  return "";
}

std::string found(const Node& node) {
  switch (node.kind) {
    case Kind::table:
    case Kind::array:
      return kind_name(node);
    case Kind::text:
      return quoted(node.text);
    default:
      return inline_toml(node);
  }
}

// "a whole number from 1 to 32 GPUs", "a number (h)".
std::string expected_number(std::string_view what, std::string_view range, std::string_view unit) {
  std::string out(what);
  if (!range.empty()) out += fmt::format(" {}", range);
  if (!unit.empty()) out += range.empty() ? fmt::format(" ({})", unit) : fmt::format(" {}", unit);
  return out;
}

std::string range_text(Duration min, Duration max) {
  if (max == Duration::max()) return "of at least " + to_string(min);
  return "from " + to_string(min) + " to " + to_string(max);
}

std::string_view name_of(const Node& table) {
  const Node* name = table.find("name");
  return name != nullptr && name->kind == Kind::text ? std::string_view(name->text)
                                                     : std::string_view();
}

template <class T>
std::string default_text(const std::optional<T>& fallback) {
  if (!fallback) return "required";
  if constexpr (std::is_same_v<T, Duration> || std::is_same_v<T, Time>) {
    return toml_of(to_string(*fallback));
  } else if constexpr (std::is_same_v<T, bool>) {
    return *fallback ? "true" : "false";
  } else if constexpr (std::is_same_v<T, int64_t>) {
    return std::to_string(*fallback);
  } else {
    return toml_of(*fallback);
  }
}

template <class T>
std::string default_array(const std::optional<std::vector<T>>& fallback) {
  if (!fallback) return "required";
  std::string out;
  for (const T& entry : *fallback) {
    out += (out.empty() ? "" : ", ") + default_text(std::optional<T>(entry));
  }
  return '[' + out + ']';
}

// The parts of owner."a.b".gpus; nothing when it is not a path.
std::optional<std::vector<std::string>> split_path(std::string_view path) {
  std::vector<std::string> parts;
  for (;;) {
    path = trim(path);
    if (path.starts_with('"') || path.starts_with('\'')) {
      const size_t end = path.find(path[0], 1);
      if (end == std::string_view::npos) return std::nullopt;
      parts.emplace_back(path.substr(1, end - 1));
      path = trim(path.substr(end + 1));
      if (!path.empty() && path[0] != '.') return std::nullopt;
    } else {
      const size_t end = std::min(path.find('.'), path.size());
      parts.emplace_back(trim(path.substr(0, end)));
      if (parts.back().empty()) return std::nullopt;
      path.remove_prefix(end);
    }
    if (path.empty()) return parts;
    path.remove_prefix(1);
  }
}

}  // namespace

// ---- Config

Config::Config() : root_(std::make_unique<Node>()) {}
Config::Config(const Config& other)
    : root_(std::make_unique<Node>(*other.root_)), file_name_(other.file_name_) {}
Config::Config(Config&& other) noexcept = default;
Config& Config::operator=(Config other) noexcept {
  std::swap(root_, other.root_);
  std::swap(file_name_, other.file_name_);
  return *this;
}
Config::~Config() = default;

Result<Config> Config::parse(std::string_view text, std::string file_name) {
  DURE_TRY(Node root, parse_toml(text, file_name, {}));
  Config config;
  *config.root_ = std::move(root);
  config.root_->line = 0;  // a message about the whole document needs no line
  config.file_name_ = std::move(file_name);
  return config;
}

Result<void> Config::set(std::string_view assignment) {
  size_t equals = 0;
  char quote = 0;
  for (; equals < assignment.size(); ++equals) {
    const char c = assignment[equals];
    if (quote == 0 && c == '=') break;
    if (quote == 0 && (c == '"' || c == '\'')) {
      quote = c;
    } else if (c == quote) {
      quote = 0;
    }
  }
  if (equals == assignment.size()) {
    return Error{"expected key=value, such as policy.order=easy, found " + quoted(assignment),
                 {},
                 0,
                 0,
                 "--set"};
  }
  return set(assignment.substr(0, equals), assignment.substr(equals + 1));
}

Result<void> Config::set(std::string_view path, std::string_view value) {
  const std::string flag = "--set " + std::string(trim(path));
  const auto fail = [&](std::string message) { return Error{std::move(message), {}, 0, 0, flag}; };
  const auto parts = split_path(path);
  if (!is_utf8(path) || !is_utf8(value)) return fail("expected text in UTF-8");
  if (!parts || parts->size() > max_dots) {
    return Error{
        "expected a dotted key such as policy.order, found " + quoted(path), {}, 0, 0, "--set"};
  }

  // A value that is no TOML is text: --set order=easy needs no quotes. One that holds a line end
  // would be more than a value.
  // (A value nested too deeply is no TOML here either.)
  Node set;
  set.kind = Kind::text;
  set.text = value;
  if (value.find('\n') == std::string_view::npos) {
    if (Result<Node> parsed = parse_toml("v = " + std::string(value), {}, flag);
        parsed && parsed->children.size() == 1) {
      set = std::move(parsed->children[0]);
    }
  }
  set.flag = flag;
  const Node* deepest = nullptr;
  if (static_cast<int>(parts->size()) + depth_of(set, deepest) > max_depth) {
    return fail(
        fmt::format("expected at most {} levels of tables and arrays, found more", max_depth));
  }

  // Look before changing anything: where does the path leave the document?
  Node* node = root_.get();
  std::string here;  // what of the path has been followed
  size_t depth = 0;
  for (; depth < parts->size(); ++depth) {
    const std::string& part = (*parts)[depth];
    Node* next = nullptr;
    if (node->kind == Kind::table) {
      next = node->find(part);
      if (next == nullptr) break;
    } else if (node->kind == Kind::array) {
      std::vector<std::string_view> names;
      for (Node& entry : node->children) {
        names.push_back(name_of(entry));
        if (next == nullptr && names.back() == part) next = &entry;
      }
      if (next == nullptr) {
        const size_t n = node->children.size();
        const Result<int64_t> index = parse_int(part, 0);
        if (!index && index.error().message.find("at least") == std::string::npos) {
          return fail("expected an entry of " + here + " by its name or index, found " +
                      quoted(part) + did_you_mean(part, names));
        }
        if (!index || static_cast<size_t>(*index) >= n) {
          return fail(n == 0 ? here + " has no entries"
                             : fmt::format("expected an entry of {} from 0 to {}, found {}", here,
                                           n - 1, quoted(part)));
        }
        next = &node->children[static_cast<size_t>(*index)];
      }
    } else {
      return fail(fmt::format("expected a table at {}, found {}", here, found(*node)));
    }
    node = next;
    here += (here.empty() ? "" : ".") + part;
  }
  if (depth == parts->size()) {
    // The key stays where it was in the document.
    *node = std::move(set);
    return {};
  }
  for (; depth < parts->size(); ++depth) {
    node->keys.push_back((*parts)[depth]);
    node = &node->children.emplace_back();
    node->flag = flag;
  }
  *node = std::move(set);
  return {};
}

std::string Config::text() const {
  std::string out;
  write_table(*root_, "", out);
  return out;
}

std::vector<KeyDoc> Config::describe(const std::function<void(ConfigReader&)>& read) {
  auto context = std::make_shared<Context>();
  context->describing = true;
  ConfigReader reader(context, &empty_table(), "", "");
  read(reader);
  // A function that several tables share may ask twice for one key: once is enough.
  std::vector<KeyDoc> docs;
  for (KeyDoc& doc : context->docs) {
    const bool seen = std::any_of(docs.begin(), docs.end(),
                                  [&](const KeyDoc& other) { return other.path == doc.path; });
    if (!seen) docs.push_back(std::move(doc));
  }
  return docs;
}

// ---- ConfigReader

ConfigReader::ConfigReader(const Config& config)
    : context_(std::make_shared<Context>()), table_(config.root_.get()) {
  context_->file_name = config.file_name_;
  context_->asked[table_];
}

ConfigReader::ConfigReader(std::shared_ptr<Context> context, const Node* table, std::string path,
                           std::string doc_path)
    : context_(std::move(context)),
      table_(table),
      path_(std::move(path)),
      doc_path_(std::move(doc_path)) {}

bool ConfigReader::describing() const { return context_->describing; }

bool ConfigReader::failed() const { return context_->error.has_value(); }

bool ConfigReader::has(std::string_view key) const {
  return context_->describing || table_->find(key) != nullptr;
}

std::string ConfigReader::path_of(std::string_view key) const {
  if (key.empty()) return path_;
  return path_ + (path_.empty() ? "" : ".") + toml_key(key);
}

void ConfigReader::fail_at(const Node& node, std::string_view key, std::string message) {
  if (context_->describing || context_->error) return;
  Error error{std::move(message), {}, 0, 0, path_of(key)};
  if (node.flag.empty()) {
    error.file = context_->file_name;
    error.line = node.line;
    error.column = node.column;
  } else {
    // The flag is what the user can change; say which key when it gave a whole table.
    if (!error.key.empty() && !node.flag.ends_with(error.key.substr(error.key.rfind('.') + 1))) {
      error.message += " at " + error.key;
    }
    error.key = node.flag;
  }
  context_->error = std::move(error);
}

void ConfigReader::fail(std::string_view key, std::string message) {
  const Node* node = key.empty() ? table_ : table_->find(key);
  fail_at(node == nullptr ? *table_ : *node, key, std::move(message));
}

void ConfigReader::reject(std::string_view key, const Node& node, const std::string& expected) {
  fail_at(node, key, "expected " + expected + ", found " + found(node));
}

// Records that the key was asked for; its value, or null when absent or describing.
const Node* ConfigReader::ask(std::string_view key, KeyDoc about) {
  if (context_->describing) {
    about.path = doc_path_ + (doc_path_.empty() ? "" : ".") + toml_key(key);
    context_->docs.push_back(std::move(about));
    return nullptr;
  }
  // Tables of the document were entered when their reader was made; the empty one is not of it.
  if (const auto it = context_->asked.find(table_); it != context_->asked.end()) {
    it->second.keys.emplace_back(key);
  }
  return table_->find(key);
}

const Node* ConfigReader::ask(std::string_view key, KeyDoc about, bool is_required,
                              const std::string& expected) {
  const Node* node = ask(key, std::move(about));
  if (node == nullptr && is_required && !context_->describing) {
    fail_at(*table_, key, "expected " + expected + ", found nothing: this key is required");
  }
  return node;
}

int64_t ConfigReader::integer(std::string_view key, std::optional<int64_t> fallback,
                              const IntegerKey& about) {
  const std::string range = dure::range_text(about.min, about.max);
  const std::string expected = expected_number("a whole number", range, about.unit);
  const Node* node = ask(key,
                         {{},
                          "integer",
                          std::string(about.unit),
                          default_text(fallback),
                          range,
                          std::string(about.doc)},
                         !fallback, expected);
  if (node != nullptr) {
    if (node->kind == Kind::integer && node->integer >= about.min && node->integer <= about.max) {
      return node->integer;
    }
    reject(key, *node, expected);
  }
  return fallback.value_or(0);
}

double ConfigReader::number(std::string_view key, std::optional<double> fallback,
                            const NumberKey& about) {
  const std::string range = dure::range_text(about.min, about.max);
  const std::string expected = expected_number("a number", range, about.unit);
  const Node* node = ask(key,
                         {{},
                          "number",
                          std::string(about.unit),
                          default_text(fallback),
                          range,
                          std::string(about.doc)},
                         !fallback, expected);
  if (node != nullptr) {
    const double value =
        node->kind == Kind::integer ? static_cast<double>(node->integer) : node->number;
    const bool is_number = node->kind == Kind::integer || node->kind == Kind::number;
    if (is_number && std::isfinite(value) && value >= about.min && value <= about.max) return value;
    reject(key, *node, expected);
  }
  return fallback.value_or(0.0);
}

bool ConfigReader::boolean(std::string_view key, std::optional<bool> fallback,
                           std::string_view doc) {
  const std::string expected = "true or false";
  const Node* node = ask(key, {{}, "boolean", {}, default_text(fallback), {}, std::string(doc)},
                         !fallback, expected);
  if (node != nullptr) {
    if (node->kind == Kind::boolean) return node->boolean;
    reject(key, *node, expected);
  }
  return fallback.value_or(false);
}

std::string ConfigReader::text(std::string_view key, std::optional<std::string> fallback,
                               std::string_view doc) {
  const std::string expected = "text in quotes";
  const Node* node =
      ask(key, {{}, "text", {}, default_text(fallback), {}, std::string(doc)}, !fallback, expected);
  if (node != nullptr) {
    if (node->kind == Kind::text) return node->text;
    reject(key, *node, expected);
  }
  return fallback.value_or("");
}

Duration ConfigReader::duration(std::string_view key, std::optional<Duration> fallback,
                                const DurationKey& about) {
  const bool limited = about.min != Duration{0} || about.max != Duration::max();
  const Node* node = ask(key,
                         {{},
                          "duration",
                          {},
                          default_text(fallback),
                          limited ? range_text(about.min, about.max) : "",
                          std::string(about.doc)},
                         !fallback, "a duration such as \"90s\" or \"2h30m\"");
  if (node != nullptr) {
    if (node->kind != Kind::text) {
      reject(key, *node, "a duration in quotes such as \"90s\" or \"2h30m\"");
    } else if (const Result<Duration> value = parse_duration(node->text); !value) {
      fail_at(*node, key, value.error().message);
    } else if (*value < about.min || *value > about.max) {
      reject(key, *node, "a duration " + range_text(about.min, about.max));
    } else {
      return *value;
    }
  }
  return fallback.value_or(Duration{});
}

Time ConfigReader::time(std::string_view key, std::optional<Time> fallback, std::string_view doc) {
  const std::string expected = "a time such as 2030-01-01 or 2030-01-01T12:00:00+09:00";
  const Node* node =
      ask(key, {{}, "time", {}, default_text(fallback), {}, std::string(doc)}, !fallback, expected);
  if (node != nullptr) {
    if (node->kind != Kind::text && node->kind != Kind::time) {
      reject(key, *node, expected);
    } else if (const Result<Time> value = parse_time(node->text); !value) {
      fail_at(*node, key, value.error().message);
    } else {
      return *value;
    }
  }
  return fallback.value_or(Time{});
}

std::string ConfigReader::choice(std::string_view key, std::optional<std::string_view> fallback,
                                 std::initializer_list<std::string_view> words,
                                 std::string_view doc) {
  return choice_of(key, fallback, words, doc);
}

std::string ConfigReader::choice_of(std::string_view key, std::optional<std::string_view> fallback,
                                    const std::vector<std::string_view>& words,
                                    std::string_view doc) {
  DURE_ASSERT(!fallback || std::find(words.begin(), words.end(), *fallback) != words.end(),
              "a default that is not a choice");
  const std::string expected = join_quoted(words, "or");
  const Node* node =
      ask(key, {{}, "choice", {}, default_text(fallback), expected, std::string(doc)}, !fallback,
          expected);
  if (node != nullptr) {
    if (node->kind != Kind::text) {
      reject(key, *node, expected);
    } else if (std::find(words.begin(), words.end(), node->text) == words.end()) {
      fail_at(*node, key,
              "expected " + expected + ", found " + quoted(node->text) +
                  did_you_mean(node->text, words));
    } else {
      return node->text;
    }
  }
  return std::string(fallback.value_or(std::string_view{}));
}

std::optional<std::string> ConfigReader::given_text(std::string_view key,
                                                    std::optional<std::string_view> fallback,
                                                    std::string_view doc, std::string_view type) {
  const Node* node =
      ask(key, {{}, std::string(type), {}, default_text(fallback), {}, std::string(doc)}, !fallback,
          "a " + std::string(type));
  if (node == nullptr) return std::nullopt;
  if (node->kind == Kind::text || node->kind == Kind::time) return node->text;
  if (node->kind == Kind::integer || node->kind == Kind::number) return inline_toml(*node);
  reject(key, *node, "text in quotes");
  return std::nullopt;
}

template <class T, class Convert>
std::vector<T> ConfigReader::array(std::string_view key, std::optional<std::vector<T>> fallback,
                                   KeyDoc about, const std::string& expected, Convert&& convert) {
  about.value = default_array(fallback);
  const Node* node = ask(key, std::move(about), !fallback, "an array of " + expected);
  if (node != nullptr && node->kind != Kind::array) {
    reject(key, *node, "an array of " + expected);
  } else if (node != nullptr) {
    std::vector<T> values;
    for (const Node& child : node->children) {
      const std::optional<T> value = convert(child);
      if (!value) {
        reject(key, child, "an array of " + expected);
        break;
      }
      values.push_back(*value);
    }
    if (values.size() == node->children.size()) return values;
  }
  return fallback ? *std::move(fallback) : std::vector<T>{};
}

std::vector<int64_t> ConfigReader::integers(std::string_view key,
                                            std::optional<std::vector<int64_t>> fallback,
                                            const IntegerKey& about) {
  const std::string range = dure::range_text(about.min, about.max);
  return array<int64_t>(
      key, std::move(fallback),
      {{}, "integers", std::string(about.unit), {}, range, std::string(about.doc)},
      expected_number("whole numbers", range, about.unit), [&](const Node& node) {
        const bool good =
            node.kind == Kind::integer && node.integer >= about.min && node.integer <= about.max;
        return good ? std::optional(node.integer) : std::nullopt;
      });
}

std::vector<double> ConfigReader::numbers(std::string_view key,
                                          std::optional<std::vector<double>> fallback,
                                          const NumberKey& about) {
  const std::string range = dure::range_text(about.min, about.max);
  return array<double>(
      key, std::move(fallback),
      {{}, "numbers", std::string(about.unit), {}, range, std::string(about.doc)},
      expected_number("numbers", range, about.unit),
      [&](const Node& node) -> std::optional<double> {
        if (node.kind != Kind::integer && node.kind != Kind::number) return std::nullopt;
        const double value =
            node.kind == Kind::integer ? static_cast<double>(node.integer) : node.number;
        const bool good = std::isfinite(value) && value >= about.min && value <= about.max;
        return good ? std::optional(value) : std::nullopt;
      });
}

std::vector<std::string> ConfigReader::texts(std::string_view key,
                                             std::optional<std::vector<std::string>> fallback,
                                             std::string_view doc) {
  return array<std::string>(key, std::move(fallback), {{}, "texts", {}, {}, {}, std::string(doc)},
                            "texts in quotes", [](const Node& node) {
                              return node.kind == Kind::text ? std::optional(node.text)
                                                             : std::nullopt;
                            });
}

void ConfigReader::run(const Node& table, std::string path, std::string doc_path,
                       const std::function<void(ConfigReader&)>& read) {
  if (&table != &empty_table()) context_->asked[&table].path = path;
  ConfigReader reader(context_, &table, std::move(path), std::move(doc_path));
  read(reader);
}

void ConfigReader::table(std::string_view key, std::string_view doc,
                         const std::function<void(ConfigReader&)>& read) {
  const std::string doc_path = doc_path_ + (doc_path_.empty() ? "" : ".") + toml_key(key);
  const Node* node = ask(key, {{}, "table", {}, {}, {}, std::string(doc)});
  if (node != nullptr && node->kind != Kind::table) {
    reject(key, *node, "a table");
    node = nullptr;
  }
  run(node == nullptr ? empty_table() : *node, path_of(key), doc_path, read);
}

bool ConfigReader::optional_table(std::string_view key, std::string_view doc,
                                  const std::function<void(ConfigReader&)>& read) {
  const std::string doc_path = doc_path_ + (doc_path_.empty() ? "" : ".") + toml_key(key);
  const Node* node = ask(key, {{}, "table", {}, "optional", {}, std::string(doc)});
  if (node == nullptr && !context_->describing) return false;
  if (node != nullptr && node->kind != Kind::table) {
    reject(key, *node, "a table");
    return false;
  }
  run(node == nullptr ? empty_table() : *node, path_of(key), doc_path, read);
  return true;
}

size_t ConfigReader::tables(std::string_view key, std::string_view doc,
                            const std::function<void(ConfigReader&, size_t index)>& read) {
  const std::string doc_path = doc_path_ + (doc_path_.empty() ? "" : ".") + toml_key(key) + "[]";
  const Node* node = ask(key, {{}, "tables", {}, {}, {}, std::string(doc)});
  if (context_->describing) {
    run(empty_table(), {}, doc_path, [&](ConfigReader& sub) { read(sub, 0); });
    return 1;
  }
  if (node == nullptr) return 0;
  const std::string expected = fmt::format("tables, each as [[{}]]", path_of(key));
  if (node->kind != Kind::array) {
    reject(key, *node, expected);
    return 0;
  }
  for (size_t i = 0; i < node->children.size(); ++i) {
    const Node& entry = node->children[i];
    if (entry.kind != Kind::table) {
      reject(key, entry, expected);
      return 0;
    }
    const std::string_view name = name_of(entry);
    run(entry, path_of(key) + '.' + (name.empty() ? std::to_string(i) : toml_key(name)), doc_path,
        [&](ConfigReader& sub) { read(sub, i); });
  }
  return node->children.size();
}

size_t ConfigReader::named_tables(
    std::string_view key, std::string_view doc,
    const std::function<void(ConfigReader&, const std::string& name)>& read) {
  const std::string doc_path =
      doc_path_ + (doc_path_.empty() ? "" : ".") + toml_key(key) + ".<name>";
  const Node* node = ask(key, {{}, "tables", {}, {}, {}, std::string(doc)});
  if (context_->describing) {
    run(empty_table(), {}, doc_path, [&](ConfigReader& sub) { read(sub, "<name>"); });
    return 1;
  }
  if (node == nullptr) return 0;
  const std::string expected = fmt::format("tables, each as [{}.name]", path_of(key));
  if (node->kind != Kind::table) {
    reject(key, *node, expected);
    return 0;
  }
  for (size_t i = 0; i < node->children.size(); ++i) {
    const Node& entry = node->children[i];
    const std::string path = path_of(key) + '.' + toml_key(node->keys[i]);
    if (entry.kind != Kind::table) {
      reject(key, entry, expected);
      return 0;
    }
    run(entry, path, doc_path, [&](ConfigReader& sub) { read(sub, node->keys[i]); });
  }
  return node->children.size();
}

Result<void> ConfigReader::finish() const {
  if (context_->error) return *context_->error;
  // The first unknown key of the document; those of --set come before its lines.
  const Node* first = nullptr;
  std::string first_key;
  const Context::Asked* first_asked = nullptr;
  for (const auto& [table, asked] : context_->asked) {
    for (size_t i = 0; i < table->keys.size(); ++i) {
      if (std::find(asked.keys.begin(), asked.keys.end(), table->keys[i]) != asked.keys.end()) {
        continue;
      }
      const Node& node = table->children[i];
      const auto place = [](const Node& n, std::string_view key) {
        return std::make_tuple(n.key_line, n.key_column, std::string_view(n.flag), key);
      };
      if (first != nullptr && place(*first, first_key) <= place(node, table->keys[i])) continue;
      first = &node;
      first_key = table->keys[i];
      first_asked = &asked;
    }
  }
  if (first == nullptr) return {};

  std::vector<std::string_view> known(first_asked->keys.begin(), first_asked->keys.end());
  std::sort(known.begin(), known.end());
  known.erase(std::unique(known.begin(), known.end()), known.end());
  std::string hint = did_you_mean(first_key, known);
  constexpr size_t listed = 30;
  if (hint.empty() && !known.empty() && known.size() <= listed) {
    hint = "; known here: " + join_quoted(known);
  }
  const std::string path =
      first_asked->path + (first_asked->path.empty() ? "" : ".") + toml_key(first_key);
  if (!first->flag.empty())
    return Error{"unknown key " + quoted(first_key) + hint, {}, 0, 0, first->flag};
  return Error{"unknown key" + hint, context_->file_name, first->key_line, first->key_column, path};
}

}  // namespace dure
