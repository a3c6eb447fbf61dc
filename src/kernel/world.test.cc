#include "kernel/world.h"

#include <doctest/doctest.h>

#include "kernel/pool.h"
#include "kernel/test_worlds.h"

using namespace dure;
using namespace dure::test;

namespace {

struct Curious : EventWorld<Curious, Question, Answer> {
  Curious() { in(1_s, 0); }
  void handle(const Event& e) {
    if (e.kind == 0) ask({1}), ask({2}), in(0_s, 1);
  }
  void fields(auto& visit) { visit_base(visit); }
};

struct Late : EventWorld<Late> {
  Late() { in(1_s, 0); }
  void handle(const Event& e) {
    if (e.kind == 0) in(Duration::max(), 1), at(Time::never(), 1);
  }
  void fields(auto& visit) { visit_base(visit); }
};

}  // namespace

static_assert(World<Guesser> && World<Sender> && World<Echo>);
static_assert(PolicyFor<AnswerByNumber, Guesser>);
static_assert(!PolicyFor<AnswerByNumber, Sender>);

TEST_CASE("world: the clock, the next event and questions") {
  Guesser w(1);
  CHECK(w.now() == Time{});
  CHECK(w.next_event_time() == Time{} + 1_s);
  CHECK(!w.advance(Time{} + 500_ms));
  CHECK(w.now() == Time{} + 500_ms);
  const auto question = w.advance(Time{} + 10_s);
  REQUIRE(question);
  CHECK(question->number == 0);
  CHECK(w.now() == Time{} + 1_s);
  w.act({1});
  CHECK(w.events_handled() == 1);
}

TEST_CASE("world: questions of one instant are put in order, before the next event") {
  Curious w;
  CHECK(w.advance(Time{} + 1_s)->number == 1);
  CHECK(w.next_event_time() == w.now());
  CHECK(w.events_handled() == 1);
  CHECK(w.advance(Time{} + 1_s)->number == 2);
  CHECK(!w.advance(Time::never()));
  CHECK(w.events_handled() == 2);
  CHECK(w.now() == Time{} + 1_s);
}

TEST_CASE("world: what would happen after the end of time does not") {
  Late w;
  run(w, Time::never());
  CHECK(w.events_handled() == 1);
}

TEST_CASE("pool: branches leave the world alone and go on as it does") {
  Guesser w(4);
  WorldPool<Guesser> pool;
  for (int round = 1; round < 20; ++round) {
    run(w, AnswerByNumber{}, Time{} + round * 1_s);
    const uint64_t digest = digest_of(w);
    uint64_t same = 0;
    {
      auto a = pool.branch(w);
      auto b = pool.branch(w);
      run(*a, AnswerByNumber{}, Time{} + (round + 5) * 1_s);
      run(*b, AnswerByNumber{1}, Time{} + (round + 5) * 1_s);
      CHECK(a->score() != b->score());
      same = digest_of(*a);
      auto moved = std::move(a);
    }
    CHECK(digest_of(w) == digest);
    Guesser straight = w;
    run(straight, AnswerByNumber{}, Time{} + (round + 5) * 1_s);
    CHECK(digest_of(straight) == same);
  }
}
