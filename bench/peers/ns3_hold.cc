// Hold model on ns-3's event list: pop the earliest event, schedule one at now + Exp(1 s), with the
// number of pending events constant (Jones, CACM 29:4, 1986).
//
//   ns3_hold PENDING HOLDS SCHEDULER REPEATS
//
// SCHEDULER is a type of ns-3, e.g. ns3::MapScheduler, or `best`: all but ListScheduler (O(n) per
// event) and, above 100,000 pending events, CalendarScheduler (there a run takes minutes of
// resizing); the fastest is reported with its name. One hold is one event through the public
// interface, Simulator::Schedule of a plain function, run by Simulator::Run. Not timed: building
// the list and one hold per pending event to warm up. The user CPU time is the best of REPEATS.
//
// What ns-3 does that Dure's queue does not: an event is a heap-allocated object with a virtual
// call, reference count, context (node) and the possibility to cancel or remove it by its EventId.

#include <algorithm>
#include <cstring>
#include <limits>

#include <ns3/core-module.h>
#include <ns3/version-defines.h>

#include "peer.h"

namespace {

const std::string version =
    std::to_string(NS3_VERSION_MAJOR) + "." + std::to_string(NS3_VERSION_MINOR);

peer::Increments increments;
std::int64_t holds_left;

void hold() {
  if (--holds_left == 0) ns3::Simulator::Stop();  // after this event; the list stays as it is
  ns3::Simulator::Schedule(ns3::NanoSeconds(increments.next()), &hold);
}

double run_cpu_s(std::int64_t holds) {
  holds_left = holds;
  const double start = peer::user_cpu_s();
  ns3::Simulator::Run();
  return peer::user_cpu_s() - start;
}

// A fresh simulation each time, so that every scheduler starts from the same increments. Repeats
// no further once a run is slower than twice `to_beat`: it will not win.
double best_cpu_s(const std::string& scheduler, std::int64_t pending, std::int64_t holds,
                  std::int64_t repeats, double to_beat) {
  double best = std::numeric_limits<double>::max();
  for (std::int64_t i = 0; i < repeats; ++i) {
    increments = peer::Increments();
    ns3::ObjectFactory factory;
    factory.SetTypeId(scheduler);
    ns3::Simulator::SetScheduler(factory);
    for (std::int64_t k = 0; k < pending; ++k)
      ns3::Simulator::Schedule(ns3::NanoSeconds(increments.next()), &hold);
    run_cpu_s(pending);
    best = std::min(best, run_cpu_s(holds));
    ns3::Simulator::Destroy();
    if (best > 2.0 * to_beat) break;
  }
  return best;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) {
    std::fprintf(stderr, "usage: %s PENDING HOLDS SCHEDULER|best REPEATS\n", argv[0]);
    return 2;
  }
  const std::int64_t pending = peer::count_argument(argv, 1, "PENDING");
  const std::int64_t holds = peer::count_argument(argv, 2, "HOLDS");
  const std::int64_t repeats = peer::count_argument(argv, 4, "REPEATS");
  const bool best = std::strcmp(argv[3], "best") == 0;
  ns3::TypeId found;
  if (!best && !ns3::TypeId::LookupByNameFailSafe(argv[3], &found)) {
    std::fprintf(stderr, "%s: no scheduler %s in ns-3; e.g. ns3::MapScheduler, or best\n", argv[0],
                 argv[3]);
    return 2;
  }

  std::vector<std::string> schedulers = {argv[3]};
  if (best) {
    schedulers = {"ns3::PriorityQueueScheduler", "ns3::MapScheduler", "ns3::HeapScheduler"};
    if (pending <= 100000) schedulers.push_back("ns3::CalendarScheduler");
  }

  double cpu_s = std::numeric_limits<double>::infinity();
  std::string fastest, all;
  for (const std::string& name : schedulers) {
    const double s = best_cpu_s(name, pending, holds, repeats, cpu_s);
    all += (all.empty() ? "\"" : ",\"") + name.substr(5) +
           "\":" + std::to_string(std::llround(holds / s));
    if (s < cpu_s) {
      cpu_s = s;
      fastest = name.substr(5);
    }
  }
  peer::print_result(
      "ns-3", version, "hold", "pending=" + std::to_string(pending),
      std::to_string(holds) + " holds", static_cast<double>(holds) / cpu_s, cpu_s,
      fastest + ", Exp(1 s) from the shared table, best of " + std::to_string(repeats),
      ",\"schedulers\":{" + all + "}");
}
