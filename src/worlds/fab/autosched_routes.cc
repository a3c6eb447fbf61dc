// part.txt and the route files it names.
#include <map>
#include <utility>

#include <fmt/format.h>

#include "base/text.h"
#include "worlds/fab/autosched_reading.h"

namespace dure::fab::autosched {

namespace {

constexpr Word<Per> kPer[] = {
    {"per_lot", Per::lot}, {"per_piece", Per::wafer}, {"per_batch", Per::batch}};
constexpr Word<bool> kWhen[] = {{"", true}, {"need", true}};
constexpr Word<bool> kYes[] = {{"", false}, {"no", false}, {"yes", true}};
constexpr Word<bool> kRework[] = {{"", true}, {"lot", true}};

struct StepColumns {
  int route, step, name, family, per, batch_min, batch_max;
  int lot_gap, lot_gap_unit, wafer_gap, wafer_gap_unit;
  int setup, when, setup_time, setup_unit, same_tool, same_tool_at;
  int rework_to, rework, rework_type, sampled, window_to, window, window_unit;
  LawColumns process;
};

struct RouteFile {
  Table table;
  StepColumns columns;
  std::vector<std::string> routes;  // [rows] name of the row's route
};

Result<StepColumns> step_columns(Table& t) {
  StepColumns c{};
  DURE_TRY(c.route, t.column("ROUTE"));
  DURE_TRY(c.step, t.column("STEP"));
  DURE_TRY(c.name, t.optional_column("DESC"));
  DURE_TRY(c.family, t.column("STNFAM"));
  DURE_TRY(c.process, t.law("PDIST", "PTIME", "PTIME2", "PTUNITS"));
  DURE_TRY(c.per, t.column("PTPER"));
  DURE_TRY(c.batch_min, t.optional_column("BATCHMN"));
  DURE_TRY(c.batch_max, t.optional_column("BATCHMX"));
  DURE_TRY(c.lot_gap, t.optional_column("BatchInterval"));
  DURE_TRY(c.lot_gap_unit, t.optional_column("BatchIntUnits"));
  DURE_TRY(c.wafer_gap, t.optional_column("PartInterval"));
  DURE_TRY(c.wafer_gap_unit, t.optional_column("PartIntUnits"));
  DURE_TRY(c.setup, t.optional_column("SETUP"));
  DURE_TRY(c.when, t.optional_column("WHEN"));
  DURE_TRY(c.setup_time, t.optional_column("STIME"));
  DURE_TRY(c.setup_unit, t.optional_column("STUNITS"));
  DURE_TRY(c.same_tool, t.optional_column("SVESTN"));
  DURE_TRY(c.same_tool_at, t.optional_column("FORSTEP"));
  DURE_TRY(c.rework_to, t.optional_column("RWKSTEP"));
  DURE_TRY(c.rework, t.optional_column("REWORK"));
  DURE_TRY(c.rework_type, t.optional_column("RWKTYPE"));
  DURE_TRY(c.sampled, t.optional_column("StepPercent"));
  DURE_TRY(c.window_to, t.optional_column("STEP_CQT"));
  DURE_TRY(c.window, t.optional_column("CQT"));
  DURE_TRY(c.window_unit, t.optional_column("CQTUNITS"));
  return c;
}

// One step of a route: its row, where it is, and how long the route is.
struct StepRow {
  Row row;
  const StepColumns& c;
  uint32_t step;   // from 0
  uint32_t steps;  // of the route

