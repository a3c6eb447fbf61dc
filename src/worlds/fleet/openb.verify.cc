// Oracles openb-steps and openb-mean: published placements of the ATC'23 study, replayed.
#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <unordered_map>

#include "base/csv.h"
#include "base/file.h"
#include "base/text.h"
#include "kernel/verify.h"
#include "worlds/fleet/openb_replay.h"
#include "worlds/fleet/rules.h"
#include "worlds/fleet/world.h"

namespace dure::fleet {
namespace {

using Rows = std::vector<Check>;

std::string mismatches(uint64_t n) { return with_commas(static_cast<int64_t>(n)) + " mismatches"; }
std::string rows_of(size_t n) { return with_commas(static_cast<int64_t>(n)) + " rows"; }
std::string percent(double x) {
  char buffer[32];
  std::snprintf(buffer, sizeof buffer, "%.2f %%", x);
  return buffer;
}

// --- openb: pods placed one by one, never leaving ----------------------------------------------

struct Decision {
  std::string node;       // empty: dropped
  double fragmented = 0;  // milli, whole cluster, after
  uint64_t gpus_on_used_nodes = 0;
  uint64_t used_gpu_milli = 0;
};

// Fragmentation of the whole cluster, brought up to date node by node.
class FragmentationSum {
 public:
  explicit FragmentationSum(const World& world) : of_node_(world.model().nodes()) {
    for (uint32_t n = 0; n < of_node_.size(); ++n) update(world, n);
  }
  void update(const World& world, uint32_t n) {
    const NodeType& type = world.model().type_of(n);
    const double now = world.model().target.fragmented(world.cpu_left(n), world.gpu_left(n),
                                                       type.gpus, type.gpu_model);
    sum_ += now - of_node_[n];
    of_node_[n] = now;
  }
  double sum() const { return sum_; }

