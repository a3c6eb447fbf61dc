// Figure mapf: one-shot MAPF on two maps of movingai.com. The peer's figures are lacam3's, as
// measured beforehand on a machine of this kind; it is not run here.
#include "solvers/mapf.h"

#include "base/file.h"
#include "base/text.h"
#include "kernel/bench.h"
#include "solvers/movingai.h"

namespace dure {
namespace {

using Figures = std::vector<Figure>;

struct Floor {
  Grid grid;
  std::vector<uint32_t> starts, goals;  // [agents]

  MapfProblem problem(size_t agents) const {
    return {grid.roads, std::span(starts).first(agents), std::span(goals).first(agents)};
  }
};

Result<Floor> read_floor(const BenchContext& ctx, const std::string& map_name,
                         const std::string& scen_name) {
  const std::string folder = ctx.data_folder + "/robots/mapf";
  if (!exists(folder))
    return Error{.message = "needs the reference data, see `dure verify --list`", .file = folder};
  const std::string map_path = folder + "/" + map_name, scen_path = folder + "/" + scen_name;
  DURE_TRY(const std::string map_text, read_file(map_path));
  DURE_TRY(const MovingAiMap map, read_movingai_map(map_text, map_path));
  DURE_TRY(const std::string scen_text, read_file(scen_path));
  DURE_TRY(const std::vector<ScenEntry> scen, read_movingai_scen(scen_text, scen_path));
  Floor floor;
  floor.grid = make_grid(map.width, map.height, free_cells(map));
  for (const ScenEntry& entry : scen) {
    if (entry.width != map.width || entry.height != map.height)
      return Error{.message = "expected a scenario of " + map_name, .file = scen_path};
    floor.starts.push_back(floor.grid.vertex_of[entry.start_cell()]);
    floor.goals.push_back(floor.grid.vertex_of[entry.goal_cell()]);
  }
  return floor;
}

std::string figures_of(const MapfSolution& solution) {
  return "sum of costs " + with_commas(static_cast<int64_t>(solution.sum_of_costs)) +
         ", at least " + with_commas(static_cast<int64_t>(solution.sum_of_distances)) +
         ", makespan " + with_commas(solution.makespan) + ", checked";
}

Result<MapfSolution> solve_checked(const MapfProblem& problem, const MapfOptions& options) {
  DURE_TRY(MapfSolution solution, solve_mapf(problem, options));
  DURE_CHECK(check_mapf(problem, solution));
  return solution;
}

// The first solution's CPU time, and the process's memory after it.
Result<void> first_solution(const Floor& floor, size_t agents, int repeats, double peer_cpu_s,
                            double goal_cpu_s, double peer_gb, Figures& out) {
  const MapfProblem problem = floor.problem(agents);
  const double cpu = best_cpu_s(repeats, [&] { keep(solve_mapf(problem)); });
  DURE_TRY(const MapfSolution solution, solve_checked(problem, {}));
  const std::string who = with_commas(static_cast<int64_t>(agents)) + " agents";
  out.push_back({.what = "warehouse-20-40, " + who + ", first solution",
                 .unit = "CPU-s",
                 .value = cpu,
                 .goal = goal_cpu_s,
                 .higher_is_better = false,
                 .note = figures_of(solution) + "; lacam3: " + shortest(peer_cpu_s) + " s"});
  if (peer_gb == 0) return {};
  out.push_back({.what = "warehouse-20-40, " + who + ", peak memory of the process",
                 .unit = "MiB",
                 .value = peak_memory_mib(),
                 .goal = peer_gb * 1e9 / 4 / (1 << 20),
                 .higher_is_better = false,
                 .note = "when run alone; lacam3: " + shortest(peer_gb) + " GB"});
  return {};
}

Result<void> improved(const Floor& floor, const std::string& map, size_t agents, double cpu_s,
                      uint64_t peer, Figures& out) {
  const double start = user_cpu_s();
  const MapfOptions options{.improve_work = kNoLimit,
                            .stop = [&] { return user_cpu_s() - start >= cpu_s; }};
  DURE_TRY(const MapfSolution solution, solve_checked(floor.problem(agents), options));
  out.push_back({.what = map + ", " + with_commas(static_cast<int64_t>(agents)) +
                         " agents, sum of costs in " + shortest(cpu_s) + " CPU-s",
                 .unit = "steps",
                 .value = static_cast<double>(solution.sum_of_costs),
                 .goal = static_cast<double>(peer),
                 .higher_is_better = false,
                 .note = figures_of(solution) +
                         "; lacam3 in as long: " + with_commas(static_cast<int64_t>(peer))});
  return {};
}

Result<Figures> run(const BenchContext& ctx) {
  DURE_TRY(const Floor random,
           read_floor(ctx, "random-32-32-10.map", "random-32-32-10-random-1.scen"));
  DURE_TRY(const Floor warehouse, read_floor(ctx, "warehouse-20-40-10-2-2.map.gz",
                                             "warehouse-20-40-10-2-2-10000agents-1.scen.gz"));
  Figures out;
  // From small to large: peak memory never falls.
  DURE_CHECK(improved(random, "random-32-32-10", 300, ctx.smoke ? 0.5 : 10, 7948, out));
  DURE_CHECK(first_solution(warehouse, 1000, ctx.smoke ? 1 : 3, 1.2, 0.3, 0, out));
  if (ctx.smoke) return out;
  DURE_CHECK(improved(warehouse, "warehouse-20-40", 1000, 13, 182'042, out));
  out.push_back({.what = "warehouse-20-40, 1,000 agents, peak memory of the process",
                 .unit = "MiB",
                 .value = peak_memory_mib(),
                 .goal = 1.45e9 / 4 / (1 << 20),
                 .higher_is_better = false,
                 .note = "when run alone; lacam3: 1.45 GB"});
  DURE_CHECK(first_solution(warehouse, 5000, 3, 6.8, 1.7, 0.9, out));
  DURE_CHECK(first_solution(warehouse, 10'000, 3, 53.6, 13.4, 1.8, out));
  return out;
}

DURE_BENCH("mapf", "one-shot MAPF: first solutions, and sums of costs after a while", run);

}  // namespace
}  // namespace dure
