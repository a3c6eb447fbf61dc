// Oracle philly-vc: FIFO per virtual cluster, consolidated placement, against a reference
// simulator.
#include <map>
#include <unordered_map>

#include "base/csv.h"
#include "base/file.h"
#include "base/text.h"
#include "kernel/verify.h"
#include "worlds/fleet/read_philly.h"
#include "worlds/fleet/rules.h"
#include "worlds/fleet/world.h"

namespace dure::fleet {
namespace {

struct Start {
  int64_t time_s = -1;
  std::string place;  // "node in VC:GPUs"
};

// Runs fifo + best fit and notes when and where each job started.
std::vector<Start> run_philly(const Trace& trace, const Model& model) {
  World world(std::make_shared<const Model>(model));
  Rules rules(Order::fifo, BestFit{});
  std::vector<Start> starts(trace.jobs.size());
  while (auto request = world.advance(Time::never())) {
    const World::Action& action = rules.decide(world, *request);
    if (action.kind == World::Action::Kind::start) {
      const Job& job = world.slot(action.slot).job;
      std::map<uint32_t, uint32_t> gpus;  // by node
      for (const Place& p : action.places) gpus[p.node] += job.gpus;
      Start& s = starts[job.number];
      s.time_s = world.now().ns / Duration(1_s).ns;
      for (const auto& [node, n] : gpus) {
        const uint32_t in_pool = node - model.pools[model.node_pool[node]].first_node;
        if (!s.place.empty()) s.place += ' ';
        s.place += std::to_string(in_pool) + ":" + std::to_string(n);
      }
    }
    world.act(action);
  }
  return starts;
}

Result<std::vector<Check>> philly(const std::string& folder) {
  std::vector<Check> out;
  for (const auto& [name, divide] : {std::pair{"ref_fifo_full", 1}, {"ref_fifo_quarter", 4}}) {
    DURE_TRY(const Trace trace,
             read_philly(folder + "/jobs.csv.gz", folder + "/vc_nodes.csv", {.divide = divide}));
    DURE_TRY(const Model model, model_of(trace));
    const std::vector<Start> ours = run_philly(trace, model);

    std::unordered_map<std::string, size_t> job_of;
    for (size_t i = 0; i < trace.jobs.size(); ++i) job_of[trace.jobs[i].name] = i;
    const std::string path = folder + "/" + name + ".csv.gz";
    DURE_TRY(const std::string text, read_file(path));
    DURE_TRY(auto csv, CsvReader::open(text, path));
    DURE_TRY(const int id, csv.column("job_id"));
    DURE_TRY(const int start, csv.column("start_s"));
    DURE_TRY(const int place, csv.column("node_in_vc:gpus"));
    uint64_t rows = 0, wrong = 0;
    for (;; ++rows) {
      DURE_TRY(const bool more, csv.next());
      if (!more) break;
      DURE_TRY(const int64_t time_s, csv.integer(start));
      const auto it = job_of.find(std::string(csv.field(id)));
      if (it == job_of.end()) return csv.error(id, "expected a job of jobs.csv.gz");
      const Start& s = ours[it->second];
      wrong += s.time_s != time_s || s.place != csv.field(place);
    }
    wrong += ours.size() > rows ? ours.size() - rows : 0;
    out.push_back({std::string("starts and nodes, ") + name,
                   with_commas(static_cast<int64_t>(rows)) + " rows",
                   with_commas(static_cast<int64_t>(wrong)) + " mismatches", "exact",
                   rows > 0 && wrong == 0});
  }
  return out;
}

DURE_VERIFY("philly-vc",
            "Philly arrivals (github.com/stanford-futuredata/gavel) run by the Helios simulator "
            "(github.com/S-Lab-System-Group/HeliosArtifact)",
            "fleet/philly-vc", philly);

}  // namespace
}  // namespace dure::fleet
