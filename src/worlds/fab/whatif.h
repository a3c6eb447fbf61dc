// What a what-if changes, as people write it, and what came of it: paired differences with 95 %
// confidence intervals (kernel/kpi_confidence.h), as a table and as a report.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "kernel/kpi_confidence.h"
#include "worlds/fab/futures.h"

namespace dure::fab {

// Errors name the flag as their key.
// "14d": above 0, up to ten years.
Result<Duration> parse_span(std::string_view text, const char* flag);
//   "Litho#3=12h"  the tool is down for so long from now on
Result<Intervention> parse_tool_down(const Model& model, std::string_view text);
//   "Litho=12h"    each tool of the group
Result<std::vector<Intervention>> parse_group_down(const Model& model, std::string_view text);
//   "Litho#3"      repaired now
Result<Intervention> parse_tool_up(const Model& model, std::string_view text);
//   "Pa", "Pa=3"   so many lots more of that release now
Result<std::vector<Intervention>> parse_release(const Model& model, std::string_view text);
//   "Pa_440", "Pa_440=30": its priority; before all others when none is given
struct HotLot {
  std::string name;
  std::optional<int32_t> priority;
};
Result<HotLot> parse_hot_lot(std::string_view text);
// The highest priority that any lot has or will have, and one more.
int32_t top_priority(const World& world);

// The rules with another dispatch ("cr") and batch ("wait") rule; nothing: as they are.
Result<RuleOptions> change_rules(const RuleOptions& rules, const std::optional<std::string>& rule,
                                 const std::optional<std::string>& batch);

// An Error when a tool is to be down twice.
Result<void> check_downs(const Model& model, const std::vector<Intervention>& changes);

// Both plans, future by future.
std::vector<KpiComparison> compare(const Futures& futures);

// What to bear in mind when reading it, in sentences; often nothing.
std::vector<std::string> whatif_notes(const Futures& futures, const WhatIf& what);
// `about` says in a sentence what was changed.
Report whatif_report(const Futures& futures, const WhatIf& what, const std::string& about);
// "future,plan,key [unit]...": one row for each run.
std::string futures_csv(const Futures& futures);

}  // namespace dure::fab
