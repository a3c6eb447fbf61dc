#include "kernel/event_queue.h"

#include <set>
#include <string>
#include <tuple>

#include <doctest/doctest.h>

#include "base/random.h"
#include "kernel/archive.h"

using namespace dure;

namespace {

using Key = std::tuple<int64_t, uint64_t>;  // time, sequence

// The time from an event to the one it causes, ns.
using Gap = int64_t (*)(Random&);

// Runs the queue against std::set: `rounds` pops, each followed by 0 to 2 pushes.
void compare(Gap gap, int pending, int rounds) {
  Random random{1, 2, 0};
  EventQueue<Event> queue;
  std::set<Key> model;
  uint32_t sequence = 0;
  int64_t now = 0;
  const auto push = [&] {
    const int64_t t = now + gap(random);
    queue.push({Time{t}, 7, sequence});
    model.insert({t, sequence++});
  };
  const auto pop = [&] {
    REQUIRE(queue.next_time().ns == std::get<0>(*model.begin()));
    const Event e = queue.pop();
    REQUIRE(Key{e.time.ns, e.entity} == *model.begin());
    REQUIRE(e.kind == 7);
    model.erase(model.begin());
    now = e.time.ns;
  };
  for (int i = 0; i < pending; ++i) push();
  for (int i = 0; i < rounds && !model.empty(); ++i) {
    pop();
    const uint64_t pushes = random.below(3);
    for (uint64_t k = 0; k < pushes; ++k) push();
    REQUIRE(queue.size() == model.size());
  }
  while (!model.empty()) pop();
  CHECK(queue.empty());
  CHECK(queue.next_time() == Time::never());
}

Gap const kGaps[] = {
    [](Random& r) { return static_cast<int64_t>(r.exponential(1e9)); },
    [](Random& r) { return static_cast<int64_t>(r.below(4)); },  // ties and zero delays
    [](Random&) { return int64_t{0}; },
    [](Random&) { return int64_t{1'000'000'000}; },
    [](Random& r) { return static_cast<int64_t>(r.below(100)) * 1'000'000; },
    [](Random& r) {
      return r.chance(0.9) ? static_cast<int64_t>(r.below(1000)) : int64_t{1} << 50;
    },
    [](Random& r) { return int64_t{1} << r.below(52); },
    [](Random& r) {
      return r.chance(0.5) ? int64_t{0} : static_cast<int64_t>(r.weibull(1e6, 0.3));
    },
};

uint64_t digest_and_advance(EventQueue<Event>& queue, Random& random, int steps) {
  for (int i = 0; i < steps; ++i) {
    Event e = queue.pop();
    e.time.ns += static_cast<int64_t>(random.exponential(1e9));
    queue.push(e);
  }
  return digest_of(queue);
}

EventQueue<Event> filled(int pending, Random& random) {
  EventQueue<Event> queue;
  for (int i = 0; i < pending; ++i) {
    queue.push({Time{static_cast<int64_t>(random.exponential(1e9))}, 0, static_cast<uint32_t>(i)});
  }
  return queue;
}

}  // namespace

TEST_CASE("event queue: order by time, then first in first out") {
  for (const Gap gap : kGaps) {
    for (const int pending : {1, 5, 60, 200, 5000}) compare(gap, pending, 4 * pending + 3000);
  }
}

TEST_CASE("event queue: the far end of time") {
  EventQueue<Event> queue;
  const int64_t last = Time::never().ns - 1;
  for (uint32_t i = 0; i < 300; ++i) queue.push({Time{last - (i % 3)}, 0, i});
  queue.push({Time{0}, 0, 1000});
  CHECK(queue.pop().entity == 1000);
  for (int64_t back = 2; back >= 0; --back) {
    for (uint32_t i = 0; i < 100; ++i) {
      const Event e = queue.pop();
      REQUIRE(e.time.ns == last - back);
      REQUIRE(e.entity == 3 * i + static_cast<uint32_t>(back));
    }
  }
  CHECK(queue.empty());
}

TEST_CASE("event queue: after a look at a far event an earlier one may still come") {
  EventQueue<Event> queue;
  for (uint32_t i = 0; i < 1000; ++i) queue.push({Time{1'000'000 + i % 7}, 0, i});
  CHECK(queue.next_time() == Time{1'000'000});
  for (uint32_t i = 0; i < 500; ++i) {  // a chain of earlier events beside a large tie
    queue.push({Time{i + 1}, 1, i});
    CHECK(queue.next_time() == Time{i + 1});
    CHECK(queue.pop().entity == i);
  }
  CHECK(queue.pop().entity == 0);
  CHECK(queue.size() == 999);
}

TEST_CASE("event queue: a copy goes on alike, into fresh and into used memory") {
  for (const int pending : {3, 100, 5000}) {
    Random random{5, 1, 0};
    auto queue = filled(pending, random);
    digest_and_advance(queue, random, 1000);
    EventQueue<Event> copy = queue;
    Random other{9, 9, 0};
    EventQueue<Event> used = filled(700, other);
    digest_and_advance(used, other, 1234);
    used = queue;
    Random again = random, third = random;
    const uint64_t digest = digest_and_advance(queue, random, 5000);
    CHECK(digest_and_advance(copy, again, 5000) == digest);
    CHECK(digest_and_advance(used, third, 5000) == digest);
  }
}

TEST_CASE("event queue: saved and restored anywhere it goes on alike") {
  for (const int pending : {1, 3, 100, 5000}) {
    Random random{6, 1, 0};
    auto queue = filled(pending, random);
    for (int round = 0; round < 40; ++round) {
      digest_and_advance(queue, random, 37);
      StateWriter w;
      w(queue);
      EventQueue<Event> restored;
      StateReader r(w.bytes());
      r(restored);
      REQUIRE(r.finished());
      REQUIRE(restored.size() == queue.size());
      REQUIRE(restored.next_time() == queue.next_time());
      Random again = random;
      EventQueue<Event> straight = queue;
      REQUIRE(digest_and_advance(restored, again, 2 * pending + 10) ==
              digest_and_advance(straight, random, 2 * pending + 10));
      random = again;
      queue = restored;
    }
  }
}

TEST_CASE("event queue: restored where it waits to look at a large bucket, it goes on alike") {
  EventQueue<Event> queue, copy;
  const auto push = [](EventQueue<Event>& q, int n, int64_t from, int64_t every) {
    for (int i = 0; i < n; ++i) q.push({Time{from + i % every}, 0, 0});
  };
  push(queue, 130, 0, 30);
  push(queue, 5, 700, 1);
  push(queue, 200, 5000, 20);
  while (queue.next_time() <= Time{700}) queue.pop();
  push(queue, 1, 900, 1);  // below the bucket of those at 5000, which is too large to be sorted yet
  StateWriter out;
  out(queue);
  StateReader in(out.bytes());
  in(copy);
  REQUIRE(in.finished());
  CHECK(digest_of(copy) == digest_of(queue));
  for (EventQueue<Event>* q : {&queue, &copy}) {
    push(*q, 70, 900, 20);
    for (int i = 0; i < 150; ++i) q->pop();
  }
  CHECK(digest_of(copy) == digest_of(queue));
}

TEST_CASE("event queue: damaged state is refused, never run") {
  Random random{6, 1, 0};
  auto queue = filled(150, random);
  digest_and_advance(queue, random, 100);
  StateWriter w;
  w(queue);
  for (size_t i = 0; i < w.bytes().size(); ++i) {
    std::string bytes = w.bytes();
    bytes[i] = static_cast<char>(bytes[i] ^ 0x80);
    EventQueue<Event> restored;
    StateReader r(bytes);
    r(restored);
    int64_t before = 0;
    while (!restored.empty()) {
      const Event e = restored.pop();
      REQUIRE(e.time.ns >= before);
      before = e.time.ns;
    }
    EventQueue<Event> cut;
    StateReader short_reader(std::string_view(w.bytes()).substr(0, i));
    short_reader(cut);
    REQUIRE(!short_reader.ok());
  }
}
