#include "worlds/fleet/place_topology.h"

#include <algorithm>
#include <bit>
#include <map>
#include <set>

#include <doctest/doctest.h>

#include "worlds/fleet/test_models.h"

namespace dure::fleet {
namespace {

using test::at;
using test::job;
using test::node;
using Action = World::Action;

Pool grouped(uint32_t nodes, uint32_t per_domain, uint32_t domains_per_rack,
             uint32_t racks_per_pod) {
  Pool p{.name = "pool"};
  p.nodes = nodes;
  p.nodes_per_domain = per_domain;
  p.nodes_per_rack = per_domain * domains_per_rack;
  p.racks_per_pod = racks_per_pod;
  return p;
}

std::set<uint32_t> groups_of(const Pool& p, Level level, const std::vector<NodeTasks>& nodes) {
  std::set<uint32_t> groups;
  for (const NodeTasks& x : nodes) groups.insert(x.node / p.group_size(level));
  return groups;
}

uint32_t sum(const std::vector<uint32_t>& room, uint32_t first, uint32_t n) {
  uint32_t s = 0;
  for (uint32_t i = first; i < std::min<size_t>(room.size(), first + n); ++i) s += room[i];
  return s;
}

// The fewest groups of `size` nodes among [first, first + nodes) that hold the tasks: by trying all
// sets.
uint32_t fewest_by_force(const std::vector<uint32_t>& room, uint32_t first, uint32_t nodes,
                         uint32_t size, uint32_t tasks) {
  const uint32_t n = (nodes + size - 1) / size;
  uint32_t best = ~0u;
  for (uint32_t set = 0; set < 1u << n; ++set) {
    uint32_t held = 0;
    for (uint32_t g = 0; g < n; ++g) {
      if (set >> g & 1) held += sum(room, first + g * size, std::min(size, nodes - g * size));
    }
    if (held >= tasks) best = std::min(best, static_cast<uint32_t>(std::popcount(set)));
  }
  return best;
}

TEST_CASE("fleet: a gang's nodes against all sets of groups") {
  Random r{21, 1, 0};
  int placed = 0, one_rack = 0, preferred_met = 0;
  for (int round = 0; round < 3000; ++round) {
    const Pool p =
        grouped(6 + static_cast<uint32_t>(r.below(15)), 1 + static_cast<uint32_t>(r.below(3)),
                1 + static_cast<uint32_t>(r.below(3)), 1 + static_cast<uint32_t>(r.below(3)));
    std::vector<uint32_t> room;
    for (uint32_t i = 0; i < p.nodes; ++i) {
      room.push_back(r.chance(0.4) ? 0 : static_cast<uint32_t>(r.below(5)));
    }
    const auto tasks = 1 + static_cast<uint32_t>(r.below(14));
    const auto required = static_cast<Level>(r.below(kLevels));
    const auto preferred = static_cast<Level>(r.below(kLevels));
    CAPTURE(round);
    // The best group by the header's words.
    const auto best = [&](Level level) {
      const uint32_t size = p.group_size(level);
      uint32_t group = ~0u, least = ~0u;
      for (uint32_t first = 0; first < p.nodes; first += size) {
        const uint32_t held = sum(room, first, size);
        if (held >= tasks && held < least) group = first / size, least = held;
      }
      return group;
    };
    std::vector<NodeTasks> out;
    const bool fits = choose_nodes(p, required, preferred, tasks, room, out);
    REQUIRE(fits == (best(required) != ~0u));
    if (!fits) {
      CHECK(out.empty());
      continue;
    }
    ++placed;
    uint32_t total = 0;
    for (size_t i = 0; i < out.size(); ++i) {
      CHECK((out[i].tasks > 0 && out[i].tasks <= room[out[i].node]));
      CHECK((i == 0 || out[i - 1].node < out[i].node));
      total += out[i].tasks;
    }
    CHECK(total == tasks);
    const bool soft = preferred < required && best(preferred) != ~0u;
    preferred_met += soft;
    const Level level = soft ? preferred : required;
    CHECK(groups_of(p, level, out) == std::set<uint32_t>{best(level)});

    const uint32_t size = p.group_size(level), first = best(level) * size;
    const uint32_t nodes = std::min(size, p.nodes - first);
    const uint32_t domain = p.group_size(Level::domain), rack = p.group_size(Level::rack);
    if (size <= domain) {
      CHECK(out.size() == fewest_by_force(room, first, nodes, 1, tasks));
      continue;
    }
    const uint32_t domains = fewest_by_force(room, first, nodes, domain, tasks);
    CHECK(groups_of(p, Level::domain, out).size() == domains);
    bool rack_will_do = false;
    for (uint32_t f = first; f < first + nodes && size > rack; f += rack) {
      const uint32_t n = std::min(rack, p.nodes - f);
      rack_will_do |=
          sum(room, f, n) >= tasks && fewest_by_force(room, f, n, domain, tasks) == domains;
    }
    one_rack += rack_will_do;
    if (rack_will_do) CHECK(groups_of(p, Level::rack, out).size() == 1);
    for (const uint32_t d : groups_of(p, Level::domain, out)) {
      uint32_t in_domain = 0, used = 0;
      for (const NodeTasks& x : out) {
        if (x.node / domain == d) in_domain += x.tasks, ++used;
      }
      CHECK(used == fewest_by_force(room, d * domain, std::min(domain, p.nodes - d * domain), 1,
                                    in_domain));
    }
  }
  CHECK(placed > 1000);
  CHECK(one_rack > 100);
  CHECK(preferred_met > 100);
}

TEST_CASE("fleet: a gang takes the tightest group, and racks with the most whole domains") {
  // Two pods of two racks of two domains of two nodes.
  const Pool p = grouped(16, 2, 2, 2);
  std::vector<NodeTasks> out;
  //                                    pod 0                     pod 1
  //                              rack 0      rack 1        rack 2      rack 3
  const std::vector<uint32_t> room{4, 4, 0, 4, 0, 0, 3, 3, 4, 4, 4, 4, 1, 0, 4, 4};
  REQUIRE(choose_nodes(p, Level::domain, Level::domain, 6, room, out));
  CHECK(out == std::vector<NodeTasks>{{6, 3}, {7, 3}});
  REQUIRE(choose_nodes(p, Level::domain, Level::node, 4, room, out));
  CHECK(out == std::vector<NodeTasks>{{0, 4}});  // all alike: the first
  REQUIRE(choose_nodes(p, Level::rack, Level::rack, 10, room, out));
  CHECK(out == std::vector<NodeTasks>{{0, 4}, {1, 4}, {3, 2}});
  CHECK_FALSE(choose_nodes(p, Level::rack, Level::rack, 17, room, out));
  CHECK_FALSE(choose_nodes(p, Level::pod, Level::domain, 26, room, out));
  REQUIRE(choose_nodes(p, Level::pool, Level::pool, 24, room, out));  // three domains: pod 1 alone
  CHECK(groups_of(p, Level::domain, out) == std::set<uint32_t>{4, 5, 7});
  REQUIRE(choose_nodes(p, Level::pool, Level::pool, 32, room, out));
  CHECK(groups_of(p, Level::domain, out) == std::set<uint32_t>{0, 4, 5, 7});
}

// Jobs of all kinds come and go; each gang is placed by its kind's levels.
TEST_CASE("fleet: place_in_groups fills out only what is free, allowed, in service and open") {
  int started = 0, refused = 0, held_back = 0;
  for (uint64_t seed = 1; seed <= 40; ++seed) {
    Random r{seed, 1, 0};
    Model m;
    m.owners = {"a"};
    m.gpu_models = {"x", "y"};
    m.node_types = {{"x4", 0, 4, 16'000, 160}, {"y8", 1, 8, 32'000, 320}};
    m.pools = {{.name = "first"}};
    m.add_nodes(0, 2);
    m.pools.push_back(grouped(0, 2, 2, 2));
    for (int i = 0; i < 17; ++i) m.add_nodes(static_cast<uint32_t>(r.below(2)), 1);
    m.node_types[0].faults_per_day = 3000;
    m.node_types[0].repair = Distribution::constant(20);
    m.queues = {{"q", 1}};
    m.accounts = {{.name = "a"}, {.name = "b"}};
    m.windows = {{"kept", at(50), at(150), 4, 5, 1}};
    for (uint32_t k = 0; k < kLevels; ++k) {
      m.kinds.push_back({.name = "k",
                         .required = static_cast<Level>(k),
                         .preferred = static_cast<Level>(r.below(kLevels))});
    }
    for (uint32_t i = 0; i < 150; ++i) {
      Job j = job(i, static_cast<int64_t>(r.below(200)), 5 + static_cast<int64_t>(r.below(60)),
                  1 + static_cast<uint32_t>(r.below(5)), 1 + static_cast<uint32_t>(r.below(6)));
      j.kind = static_cast<uint32_t>(r.below(kLevels));
      j.account = static_cast<uint32_t>(r.below(2));
      j.cpu_milli = 1000 * static_cast<uint32_t>(r.below(12));
      j.memory_mib = 10 * static_cast<uint32_t>(r.below(12));
      j.gpu_models = static_cast<uint32_t>(r.below(4));
      if (r.chance(0.1)) {
        j.gpus = 0;
      } else if (r.chance(0.1)) {
        j.tasks = 1, j.gpus = 1, j.gpu_milli = 300;
      }
      m.jobs.push_back(j);
    }
    const auto model = test::finished(std::move(m));
    World w(model);
    while (const auto request = w.advance(at(400))) {
      Action a;
      for (uint32_t i = w.queue_head(0); i != kNoSlot; i = w.slot(i).next) {
        const Job& j = w.slot(i).job;
        const Pool& p = model->pools[1];
        // What each node would take, counted anew.
        std::vector<uint32_t> room(p.nodes);
        bool closed = false;
        for (uint32_t k = 0; k < p.nodes; ++k) {
          const uint32_t n = p.first_node + k;
          const NodeType& type = model->type_of(n);
          uint32_t tasks = 0, gpus = 0;
          for (uint32_t g = 0; g < type.gpus; ++g) gpus += w.gpu_left(n)[g] >= j.gpu_milli;
          while (tasks < j.tasks && (tasks + 1) * j.gpus <= gpus &&
                 (tasks + 1) * j.cpu_milli <= w.cpu_left(n) &&
                 (tasks + 1) * uint64_t{j.memory_mib} <= w.memory_left(n)) {
            ++tasks;
          }
          const bool allowed =
              j.gpus == 0 || j.gpu_models == 0 || (j.gpu_models >> type.gpu_model & 1);
          if (!w.in_service(n) || !allowed) tasks = 0;
          if (tasks > 0 && !w.open_to(n, j)) tasks = 0, closed = true;
          room[k] = tasks;
        }
        std::vector<NodeTasks> expected;
        const JobKind& kind = model->kinds[j.kind];
        const bool fits = choose_nodes(p, kind.required, kind.preferred, j.tasks, room, expected);
        REQUIRE(place_in_groups(w, j, 1, a.places) == fits);
        refused += !fits;
        held_back += !fits && closed;
        if (!fits) continue;
        std::vector<NodeTasks> got;
        for (const Place& x : a.places) {
          if (got.empty() || got.back().node != x.node - p.first_node) {
            got.push_back({x.node - p.first_node, 0});
          }
          ++got.back().tasks;
        }
        if (j.gpu_milli == kWholeGpu) REQUIRE(got == expected);
        a.kind = Action::Kind::start;
        a.slot = i;
        ++started;
        break;
      }
      w.act(a);  // which asserts that all of it is free
    }
  }
  CHECK(started > 2000);
  CHECK(refused > 1000);
  CHECK(held_back > 50);
}

TEST_CASE("fleet: groups of a pool of one node, and of memory that 32 bits do not hold") {
  // What is left of the node is fewer CPUs than its free GPUs would suggest.
  Model m = test::cluster({{node(8, 128), 1}});
  m.pools[0].nodes_per_rack = 4;
  m.kinds = {{}, {.name = "gang", .required = Level::rack}};
  m.jobs = {job(0, 0, 100, 1), job(1, 1, 10, 1, 2)};
  m.jobs[0].cpu_milli = 100'000;
  m.jobs[1].cpu_milli = 20'000;
  m.jobs[1].kind = 1;
  World w(test::finished(m));
  run(w, Rules(Order::easy, BestFit{}), at(50));
  CHECK(w.slot(1).state == JobSlot::State::waiting);
  run(w, Rules(Order::easy, BestFit{}), at(101));
  CHECK(w.slot(1).state == JobSlot::State::running);

  Model large = test::cluster({{node(8, 128, 2'000'000'000), 4}});
  large.kinds = {{}, {.name = "gang", .required = Level::rack, .preferred = Level::rack}};
  large.pools[0].nodes_per_rack = 2;
  large.jobs = {job(0, 0, 10, 1, 7)};  // 3 fit on a node by its memory, 6 in a rack
  large.jobs[0].memory_mib = 600'000'000;
  large.jobs[0].kind = 1;
  const World y(test::finished(large));
  std::vector<Place> places;
  Job gang = large.jobs[0];
  CHECK_FALSE(place_in_groups(y, gang, 0, places));
  gang.tasks = 6;
  CHECK(place_in_groups(y, gang, 0, places));
}

}  // namespace
}  // namespace dure::fleet
