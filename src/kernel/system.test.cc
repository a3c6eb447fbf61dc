#include "kernel/system.h"

#include <doctest/doctest.h>

#include "kernel/test_worlds.h"

using namespace dure;
using namespace dure::test;

namespace {

using Court = System<Sender, Echo>;

Court court(Duration delay = 250_ms) {
  Court s(Sender(1_s), Echo(5));
  s.link<0, 1>(ball_out, ball_in, delay);
  s.link<1, 0>(ball_out, ball_in, delay);
  return s;
}

struct Instant : EventWorld<Instant> {  // throws balls back at once
  void handle(const Event&) {}
  void handle(const Message& m) { box.send(now(), ball_out, m.as(ball_in)); }
  Outbox& outbox() { return box; }
  void fields(auto& visit) { visit_base(visit), visit(box); }
  Outbox box;
};

struct Log : EventWorld<Log> {
  explicit Log(std::vector<int>* to, int me) : log(to), name(me) { in(1_s, 0); }
  void handle(const Event&) { log->push_back(name), box.send(now(), ball_out, Ball{}); }
  void handle(const Message&) { log->push_back(10 + name); }
  Outbox& outbox() { return box; }
  void fields(auto& visit) { visit_base(visit), visit(box); }
  std::vector<int>* log;  // outside the world: this is a test
  int name;
  Outbox box;
};

}  // namespace

static_assert(World<Court>);
static_assert(World<System<Court, Guesser>>);

TEST_CASE("port: a payload comes out as it went in; closed ports say nothing") {
  Outbox box;
  box.send(Time{5}, ball_out, Ball{42});
  CHECK(box.messages().empty());
  box.open(ball_out.number);
  box.send(Time{6}, ball_out, Ball{43});
  REQUIRE(box.messages().size() == 1);
  const Message& m = box.messages()[0];
  CHECK(m.time == Time{6});
  CHECK(m.as(ball_out).number == 43);
  CHECK(digest_of(box) != digest_of(Outbox{}));
}

TEST_CASE("system: messages arrive in order, after the link's delay") {
  System<Sender, Instant> s(Sender(1_s), Instant{});
  s.link<0, 1>(ball_out, ball_in, 200_ms);
  s.link<1, 0>(ball_out, ball_in, 300_ms);
  run(s, Time{} + 5400_ms);
  CHECK(s.world<0>().caught() == std::vector<uint64_t>{0, 1, 2, 3});
  for (size_t i = 0; i < 4; ++i) {
    CHECK(s.world<0>().caught_at()[i] == Time{} + (static_cast<int64_t>(i) * 1_s + 1500_ms));
  }
  CHECK(s.now() == Time{} + 5400_ms);
  CHECK(s.world<1>().now() == s.now());
}

TEST_CASE("system: at equal times messages go first, then worlds by number") {
  std::vector<int> log;
  System<Log, Log, Log> s(Log(&log, 0), Log(&log, 1), Log(&log, 2));
  s.link<2, 0>(ball_out, ball_in);
  s.link<0, 2>(ball_out, ball_in);
  s.link<0, 1>(ball_out, ball_in);
  run(s, Time{} + 1_s);
  CHECK(log == std::vector<int>{0, 12, 11, 1, 2, 10});
}

TEST_CASE("system: many small steps end as one go") {
  const Time end = Time{} + 300_s;
  Court whole = court();
  run(whole, end);
  CHECK(whole.world<0>().caught().size() > 250);
  for (const int64_t step_ns : {77'777'777, 500'000'000, 250'000'000}) {
    Court stepped = court();
    for (Time t; t < end; t = std::min(end, t + Duration{step_ns})) run(stepped, t);
    run(stepped, end);
    CHECK(digest_of(stepped) == digest_of(whole));
  }
}

TEST_CASE("system: a copy or a snapshot in the middle goes on alike") {
  Court straight = court();
  run(straight, Time{} + 100_s + 123_ms);
  Court copy = straight;
  StateWriter w;
  w(straight);
  Court restored = court();
  StateReader r(w.bytes());
  r(restored);
  REQUIRE(r.finished());
  for (Court* s : {&straight, &copy, &restored}) run(*s, Time{} + 200_s);
  CHECK(digest_of(copy) == digest_of(straight));
  CHECK(digest_of(restored) == digest_of(straight));
}

TEST_CASE("system: in a system, and questions are passed up") {
  using Both = System<Court, Guesser>;
  struct Policy {
    AnswerByNumber inner;
    Both::Action decide(const Both& both, const Both::Request& q) {
      REQUIRE(q.world == 1);
      return Both::Action(std::in_place_index<1>, inner.decide(both.world<1>(), q.get<1>()));
    }
  };
  const Time end = Time{} + 50_s;
  Both both(court(), Guesser(3));
  run(both, Policy{}, end);
  Court alone = court();
  run(alone, end);
  Guesser guesser(3);
  run(guesser, AnswerByNumber{}, end);
  CHECK(digest_of(both.world<0>()) == digest_of(alone));
  CHECK(digest_of(both.world<1>()) == digest_of(guesser));

  Both stepped(court(), Guesser(3));
  for (Time t; t < end; t += 333_ms) run(stepped, Policy{}, t);
  run(stepped, Policy{}, end);
  CHECK(digest_of(stepped) == digest_of(both));
}

TEST_CASE("system: runs until nothing is left to happen") {
  System<Echo, Echo> s(Echo(1), Echo(2));
  CHECK(s.next_event_time() == Time::never());
  run(s, Time::never());
  s.world<0>().receive(make_message(Time{} + 5_s, ball_in, Ball{1}));
  run(s, Time::never());
  CHECK(s.next_event_time() == Time::never());
  CHECK(s.world<0>().events_handled() == 1);
}
