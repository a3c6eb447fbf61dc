// EventQueue<E>: pending events in order of time, first in first out at equal times.
//
// The next few dozen events stand sorted in `near_`; the others lie in a monotone radix heap (Ahuja
// et al., JACM 37, 1990) with digits of 5 bits: an event's bucket is the highest digit in which its
// time differs from `base_`, and its value there. A bucket whose turn has come is sorted into
// `near_` when it is small and dealt out to lower buckets when it is not: 2 or 3 moves in an
// event's life. Events only ever move in order, so FIFO at equal times needs no sequence numbers.
//
// next_time() is one load and disturbs nothing: a world can be asked when it is due and still
// accept an earlier event. Buckets are chains of chunks in one array, addressed by index: a copy is
// a few memcpys, and memory stays near 1.1 x the events pending at most.
//
// E is Plain with a member `Time time`. Pushing before the time of the last pop is a bug of ours.
#pragma once

#include <algorithm>
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
  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

  // The time of the next event, Time::never() when there is none.
  Time next_time() const { return Time{next_}; }

  // The event that is k-th from now (0 is the next), if it is among those sorted already: a hint of
  // what to fetch into the cache, no promise that it comes.
  const E* upcoming(size_t k) const {
    return front_ + k < near_.size() ? &near_[front_ + k] : nullptr;
  }

  void push(const E& event) {
    const int64_t t = event.time.ns;
    DURE_ASSERT(t >= last_, "an event was scheduled in the past");
    DURE_ASSERT(t < kNever, "an event was scheduled at Time::never()");
    ++size_;
    if (t < next_) next_ = t;
    if (t < limit_) {
      insert(event);
    } else {
      put(event);
    }
  }

  E pop() {
    DURE_ASSERT(size_ > 0, "pop from an empty event queue");
    if (front_ == near_.size()) refill();
    const E event = near_[front_++];
    --size_;
    last_ = event.time.ns;
    if (front_ < near_.size()) {
      next_ = near_[front_].time.ns;
    } else {
      settle();
    }
    return event;
  }

  void clear() { *this = EventQueue(); }

  // The same bytes for the same history of pushes and pops, whatever was copied or restored
  // between.
  void fields(auto& visit) {
    if constexpr (requires { visit.fail(); }) {
      restore(visit);
    } else {
      visit(last_, base_, limit_, near_.size() - front_);
      visit.raw(near_.data() + front_, (near_.size() - front_) * sizeof(E));
      visit(size_ - (near_.size() - front_));
      for (size_t i = 0; i < buckets_.size(); ++i) {
        each_chunk(buckets_[i], [&](uint32_t chunk, uint32_t n) {
          visit.raw(slots_.data() + chunk * size_t{kChunk}, n * sizeof(E));
        });
      }
    }
  }

 private:
  static constexpr int64_t kNever = std::numeric_limits<int64_t>::max();
  static constexpr uint32_t kNone = std::numeric_limits<uint32_t>::max();
  static constexpr int kBits = 5;
  static constexpr int kDigits = 1 << kBits;
  static constexpr int kLevels = (63 + kBits - 1) / kBits;
  static constexpr uint32_t kChunk = std::bit_floor(std::max(size_t{8}, 1024 / sizeof(E)));

  // A chain of chunks, all full but the last, in the order of pushing.
  struct Bucket {
    uint32_t head = kNone;  // first chunk
    uint32_t end = 0;       // one past the last event's slot
    int64_t min = kNever;   // ns

    bool one_chunk() const { return (end - 1) / kChunk == head; }
  };

  // Into `near_`, behind those of the same time.
  void insert(const E& event) {
    if (near_.size() - front_ >= 2 * kChunk) {
      spill();
      if (event.time.ns >= limit_) return put(event);
    }
    if (front_ >= 2 * kChunk) {
      near_.erase(near_.begin(), near_.begin() + static_cast<std::ptrdiff_t>(front_));
      front_ = 0;
    }
    near_.push_back(event);
    sort_in(event, near_.data() + front_, &near_.back());
  }

  // Writes the event to its place among the sorted ones in [first, at), which move up from there.
  static void sort_in(const E event, E* first, E* at) {
    for (; at > first && at[-1].time > event.time; --at) *at = at[-1];
    *at = event;
  }

  // `near_` has grown too long: its later half goes back to the buckets.
  void spill() {
    if (levels_ == 0) base_ = last_;
    const auto begin = near_.begin() + static_cast<std::ptrdiff_t>(front_);
    const auto half = begin + (near_.end() - begin) / 2;
    if (begin->time == near_.back().time) {  // all at one time: whatever is later goes behind it
      limit_ = begin->time.ns + 1;
      return;
    }
    limit_ = half->time.ns;
    const auto from =
        std::partition_point(begin, half, [&](const E& e) { return e.time.ns < limit_; });
    for (auto e = from; e != near_.end(); ++e) put(*e);
    near_.erase(from, near_.end());
  }

  // Into its bucket.
  [[gnu::always_inline]] void put(const E& event) {
    const int64_t t = event.time.ns;
    const uint64_t differs = static_cast<uint64_t>(t ^ base_) | 1;
    const int level = (std::bit_width(differs) - 1) / kBits;
    const int digit = static_cast<int>(t >> (level * kBits)) & (kDigits - 1);
    Bucket& b = buckets_[static_cast<size_t>(level * kDigits + digit)];
    if (b.end % kChunk == 0) [[unlikely]]
      grow(b, level, digit);
    slots_[b.end++] = event;
    if (t < b.min) b.min = t;
  }

  [[gnu::noinline]] void grow(Bucket& b, int level, int digit) {
    uint32_t chunk = free_;
    if (chunk == kNone) {
      chunk = static_cast<uint32_t>(links_.size());
      links_.push_back(kNone);
      slots_.resize(slots_.size() + kChunk);
    } else {
      free_ = links_[chunk];
    }
    if (b.head == kNone) {
      b.head = chunk;
      levels_ |= 1u << level;
      digits_[static_cast<size_t>(level)] |= 1u << digit;
    } else {
      links_[(b.end - 1) / kChunk] = chunk;
    }
    b.end = chunk * kChunk;
  }

  // `near_` is used up. A small bucket follows at once; dealing out a large one waits until its
  // first event is popped, as base_ must not pass the present.
  void settle() {
    near_.clear();
    front_ = 0;
    if (levels_ == 0) {
      next_ = limit_ = kNever;
      return;
    }
    const size_t i = lowest();
    next_ = buckets_[i].min;
    if (buckets_[i].one_chunk()) take(i);
  }

  [[gnu::noinline]] void refill() {
    for (;;) {
      const size_t i = lowest();
      const Bucket bucket = buckets_[i];
      if (i < kDigits || bucket.one_chunk()) return take(i);
      base_ = bucket.min;
      remove(i);
      each_chunk(bucket, [&](uint32_t chunk, uint32_t n) {
        prefetch(links_[chunk]);
        for (uint32_t k = 0; k < n; ++k) put(E(slots_[chunk * kChunk + k]));
        release(chunk);
      });
    }
  }

  // The lowest bucket becomes `near_`. Those of level 0 hold one time each and need no sorting.
  void take(size_t i) {
    const Bucket bucket = buckets_[i];
    remove(i);
    each_chunk(bucket, [&](uint32_t chunk, uint32_t n) {
      const auto from = slots_.begin() + static_cast<std::ptrdiff_t>(chunk * size_t{kChunk});
      near_.insert(near_.end(), from, from + n);
      release(chunk);
    });
    if (i >= kDigits) {
      E* const first = near_.data();
      for (size_t k = 1; k < near_.size(); ++k) sort_in(first[k], first, first + k);
    }
    if (levels_ == 0 && near_.size() <= kChunk) {
      limit_ = kNever;
      return;
    }
    const int shift = static_cast<int>(i) / kDigits * kBits;
    const uint64_t above = static_cast<uint64_t>(base_) >> shift >> kBits << kBits;
    limit_ = static_cast<int64_t>(std::min((above + i % kDigits + 1) << shift, uint64_t{kNever}));
  }

  size_t lowest() const {
    const auto level = static_cast<size_t>(std::countr_zero(levels_));
    return level * kDigits + static_cast<size_t>(std::countr_zero(digits_[level]));
  }
  void remove(size_t i) {
    buckets_[i] = Bucket{};
    uint32_t& digits = digits_[i / kDigits];
    digits &= ~(1u << i % kDigits);
    if (digits == 0) levels_ &= ~(1u << i / kDigits);
  }
  void release(uint32_t chunk) {
    links_[chunk] = free_;
    free_ = chunk;
  }
  void prefetch(uint32_t chunk) const {
    if (chunk >= links_.size()) return;
    const auto* p = reinterpret_cast<const char*>(slots_.data() + chunk * size_t{kChunk});
    for (size_t k = 0; k < kChunk * sizeof(E); k += 64) __builtin_prefetch(p + k);
  }

  // visit(chunk, events in it), in order; it may release the chunk.
  void each_chunk(const Bucket& bucket, auto visit) const {
    if (bucket.head == kNone) return;
    const uint32_t last = (bucket.end - 1) / kChunk;
    for (uint32_t chunk = bucket.head; chunk != last;) {
      const uint32_t next = links_[chunk];
      visit(chunk, kChunk);
      chunk = next;
    }
    visit(last, bucket.end - last * kChunk);
  }

  void restore(auto& visit) {
    clear();
    std::vector<E> far;
    visit(last_, base_, limit_, near_, far);
    bool good = 0 <= base_ && base_ <= last_;
    int64_t before = last_;
    for (const E& e : near_) {
      good = good && before <= e.time.ns && e.time.ns < limit_;
      before = e.time.ns;
    }
    for (const E& e : far)
      good = good && std::max(last_, limit_) <= e.time.ns && e.time.ns < kNever;
    if (!good) {
      clear();
      return visit.fail();
    }
    size_ = near_.size() + far.size();
    for (const E& e : far) put(e);
    // As it was saved: settle() might take a bucket that the queue itself would not have yet.
    if (!near_.empty()) {
      next_ = near_[0].time.ns;
    } else {
      next_ = levels_ == 0 ? kNever : buckets_[lowest()].min;
    }
  }

  std::vector<E> near_;  // sorted; those before front_ are used up
  size_t front_ = 0;
  std::vector<E> slots_;         // [chunks x kChunk] the buckets' events
  std::vector<uint32_t> links_;  // [chunks] next chunk of the bucket, or of the free ones
  uint32_t free_ = kNone;        // first free chunk
  uint32_t levels_ = 0;          // bit l: a bucket of level l is occupied
  std::array<uint32_t, kLevels> digits_{};  // bit d of [l]: bucket (l, d) is
  std::array<Bucket, kLevels * kDigits> buckets_;
  int64_t base_ = 0;        // ns, what the buckets are relative to; at most last_
  int64_t limit_ = kNever;  // ns; events before it belong into `near_`
  int64_t next_ = kNever;   // ns, time of the next event
  int64_t last_ = 0;        // ns, time of the last pop: simulated time is never negative
  uint64_t size_ = 0;
};

}  // namespace dure
