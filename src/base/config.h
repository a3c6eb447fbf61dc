// Reads a scenario (TOML 1.0) strictly, and documents it, with the same calls.
//
// A scenario's reading function asks a ConfigReader for each key, giving its default, unit, range
// and a sentence of documentation. Run over a document, the calls return values; unknown keys,
// values of the wrong kind or out of range, and missing required keys are Errors with file, line
// and dotted key. Run by Config::describe(), the same calls list every key for `dure describe`.
//
//   struct Site { int64_t gpus; Duration repair; };
//   Site read_site(ConfigReader& in) {
//     Site site;
//     site.gpus = in.integer("gpus", 8, {.unit = "GPUs", .doc = "GPUs in each node", .min = 1});
//     site.repair = in.duration("repair", required, {.doc = "time to repair a node"});
//     return site;
//   }
//   DURE_TRY(auto config, Config::parse(text, "site.toml"));
//   DURE_CHECK(config.set("repair", "4h"));              // --set repair=4h
//   DURE_TRY(Site site, config.read(read_site));
//
// Calls return values directly, so that reading code stays flat: on an error they return the
// default (or zero), the first error is kept, and read() or finish() returns it. Nothing read may
// be used before that. Left out: comments and layout are lost when a Config is written back as
// text.
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/text.h"
#include "base/time.h"

namespace dure {

class ConfigReader;

// In place of a default: the key must be given.
inline constexpr std::nullopt_t required = std::nullopt;

struct IntegerKey {
  std::string_view unit = {};
  std::string_view doc = {};
  int64_t min = std::numeric_limits<int64_t>::min();
  int64_t max = std::numeric_limits<int64_t>::max();
};

struct NumberKey {
  std::string_view unit = {};
  std::string_view doc = {};
  double min = -std::numeric_limits<double>::infinity();
  double max = std::numeric_limits<double>::infinity();
};

struct DurationKey {
  std::string_view doc = {};
  Duration min = {0};
  Duration max = Duration::max();
};

// What describe() knows of a key.
struct KeyDoc {
  std::string path;  // "owner[].gpus"
  std::string type;  // "integer", "number", "text", "boolean", "choice", "duration", "time",
                     // "table", "tables", "integers", "numbers", "texts", or what parsed() was told
  std::string unit;  // "GPUs"; empty when none
  std::string value;  // the default as TOML (8, "2h30m"), "required", "optional" or "" (a table)
  std::string range;  // "from 1 to 32", "\"fifo\" or \"easy\""; empty when any
  std::string doc;
};

namespace config_detail {
struct Node;     // a TOML value with its place
struct Context;  // what the readers of one run share
}  // namespace config_detail

// A parsed document. Copies are independent.
class Config {
 public:
  static Result<Config> parse(std::string_view text, std::string file_name);
  Config();  // an empty document
  Config(const Config&);
  Config(Config&&) noexcept;
  Config& operator=(Config) noexcept;
  ~Config();

  // Sets or adds a value by its dotted path, for --set. An array's entry is named by its index from
  // 0 or, in an array of tables, by its "name": "owner.0.gpus", "owner.naver.gpus"; quotes keep a
  // dot in a name: owner."a.b".gpus. Missing tables are made. The value is TOML, or else text as it
  // is: 8, [1, 2], easy. Errors, also those found later in the value, name the flag as their key:
  // "--set owner.9.gpus".
  Result<void> set(std::string_view path, std::string_view value);
  // One "path=value", as the flag gives it.
  Result<void> set(std::string_view assignment);

  // The document as TOML, in the order it was written, with what set() changed.
  std::string text() const;

  // Runs a reading function over the document: its result, or the first error, or an unknown key.
  template <class Read>
  auto read(Read&& read) const -> Result<std::invoke_result_t<Read, ConfigReader&>>;

  // Every key the function asks for, in that order. Choices a function makes from values see
  // defaults.
  static std::vector<KeyDoc> describe(const std::function<void(ConfigReader&)>& read);

 private:
  friend class ConfigReader;
  std::unique_ptr<config_detail::Node> root_;
  std::string file_name_;
};

// Reads one table of a document. Readers of inner tables live only inside the call that makes them;
// a Config must outlive its readers.
class ConfigReader {
 public:
  explicit ConfigReader(const Config& config);

  // Scalars. `fallback` may be `required`. Integers are fine where numbers are expected.
  int64_t integer(std::string_view key, std::optional<int64_t> fallback, const IntegerKey& about);
  double number(std::string_view key, std::optional<double> fallback, const NumberKey& about);
  bool boolean(std::string_view key, std::optional<bool> fallback, std::string_view doc);
  std::string text(std::string_view key, std::optional<std::string> fallback, std::string_view doc);
  // "90s", "2h30m"; negative only when about.min is.
  Duration duration(std::string_view key, std::optional<Duration> fallback,
                    const DurationKey& about);
  // A TOML date or date-time, or the same in quotes; UTC unless it has an offset.
  Time time(std::string_view key, std::optional<Time> fallback, std::string_view doc);

  // One of a few words.
  std::string choice(std::string_view key, std::optional<std::string_view> fallback,
                     std::initializer_list<std::string_view> words, std::string_view doc);
  // The same, as a value: choice<Order>("order", Order::fifo, {{"fifo", Order::fifo}, ...}, "...").
  template <class T>
  T choice(std::string_view key, std::optional<T> fallback,
           std::initializer_list<std::pair<std::string_view, T>> words, std::string_view doc);

