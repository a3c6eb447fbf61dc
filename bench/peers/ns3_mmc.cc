// M/M/c queue on ns-3: two events per customer (arrival, departure) with Simulator::Schedule.
//
//   ns3_mmc CUSTOMERS SERVERS RHO [REPEATS]
//
// Service is Exp(1 s), arrivals are Poisson with rate RHO * SERVERS per second, first come first
// served. Prints customers per second of user CPU time (best of REPEATS, default 3) with ns-3's
// default MapScheduler, the mean wait Wq in mean service times and what Erlang C says of it. At
// most SERVERS + 1 events are pending, so the figure is the cost of an event rather than of the
// list.

#include <algorithm>
#include <deque>
#include <limits>

#include <ns3/core-module.h>
#include <ns3/version-defines.h>

#include "peer.h"

namespace {

const std::string version =
    std::to_string(NS3_VERSION_MAJOR) + "." + std::to_string(NS3_VERSION_MINOR);

struct Queue {
  std::int64_t to_come = 0;       // customers yet to arrive
  std::int64_t idle = 0;          // servers
  double arrival_rate = 0.0;      // per mean service time
  double wait_s = 0.0;            // total over customers
  std::deque<ns3::Time> waiting;  // arrival times
  peer::Lcg random{1};
};

Queue queue;

ns3::Time exponential(double rate) { return ns3::Seconds(queue.random.exponential() / rate); }

void depart() {
  if (queue.waiting.empty()) {
    ++queue.idle;
    return;
  }
  queue.wait_s += (ns3::Simulator::Now() - queue.waiting.front()).GetSeconds();
  queue.waiting.pop_front();
  ns3::Simulator::Schedule(exponential(1.0), &depart);
}

void arrive() {
  if (queue.idle > 0) {
    --queue.idle;
    ns3::Simulator::Schedule(exponential(1.0), &depart);
  } else {
    queue.waiting.push_back(ns3::Simulator::Now());
  }
  if (--queue.to_come > 0) ns3::Simulator::Schedule(exponential(queue.arrival_rate), &arrive);
}

// Mean wait of M/M/c in mean service times: Erlang C / (c (1 - rho)), by the Erlang B recursion.
double erlang_c_wait(std::int64_t servers, double rho) {
  const double load = rho * static_cast<double>(servers);  // Erlang
  double blocked = 1.0;
  for (std::int64_t k = 1; k <= servers; ++k)
    blocked = load * blocked / (static_cast<double>(k) + load * blocked);
  const double waits = blocked / (1.0 - rho * (1.0 - blocked));
  return waits / (static_cast<double>(servers) * (1.0 - rho));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4 && argc != 5) {
    std::fprintf(stderr, "usage: %s CUSTOMERS SERVERS RHO [REPEATS]\n", argv[0]);
    return 2;
  }
  const std::int64_t customers = peer::count_argument(argv, 1, "CUSTOMERS");
  const std::int64_t servers = peer::count_argument(argv, 2, "SERVERS");
  const double rho = std::atof(argv[3]);
  const std::int64_t repeats = argc == 5 ? peer::count_argument(argv, 4, "REPEATS") : 3;
  if (!(rho > 0.0 && rho < 1.0)) {
    std::fprintf(stderr, "%s: RHO must be above 0 and below 1, found %s\n", argv[0], argv[3]);
    return 2;
  }

  double cpu_s = std::numeric_limits<double>::max();
  for (std::int64_t i = 0; i < repeats; ++i) {
    queue = Queue();
    queue.to_come = customers;
    queue.idle = servers;
    queue.arrival_rate = rho * static_cast<double>(servers);
    ns3::Simulator::Schedule(exponential(queue.arrival_rate), &arrive);
    const double start = peer::user_cpu_s();
    ns3::Simulator::Run();
    cpu_s = std::min(cpu_s, peer::user_cpu_s() - start);
    ns3::Simulator::Destroy();
  }
  char rho_text[32], extra[96];
  std::snprintf(rho_text, sizeof rho_text, "%g", rho);
  std::snprintf(extra, sizeof extra, ",\"mean_wait\":%.4f,\"erlang_c\":%.4f",
                queue.wait_s / static_cast<double>(customers), erlang_c_wait(servers, rho));
  peer::print_result(
      "ns-3", version, "mmc", "servers=" + std::to_string(servers) + " rho=" + rho_text,
      std::to_string(customers) + " customers", static_cast<double>(customers) / cpu_s, cpu_s,
      "MapScheduler, 2 events per customer, best of " + std::to_string(repeats), extra);
}
