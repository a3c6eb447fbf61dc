#include "worlds/floor/distance.h"

#include <algorithm>
#include <utility>

#include <sys/mman.h>

#include "base/assert.h"
#include "kernel/parallel.h"

namespace dure::floor {
namespace {

constexpr uint32_t kDearest = 31;
constexpr uint32_t kRings = 64;       // more than two turns and the dearest lane cost
constexpr uint32_t kLookAround = 24;  // a search goes on this far beyond the vertex asked for

// What each heading costs more than `heading`, 3 bits each.
uint32_t turned(uint32_t heading, uint32_t turn) {
  return turn << (3 * ((heading + 1) % kHeadings)) | turn << (3 * ((heading + 3) % kHeadings)) |
         2 * turn << (3 * ((heading + 2) % kHeadings));
}

}  // namespace

uint32_t Costs::dearest() const {
  uint32_t most = std::max(step, turn);
  for (const uint8_t cost : forward) most = std::max<uint32_t>(most, cost);
  return most;
}

Distances::Distances(const Roadmap& roads, Costs costs, size_t max_bytes)
    : roads_(&roads), costs_(std::move(costs)) {
  DURE_ASSERT(costs_.turn >= 1 && costs_.turn <= 3, "a quarter turn costs 1 to 3 units");
  DURE_ASSERT(costs_.step >= 1 && costs_.step <= kDearest, "a step costs 1 to 31 units");
  DURE_ASSERT(costs_.forward.empty() || costs_.forward.size() == roads.next.size(),
              "a cost for each lane");
  for (const uint8_t cost : costs_.forward) {
    DURE_ASSERT(cost >= 1 && cost <= kDearest, "a step costs 1 to 31 units");
  }
  const size_t bytes = std::max<size_t>(1, roads.vertices()) * sizeof(uint32_t);
  most_tables_ = std::max<size_t>(2, max_bytes / bytes);
  table_of_.assign(roads.vertices(), kNoVertex);
  scratch_.resize(1);
  scratch_[0].rings.resize(kRings);
}

Distances::Distances(Distances&& other) noexcept
    : roads_(other.roads_),
      costs_(std::move(other.costs_)),
      most_tables_(other.most_tables_),
      tables_(std::exchange(other.tables_, {})),
      table_of_(std::move(other.table_of_)),
      scratch_(std::move(other.scratch_)),
      newest_(other.newest_),
      oldest_(other.oldest_),
      clock_(other.clock_),
      begun_(other.begun_),
      begun_before_(other.begun_before_),
      begun_long_before_(other.begun_long_before_) {}

Distances& Distances::operator=(Distances&& other) noexcept {
  std::swap(roads_, other.roads_);
  std::swap(costs_, other.costs_);
  std::swap(most_tables_, other.most_tables_);
  std::swap(tables_, other.tables_);
  std::swap(table_of_, other.table_of_);
  std::swap(scratch_, other.scratch_);
  std::swap(newest_, other.newest_);
  std::swap(oldest_, other.oldest_);
  std::swap(clock_, other.clock_);
  std::swap(begun_, other.begun_);
  std::swap(begun_before_, other.begun_before_);
  std::swap(begun_long_before_, other.begun_long_before_);
  return *this;
}

Distances::~Distances() {
  for (const Table& t : tables_) munmap(t.words, roads_->vertices() * sizeof(uint32_t));
}

uint64_t Distances::work() const {
  uint64_t sum = 0;
  for (const Scratch& s : scratch_) sum += s.work;
  return sum;
}

// A step may begin twice, for who gives out tasks and for who plans: so what neither has used goes.
void Distances::begin() {
  begun_long_before_ = std::exchange(begun_before_, begun_);
  begun_ = clock_;
  while (tables_.size() > most_tables_ && tables_[oldest_].used <= begun_long_before_)
    drop_oldest();
}

void Distances::link(uint32_t table) {
  tables_[table].newer = kNoVertex;
  tables_[table].older = newest_;
  (newest_ == kNoVertex ? oldest_ : tables_[newest_].newer) = table;
  newest_ = table;
}

void Distances::unlink(uint32_t table) {
  const Table& t = tables_[table];
  (t.newer == kNoVertex ? newest_ : tables_[t.newer].older) = t.older;
  (t.older == kNoVertex ? oldest_ : tables_[t.older].newer) = t.newer;
}

// The last table moves to its place.
void Distances::drop_oldest() {
  const uint32_t table = oldest_;
  unlink(table);
  table_of_[tables_[table].goal] = kNoVertex;
  munmap(tables_[table].words, roads_->vertices() * sizeof(uint32_t));
  const auto last = static_cast<uint32_t>(tables_.size() - 1);
  if (table != last) {
    Table& t = tables_[table] = std::move(tables_[last]);
    table_of_[t.goal] = table;
    (t.newer == kNoVertex ? newest_ : tables_[t.newer].older) = table;
    (t.older == kNoVertex ? oldest_ : tables_[t.older].newer) = table;
  }
  tables_.pop_back();
}

void Distances::prepare(std::vector<Question> questions, unsigned threads) {
  std::sort(questions.begin(), questions.end(), [](const Question& a, const Question& b) {
    return a.goal != b.goal ? a.goal < b.goal : a.vertex < b.vertex;
  });
  std::vector<size_t> first;  // of each goal
  for (size_t i = 0; i < questions.size(); ++i) {
    if (i == 0 || questions[i].goal != questions[i - 1].goal) {
      table(questions[i].goal);
      first.push_back(i);
    }
  }
  while (scratch_.size() < threads) scratch_.emplace_back().rings.resize(kRings);
  const auto make = [&](size_t g, unsigned thread) {
    Table& t = tables_[table_of_[questions[first[g]].goal]];
    for (size_t i = first[g]; i < questions.size() && questions[i].goal == t.goal; ++i) {
      if (!t.knows(questions[i].vertex))
        search(t, questions[i].vertex, kUnreachable, scratch_[thread]);
    }
  };
  for_each_index(first.size(), threads, make, [](size_t) {});
}

uint32_t Distances::table(uint32_t goal) {
  uint32_t index = table_of_[goal];
  if (index == kNoVertex) {
    index = take_table();
    Table& t = tables_[index];
    t.goal = goal;
    t.settled = 0;
    t.frontier.clear();
    for (uint32_t h = 0; h < kHeadings; ++h) t.frontier.push_back({0, goal * kHeadings + h});
    table_of_[goal] = index;
    link(index);
  } else if (index != newest_) {
    unlink(index);
    link(index);
  }
  tables_[index].used = ++clock_;
  return index;
}

uint32_t Distances::take_table() {
  const size_t bytes = roads_->vertices() * sizeof(uint32_t);
  if (tables_.size() < most_tables_ || tables_[oldest_].used > begun_) {
    // Pages that no search reaches are never there: most searches stay near their goal.
    void* pages = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    DURE_ASSERT(pages != MAP_FAILED, "out of memory for distance tables");
    tables_.emplace_back().words = static_cast<uint32_t*>(pages);
    return static_cast<uint32_t>(tables_.size() - 1);
  }
  const uint32_t index = oldest_;
  unlink(index);
  table_of_[tables_[index].goal] = kNoVertex;
  madvise(tables_[index].words, bytes, MADV_DONTNEED);  // all 0 again
  return index;
}

// A vertex that is reached with one heading has all four costs at once, by turning; a later arrival
// with another heading may lower some. So each entry of a ring is an arrival: a state and, by the
// ring, its cost.
uint32_t Distances::search(Table& t, uint32_t vertex, uint32_t limit, Scratch& scratch) const {
  uint32_t* const words = t.words;
  std::vector<std::vector<uint32_t>>& rings = scratch.rings;
  if (t.settled == ~uint32_t{0}) return kUnreachable << 12;  // all there is has been settled
  size_t waiting = t.frontier.size();
  for (const State& s : t.frontier) rings[s.cost % kRings].push_back(s.state);
  t.frontier.clear();
  const uint32_t turn = costs_.turn;
  const auto go_back = [&](uint32_t v, uint32_t cost, uint32_t diffs, uint32_t headings) {
    for (const Roadmap::Arrival& lane : roads_->into(v)) {
      if ((headings >> lane.heading & 1) == 0) continue;
      const uint32_t at =
          cost + (diffs >> (3 * lane.heading) & 7) + forward_cost(lane.from, lane.heading);
      rings[at % kRings].push_back(lane.from * kHeadings + lane.heading);
      ++waiting;
    }
  };
  uint32_t cost = t.settled;
  // The first cost not to be settled now: with all headings of a vertex at the limit.
  uint32_t stop = std::min(limit + 9, kUnreachable - 1);
  bool found = words[vertex] != 0;
  if (found) stop = std::min(stop, (words[vertex] >> 12) + kLookAround);
  for (; waiting > 0 && cost < stop; ++cost) {
    std::vector<uint32_t>& ring = rings[cost % kRings];
    for (const uint32_t state : ring) {  // grows at other costs only
      const uint32_t v = state / kHeadings, heading = state % kHeadings;
      uint32_t& word = words[v];
      if (word == 0) {
        ++scratch.work;
        const uint32_t diffs = turned(heading, turn);
        word = (cost + 1) << 12 | diffs;
        if (v == vertex && !found) {
          found = true;
          stop = std::min(stop, cost + kLookAround);
        }
        go_back(v, cost, diffs, 0xF);
        continue;
      }
      const uint32_t more = cost + 1 - (word >> 12);
      if (more >= (word >> (3 * heading) & 7)) continue;
      ++scratch.work;
      uint32_t diffs = 0, lower = 0;
      const uint32_t by_turning = turned(heading, turn);
      for (uint32_t h = 0; h < kHeadings; ++h) {
        const uint32_t old = word >> (3 * h) & 7;
        const uint32_t now = std::min(old, more + (by_turning >> (3 * h) & 7));
        diffs |= now << (3 * h);
        lower |= static_cast<uint32_t>(now < old) << h;
      }
      word = (word >> 12) << 12 | diffs;
      go_back(v, (word >> 12) - 1, diffs, lower);
    }
    waiting -= ring.size();
    ring.clear();
  }
  t.settled = waiting > 0 ? cost : ~uint32_t{0};
  for (uint32_t r = 0; waiting > 0 && r < kRings; ++r) {
    std::vector<uint32_t>& ring = rings[(cost + r) % kRings];
    for (const uint32_t state : ring) t.frontier.push_back({cost + r, state});
    waiting -= ring.size();
    ring.clear();
  }
  if (words[vertex] == 0) return kUnreachable << 12;
  return words[vertex] - kOne;
}

}  // namespace dure::floor
