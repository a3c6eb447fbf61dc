// EventQueue<E>: pending events in order of time, first in first out at equal times.
//
// A monotone radix heap (Ahuja et al., JACM 37, 1990): an event lies in the bucket of the highest
// bit in which its time differs from the time of the last pop. Each bucket caches its minimum, so
// next_time() is O(1) and disturbs nothing: a world can be asked when it is due and still accept an
// earlier event. Popping moves an event at most 64 buckets down; in practice 3 or 4. FIFO at equal
// times needs no sequence numbers, as events only ever move in order.
//
// E is Plain with a member `Time time`. Pushing before the time of the last pop is a bug of ours.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <limits>
#include <vector>

#include "base/assert.h"
#include "base/plain.h"
#include "base/time.h"

namespace dure {

// An event of a small world: what happens to which entity.
struct Event {
  Time time;
  uint32_t kind = 0;
  uint32_t entity = 0;
};

template <Plain E>
class EventQueue {
 public:
  EventQueue() { minima_.fill(kNone); }

  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

  // The time of the next event, Time::never() when there is none.
  Time next_time() const {
    if (front_ < buckets_[0].size()) return Time{last_};
    if (size_ == 0) return Time::never();
    return Time{minima_[first_occupied()]};
  }

  void push(const E& event) {
    DURE_ASSERT(event.time.ns >= last_, "an event was scheduled in the past");
    put(event);
    ++size_;
  }

  E pop() {
    DURE_ASSERT(size_ > 0, "pop from an empty event queue");
    if (front_ == buckets_[0].size()) refill();
    --size_;
    return buckets_[0][front_++];
  }

  void clear() { *this = EventQueue(); }

  void fields(auto& visit) { visit(buckets_, minima_, last_, size_, front_, occupied_); }

 private:
  static constexpr int64_t kNone = std::numeric_limits<int64_t>::max();

  // Bucket 0 holds the time of the last pop; bucket i the times that differ first in bit i-1.
  static int bucket_of(int64_t time, int64_t last) {
    return std::bit_width(static_cast<uint64_t>(time) ^ static_cast<uint64_t>(last));
  }
  int first_occupied() const { return std::countr_zero(occupied_) + 1; }

  void put(const E& event) {
    const int i = bucket_of(event.time.ns, last_);
    buckets_[i].push_back(event);
    if (event.time.ns < minima_[i]) minima_[i] = event.time.ns;
    if (i > 0) occupied_ |= uint64_t{1} << (i - 1);
  }

  // Bucket 0 is used up: the earliest bucket's minimum becomes `last_` and its events move down.
  void refill() {
    buckets_[0].clear();
    front_ = 0;
    const int i = first_occupied();
    last_ = minima_[i];
    minima_[i] = kNone;
    occupied_ &= ~(uint64_t{1} << (i - 1));
    auto& from = buckets_[i];
    if (from.size() == 1) {
      buckets_[0].push_back(from[0]);
    } else {
      for (const E& event : from) put(event);
    }
    from.clear();
  }

  std::array<std::vector<E>, 65> buckets_;
  std::array<int64_t, 65> minima_;  // [buckets] ns, kNone when empty
  int64_t last_ = 0;                // time of the last pop, ns: simulated time is never negative
  uint64_t size_ = 0;
  uint64_t front_ = 0;     // next event of bucket 0
  uint64_t occupied_ = 0;  // bit i: bucket i+1 holds events
};

}  // namespace dure
