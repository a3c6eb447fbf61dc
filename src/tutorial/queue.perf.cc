// M/M/4 at load 0.9: our tutorial's world against the same model on ns-3 and SimPy.
#include "tutorial/queue.h"

#include "base/text.h"
#include "kernel/bench.h"

namespace dure::tutorial {
namespace {

Result<std::vector<Figure>> mm4(const BenchContext& ctx) {
  const int64_t customers = ctx.smoke ? 1000 : 1'000'000;
  const Model model;
  const Time end = Time{} + customers * model.mean_gap;
  double served = 0;
  const double cpu_s = best_cpu_s(ctx.smoke ? 1 : 9, [&] {
    Queue world(model);
    run(world, end);
    served = static_cast<double>(world.waits().count());
  });
  Figure figure;
  figure.unit = "M customers/s";
  figure.value = served / cpu_s * 1e-6;
  figure.note = with_commas(customers) + " customers; ours also keeps quantiles of the wait";

  Figure ns3 = figure, simpy = figure;
  ns3.what = "M/M/4, load 0.9, and ns-3";
  simpy.what = "M/M/4, load 0.9, and SimPy";
  const std::string n = std::to_string(customers);
  const auto compare = [](Figure& f, const std::optional<PeerLine>& peer, double goal) {
    if (peer) f.peer = PeerResult{peer->peer + " " + peer->version, peer->rate_per_s * 1e-6, goal};
  };
  compare(ns3, run_peer({ctx.peers_folder + "/ns3_mmc", n, "4", "0.9", "9"}), 5);
  compare(simpy, run_peer({"/usr/bin/python3", ctx.peers_source + "/simpy_mmc.py", n, "4", "0.9"}),
          80);
  return std::vector<Figure>{ns3, simpy};
}

DURE_BENCH("mm4", "customers a second through a queue with four servers", mm4);

}  // namespace
}  // namespace dure::tutorial
