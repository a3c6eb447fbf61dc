#include "worlds/fab/line_csv.h"

#include <set>

#include "base/config.h"
#include "base/file.h"
#include "worlds/fab/line_columns.h"
#include "worlds/fab/line_fields.h"

namespace dure::fab {
namespace {

uint32_t first_step(const Model& m, const LineLot& lot) {
  return m.routes[m.products[lot.product].route].first;
}

// Reads lots.csv.
class Lots {
 public:
  Lots(const Model& m, LineState& line, CsvReader& csv)
      : m_(m), line_(line), csv_(csv), in_(m, csv) {}

  Result<void> read() {
    DURE_TRY(lot_, csv_.column("lot"));
    DURE_TRY(product_, csv_.column("product"));
    DURE_TRY(step_, csv_.column("step"));
    DURE_TRY(state_, csv_.column("state"));
    const auto column = [&](const char* name) { return csv_.optional_column(name); };
    priority_ = column("priority");
    wafers_ = column("wafers");
    tool_ = column("tool");
    since_ = column("since");
    until_ = column("until");
    due_ = column("due");
    released_ = column("released");
    release_ = column("release");
    bound_ = column("bound");
    deadlines_ = column("deadlines");
    std::set<std::string, std::less<>> names;
    for (;;) {
      DURE_TRY(const bool more, csv_.next());
      if (!more) return {};
      DURE_TRY(LineLot lot, read_lot());
      if (!names.insert(lot.name).second)
        return csv_.error(lot_, "there is a lot " + quoted(lot.name) + " above already");
      if (line_.lots.size() >= 1'000'000) return csv_.error(-1, "expected at most a million lots");
      line_.lots.push_back(std::move(lot));
    }
  }

 private:
  Result<LineLot> read_lot() {
    DURE_TRY(const std::string_view name, csv_.text(lot_));
    DURE_TRY(const uint32_t product, in_.product(product_));
    LineLot lot = blank_lot(m_, std::string(name), product);
    if (!csv_.field(release_).empty()) {
      DURE_TRY(lot.stream, in_.stream(release_));
      if (m_.streams[lot.stream].product != product) {
        return csv_.error(release_, "expected a release of product " +
                                        quoted(m_.products[product].name) + ", found " +
                                        quoted(csv_.field(release_)));
      }
      lot.priority = m_.streams[lot.stream].priority;
      lot.wafers = m_.streams[lot.stream].wafers;
    }
    DURE_TRY(lot.priority, in_.priority_or(priority_, lot.priority));
    DURE_TRY(lot.wafers, in_.wafers_or(wafers_, lot.wafers));
    DURE_TRY(lot.step, in_.step(step_, product));
    DURE_TRY(const size_t state, in_.word(state_, kLotWords));
    lot.state = static_cast<LineLot::State>(state);
    DURE_TRY(lot.since, in_.time_or(since_, line_.time));
    DURE_TRY(lot.until, in_.time_or(until_, Time::never()));
    DURE_TRY(lot.due, in_.time_or(due_, Time::never()));
    DURE_TRY(lot.released, in_.time_or(released_, Time{-1}));
    for (const int col : {since_, released_}) {
      const Time t = col == since_ ? lot.since : lot.released;
      if (t > line_.time) {
        return csv_.error(col, "expected a time up to the line's, " + to_string(line_.time) +
                                   ", found " + to_string(t));
      }
    }
    DURE_CHECK(read_tool(lot));
    DURE_CHECK(read_bound(lot));
    DURE_CHECK(read_deadlines(lot));
    return lot;
  }

  Result<void> read_tool(LineLot& lot) {
    if (lot.state != LineLot::State::processing) {
      if (csv_.field(tool_).empty()) return {};
      return csv_.error(tool_, "expected no tool of a lot that is " +
                                   std::string(csv_.field(state_)) + ", found " +
                                   quoted(csv_.field(tool_)));
    }
    if (csv_.field(tool_).empty())
      return csv_.error(tool_, "expected the tool that a lot in processing is in, found none");
    DURE_TRY(lot.tool, in_.tool(tool_));
    const uint32_t group = m_.step_of(lot.product, lot.step).group;
    if (m_.group_of[lot.tool] == group) return {};
    return csv_.error(tool_, "expected a tool of the step's group, " +
                                 quoted(m_.groups[group].name) + ", found " +
                                 quoted(csv_.field(tool_)));
  }

  Result<void> read_bound(LineLot& lot) {
    return in_.pairs(bound_, [&](std::string_view at, std::string_view name) -> Result<void> {
      DURE_TRY(const uint32_t step, in_.step(bound_, lot.product, at));
      DURE_TRY(const uint32_t tool, in_.tool(bound_, name));
      const StepCore& core = m_.cores[first_step(m_, lot) + step];
      if (step < lot.step || core.uses_tool == kNone || m_.group_of[tool] != core.group) {
        return csv_.error(bound_,
                          "expected a step from the lot's own on that is bound to the tool "
                          "of an earlier one, and a tool of its group, found " +
                              quoted(std::string(at) + '=' + std::string(name)));
      }
      lot.bound_to[core.uses_tool] = tool;
      return {};
    });
  }

  Result<void> read_deadlines(LineLot& lot) {
    return in_.pairs(deadlines_, [&](std::string_view at, std::string_view text) -> Result<void> {
      DURE_TRY(const uint32_t step, in_.step(deadlines_, lot.product, at));
      DURE_TRY(const Time time, in_.time(deadlines_, text));
      const StepCore& core = m_.cores[first_step(m_, lot) + step];
      for (uint32_t c = core.closes_first; c < uint32_t{core.closes_first} + core.closes_count;
           ++c) {
        Time& deadline = lot.deadlines[m_.closes[c]];
        if (step < lot.step || deadline != Time::never()) continue;
        deadline = time;
        return {};
      }
      return csv_.error(deadlines_,
                        "expected a step from the lot's own on that ends a queue time, "
                        "found " +
                            quoted(at));
    });
  }

