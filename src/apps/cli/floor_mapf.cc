// dure floor mapf
#include <fmt/format.h>

#include "apps/cli/commands.h"
#include "apps/cli/figures.h"
#include "apps/cli/floor_commands.h"
#include "apps/cli/places.h"
#include "apps/cli/terminal.h"
#include "base/file.h"
#include "base/json.h"
#include "base/text.h"
#include "kernel/bench.h"
#include "solvers/mapf.h"
#include "solvers/movingai.h"

namespace dure::cli {
namespace {

struct Agents {
  std::vector<uint32_t> starts, goals;  // [agents] vertices
};

// The first agents of the scenario, which may have been made for another map.
Result<Agents> agents_on(const Grid& grid, const std::vector<ScenEntry>& entries,
                         const FloorMapfOptions& options) {
  if (entries.size() < options.agents) {
    return Error{.message = fmt::format("expected a scenario of at least {} agents, found {}",
                                        options.agents, entries.size()),
                 .file = options.scen,
                 .key = "--agents"};
  }
  Agents out;
  for (uint32_t i = 0; i < options.agents; ++i) {
    const ScenEntry& e = entries[i];
    if (e.width != grid.width || e.height != grid.height) {
      return Error{
          .message = fmt::format("expected agents on a map of {} x {} cells, as {} is, "
                                 "found agent {} on one of {} x {}",
                                 grid.width, grid.height, options.map, i, e.width, e.height),
          .file = options.scen};
    }
    for (const bool goal : {false, true}) {
      const uint32_t vertex = grid.vertex_of[goal ? e.goal_cell() : e.start_cell()];
      if (vertex == kNoVertex) {
        return Error{.message = fmt::format(
                         "expected a free cell, found the {} of agent {}, x {}, y {}, which is "
                         "blocked",
                         goal ? "goal" : "start", i, goal ? e.goal_x : e.start_x,
                         goal ? e.goal_y : e.start_y),
                     .file = options.scen};
      }
      (goal ? out.goals : out.starts).push_back(vertex);
    }
  }
  return out;
}

// Each agent's start and its moves: up, down, left, right, wait.
std::string plan_json(const Grid& grid, const MapfSolution& s, const FloorMapfOptions& options) {
  JsonWriter out;
  out.begin_object();
  out.field("map", file_name(options.map)).field("scenario", file_name(options.scen));
  out.field("agents", s.agents()).field("sumOfCosts", s.sum_of_costs);
  out.field("makespan", s.makespan);
  out.key("paths").begin_array();
  std::string moves;
  for (uint32_t i = 0; i < s.agents(); ++i) {
    const std::span<const uint32_t> path = s.path(i);
    moves.clear();
    for (size_t t = 1; t < path.size(); ++t) {
      const int64_t from = grid.cell_of[path[t - 1]], to = grid.cell_of[path[t]];
      moves += to == from       ? 'w'
               : to == from + 1 ? 'r'
               : to == from - 1 ? 'l'
               : to > from      ? 'd'
                                : 'u';
    }
    const uint32_t cell = grid.cell_of[path[0]];
    out.begin_object().key("start").begin_array();
    out.value(cell % grid.width).value(cell / grid.width).end_array();
    out.field("moves", moves).end_object();
  }
  return out.end_array().end_object().take() + '\n';
}

}  // namespace

Result<int> floor_mapf_command(const FloorMapfOptions& options) {
  if (options.out) DURE_CHECK(check_out_file(*options.out));
  DURE_TRY(const std::string map_text, read_file(options.map));
  DURE_TRY(const MovingAiMap map, read_movingai_map(map_text, options.map));
  DURE_TRY(const std::string scen_text, read_file(options.scen));
  DURE_TRY(const std::vector<ScenEntry> entries, read_movingai_scen(scen_text, options.scen));
  const Grid grid = make_grid(map.width, map.height, free_cells(map));
  DURE_TRY(const Agents agents, agents_on(grid, entries, options));

  const MapfProblem problem{grid.roads, agents.starts, agents.goals};
  MapfOptions how;
  how.seed = options.seed;
  how.improve_work = options.budget;
  const double began = thread_cpu_s();
  Result<MapfSolution> solved = solve_mapf(problem, how);
  const double took = thread_cpu_s() - began;
  if (!solved) {
    Error error = solved.error();
    if (error.file.empty()) error.file = options.scen;
    return error;
  }
  const MapfSolution& s = *solved;
  const Result<void> sound = check_mapf(problem, s);
  DURE_ASSERT(sound.ok(), sound.error().message.c_str());
  if (options.out) DURE_CHECK(write_file_atomic(*options.out, plan_json(grid, s, options)));
  if (options.quiet) return kOk;

  const auto commas = [](uint64_t n) { return with_commas(static_cast<int64_t>(n)); };
  std::string text =
      fmt::format("{}, {} x {} cells\n", counted(s.agents(), "agent"), grid.width, grid.height);
  text +=
      fmt::format("sum of costs    {}, of the first solution {}, of any at least {}\n",
                  commas(s.sum_of_costs), commas(s.first_sum_of_costs), commas(s.sum_of_distances));
  text += fmt::format("makespan        {}\n", counted(s.makespan, "step"));
  text += fmt::format("first solution  {} of all agents looked at\n",
                      counted(s.configurations, "joint placement"));
  text +=
      fmt::format("improvement     {} planned anew, {}\n",
                  counted(s.iterations, "group") + " of agents", counted(s.work, "search node"));
  text += fmt::format("CPU             {}\n", seconds(took));
  if (options.out) text += fmt::format("paths           {}\n", *options.out);
  print(text);
  return kOk;
}

}  // namespace dure::cli
