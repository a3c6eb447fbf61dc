// The world as a value: its books, copies, snapshots, other futures.
#include <algorithm>
#include <map>

#include <doctest/doctest.h>

#include "kernel/archive.h"
#include "worlds/fab/test_lines.h"

namespace dure::fab {
namespace {

using namespace test;

// REQUIRE for the millions.
#define HOLDS(...)                          \
  do {                                      \
    if (!(__VA_ARGS__)) FAIL(#__VA_ARGS__); \
  } while (false)

// What a recount of lots and tools finds.
struct Recount {
  std::vector<double> in_area, in_class;
  std::vector<std::array<double, kToolStates>> in_state;  // tools of each group
};

// The books against a recount. Only at times when nothing is left to do.
Recount check_books(const World& w) {
  const Model& m = w.model();
  Recount out;
  out.in_area.resize(m.areas.size());
  out.in_class.resize(m.classes.size());
  out.in_state.resize(m.groups.size());
  std::vector<uint32_t> waiting_wafers(m.steps.size()), inside(w.lots());
  std::vector<size_t> waiting(m.groups.size());
  uint32_t wip = 0, in_tools = 0;
  for (uint32_t i = 0; i < w.lots(); ++i) {
    const Lot& lot = w.lot(i);
    if (lot.state == Lot::State::gone) continue;
    ++wip;
    ++out.in_class[lot.lot_class];
    const uint32_t g = m.steps[lot.step].group;
    if (lot.state != Lot::State::moving) ++out.in_area[m.groups[g].area];
    if (lot.state == Lot::State::waiting) {
      ++waiting[g];
      waiting_wafers[lot.step] += lot.wafers;
    }
    in_tools += lot.state == Lot::State::in_tool;
    HOLDS(w.find_lot(w.lot_name(i)) == i);
  }
  HOLDS(w.wip() == wip);
  for (uint32_t c = 0; c < m.classes.size(); ++c) HOLDS(w.wip_of(c) == out.in_class[c]);
  for (uint32_t s = 0; s < m.steps.size(); ++s) HOLDS(w.waiting_wafers(s) == waiting_wafers[s]);
  for (uint32_t g = 0; g < m.groups.size(); ++g) {
    const auto line = w.waiting(g);
    HOLDS(line.size() == waiting[g]);
    for (size_t i = 0; i < line.size(); ++i) {
      const Lot& lot = w.lot(line[i].lot);
      HOLDS(lot.state == Lot::State::waiting && lot.step == line[i].step);
      HOLDS(lot.since == line[i].since && lot.priority == line[i].priority);
      if (i == 0) continue;
      HOLDS(line[i - 1].priority > line[i].priority ||
            (line[i - 1].priority == line[i].priority && line[i - 1].since <= line[i].since));
    }
    uint32_t open = 0;
    const ToolGroup& group = m.groups[g];
    for (uint32_t t = group.first_tool; t < group.first_tool + group.tools; ++t) {
      const Tool& tool = w.tool(t);
      const bool down = w.now() < tool.down_until;
      const ToolState state = down                       ? ToolState::unscheduled_down
                              : tool.in_service != kNone ? ToolState::scheduled_down
                              : tool.jobs > 0            ? ToolState::busy
                                                         : ToolState::standby;
      HOLDS(tool.state == state);
      ++out.in_state[g][static_cast<size_t>(state)];
      uint32_t jobs = 0;
      for (uint32_t k = 0; k < m.max_capacity; ++k) {
        const Job& job = w.job(t, k);
        if (job.lot == kNone) continue;
        ++jobs;
        HOLDS(job.until >= w.now());
        uint32_t wafers = 0;
        for (uint32_t lot = job.lot; lot != kNone; lot = w.lot(lot).next) {
          HOLDS(++inside[lot] == 1);
          HOLDS(w.lot(lot).tool == t && m.steps[w.lot(lot).step].group == g);
          HOLDS(w.lot(lot).step == w.lot(job.lot).step);
          wafers += w.lot(lot).wafers;
          --in_tools;
        }
        const Step& s = m.steps[w.lot(job.lot).step];
        if (s.batch_max > 0) HOLDS(wafers >= s.batch_min && wafers <= s.batch_max);
      }
      HOLDS(tool.jobs == jobs && jobs <= group.capacity);
      // Work and maintenance exclude each other.
      HOLDS(tool.in_service == kNone || jobs == 0);
      const bool may_take = !down && tool.in_service == kNone && tool.services == 0 &&
                            tool.repair == 0_ns && jobs < group.capacity;
      HOLDS(w.is_open(t) == may_take);
      open += may_take;
    }
    HOLDS(w.open_count(g) == open);
    for (uint32_t k = 0; k < open; ++k) HOLDS(w.is_open(w.open_tools(g)[k]));
  }
  HOLDS(in_tools == 0);
  return out;
}

const std::vector<RuleOptions>& options() {
  static const std::vector<RuleOptions> all = [] {
    std::vector<RuleOptions> out;
    for (const Dispatch d :
         {Dispatch::testbed, Dispatch::fifo, Dispatch::least_setup, Dispatch::critical_ratio,
          Dispatch::edd, Dispatch::srpt, Dispatch::atc, Dispatch::queue_time}) {
      for (const Batching b : {Batching::minimum, Batching::full, Batching::wait}) {
        const auto i = out.size() % 3;
        out.push_back({d, b, 90_min,
                       i == 0   ? Releasing::constant
                       : i == 1 ? Releasing::conwip
                                : Releasing::wip_limit,
                       25});
      }
    }
    return out;
  }();
  return all;
}

std::shared_ptr<const Model> model_for(const RuleOptions& o, uint64_t seed) {
  Model m = random_model(seed);
  m.asks_release = o.releasing != Releasing::constant;
  return finished(std::move(m));
}

TEST_CASE("fab: the books are right after every event, and the integrals are those of a recount") {
  uint64_t seed = 10;
  for (const RuleOptions& o : options()) {
    World w(model_for(o, ++seed));
    CAPTURE(seed);
    const Model& m = w.model();
    Rules rules(o);
    Recount stands;
    std::vector<double> in_area(m.areas.size());
    std::vector<std::array<double, kToolStates>> in_state(m.groups.size());
    double wip = 0;
    bool settled = false;
    while (w.now() < at(3_d)) {
      const Time next = std::min(w.next_event_time(), at(3_d));
      if (settled) {
        const double s = (next - w.now()).seconds();
        for (size_t a = 0; a < in_area.size(); ++a) in_area[a] += s * stands.in_area[a];
        for (size_t g = 0; g < in_state.size(); ++g) {
          for (size_t k = 0; k < kToolStates; ++k) in_state[g][k] += s * stands.in_state[g][k];
        }
        wip += s * w.wip();
      }
      run(w, rules, next);
      stands = check_books(w);
      settled = true;
    }
    const auto near = [](double x) { return doctest::Approx(x).epsilon(1e-9); };
    for (size_t a = 0; a < in_area.size(); ++a) {
      const AreaKpis& k = w.kpis().areas[a];
      CHECK(k.lots.integral(w.now()) == near(in_area[a]));
      CHECK(k.arrived - k.left == stands.in_area[a]);
    }
    for (uint32_t g = 0; g < in_state.size(); ++g) {
      for (size_t k = 0; k < kToolStates; ++k) CHECK(w.state_s(g)[k] == near(in_state[g][k]));
    }
    CHECK(w.kpis().wip.integral(w.now()) == near(wip));
    CHECK(w.kpis().moves > 100);
  }
}

// A run with stops: at each time the world, and perhaps the rules, are exchanged by `stop`.
template <class Stop>
uint64_t run_with_stops(const std::shared_ptr<const Model>& model, const RuleOptions& o,
                        const std::vector<Time>& times, Stop&& stop) {
  World w(model);
  Rules rules(o);
  for (const Time t : times) {
    run(w, rules, t);
    stop(w, rules);
  }
  run(w, rules, at(8_d));
  return digest_of(w);
}

World restored(const World& w) {
  StateWriter out;
  out(w);
  World back(std::make_shared<const Model>(w.model()));
  StateReader in(out.bytes());
  in(back);
  REQUIRE(in.finished());
  REQUIRE(back.consistent());
  REQUIRE(digest_of(back) == digest_of(w));
  return back;
}

TEST_CASE("fab: a paused, a branched and a restored run end as a straight one") {
  uint64_t seed = 100;
  for (const RuleOptions& o : options()) {
    const auto model = model_for(o, ++seed);
    CAPTURE(seed);
    std::vector<Time> times;
    Random r{seed, 9, 0};
    for (int i = 0; i < 8; ++i) {  // whole hours are when some things happen
      const auto hours = static_cast<int64_t>(r.below(7 * 24));
      times.push_back(at(hours * 1_h + static_cast<int64_t>(r.below(2) * r.below(60)) * 1_min));
    }
    std::sort(times.begin(), times.end());
    const uint64_t straight = run_with_stops(model, o, {}, [](World&, Rules&) {});
    CHECK(run_with_stops(model, o, times, [](World&, Rules&) {}) == straight);

    // A branch goes its own way; the run goes on as if there were none. The rules that have seen
    // the branch serve it again.
    CHECK(run_with_stops(model, o, times, [&](World& w, Rules& rules) {
            World branch = w;
            const uint64_t before = digest_of(w);
            branch.reseed(7);
            run(branch, rules, w.now() + 2_d);
            REQUIRE(digest_of(branch) != before);
            REQUIRE(digest_of(w) == before);
          }) == straight);

    // Through bytes, and with rules that know nothing of what was before.
    CHECK(run_with_stops(model, o, times, [&](World& w, Rules& rules) {
            w = restored(w);
            rules = Rules(o);
          }) == straight);
  }
}

TEST_CASE("fab: new rules at every question decide alike, also through bytes") {
  uint64_t seed = 200;
  for (const RuleOptions& o : options()) {
    const auto model = model_for(o, ++seed);
    CAPTURE(seed);
    World w(model), other(model);
    Rules rules(o);
    run(w, rules, at(3_d));
    for (int questions = 0; auto request = other.advance(at(3_d)); ++questions) {
      if (questions % 50 == 0) {  // with a question in the air
        other = restored(other);
        request = other.advance(at(3_d));
        REQUIRE(request);
      }
      Rules fresh(o);
      other.act(fresh.decide(other, *request));
    }
    CHECK(digest_of(w) == digest_of(other));
  }
}

TEST_CASE("fab: a future that was saved has the futures of the one it was saved from") {
  World w(finished(random_model(3)));
  run(w, Rules(), at(1_d));
  w.reseed(5);
  run(w, Rules(), at(2_d));
  World back = restored(w);
  for (World* x : {&w, &back}) {
    x->reseed(6);
    run(*x, Rules(), at(6_d));
  }
  CHECK(digest_of(back) == digest_of(w));
}

TEST_CASE("fab: another model's state is refused") {
  const auto small = finished(line({tools("T")}, {step("a", 0, 1_min)})),
             large = finished(random_model(1));
  for (const auto& [from, to] : {std::pair{small, large}, {large, small}}) {
    StateWriter out;
    out(World(from));
    World w(to);
    StateReader in(out.bytes());
    in(w);
    CHECK_FALSE((in.finished() && w.consistent()));
  }
}

// ---- other futures ----

// When lots and tools that are under way will be through.
std::map<std::pair<uint32_t, uint32_t>, Time> under_way(const World& w) {
  std::map<std::pair<uint32_t, uint32_t>, Time> out;
  for (uint32_t t = 0; t < w.model().tools; ++t) {
    for (uint32_t k = 0; k < w.model().max_capacity; ++k) {
      if (w.job(t, k).lot != kNone) out[{t, k}] = w.job(t, k).until;
    }
    out[{t, kNone}] = w.tool(t).down_until;
    out[{t, kNone - 1}] = w.tool(t).service_until;
  }
  return out;
}

TEST_CASE("fab: another seed gives another future, but what is under way keeps its end") {
  // Without breakdowns that would stop it.
  Model m = line({tools("T", 3)}, {step("a", 0, 1_min)});
  m.steps[0].process = DurationLaw::exponential(1_h);
  test::add_stream(m, "A", DurationLaw::exponential(25_min), 1000);
  Run r(std::move(m));
  r.until(2_d);
  World branch = r.world, same = r.world;
  branch.reseed(5);
  same.reseed(5);
  CHECK(under_way(branch) == under_way(r.world));
  CHECK(branch.next_event_time() == r.world.next_event_time());
  const auto ends = under_way(r.world);
  REQUIRE(ends.size() > 6);  // some of the three tools are at work
  run(r.world, Rules(), at(4_d));
  run(branch, Rules(), at(4_d));
  run(same, Rules(), at(4_d));
  CHECK(digest_of(branch) == digest_of(same));
  CHECK(digest_of(branch) != digest_of(r.world));
  // Each job that was inside left when it was to leave, in both.
  for (const World* w : {&branch, &r.world}) {
    for (const auto& end : ends) {
      const auto& slot = end.first;
      if (slot.second >= kNone - 1) continue;
      const auto& gantt = w->kpis().gantt;
      CHECK(std::any_of(gantt.begin(), gantt.end(), [&](const Span& s) {
        return s.tool == slot.first && s.until == end.second;
      }));
    }
  }
}

TEST_CASE("fab: with another seed a tool breaks down at other times, after the repair at work") {
  Model m = line({tools("T")}, {step("a", 0, 1_min)});
  Upkeep u = breakdown({}, 10_h);
  u.interval = DurationLaw::uniform(5_h, 1_h);
  attach(m, u, 0, 1_h);
  Run r(std::move(m));
  r.until(2_h);
  World branch = r.world;
  branch.reseed(5);
  branch.reseed(6);  // once more
  run(r.world, Rules(), at(3_d));
  run(branch, Rules(), at(3_d));
  const auto& a = r.world.kpis().gantt;
  const auto& b = branch.kpis().gantt;
  REQUIRE(a.size() >= 4);
  REQUIRE(b.size() >= 4);
  CHECK(a[0].until == at(11_h));
  CHECK(b[0].until == at(11_h));
  CHECK(a[1].from != b[1].from);
  for (size_t i = 1; i < b.size(); ++i) {
    const Duration up = b[i].from - b[i - 1].until;
    CHECK(up >= 4_h);
    CHECK(up <= 6_h);
  }
}

}  // namespace
}  // namespace dure::fab