 private:
  std::vector<double> of_node_;
  double sum_ = 0;
};

// Runs the loss order under a scored rule; calls seen(index of arrival, decision) for each pod.
template <class Seen>
void run_openb(std::shared_ptr<const Model> model, Score score, bool with_fragmentation,
               Seen&& seen) {
  World world(model);
  Rules rules(Order::loss, Scored(score));
  std::optional<FragmentationSum> fragmentation;
  if (with_fragmentation) fragmentation.emplace(world);
  while (auto request = world.advance(Time::never())) {
    const World::Action& action = rules.decide(world, *request);
    const uint64_t number = world.slot(action.slot).job.number;
    const bool started = action.kind == World::Action::Kind::start;
    if (action.kind == World::Action::Kind::wait) {
      world.act(action);
      continue;
    }
    const uint32_t node = started ? action.places[0].node : 0;
    world.act(action);
    if (started && fragmentation) fragmentation->update(world, node);
    seen(number,
         Decision{started ? model->node_name[node] : "", fragmentation ? fragmentation->sum() : 0,
                  world.kpis().gpus_on_used_nodes, world.kpis().used_gpu_milli});
  }
}

// seed -> [nodes of the trace] rank; a file without a seed column has them under seed 0.
Result<std::map<int64_t, std::vector<uint32_t>>> read_ranks(const std::string& path,
                                                            const Trace& trace) {
  std::unordered_map<std::string, size_t> node_of;
  for (size_t i = 0; i < trace.nodes.size(); ++i) node_of[trace.nodes[i].name] = i;
  DURE_TRY(const std::string text, read_file(path));
  DURE_TRY(auto csv, CsvReader::open(text, path));
  const int seed = csv.optional_column("seed");
  DURE_TRY(const int node, csv.column("node"));
  DURE_TRY(const int rank, csv.column("rank"));
  std::map<int64_t, std::vector<uint32_t>> out;
  for (;;) {
    DURE_TRY(const bool more, csv.next());
    if (!more) return out;
    DURE_TRY(const int64_t s, csv.integer_or(seed, 0));
    DURE_TRY(const int64_t r, csv.integer(rank, 0, 1'000'000));
    const auto it = node_of.find(std::string(csv.field(node)));
    if (it == node_of.end()) return csv.error(node, "expected a node of the node list");
    auto& ranks = out[s];
    ranks.resize(trace.nodes.size());
    ranks[it->second] = static_cast<uint32_t>(r);
  }
}

// Compares every decision with a reference file's rows.
Result<Check> openb_steps(const Openb& o, std::vector<uint32_t> ranks, Score score,
                          const std::string& path, const std::string& name) {
  struct Row {
    std::string node;
    double fragmented;
    uint64_t gpus, used;
  };
  DURE_TRY(const std::string text, read_file(path));
  DURE_TRY(auto csv, CsvReader::open(text, path));
  DURE_TRY(const int pod, csv.column("pod"));
  DURE_TRY(const int node, csv.column("node"));
  DURE_TRY(const int frag, csv.column("frag_gpu_milli_after"));
  DURE_TRY(const int gpus, csv.column("gpus_on_used_nodes_after"));
  DURE_TRY(const int used, csv.column("used_gpu_milli_after"));
  std::vector<Row> rows;
  std::vector<size_t> order;
  for (;;) {
    DURE_TRY(const bool more, csv.next());
    if (!more) break;
    const auto it = o.pod_of.find(std::string(csv.field(pod)));
    if (it == o.pod_of.end()) return csv.error(pod, "expected a pod of the pod list");
    order.push_back(it->second);
    DURE_TRY(const double f, csv.number(frag));
    DURE_TRY(const int64_t g, csv.integer(gpus, 0));
    DURE_TRY(const int64_t u, csv.integer(used, 0));
    rows.push_back(
        {std::string(csv.field(node)), f, static_cast<uint64_t>(g), static_cast<uint64_t>(u)});
  }
  DURE_TRY(const Model model, openb_model(o, order, std::move(ranks)));
  uint64_t wrong = 0, seen = 0;
  run_openb(std::make_shared<const Model>(model), score, true, [&](uint64_t i, const Decision& d) {
    const Row& r = rows[i];
    ++seen;
    wrong += d.node != r.node || std::abs(d.fragmented - r.fragmented) > 0.0051 ||
             d.gpus_on_used_nodes != r.gpus || d.used_gpu_milli != r.used;
  });
  wrong += rows.size() - seen;
  return Check{name + ": node, fragmentation and totals", rows_of(rows.size()), mismatches(wrong),
               "exact (fragmentation 0.005 milli-GPU)", !rows.empty() && wrong == 0};
}

Result<Rows> openb_exact(const std::string& folder) {
  Rows out;
  DURE_TRY(const Openb full, open_openb(folder, "default"));

  // mini152: every 8th node, all 1,361 arrivals.
  Openb mini = full;
  DURE_TRY(const std::string names, read_file(folder + "/mini152_nodes.txt"));
  mini.trace.nodes.clear();
  for (const std::string_view name : split(names, '\n')) {
    for (const TraceNode& n : full.trace.nodes) {
      if (n.name == trim(name)) mini.trace.nodes.push_back(n);
    }
  }
  DURE_TRY(const auto mini_ranks, read_ranks(folder + "/mini152_tie_rank_seed42.csv", mini.trace));
  for (const auto& [score, name] :
       {std::pair{Score::fgd, "mini152_fgd_seed42"}, {Score::dot, "mini152_bestfit_seed42"}}) {
    DURE_TRY(Check check,
             openb_steps(mini, mini_ranks.at(0), score, folder + "/" + name + ".csv.gz", name));
    out.push_back(std::move(check));
  }
  DURE_TRY(const auto ranks,
           read_ranks(folder + "/full1213_tie_rank_seed42to44.csv.gz", full.trace));
  const std::string name = "full1213_fgd_seed42_first1500";
  DURE_TRY(Check check,
           openb_steps(full, ranks.at(42), Score::fgd, folder + "/" + name + ".csv.gz", name));
  out.push_back(std::move(check));
  return out;
}

// --- openb-mean: allocation curves ---------------------------------------------------------------

uint64_t total_milli(const Model& m) { return uint64_t{m.total_gpus()} * kWholeGpu; }

double round2(double x) { return std::nearbyint(x * 100) / 100; }

// Allocation in % of the cluster by arrived demand in %, as the authors draw it: per bucket the
// mean over events; an empty bucket takes the mean over its neighbours' events.
struct Curve {
  std::vector<double> at;    // [0..130]
  double final_percent = 0;  // allocation at the end
};

Curve run_curve(std::shared_ptr<const Model> model, Score score) {
  const double capacity = static_cast<double>(total_milli(*model));
  struct Event {
    int bucket;
    double allocated;
  };
  std::vector<Event> events;
  uint64_t arrived = 0;
  Curve out;
  run_openb(model, score, false, [&](uint64_t i, const Decision& d) {
    arrived += model->jobs[i].gpus == 0 ? 0 : model->jobs[i].total_gpu_milli();
    const double allocated = 100 * static_cast<double>(d.used_gpu_milli) / capacity;
    events.push_back(
        {static_cast<int>(std::nearbyint(100 * static_cast<double>(arrived) / capacity)),
         round2(allocated)});
    out.final_percent = allocated;
  });
  for (int k = 0; k <= 130; ++k) {
    double sum = 0;
    int n = 0;
    for (const int reach : {0, 1}) {
      if (n > 0) break;
      for (const Event& e : events) {
        if (std::abs(e.bucket - k) > reach) continue;
        sum += e.allocated;
        ++n;
      }
    }
    out.at.push_back(n > 0 ? sum / n : 0);
  }
  return out;
}

// Published curves: (workload, policy) -> seed -> [0..130].
using Published =
    std::map<std::pair<std::string, std::string>, std::map<int64_t, std::vector<double>>>;

Result<Published> read_published(const std::string& path) {
  DURE_TRY(const std::string text, read_file(path));
  DURE_TRY(auto csv, CsvReader::open(text, path));
  DURE_TRY(const int workload, csv.column("workload"));
  DURE_TRY(const int policy, csv.column("sc_policy"));
  DURE_TRY(const int seed, csv.column("seed"));
  std::vector<int> columns;
  for (int k = 0; k <= 130; ++k) {
    DURE_TRY(const int c, csv.column(std::to_string(k)));
    columns.push_back(c);
  }
  Published out;
  for (;;) {
    DURE_TRY(const bool more, csv.next());
    if (!more) return out;
    DURE_TRY(const int64_t s, csv.integer(seed));
    auto& curve = out[{std::string(csv.field(workload)), std::string(csv.field(policy))}][s];
    for (const int c : columns) {
      DURE_TRY(const double x, csv.number_or(c, std::nan("")));
      curve.push_back(x);
    }
  }
}

double mean_at_end(const std::map<int64_t, std::vector<double>>& by_seed) {
  double sum = 0;
  for (const auto& [seed, curve] : by_seed) sum += curve[130];
  return sum / static_cast<double>(by_seed.size());
}

Result<Rows> openb_mean(const std::string& folder) {
  Rows out;
  DURE_TRY(const Published published, read_published(folder + "/fgd_alloc_curve.csv.gz"));
  const auto policy_of =
      [&](const std::string& workload,
          const std::string& word) -> const std::map<int64_t, std::vector<double>>* {
    for (const auto& [key, curves] : published) {
      if (key.first == workload && key.second.find(word) != std::string::npos) return &curves;
    }
    return nullptr;
  };
  DURE_TRY(const Openb full, open_openb(folder, "default"));
  DURE_TRY(const auto ranks,
           read_ranks(folder + "/full1213_tie_rank_seed42to44.csv.gz", full.trace));

  // The authors' orders and ranks: whole curves.
  std::map<int64_t, std::vector<size_t>> orders;
  {
    const std::string path = folder + "/full1213_order_seed42to44.csv.gz";
    DURE_TRY(const std::string text, read_file(path));
    DURE_TRY(auto csv, CsvReader::open(text, path));
    DURE_TRY(const int seed, csv.column("seed"));
    DURE_TRY(const int pod, csv.column("pod"));
    for (;;) {
      DURE_TRY(const bool more, csv.next());
      if (!more) break;
      DURE_TRY(const int64_t s, csv.integer(seed));
      const auto it = full.pod_of.find(std::string(csv.field(pod)));
      if (it == full.pod_of.end()) return csv.error(pod, "expected a pod of the pod list");
      orders[s].push_back(it->second);
    }
  }
  for (const auto& [score, word] : {std::pair{Score::fgd, "FGD"}, {Score::dot, "BestFit"}}) {
    const auto* curves = policy_of("openb_pod_list_default", word);
    if (curves == nullptr)
      return Error{.message = std::string("no curve of ") + word, .file = folder};
    for (const auto& [seed, order] : orders) {
      DURE_TRY(const Model model, openb_model(full, order, ranks.at(seed)));
      const Curve ours = run_curve(std::make_shared<const Model>(model), score);
      double worst = 0;
      for (int k = 0; k <= 130; ++k)
        worst = std::max(worst, std::abs(ours.at[k] - curves->at(seed)[k]));
      char text[64];
      std::snprintf(text, sizeof text, "largest difference %.4f points", worst);
      out.push_back({std::string(word) + " allocation curve, seed " + std::to_string(seed),
                     "131 published points", text, "0.02 points", worst <= 0.02});
    }
  }

  // Orders and ranks of our own: means.
  for (const auto& [list, tolerance] : {std::pair{"default", 0.3},
                                        {"cpu250", 0.5},
                                        {"gpushare40", 0.5},
                                        {"gpuspec10", 0.5},
                                        {"multigpu20", 0.5}}) {
    const auto* curves = policy_of(std::string("openb_pod_list_") + list, "FGD");
    if (curves == nullptr)
      return Error{.message = std::string("no FGD curve of ") + list, .file = folder};
    DURE_TRY(const Openb o, open_openb(folder, list));
    double sum = 0;
    constexpr int kOrders = 10;
    for (int i = 0; i < kOrders; ++i) {
      const auto seed = static_cast<uint64_t>(1000 + i);
      DURE_TRY(const Model model,
               openb_model(o, own_order(o, seed), own_ranks(o.trace.nodes.size(), seed)));
      sum += run_curve(std::make_shared<const Model>(model), Score::fgd).final_percent;
    }
    const double reference = mean_at_end(*curves);
    char tol[32];
    std::snprintf(tol, sizeof tol, "%.1f points", tolerance);
    out.push_back({std::string("mean FGD allocation of 10 own orders, ") + list, percent(reference),
                   percent(sum / kOrders), tol, std::abs(sum / kOrders - reference) <= tolerance});
  }
  return out;
}

constexpr const char* kOpenbSource =
    "Alibaba cluster-trace-gpu-v2023 and Weng et al., ATC'23 "
    "(github.com/hkust-adsl/kubernetes-scheduler-simulator)";

DURE_VERIFY("openb-steps", kOpenbSource, "fleet/openb", openb_exact);
DURE_VERIFY("openb-mean", kOpenbSource, "fleet/openb", openb_mean);

}  // namespace
}  // namespace dure::fleet