  // A step of the route, from 0, that a cell names from 1: within [lowest, highest], from 0.
  Result<uint32_t> step_at(int col, uint32_t lowest, uint32_t highest,
                           std::string_view what) const {
    const Result<int64_t> k = row.whole(col, int64_t{lowest} + 1, int64_t{highest} + 1);
    if (k) return static_cast<uint32_t>(*k - 1);
    const std::string range = lowest == highest
                                  ? fmt::format("step {}", lowest + 1)
                                  : fmt::format("a step from {} to {}", lowest + 1, highest + 1);
    return row.unexpected(col, lowest > highest
                                   ? fmt::format("nothing in the last step, as {}", what)
                                   : fmt::format("{} ({})", range, what));
  }
  Result<uint32_t> later_step(int col) const {
    return step_at(col, step + 1, steps - 1, "a later one of this route");
  }
};

Result<void> read_process(Reading& r, const StepRow& s, Step& out) {
  const Row& row = s.row;
  const StepColumns& c = s.c;
  if (row.empty(c.process.value)) return row.unexpected(c.process.value, "a process time");
  DURE_TRY(out.process, row.law(c.process, r.law()));
  DURE_TRY(out.per, row.word(c.per, kPer));
  const bool batch = out.per == Per::batch;
  for (const int col : {c.batch_min, c.batch_max}) {
    if (!batch && !row.empty(col))
      return row.unexpected(col, "nothing, since PTPER is not per_batch");
  }
  if (batch) {
    DURE_TRY(const int64_t max, row.whole(c.batch_max, 1, kMaxWafers));
    DURE_TRY(const int64_t min, row.whole(c.batch_min, 1, max));
    out.batch_min = static_cast<uint32_t>(min);
    out.batch_max = static_cast<uint32_t>(max);
  }
  if (!row.empty(c.lot_gap) && !row.empty(c.wafer_gap))
    return row.unexpected(c.wafer_gap, "nothing, since BatchInterval is set");
  const bool of_wafer = !row.empty(c.wafer_gap);
  out.gap_per = of_wafer ? Per::wafer : Per::lot;
  DURE_TRY(out.gap, of_wafer ? row.duration(c.wafer_gap, c.wafer_gap_unit)
                             : row.duration(c.lot_gap, c.lot_gap_unit));
  return {};
}

Result<void> read_setup(Reading& r, const StepRow& s, Step& out) {
  const Row& row = s.row;
  DURE_CHECK(row.word(s.c.when, kWhen));
  if (row.empty(s.c.setup)) {
    DURE_TRY(const Duration time, row.duration(s.c.setup_time, s.c.setup_unit));
    if (time.ns > 0) return row.unexpected(s.c.setup_time, "nothing, since SETUP is empty");
    return {};
  }
  out.setup = r.setup(row.cell(s.c.setup));
  if (r.model.setups.size() > kMaxSetups)
    return row.error(
        s.c.setup, fmt::format("expected at most {} setups, found more", with_commas(kMaxSetups)));
  if (row.empty(s.c.setup_time)) return {};
  DURE_TRY(out.setup_time, row.duration(s.c.setup_time, s.c.setup_unit));
  return {};
}

Result<void> read_references(const StepRow& s, Step& out) {
  const Row& row = s.row;
  const StepColumns& c = s.c;
  DURE_TRY(const bool same_tool, row.word(c.same_tool, kYes));
  if (same_tool) {
    DURE_TRY(out.same_tool_at, s.later_step(c.same_tool_at));
  } else if (!row.empty(c.same_tool_at)) {
    return row.unexpected(c.same_tool_at, "nothing, since SVESTN is not yes");
  }

  DURE_CHECK(row.word(c.rework_type, kRework));
  if (!row.empty(c.rework)) {
    DURE_TRY(const double percent, row.number(c.rework, 0, 100));
    if (percent == 100) return row.unexpected(c.rework, "a percentage below 100");
    out.rework_chance = percent / 100;
  }
  if (!row.empty(c.rework_to) || out.rework_chance > 0) {
    DURE_TRY(out.rework_to, s.step_at(c.rework_to, 0, s.step, "this or an earlier one"));
  }
  if (!row.empty(c.sampled)) {
    DURE_TRY(const double percent, row.number(c.sampled, 0, 100));
    out.sampled = percent / 100;
  }

  if (row.empty(c.window_to) && row.empty(c.window)) return {};
  DURE_TRY(out.queue_time_to, s.later_step(c.window_to));
  DURE_TRY(out.queue_time, row.duration(c.window, c.window_unit));
  if (out.queue_time.ns == 0) return row.unexpected(c.window, "a time above 0");
  return {};
}

Result<Step> read_step(Reading& r, const StepRow& s) {
  const Row& row = s.row;
  Step out;
  DURE_TRY(const int64_t number, row.whole(s.c.step, 1, 1'000'000));
  if (number != int64_t{s.step} + 1)
    return row.unexpected(s.c.step, fmt::format("step {}, since the rows of a route are its steps "
                                                "in order",
                                                s.step + 1));
  out.name = row.empty(s.c.name) ? std::to_string(number) : std::string(row.cell(s.c.name));
  DURE_TRY(out.group, row.find(s.c.family, r.groups, "a tool family of " + r.tool_file));
  DURE_CHECK(read_process(r, s, out));
  DURE_CHECK(read_setup(r, s, out));
  DURE_CHECK(read_references(s, out));
  return out;
}

Result<RouteFile> open_route_file(const Row& part, int col, Reading& r) {
  DURE_TRY(const std::string name, part.name(col));
  if (name.find_first_of("/\\") != std::string::npos)
    return part.unexpected(col, "the name of a file in the same folder");
  DURE_TRY(std::optional<Table> table, r.optional_table(name));
  if (!table) return part.unexpected(col, "a file in the same folder", ", which is not there");
  DURE_TRY(const StepColumns columns, step_columns(*table));
  RouteFile file{*std::move(table), columns, {}};
  for (size_t i = 0; i < file.table.rows(); ++i) {
    const Row row = file.table.row(i);
    if (!row.empty(columns.route)) {
      file.routes.emplace_back(row.cell(columns.route));
    } else if (i > 0) {
      file.routes.push_back(file.routes.back());
    } else {
      return row.unexpected(columns.route, "the name of a route");
    }
  }
  r.note_unread(file.table, name);
  return file;
}

// Appends the route's steps and the route.
Result<void> read_route(Reading& r, const RouteFile& file, const std::string& name) {
  Model& m = r.model;
  std::vector<Row> rows;
  for (size_t i = 0; i < file.table.rows(); ++i) {
    if (file.routes[i] == name) rows.push_back(file.table.row(i));
  }
  Route route{.name = name,
              .first = static_cast<uint32_t>(m.steps.size()),
              .steps = static_cast<uint32_t>(rows.size())};
  for (uint32_t i = 0; i < route.steps; ++i) {
    DURE_TRY(Step step, read_step(r, {rows[i], file.columns, i, route.steps}));
    m.steps.push_back(std::move(step));
  }
  for (uint32_t i = 0; i < route.steps; ++i) {
    const Step& s = m.steps[route.first + i];
    if (s.same_tool_at == kNone) continue;
    const Step& later = m.steps[route.first + s.same_tool_at];
    if (later.group == s.group) continue;
    return rows[i].unexpected(
        file.columns.same_tool_at,
        fmt::format("a step of the same tool family, {}", quoted(m.groups[s.group].name)),
        ", a step of " + quoted(m.groups[later.group].name));
  }
  m.routes.push_back(std::move(route));
  return {};
}

}  // namespace

Result<void> read_parts(Reading& r) {
  DURE_TRY(Table t, r.table("part.txt"));
  DURE_TRY(const int part_col, t.column("PART"));
  DURE_TRY(const int file_col, t.column("ROUTEFILE"));
  DURE_TRY(const int route_col, t.column("ROUTE"));
  std::map<std::string, RouteFile, std::less<>> files;
  struct Known {
    uint32_t route;
    std::string file;
  };
  std::map<std::string, Known> routes;
  for (size_t i = 0; i < t.rows(); ++i) {
    const Row row = t.row(i);
    DURE_TRY(Product product, [&]() -> Result<Product> {
      DURE_TRY(std::string name, row.name(part_col));
      return Product{.name = std::move(name)};
    }());
    if (!r.products.add(product.name, r.products.size()))
      return row.unexpected(part_col, "each part once", " again");
    const std::string file_name(row.cell(file_col));
    auto file = files.find(file_name);
    if (file == files.end()) {
      DURE_TRY(RouteFile opened, open_route_file(row, file_col, r));
      file = files.emplace(file_name, std::move(opened)).first;
    }
    DURE_TRY(const std::string route, row.name(route_col));
    if (const auto known = routes.find(route); known != routes.end()) {
      if (known->second.file != file_name)
        return row.unexpected(file_col, fmt::format("{}, where route {} was above",
                                                    quoted(known->second.file), quoted(route)));
      product.route = known->second.route;
    } else {
      Names there;
      for (const std::string& name : file->second.routes) there.find_or_add(name);
      DURE_CHECK(row.find(route_col, there, "a route of " + file_name));
      product.route = static_cast<uint32_t>(r.model.routes.size());
      DURE_CHECK(read_route(r, file->second, route));
      routes.emplace(route, Known{product.route, file_name});
    }
    r.model.products.push_back(std::move(product));
  }
  if (t.rows() == 0)
    return Error{.message = "expected at least one part, found only a header row",
                 .file = t.file(),
                 .line = 1};
  r.note_unread(t, "part.txt");
  return {};
}

}  // namespace dure::fab::autosched
