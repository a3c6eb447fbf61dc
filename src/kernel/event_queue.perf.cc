// The hold model: pop the next event, push it again an exponential time later. The increments come
// from a table indexed by a cheap generator, so that nothing but the queue is measured; the peer
// bench/peers/ns3_hold.cc does the same.
#include "kernel/event_queue.h"

#include "base/random.h"
#include "base/text.h"
#include "kernel/bench.h"

namespace dure {
namespace {

struct Hold {
  explicit Hold(int pending) : gaps(16384) {
    Random random{1, 1, 0};
    for (int64_t& gap : gaps) gap = static_cast<int64_t>(random.exponential(1e9));
    for (int i = 0; i < pending; ++i) queue.push({Time{next_gap()}, 0, static_cast<uint32_t>(i)});
  }
  int64_t next_gap() {
    state = state * 6364136223846793005 + 1442695040888963407;
    return gaps[state >> 50];
  }
  void run(int64_t events) {
    for (int64_t i = 0; i < events; ++i) {
      Event e = queue.pop();
      e.time.ns += next_gap();
      queue.push(e);
    }
    keep(queue.next_time());
  }

  std::vector<int64_t> gaps;  // ns, mean 1 s
  uint64_t state = 1;
  EventQueue<Event> queue;
};

Result<std::vector<Figure>> hold(const BenchContext& ctx) {
  std::vector<Figure> figures;
  for (const int pending : {10'000, 100'000, 1'000'000}) {
    const int64_t events = ctx.smoke ? 10'000 : 1'000'000;
    Hold model(ctx.smoke ? pending / 100 : pending);
    model.run(ctx.smoke ? 1000 : 5 * pending);  // into the steady state
    const double cpu_s = best_cpu_s(ctx.smoke ? 1 : 5, [&] { model.run(events); });
    Figure f;
    f.what = "hold, " + with_commas(pending) + " pending";
    f.unit = "M events/s";
    f.value = static_cast<double>(events) / cpu_s * 1e-6;
    f.goal = ctx.smoke ? 0 : 20;
    f.note = "events of 16 bytes, ours stable at equal times";
    if (!ctx.smoke) {
      const auto peer = run_peer(
          {ctx.peers_folder + "/ns3_hold", std::to_string(pending), "1000000", "best", "5"});
      if (peer) f.peer = PeerResult{peer->peer + " " + peer->version, peer->rate_per_s * 1e-6, 4};
    }
    figures.push_back(f);
  }
  return figures;
}

DURE_BENCH("hold", "events a second through the queue", hold);

}  // namespace
}  // namespace dure
