#include "kernel/fifo.h"

#include <deque>

#include <doctest/doctest.h>

#include "base/random.h"
#include "kernel/archive.h"

using namespace dure;

TEST_CASE("fifo: as std::deque, and saved whole at any time") {
  Fifo<uint64_t> line;
  std::deque<uint64_t> model;
  Random random{1, 1, 0};
  for (uint64_t i = 0; i < 5000; ++i) {
    if (random.chance(i < 2500 ? 0.6 : 0.4)) {
      line.push(i);
      model.push_back(i);
    } else if (!model.empty()) {
      REQUIRE(line.pop() == model.front());
      model.pop_front();
    }
    REQUIRE(line.size() == model.size());
    if (!model.empty()) REQUIRE(line[model.size() - 1] == model.back());
    if (i % 100 != 0) continue;
    StateWriter w;
    w(line);
    Fifo<uint64_t> restored;
    StateReader r(w.bytes());
    r(restored);
    REQUIRE(r.finished());
    REQUIRE(digest_of(restored) == digest_of(line));
    line = restored;
  }
}
