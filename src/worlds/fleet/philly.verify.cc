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

// A row of the reference: "2:8 3:4" are GPUs on nodes of the job's virtual cluster.
Result<Recorded> recorded_at(const Model& m, const TraceJob& job, int64_t time_s,
                             const CsvReader& csv, int place) {
  Recorded out{Time{0} + time_s * 1_s, {}};
  uint32_t pool = 0;
  while (m.pools[pool].name != job.pool) ++pool;
  for (const std::string_view part : split(csv.field(place), ' ')) {
    const size_t colon = part.find(':');
    const auto node = parse_int(part.substr(0, colon), 0, m.pools[pool].nodes - 1);
    const auto gpus = parse_int(colon == part.npos ? "" : part.substr(colon + 1), 1, 1000);
    if (!node || !gpus) return csv.error(place, "expected nodes such as \"2:8 3:4\"");
    for (int64_t g = 0; g < *gpus; g += job.gpus)
      out.nodes.push_back(m.pools[pool].first_node + static_cast<uint32_t>(*node));
  }
  return out;
}

// Jobs that do not start as the reference did, when it is the record of a fleet whose own policy
// would do otherwise.
uint64_t not_as_recorded(Model m, const std::vector<Recorded>& record) {
  m.recorded = record;
  for (const Recorded& r : record) {
    m.as_recorded_until = std::max(m.as_recorded_until, r.start + 1_ns);
  }
  World world(std::make_shared<const Model>(std::move(m)));
  Rules rules(Order::conservative, FirstFit{});
  while (auto request = world.advance(Time::never())) world.act(rules.decide(world, *request));
  uint64_t as_recorded = 0;
  for (const OwnerKpis& k : world.kpis().owners) as_recorded += k.as_recorded;
  return record.size() - as_recorded;
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
    std::vector<Recorded> record(trace.jobs.size());
    uint64_t rows = 0, wrong = 0;
    for (;; ++rows) {
      DURE_TRY(const bool more, csv.next());
      if (!more) break;
      DURE_TRY(const int64_t time_s, csv.integer(start));
      const auto it = job_of.find(std::string(csv.field(id)));
      if (it == job_of.end()) return csv.error(id, "expected a job of jobs.csv.gz");
      const Start& s = ours[it->second];
      wrong += s.time_s != time_s || s.place != csv.field(place);
      DURE_TRY(record[it->second], recorded_at(model, trace.jobs[it->second], time_s, csv, place));
    }
    wrong += ours.size() > rows ? ours.size() - rows : 0;
    out.push_back({std::string("starts and nodes, ") + name,
                   with_commas(static_cast<int64_t>(rows)) + " rows",
                   with_commas(static_cast<int64_t>(wrong)) + " mismatches", "exact",
                   rows > 0 && wrong == 0});
    const uint64_t late = not_as_recorded(model, record);
    out.push_back({std::string("the same as a record that is replayed, ") + name, "all as recorded",
                   with_commas(static_cast<int64_t>(late)) + " later or elsewhere", "exact",
                   late == 0});
  }
  return out;
}

DURE_VERIFY("philly-vc",
            "Philly arrivals (github.com/stanford-futuredata/gavel) run by the Helios simulator "
            "(github.com/S-Lab-System-Group/HeliosArtifact)",
            "fleet/philly-vc", philly);

}  // namespace
}  // namespace dure::fleet
