// How far it is from anywhere to a goal on an empty floor: forward moves and quarter turns, each
// with its cost. Tables are made when first asked for, only as far from the goal as questions
// reach, and forgotten, the longest unused first, when memory is full. What one step needs beyond
// that is given back when it is not asked for again. Answers depend on none of that.
//
// Backward search in rings of equal cost (Dial, CACM 1969) over (vertex, heading).
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "solvers/roadmap.h"

namespace dure::floor {

// What moves cost, in whole units. On an empty floor all are 1; guidance makes lanes dearer that
// should be avoided.
struct Costs {
  std::vector<uint8_t> forward;  // [vertices x 4] 1 to 31; empty: all `step`
  uint8_t step = 1;              // 1 to 31
  uint8_t turn = 1;              // a quarter turn, 1 to 3

  uint32_t dearest() const;  // of all moves
};

class Distances {
 public:
  static constexpr uint32_t kUnreachable = 0xFFFFF;

  // `max_bytes` bounds the tables kept, unless more are in use between two calls of begin(), or
  // were so just before.
  Distances(const Roadmap& roads, Costs costs, size_t max_bytes = size_t{768} << 20);
  ~Distances();
  Distances(Distances&&) noexcept;
  Distances& operator=(Distances&&) noexcept;

  // Cost from standing on `vertex` with `heading` to standing on `goal` with any heading.
  uint32_t at(uint32_t goal, uint32_t vertex, uint32_t heading) {
    return heading_of(word(table(goal), vertex), heading);
  }
  // The least over all headings.
  uint32_t least(uint32_t goal, uint32_t vertex) { return word(table(goal), vertex) >> 12; }

  // For many questions about one goal: a table's index, good until the next begin(), and the four
  // costs of a vertex in one word.
  void begin();
  uint32_t table(uint32_t goal);
  uint32_t word(uint32_t table, uint32_t vertex) {
    const Table& t = tables_[table];
    return t.knows(vertex) ? t.words[vertex] - kOne : search(table, vertex, kUnreachable);
  }
  // The same, or kUnreachable << 12 when the vertex is farther than `limit`: then the search goes
  // no farther than that.
  uint32_t within(uint32_t table, uint32_t vertex, uint32_t limit) {
    const Table& t = tables_[table];
    uint32_t word = t.words[vertex] - kOne;
    if (!t.knows(vertex))
      word = t.settled > limit + 8 ? kUnreachable << 12 : search(table, vertex, limit);
    return word >> 12 <= limit ? word : kUnreachable << 12;
  }
  static uint32_t heading_of(uint32_t word, uint32_t heading) {
    return (word >> 12) + (word >> (3 * heading) & 7);
  }
  // Makes the tables that the questions need, on several threads.
  struct Question {
    uint32_t goal = kNoVertex;
    uint32_t vertex = kNoVertex;
  };
  void prepare(std::vector<Question> questions, unsigned threads);

  const Costs& costs() const { return costs_; }
  size_t tables() const { return tables_.size(); }  // kept
  uint64_t work() const;                            // vertices reached, and lowered, so far

 private:
  // A word is (least cost + 1) << 12 and for each heading what it costs more, in 3 bits; 0: not
  // reached yet. It is final when all costs up to two turns more have been settled.
  static constexpr uint32_t kOne = 1u << 12;
  struct State {
    uint32_t cost = 0;
    uint32_t state = 0;  // vertex * 4 + heading
  };
  struct Table {
    uint32_t* words = nullptr;  // [vertices]
    uint32_t goal = kNoVertex;
    uint32_t settled = 0;         // costs below are final
    std::vector<State> frontier;  // where the search goes on, when it has paused
    uint64_t used = 0;
    uint32_t newer = kNoVertex, older = kNoVertex;  // tables by their last use

    bool knows(uint32_t vertex) const {
      return words[vertex] != 0 && (words[vertex] >> 12) + 6 < settled;
    }
  };

  // What a search uses while it runs: one for each thread.
  struct Scratch {
    std::vector<std::vector<uint32_t>> rings;  // [costs modulo their number] arrivals to settle
    uint64_t work = 0;
  };

  uint32_t search(uint32_t table, uint32_t vertex, uint32_t limit) {
    return search(tables_[table], vertex, limit, scratch_[0]);
  }
  uint32_t search(Table& table, uint32_t vertex, uint32_t limit, Scratch& scratch) const;
  uint32_t take_table();
  void link(uint32_t table);  // as the newest
  void unlink(uint32_t table);
  void drop_oldest();
  uint32_t forward_cost(uint32_t vertex, uint32_t heading) const {
    return costs_.forward.empty() ? costs_.step : costs_.forward[vertex * kHeadings + heading];
  }

  const Roadmap* roads_;
  Costs costs_;
  size_t most_tables_;
  std::vector<Table> tables_;
  std::vector<uint32_t> table_of_;  // [vertices] kNoVertex: none
  std::vector<Scratch> scratch_;    // [threads]
  uint32_t newest_ = kNoVertex, oldest_ = kNoVertex;
  uint64_t clock_ = 0;
  uint64_t begun_ = 0, begun_before_ = 0, begun_long_before_ = 0;  // clock_ at calls of begin()
};

}  // namespace dure::floor
