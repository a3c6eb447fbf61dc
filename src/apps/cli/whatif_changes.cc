#include "apps/cli/whatif_changes.h"

#include <algorithm>

#include "apps/cli/kpi_table.h"
#include "base/text.h"

namespace dure::cli {
namespace {

// The parts between commas, but for those in brackets and quotes: x=empirical(1:0.5, 2:0.5).
std::vector<std::string_view> split_changes(std::string_view text) {
  std::vector<std::string_view> out;
  size_t begin = 0;
  int depth = 0;
  bool in_quotes = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '"') in_quotes = !in_quotes;
    if (in_quotes) continue;
    if (c == '(' || c == '[' || c == '{') ++depth;
    if (c == ')' || c == ']' || c == '}') --depth;
    if (c != ',' || depth > 0) continue;
    out.push_back(text.substr(begin, i - begin));
    begin = i + 1;
  }
  out.push_back(text.substr(begin));
  return out;
}

// Where the name ends: a colon before the first '=', outside quotes. npos: there is none.
size_t end_of_name(std::string_view text) {
  bool in_quotes = false;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"') in_quotes = !in_quotes;
    if (in_quotes) continue;
    if (text[i] == '=') return std::string_view::npos;
    if (text[i] == ':') return i;
  }
  return std::string_view::npos;
}

// The KPIs among `known` whose group and key fit; "" fits any.
bool is_there(const std::vector<Kpi>& known, std::string_view group, std::string_view key) {
  return std::any_of(known.begin(), known.end(), [&](const Kpi& k) {
    return (group.empty() || k.group == group) && (key.empty() || k.key == key);
  });
}

Error unknown(const std::string& what, std::string_view word,
              const std::vector<std::string>& there) {
  constexpr size_t kMost = 8;  // that are told
  const std::vector<std::string_view> names(there.begin(), there.end());
  std::string hint = did_you_mean(word, names);
  if (hint.empty() && names.size() <= kMost) hint = "; there is " + join_quoted(names);
  if (hint.empty())
    hint = "; such as " + join_quoted(std::span(names).first(kMost)) +
           ", and summary.json of a run has all";
  return {.message = "there is no " + what + ' ' + dure::quoted(word) + hint, .key = "--kpi"};
}

}  // namespace

std::string Variant::changes() const {
  std::string out;
  for (const std::string& p : policy) out += (out.empty() ? "policy=" : ", policy=") + p;
  for (const std::string& s : set) out += (out.empty() ? "" : ", ") + s;
  return out;
}

Result<Variant> parse_variant(std::string_view text) {
  const auto wrong = [&] {
    return Error{.message =
                     "expected changes, with a name if you like, such as \"no backfill: "
                     "policy.order=fifo, end=90d\", found " +
                     dure::quoted(text),
                 .key = "--variant"};
  };
  Variant out;
  std::string_view rest = text;
  if (const size_t colon = end_of_name(text); colon != std::string_view::npos) {
    out.name = trim(text.substr(0, colon));
    rest = text.substr(colon + 1);
    if (out.name.empty()) return wrong();
  }
  for (const std::string_view part : split_changes(rest)) {
    const std::string change(trim(part));
    if (change.empty() || change[0] == '=' || change.find('=') == std::string::npos) return wrong();
    constexpr std::string_view kPolicy = "policy=";
    if (change.starts_with(kPolicy)) {
      out.policy.push_back(change.substr(kPolicy.size()));
    } else {
      out.set.push_back(change);
    }
  }
  if (out.name.empty()) out.name = out.changes();
  out.flag = "--variant " + dure::quoted(out.name);
  return out;
}

Result<KpiChoice> KpiChoice::parse(const std::vector<std::string>& words, bool groups,
                                   const std::vector<Kpi>& known) {
  KpiChoice out;
  const std::string first = known.empty() || groups ? "" : known[0].group;
  if (words.empty()) out.words_.push_back({first, ""});
  for (const std::string& text : words) {
    for (const std::string_view part : split(text, ',')) {
      const std::string_view word = trim(part);
      // Groups may have a colon in their names, keys do not.
      const size_t colon = word.rfind(':');
      const bool has_group = colon != std::string_view::npos;
      const std::string group(has_group ? trim(word.substr(0, colon)) : first);
      const std::string key(trim(has_group ? word.substr(colon + 1) : word));
      if (has_group && (group.empty() || !is_there(known, group, "")))
        return unknown("group of KPIs", group, groups_of(known));
      if (key.empty() || !is_there(known, group, key)) {
        std::vector<std::string> keys;
        for (const Kpi* k : rows_of(known)) {
          if (is_there(known, group, k->key)) keys.push_back(k->key);
        }
        return unknown("KPI", key, keys);
      }
      out.words_.push_back({group, key});
    }
  }
  return out;
}

bool KpiChoice::wants(const Kpi& kpi) const {
  return std::any_of(words_.begin(), words_.end(), [&](const Word& w) {
    return (w.group.empty() || w.group == kpi.group) && (w.key.empty() || w.key == kpi.key);
  });
}

}  // namespace dure::cli