  // Text that a function string_view -> Result<T> understands; a TOML number is passed as its text.
  // The default is text too, and must parse. `type` is what the documentation calls it.
  template <class T, class Parse>
  T parsed(std::string_view key, std::optional<std::string_view> fallback, Parse&& parse,
           std::string_view doc, std::string_view type = "text");

  // Arrays; the range holds for each entry.
  std::vector<int64_t> integers(std::string_view key, std::optional<std::vector<int64_t>> fallback,
                                const IntegerKey& about);
  std::vector<double> numbers(std::string_view key, std::optional<std::vector<double>> fallback,
                              const NumberKey& about);
  std::vector<std::string> texts(std::string_view key,
                                 std::optional<std::vector<std::string>> fallback,
                                 std::string_view doc);

  // [key]: runs `read` on it, on an empty table when it is absent, so that defaults apply.
  void table(std::string_view key, std::string_view doc,
             const std::function<void(ConfigReader&)>& read);
  // Runs `read` only when the table is there (or describing); true if so.
  bool optional_table(std::string_view key, std::string_view doc,
                      const std::function<void(ConfigReader&)>& read);
  // [[key]]: runs `read` on each entry; returns how many there are, 0 when absent.
  size_t tables(std::string_view key, std::string_view doc,
                const std::function<void(ConfigReader&, size_t index)>& read);
  // [key.gold], [key.silver]: tables with names of the user's choice, in the document's order.
  size_t named_tables(std::string_view key, std::string_view doc,
                      const std::function<void(ConfigReader&, const std::string& name)>& read);

  // Is the key there? Always, when describing. Does not count as asking for it.
  bool has(std::string_view key) const;
  bool has_table(std::string_view key) const;  // [key], not [[key]]

  // Running for describe(): values are defaults or zeros, and checks between keys make no sense.
  bool describing() const;
  // An error so far: what has been read is not all meaningful.
  bool failed() const;
  // Raises the caller's own error at a key of this table, or with key "" at the table.
  void fail(std::string_view key, std::string message);

  // The first error, or else the first key of the document that nothing asked for in a table read.
  Result<void> finish() const;

 private:
  friend class Config;
  using Node = config_detail::Node;
  using Context = config_detail::Context;
  ConfigReader(std::shared_ptr<Context> context, const Node* table, std::string path,
               std::string doc_path);

  const Node* ask(std::string_view key, KeyDoc about);
  const Node* ask(std::string_view key, KeyDoc about, bool is_required,
                  const std::string& expected);
  void reject(std::string_view key, const Node& node, const std::string& expected);
  void fail_at(const Node& node, std::string_view key, std::string message);
  std::string choice_of(std::string_view key, std::optional<std::string_view> fallback,
                        const std::vector<std::string_view>& words, std::string_view doc);
  // The text given for parsed(); nothing when the default applies.
  std::optional<std::string> given_text(std::string_view key,
                                        std::optional<std::string_view> fallback,
                                        std::string_view doc, std::string_view type);
  template <class T, class Convert>
  std::vector<T> array(std::string_view key, std::optional<std::vector<T>> fallback, KeyDoc about,
                       const std::string& expected, Convert&& convert);
  void run(const Node& table, std::string path, std::string doc_path,
           const std::function<void(ConfigReader&)>& read);
  std::string path_of(std::string_view key) const;

  std::shared_ptr<Context> context_;
  const Node* table_;     // never null; an empty one for an absent table
  std::string path_;      // "owner.naver", for messages
  std::string doc_path_;  // "owner[]", for documentation
};

template <class Read>
auto Config::read(Read&& read) const -> Result<std::invoke_result_t<Read, ConfigReader&>> {
  ConfigReader reader(*this);
  if constexpr (std::is_void_v<std::invoke_result_t<Read, ConfigReader&>>) {
    read(reader);
    return reader.finish();
  } else {
    auto value = read(reader);
    DURE_CHECK(reader.finish());
    return value;
  }
}

template <class T>
T ConfigReader::choice(std::string_view key, std::optional<T> fallback,
                       std::initializer_list<std::pair<std::string_view, T>> words,
                       std::string_view doc) {
  std::optional<std::string_view> fallback_word;
  std::vector<std::string_view> names;
  for (const auto& [word, value] : words) {
    names.push_back(word);
    if (fallback && value == *fallback) fallback_word = word;
  }
  DURE_ASSERT(fallback_word.has_value() == fallback.has_value(), "a default that is not a choice");
  const std::string chosen = choice_of(key, fallback_word, names, doc);
  for (const auto& [word, value] : words) {
    if (word == chosen) return value;
  }
  return fallback.value_or(T{});
}

template <class T, class Parse>
T ConfigReader::parsed(std::string_view key, std::optional<std::string_view> fallback,
                       Parse&& parse, std::string_view doc, std::string_view type) {
  const std::optional<std::string> given = given_text(key, fallback, doc, type);
  if (given) {
    Result<T> value = parse(std::string_view(*given));
    if (value) return *std::move(value);
    fail(key, value.error().message);
  }
  if (!fallback) return T{};
  Result<T> value = parse(*fallback);
  DURE_ASSERT(value.ok(), "a default that does not parse");
  return *std::move(value);
}

}  // namespace dure