  const Model& m_;
  LineState& line_;
  CsvReader& csv_;
  LineFields in_;
  int lot_ = -1, product_ = -1, priority_ = -1, wafers_ = -1, step_ = -1, state_ = -1, tool_ = -1,
      since_ = -1, until_ = -1, due_ = -1, released_ = -1, release_ = -1, bound_ = -1,
      deadlines_ = -1;
};

// "monthly=2026-03-01T00:00:00Z;counted=350": in the order of the tool's upkeeps, so that a law
// that is attached twice is told apart.
Result<void> read_services(const Model& m, const CsvReader& csv, const LineFields& in, int col,
                           uint32_t tool, LineTool& out) {
  return in.pairs(col, [&](std::string_view name, std::string_view text) -> Result<void> {
    std::vector<std::string_view> known;
    for (uint32_t u = m.upkeeps_of[tool]; u < m.upkeeps_of[tool + 1]; ++u) {
      const Upkeep& law = m.upkeeps[m.attachments[m.tool_upkeeps[u].attachment].upkeep];
      int64_t& left = out.services[u - m.upkeeps_of[tool]];
      if (law.kind == Upkeep::Kind::breakdown) continue;
      known.push_back(law.name);
      if (law.name != name || left != LineTool::kUnknown) continue;
      if (law.kind == Upkeep::Kind::calendar) {
        DURE_TRY(const Time due, in.time(col, text));
        left = due.ns;
      } else {
        const Result<int64_t> wafers = parse_int(text, -1'000'000'000, 1'000'000'000);
        if (!wafers) return csv.error(col, "wafers left: " + wafers.error().message);
        left = *wafers;
      }
      return {};
    }
    return csv.error(col,
                     "expected a maintenance of the tool" +
                         (known.empty() ? ", which has none" : ", " + join_quoted(known, "or")) +
                         ", found " + quoted(name));
  });
}

Result<void> read_tools(const Model& m, LineState& line, CsvReader& csv) {
  const LineFields in(m, csv);
  DURE_TRY(const int name, csv.column("tool"));
  DURE_TRY(const int state, csv.column("state"));
  const int until = csv.optional_column("until"), setup = csv.optional_column("setup"),
            run_left = csv.optional_column("run_left"), next = csv.optional_column("next_start"),
            services = csv.optional_column("services");
  std::vector<bool> seen(m.tools);
  for (;;) {
    DURE_TRY(const bool more, csv.next());
    if (!more) return {};
    DURE_TRY(const uint32_t t, in.tool(name));
    if (seen[t])
      return csv.error(name, "there is a row of " + quoted(csv.field(name)) + " above already");
    seen[t] = true;
    LineTool& tool = line.tools[t];
    DURE_TRY(const size_t word, in.word(state, kToolWords));
    tool.state = static_cast<LineTool::State>(word);
    DURE_TRY(tool.until, in.time_or(until, Time::never()));
    DURE_TRY(tool.setup, in.setup(setup));
    DURE_TRY(const int64_t runs, csv.integer_or(run_left, 0, 0, 1'000'000));
    tool.run_left = static_cast<uint32_t>(runs);
    DURE_TRY(tool.next_start, in.time_or(next, Time{-1}));
    DURE_CHECK(read_services(m, csv, in, services, t, tool));
  }
}

Result<Time> read_time(const std::string& text, const std::string& file) {
  DURE_TRY(const Config config, Config::parse(text, file));
  return config.read([](ConfigReader& in) {
    const Time t = in.time("time", required, "when the line stood so");
    if (!in.failed() && (t < Time{0} || t > *from_civil(2199, 1, 1)))
      in.fail("time", "expected a time from 1970 to 2199, found " + to_string(t));
    in.text("model", "", "the scenario it was written from; for the reader");
    return t;
  });
}

}  // namespace

Result<LineState> parse_line(const Model& m, const LineText& text) {
  const std::string before = text.folder.empty() ? "" : text.folder + '/';
  DURE_TRY(const Time time, read_time(text.toml, before + "line.toml"));
  LineState line = empty_line(m, time);
  const std::string lots_file = before + "lots.csv", tools_file = before + "tools.csv";
  DURE_TRY(CsvReader lots, CsvReader::open(text.lots, lots_file));
  DURE_CHECK(check_columns(lots, kLotColumns, lots_file));
  DURE_CHECK(Lots(m, line, lots).read());
  if (!text.tools.empty()) {
    DURE_TRY(CsvReader tools, CsvReader::open(text.tools, tools_file));
    DURE_CHECK(check_columns(tools, kToolColumns, tools_file));
    DURE_CHECK(read_tools(m, line, tools));
  }
  if (const Result<void> fit = check_jobs(m, line); !fit)
    return Error{.message = fit.error().message, .file = lots_file};
  return line;
}

Result<LineState> read_line(const Model& m, const std::string& folder) {
  LineText text;
  text.folder = folder;
  DURE_TRY(text.toml, read_file(folder + "/line.toml"));
  DURE_TRY(text.lots, read_file(folder + "/lots.csv"));
  DURE_TRY(text.tools, read_file(folder + "/tools.csv"));
  return parse_line(m, text);
}

}  // namespace dure::fab
