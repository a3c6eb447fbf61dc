#include <doctest/doctest.h>

#include "worlds/fleet/sources.h"
#include "worlds/fleet/test_models.h"

namespace dure::fleet {
namespace {

using test::at;
using test::gpu_s;
using test::job;
using test::run;

// Load for 2 replicas at night, for 10 from 9 h on.
Model with_service(uint32_t gpus) {
  Model m = test::cluster({{test::node(4), gpus / 4}});
  m.end = at(3 * 86400);
  Service s;
  s.name = "chat";
  s.replicas = 10;
  s.by_hour.fill(0.2);
  for (size_t h = 9; h < 24; ++h) s.by_hour[h] = 1;
  s.every = 1_h;
  m.services = {s};
  return m;
}

TEST_CASE("services: load goes straight from hour to hour") {
  Service s = with_service(40).services[0];
  CHECK(load_of(s, at(3 * 3600), 0) == doctest::Approx(2));
  CHECK(load_of(s, at(8 * 3600 + 1800), 0) == doctest::Approx(6));
  CHECK(load_of(s, at(86400 * 2 + 12 * 3600), 0) == doctest::Approx(10));  // a Saturday
  s.weekend = 0.5;
  CHECK(load_of(s, at(86400 * 2 + 12 * 3600), 0) == doctest::Approx(5));
  CHECK(load_of(s, at(86400 + 12 * 3600), 0) == doctest::Approx(10));
  s.share = 0.5;
  s.replica.gpus = 2;
  CHECK(load_of(s, at(12 * 3600), 100) == doctest::Approx(25));
}

TEST_CASE("services: replicas follow the load") {
  World w(test::finished(with_service(40)));
  Rules rules(Order::fifo, FirstFit{});
  run(w, rules, at(5 * 3600));
  CHECK(w.services()[0].serving == 2);
  run(w, rules, at(12 * 3600));
  CHECK(w.services()[0].serving == 10);
  run(w, rules, at(86400 + 5 * 3600));
  CHECK(w.services()[0].serving == 2);
  run(w, rules, at(3 * 86400));
  const ServiceKpis& k = w.kpis().services[0];
  CHECK(k.served.integral(w.now()) == doctest::Approx(k.load.integral(w.now())));
  CHECK(w.kpis().owners[0].arrived == w.kpis().owners[0].ended + w.services()[0].replicas.size());
}

TEST_CASE("services: a replica serves when its programs are loaded, not before") {
  Model m = with_service(40);
  m.kinds = {{}, {.name = "slow", .startup = 600_s}};
  m.services[0].replica.kind = 1;
  m.services[0].by_hour.fill(0.2);  // two replicas from the start to the end
  World w(test::finished(std::move(m)));
  Rules rules(Order::fifo, FirstFit{});
  run(w, rules, at(599));
  CHECK(w.services()[0].replicas.size() == 2);
  CHECK(w.services()[0].serving == 0);
  CHECK(w.kpis().services[0].short_of.value() == 1);
  run(w, rules, at(600));
  CHECK(w.services()[0].serving == 2);
  run(w, rules, at(6000));
  const ServiceKpis& k = w.kpis().services[0];
  CHECK(k.load.integral(w.now()) == doctest::Approx(2 * 6000));
  CHECK(k.served.integral(w.now()) == doctest::Approx(2 * 5400));
  CHECK(k.short_of.integral(w.now()) == doctest::Approx(600));
}

TEST_CASE("services: without room load goes unserved, and replicas that wait are withdrawn") {
  Model m = with_service(8);
  m.services[0].fewest = 0;
  World w(test::finished(m));
  Rules rules(Order::fifo, FirstFit{});
  run(w, rules, at(12 * 3600));
  CHECK(w.services()[0].serving == 8);
  CHECK(w.queue_length(0) == 2);
  CHECK(w.kpis().services[0].short_of.value() == 1);
  run(w, rules, at(86400 + 5 * 3600));
  CHECK(w.services()[0].serving == 2);
  CHECK(w.queue_length(0) == 0);
  run(w, rules, at(3 * 86400));
  const ServiceKpis& k = w.kpis().services[0];
  CHECK(k.served.integral(w.now()) < k.load.integral(w.now()));
  CHECK(test::all_uses(w) == w.ledger_of(0).held_time);
}

TEST_CASE("services: a replica that fails is replaced, and what it served is not lost") {
  Model m = with_service(40);
  m.kinds = {{.startup = 60_s, .faults_per_day = 4}};
  World w(test::finished(m));
  Rules rules(Order::fifo, FirstFit{});
  run(w, rules, at(3 * 86400));
  CHECK(w.kpis().owners[0].crashed > 20);
  CHECK(gpu_s(w, Use::lost_fault) == 0);
  CHECK(gpu_s(w, Use::startup) > 3600);
}

TEST_CASE("services: a replica that the policy drops is gone, and asked for again") {
  World w(test::finished(with_service(8)));
  Rules rules(Order::loss, FirstFit{});
  run(w, rules, at(12 * 3600));
  CHECK(w.kpis().owners[0].dropped == 2 * 4);  // from 9 h on 10 are wanted, every hour
  CHECK(w.services()[0].replicas.size() == 8);
  CHECK(w.consistent());
  run(w, rules, at(3 * 86400));
  CHECK(w.kpis().owners[0].arrived ==
        w.kpis().owners[0].ended + w.kpis().owners[0].dropped + w.services()[0].replicas.size());
}

TEST_CASE("services: a replica that was stopped and is withdrawn has come and ended") {
  Model m = with_service(40);
  m.node_types[0].busy_w = 400;
  m.power_caps = {{at(40 * 3600), 0, 0}};
  World w(test::finished(m));
  Rules rules(Order::fifo, FirstFit{});
  run(w, rules, at(40 * 3600));
  CHECK(w.queue_length(0) == 10);
  run(w, rules, at(53 * 3600));
  CHECK(w.queue_length(0) == 2);
  const OwnerKpis& k = w.kpis().owners[0];
  CHECK(k.arrived >= k.started);
  CHECK(k.arrived == k.ended + 2);
  CHECK(w.consistent());
}

}  // namespace
}  // namespace dure::fleet
