// When a fleet that names no end is over.
#include <doctest/doctest.h>

#include "worlds/fleet/test_models.h"

namespace dure::fleet {
namespace {

using test::at;
using test::job;
using test::run;

TEST_CASE("without an end a fleet is over when no job is left, though its nodes go on failing") {
  NodeType type = test::node(4);
  type.faults_per_day = 0.01;
  type.repair = *Distribution::parse("constant(6h)");
  Model m = test::cluster({{type, 4}});
  m.jobs = {job(0, 0, 100, 4), job(1, 500, 100, 4)};
  World w(test::finished(m));
  Rules rules(Order::fifo, FirstFit{});
  run(w, rules, at(300));
  CHECK_FALSE(w.nothing_left());  // one is to come
  run(w, rules, at(550));
  CHECK_FALSE(w.nothing_left());
  run(w, rules, at(600));
  CHECK(w.nothing_left());
  CHECK(w.next_event_time() < Time::never());
}

TEST_CASE(
    "without an end a fleet is over a month after the last date when what waits cannot start") {
  NodeType type = test::node(4);
  type.busy_w = 400;
  type.faults_per_day = 1;
  Model m = test::cluster({{type, 1}});
  m.jobs = {job(0, 0, 100, 4)};
  m.power_caps = {{at(0), 0, 100'000}, {at(10 * 86400), 0, 200'000}};
  World w(test::finished(m));
  Rules rules(Order::fifo, FirstFit{});
  run(w, rules, at(39 * 86400));
  CHECK_FALSE(w.nothing_left());
  run(w, rules, at(41 * 86400));
  CHECK(w.nothing_left());
}

}  // namespace
}  // namespace dure::fleet
