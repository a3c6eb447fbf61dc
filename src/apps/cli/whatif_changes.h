// What `dure whatif` compares: changes of a scenario as they are typed, and the KPIs to show.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "kernel/report.h"

namespace dure::cli {

// One way to change the scenario.
struct Variant {
  std::string name;                 // "no reclaim"; without one, its changes
  std::vector<std::string> policy;  // as --policy
  std::vector<std::string> set;     // as --set
  std::string flag = "--set";       // that gave it, for Errors

  std::string changes() const;  // "policy.reclaim=false, seed=3"
};

// "no reclaim: policy.reclaim=false, policy=fifo": changes are divided by commas outside brackets
// and quotes, `policy=` is --policy, and the name may be left out.
Result<Variant> parse_variant(std::string_view text);

// KEY or GROUP:KEY, as --kpi gives them.
class KpiChoice {
 public:
  // Without words, every key. Without `groups`, a KEY is that of the first group. An Error for what
  // none of `known` is.
  static Result<KpiChoice> parse(const std::vector<std::string>& words, bool groups,
                                 const std::vector<Kpi>& known);
  bool wants(const Kpi& kpi) const;

 private:
  struct Word {
    std::string group, key;  // "": any
  };
  std::vector<Word> words_;
};

}  // namespace dure::cli
