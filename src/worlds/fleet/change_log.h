// ChangeLog: what has changed in a pool lately, so that a policy brings its notes up to date
// instead of making them anew.
//
// It is no part of the world's state: a change is found by World::changes() before it, which tells
// histories apart. What is not found there is not known, and notes are made anew.
#pragma once

#include <array>
#include <cstdint>

#include "base/time.h"

namespace dure::fleet {

struct PoolChange {
  enum class Kind : uint32_t {
    start,
    end,    // or a stop
    other,  // of nodes, or of what waits
  };
  uint64_t before = 0;  // World::changes()
  Time end;             // of the job: when it would have ended at the latest
  Kind kind = Kind::other;
};

class ChangeLog {
 public:
  void add(PoolChange change, uint64_t after) {
    if (change.before != after_) size_ = 0;
    changes_[next_++ % kKept] = change;
    if (size_ < kKept) ++size_;
    after_ = after;
  }

  // Calls visit(change) for what has changed since, the latest first. False: that is not known.
  template <class F>
  bool since(uint64_t before, uint64_t now, F&& visit) const {
    if (before == now) return true;
    if (after_ != now) return false;
    for (uint32_t i = 1; i <= size_; ++i) {
      const PoolChange& c = changes_[(next_ - i) % kKept];
      visit(c);
      if (c.before == before) return true;
    }
    return false;
  }

 private:
  static constexpr uint32_t kKept = 64;
  std::array<PoolChange, kKept> changes_{};
  uint32_t next_ = 0, size_ = 0;
  uint64_t after_ = 0;  // the latest
};

}  // namespace dure::fleet
