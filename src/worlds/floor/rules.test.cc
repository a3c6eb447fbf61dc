#include "worlds/floor/rules.h"

#include "kernel/archive.h"
#include "kernel/session.h"
#include "worlds/floor/small_floor.h"
#include "worlds/floor/test_floor.h"

namespace dure::floor {
namespace {

using namespace test;

// Runs Rules and looks at what the world says of every answer.
struct Watched {
  Rules rules;
  uint64_t faults = 0;

  explicit Watched(const PolicyKeys& keys) : rules(keys) {}
  const World::Action& decide(const World& w, const World::Request& request) {
    faults += static_cast<bool>(w.last().move) + static_cast<bool>(w.last().order);
    return rules.decide(w, request);
  }
};

World resumed(const World& w, const std::shared_ptr<const Model>& model) {
  StateWriter out;
  out(w);
  World back(model);
  StateReader in(out.bytes());
  in(back);
  REQUIRE(in.finished());
  REQUIRE(back.consistent());
  return back;
}

std::shared_ptr<const Model> small(Motion motion) {
  const auto s = small_floor(motion);
  REQUIRE_MESSAGE(s.ok(), s.error().text());
  return s->model;
}

TEST_CASE("rules: under every policy no answer breaks a rule, and tasks get done") {
  for (const Motion motion : {Motion::steps, Motion::drive}) {
    const auto model = small(motion);
    const Time end = model->start + (motion == Motion::steps ? 200_s : 900_s);
    for (const PolicyKeys& keys : all_policies()) {
      CAPTURE(keys.planner_name);
      CAPTURE(keys.assignment_name);
      World w(model);
      Watched policy(keys);
      run(w, policy, end);
      CHECK(policy.faults == 0);
      CHECK(w.kpis().move_faults == 0);
      CHECK(w.kpis().order_faults == 0);
      CHECK(w.kpis().done > 15);
      CHECK(w.consistent());
    }
  }
}

TEST_CASE("rules: new Rules at any moment, and a copy, go on alike") {
  Random random{1, 1, 0};
  for (const Motion motion : {Motion::steps, Motion::drive}) {
    const auto model = small(motion);
    const Duration length = motion == Motion::steps ? 90_s : 300_s;
    const Time end = model->start + length;
    for (const PolicyKeys& keys : all_policies()) {
      CAPTURE(motion == Motion::steps);
      CAPTURE(keys.planner_name);
      CAPTURE(keys.assignment_name);
      World straight(model);
      run(straight, Rules(keys), end);

      World w(model);
      for (int i = 0; i < 4; ++i) {
        const Duration ahead =
            Duration{static_cast<int64_t>(random.below(static_cast<uint64_t>(length.ns / 4)))};
        run(w, Rules(keys), w.now() + ahead);
        w = resumed(w, model);
      }
      World copy = w;
      Rules one(keys), other(keys);
      // In turn: neither Rules shares anything with the other.
      for (int i = 1; i <= 5; ++i) {
        run(w, one, w.now() + (end - w.now()) / 3);
        run(copy, other, copy.now() + (end - copy.now()) / 2);
      }
      run(w, one, end);
      run(copy, other, end);
      CHECK(digest_of(w) == digest_of(straight));
      CHECK(digest_of(copy) == digest_of(straight));
    }
  }
}

TEST_CASE("rules: threads save time and change nothing; budget, window and guidance do") {
  const auto model = small(Motion::steps);
  const auto digest = [&](auto change) {
    PolicyKeys keys;
    change(keys);
    World w(model);
    run(w, Rules(keys), model->start + 100_s);
    return digest_of(w);
  };
  const uint64_t base = digest([](PolicyKeys&) {});
  CHECK(base == digest([](PolicyKeys& k) { k.threads = 2; }));
  CHECK(base == digest([](PolicyKeys& k) { k.budget = 20 * 40; }));  // what it is by itself
  CHECK(base != digest([](PolicyKeys& k) { k.budget = 5000; }));
  CHECK(base != digest([](PolicyKeys& k) { k.window = 3; }));
  CHECK(base != digest([](PolicyKeys& k) { k.guidance = GuidanceKind::none; }));
  CHECK(base != digest([](PolicyKeys& k) { k.reassign = false; }));
  CHECK(base != digest([](PolicyKeys& k) { k.planner = PlannerKind::pibt; }));
}

TEST_CASE("rules: one Rules for several floors") {
  const auto a = small(Motion::steps), b = small(Motion::drive);
  World of_a(a), of_b(b), alone_a(a), alone_b(b);
  Rules both{PolicyKeys{}};
  run(of_a, both, a->start + 40_s);
  run(of_b, both, b->start + 60_s);
  run(of_a, both, a->start + 60_s);
  run(alone_a, Rules(PolicyKeys{}), a->start + 60_s);
  run(alone_b, Rules(PolicyKeys{}), b->start + 60_s);
  CHECK(digest_of(of_a) == digest_of(alone_a));
  CHECK(digest_of(of_b) == digest_of(alone_b));
}

TEST_CASE("rules: a floor that is gone is not taken for the next one at its address") {
  Rules rules{PolicyKeys{}};
  std::weak_ptr<const Model> first;
  {
    const auto model = small(Motion::steps);
    first = model;
    World w(model);
    run(w, rules, model->start + 3_s);
  }
  CHECK(!first.expired());
  World next(small(Motion::drive));
  run(next, rules, next.now() + 3_s);
  CHECK(first.expired());
}

TEST_CASE("rules: a robot goes where its order leads in the step that gives it") {
  Model m = drawn({"0....."});
  add_line(m, {at(m, 0, 5)});
  for (const PolicyKeys& keys : all_policies()) {
    World w(finished(m));
    Rules rules(keys);
    run(w, rules, Time{} + 5_s);
    CHECK(w.kpis().done == 1);
  }
}

}  // namespace
}  // namespace dure::floor
