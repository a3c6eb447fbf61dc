// tool.txt, setup.txt, setupgrp.txt and fromto.txt.
#include <set>
#include <utility>

#include <fmt/format.h>

#include "base/text.h"
#include "worlds/fab/autosched_reading.h"

namespace dure::fab::autosched {

namespace {

constexpr Word<bool> kRules[] = {{"", false}, {"rule_HotLotFIRST", false}, {"rule_LSSU", true}};
constexpr Word<Rank> kRanks[] = {{"rank_HP", Rank::priority},
                                 {"rank_RSETUP", Rank::setup},
                                 {"rank_FIFO", Rank::fifo},
                                 {"rank_CR", Rank::critical_ratio}};
constexpr Word<bool> kWakes[] = {{"", false}, {"wake_LeastSetupTime", true}};
constexpr Word<bool> kBatchOf[] = {{"", false}, {"crit_sameroutestep", true}};
constexpr Word<bool> kBatchPer[] = {{"", false}, {"piece", true}};

struct ToolColumns {
  int family, area, location, tools, rule, ranks, wakes, batch_of, batch_per, load, load_unit,
      unload, unload_unit, capacity, setup_group;
};

Result<ToolColumns> tool_columns(Table& t) {
  ToolColumns c{};
  DURE_TRY(c.family, t.column("STNFAM"));
  DURE_TRY(c.area, t.column("STNGRP"));
  DURE_TRY(c.location, t.column("STNFAMLOC"));
  DURE_TRY(c.tools, t.column("STNQTY"));
  DURE_TRY(c.rule, t.optional_column("RULE"));
  DURE_TRY(c.ranks, t.optional_column("FWLRANK"));
  DURE_TRY(c.wakes, t.optional_column("WAKERESRANK"));
  DURE_TRY(c.batch_of, t.optional_column("BATCHCRITF"));
  DURE_TRY(c.batch_per, t.optional_column("BATCHPER"));
  DURE_TRY(c.load, t.optional_column("LTIME"));
  DURE_TRY(c.load_unit, t.optional_column("LTUNITS"));
  DURE_TRY(c.unload, t.optional_column("ULTIME"));
  DURE_TRY(c.unload_unit, t.optional_column("ULTUNITS"));
  DURE_TRY(c.capacity, t.optional_column("STNCAP"));
  DURE_TRY(c.setup_group, t.optional_column("SETUPGRP"));
  return c;
}

Result<std::vector<Rank>> read_ranks(const Row& row, int col) {
  std::vector<Rank> ranks;
  for (const std::string_view part : split(row.cell(col), ';')) {
    DURE_TRY(const Rank rank, row.word_in<Rank>(col, trim(part), kRanks));
    ranks.push_back(rank);
  }
  return ranks;
}

Result<ToolGroup> read_group(Reading& r, const Row& row, const ToolColumns& c) {
  ToolGroup g;
  DURE_TRY(g.name, row.name(c.family));
  DURE_TRY(const std::string area, row.name(c.area));
  DURE_TRY(const std::string location, row.name(c.location));
  g.area = r.areas.find_or_add(area);
  g.location = r.locations.find_or_add(location);
  DURE_TRY(const int64_t tools, row.whole_or(c.tools, 1, 1, kMaxTools));
  DURE_TRY(const int64_t capacity, row.whole_or(c.capacity, 1, 1, kMaxCapacity));
  g.tools = static_cast<uint32_t>(tools);
  g.capacity = static_cast<uint32_t>(capacity);
  DURE_TRY(g.load, row.duration(c.load, c.load_unit));
  DURE_TRY(g.unload, row.duration(c.unload, c.unload_unit));
  DURE_TRY(g.keeps_setup, row.word(c.rule, kRules));
  DURE_TRY(g.wakes_least_setup, row.word(c.wakes, kWakes));
  if (!row.empty(c.ranks)) {
    DURE_TRY(g.ranking, read_ranks(row, c.ranks));
  }
  // FWLRANK orders the work list when a lot joins it, before a tool is known, so the setup rank
  // tells no lots apart there; the rule decides at the tool, and LSSU decides by setup.
  std::erase(g.ranking, Rank::setup);
  if (g.keeps_setup) g.ranking.insert(g.ranking.begin(), Rank::setup);
  // One kind of batch: there is nothing to keep of these, but another must not go unnoticed.
  DURE_CHECK(row.word(c.batch_of, kBatchOf));
  DURE_CHECK(row.word(c.batch_per, kBatchPer));
  if (r.setup_group_table && !row.empty(c.setup_group))
    DURE_CHECK(row.find(c.setup_group, r.setup_groups, "a setup group of setupgrp.txt"));
  return g;
}

}  // namespace

Result<void> read_tools(Reading& r) {
  DURE_TRY(std::optional<Table> loaded, r.optional_table(r.tool_file = "tool.txt.1l"));
  if (!loaded) {
    DURE_TRY(loaded, r.optional_table(r.tool_file = "tool.txt"));
  }
  if (!loaded) {
    return Error{.message = "there is no such file and no tool.txt.1l either, and a fab needs one",
                 .file = r.shown(r.tool_file)};
  }
  Table& t = *loaded;
  DURE_TRY(const ToolColumns c, tool_columns(t));
  int64_t tools = 0;
  for (size_t i = 0; i < t.rows(); ++i) {
    const Row row = t.row(i);
    DURE_TRY(ToolGroup g, read_group(r, row, c));
    if (!r.groups.add(g.name, r.groups.size()))
      return row.unexpected(c.family, "each tool family once", " again");
    tools += g.tools;
    if (tools > kMaxTools)
      return row.error(c.tools, fmt::format("expected at most {} tools in all, found more",
                                            with_commas(kMaxTools)));
    r.model.groups.push_back(std::move(g));
  }
  if (t.rows() == 0)
    return Error{.message = "expected at least one tool family, found only a header row",
                 .file = t.file(),
                 .line = 1};
  for (uint32_t i = 0; i < r.areas.size(); ++i) r.model.areas.push_back(r.areas[i]);
  for (uint32_t i = 0; i < r.locations.size(); ++i) r.model.locations.push_back(r.locations[i]);
  r.note_unread(t, r.tool_file);
  return {};
}

Result<void> read_setup_groups(Reading& r) {
  DURE_TRY(r.setup_group_table, r.optional_table("setupgrp.txt"));
  if (!r.setup_group_table) return {};
  DURE_TRY(const int col, r.setup_group_table->column("SETUPGRP"));
  for (size_t i = 0; i < r.setup_group_table->rows(); ++i) {
    const std::string_view name = r.setup_group_table->row(i).cell(col);
    if (!name.empty()) r.setup_groups.find_or_add(name);
  }
  return {};
}

Result<void> read_minimum_runs(Reading& r) {
  if (!r.setup_group_table) return {};
  Table& t = *r.setup_group_table;
  DURE_TRY(const int setup_col, t.column("SETUP"));
  DURE_TRY(const int run_col, t.column("MINRUN"));
  std::vector<bool> known(r.model.setups.size());
  for (size_t i = 0; i < t.rows(); ++i) {
    const Row row = t.row(i);
    DURE_TRY(const uint32_t id,
             row.find(setup_col, r.setups, "a setup of the routes or of setup.txt"));
    DURE_TRY(const int64_t run, row.whole_or(run_col, 0, 0, 1'000'000));
    Setup& setup = r.model.setups[id];
    if (known[id] && setup.minimum_run != run)
      return row.unexpected(run_col, fmt::format("{} as before, since a setup has one minimum run",
                                                 setup.minimum_run));
    known[id] = true;
    setup.minimum_run = static_cast<uint32_t>(run);
  }
  r.note_unread(t, "setupgrp.txt");
  return {};
}

Result<void> read_setups(Reading& r) {
  DURE_TRY(std::optional<Table> loaded, r.optional_table("setup.txt"));
  if (!loaded) return {};
  Table& t = *loaded;
  DURE_TRY(const int from_col, t.column("CURSETUP"));
  DURE_TRY(const int to_col, t.column("NEWSETUP"));
  DURE_TRY(const int time_col, t.column("STIME"));
  DURE_TRY(const int unit_col, t.optional_column("STUNITS"));
  std::set<std::pair<uint32_t, uint32_t>> seen;
  for (size_t i = 0; i < t.rows(); ++i) {
    const Row row = t.row(i);
    DURE_TRY(const std::string to, row.name(to_col));
    SetupChange change;
    if (!row.empty(from_col)) change.from = r.setup(row.cell(from_col));
    change.to = r.setup(to);
    if (r.model.setups.size() > kMaxSetups)
      return row.error(
          to_col, fmt::format("expected at most {} setups, found more", with_commas(kMaxSetups)));
    DURE_TRY(change.time, row.duration(time_col, unit_col));
    if (!seen.emplace(change.from, change.to).second)
      return row.error(
          to_col, fmt::format("expected each setup change once, found the one from {} "
                              "to {} again",
                              change.from == 0 ? "any" : quoted(row.cell(from_col)), quoted(to)));
    r.model.setup_changes.push_back(change);
  }
  r.note_unread(t, "setup.txt");
  return {};
}

Result<void> read_transport(Reading& r) {
  DURE_TRY(std::optional<Table> loaded, r.optional_table("fromto.txt"));
  if (!loaded || loaded->rows() == 0) return {};
  Table& t = *loaded;
  DURE_TRY(const int from_col, t.column("FROMLOC"));
  DURE_TRY(const int to_col, t.column("TOLOC"));
  DURE_TRY(const LawColumns time, t.law("DDIST", "DTIME", "DTIME2", "DUNITS"));
  const size_t n = r.locations.size();
  if (n > kMaxLocations)
    return t.row(0).error(from_col, fmt::format("expected at most {} locations in {}, found {}",
                                                with_commas(kMaxLocations), r.tool_file,
                                                with_commas(static_cast<int64_t>(n))));
  r.model.transport.resize(n * n);
  const std::string what = "a location (STNFAMLOC) of " + r.tool_file;
  std::vector<bool> known(n * n);
  for (size_t i = 0; i < t.rows(); ++i) {
    const Row row = t.row(i);
    DURE_TRY(const uint32_t from, row.find(from_col, r.locations, what));
    DURE_TRY(const uint32_t to, row.find(to_col, r.locations, what));
    const size_t pair = from * n + to;
    if (known[pair])
      return row.error(to_col, fmt::format("expected each pair of locations once, found {} to {} "
                                           "again",
                                           quoted(row.cell(from_col)), quoted(row.cell(to_col))));
    known[pair] = true;
    DURE_TRY(r.model.transport[pair], row.law(time, r.law()));
  }
  r.note_unread(t, "fromto.txt");
  return {};
}

}  // namespace dure::fab::autosched
