// What the parts of the AutoSched reader share; see read_autosched.h.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "worlds/fab/autosched_table.h"
#include "worlds/fab/model.h"
#include "worlds/fab/read_autosched.h"

namespace dure::fab::autosched {

// More of them would fill the memory, since times between any two are kept.
inline constexpr uint32_t kMaxSetups = 2'000;
inline constexpr uint32_t kMaxLocations = 1'000;
inline constexpr int64_t kMaxTools = 1'000'000;
inline constexpr int64_t kMaxCapacity = 64;
inline constexpr int64_t kMaxWafers = 10'000;  // of a lot or batch

struct Reading {
  Reading(const AutoschedFolder& from, const AutoschedOptions& with)
      : folder(from), options(with) {}

  const AutoschedFolder& folder;
  const AutoschedOptions& options;
  Model model;
  std::string tool_file;  // its name, for messages
  Names groups, areas, locations, setups, setup_groups, products;
  std::optional<Table> setup_group_table;
  std::optional<Time> start;
  std::string unread;  // columns that hold something and were not read, in words

  std::string shown(std::string_view name) const;  // a file's name in messages
  Result<std::optional<Table>> optional_table(const std::string& name) const;
  Result<Table> table(const std::string& name) const;  // must be there
  void note_unread(const Table& table, std::string_view name);
  LawOptions law(Duration least = {}) const {
    return {.half_spread = options.half_spread, .least = least};
  }
  // The setup of a name, a new one when it is not there; setups count from 1 in Model::setups.
  uint32_t setup(std::string_view name) {
    if (setups.add(name, static_cast<uint32_t>(model.setups.size())))
      model.setups.push_back({.name = std::string(name)});
    return setups.find(name);
  }
  void starts(Time t) {
    if (!start || t < *start) start = t;
  }
};

// In this order; each takes what it needs from those before it.
Result<void> read_setup_groups(Reading& r);  // their names
Result<void> read_tools(Reading& r);
Result<void> read_parts(Reading& r);  // with the routes they name
Result<void> read_setups(Reading& r);
Result<void> read_minimum_runs(Reading& r);
Result<void> read_transport(Reading& r);
Result<void> read_upkeep(Reading& r);
Result<void> read_orders(Reading& r);
Result<void> read_wip(Reading& r);

}  // namespace dure::fab::autosched
