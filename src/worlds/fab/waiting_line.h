// The lots in front of a tool group: by priority, larger first, then by arrival. Most come to the
// end and go from near the front, so both are cheap.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "base/assert.h"
#include "base/time.h"

namespace dure::fab {

struct Waiting {
  Time since;
  uint32_t lot = 0;
  uint32_t step = 0;  // index into Model::steps
  int32_t priority = 0;
  uint32_t tool = ~uint32_t{0};  // the only one that may take it (dedication); ~0: any
};

class WaitingLine {
 public:
  std::span<const Waiting> view() const { return {items_.data() + front_, items_.size() - front_}; }
  bool empty() const { return items_.size() == front_; }

  // Behind those of its priority.
  void join(const Waiting& w) {
    items_.push_back(w);
    size_t at = items_.size() - 1;
    for (; at > front_ && items_[at - 1].priority < w.priority; --at) items_[at] = items_[at - 1];
    items_[at] = w;
  }
  // Among those of its priority by arrival: a lot whose priority has changed.
  void rejoin(const Waiting& w) {
    join(w);
    size_t at = items_.size() - 1;
    while (items_[at].lot != w.lot) --at;
    for (; at > front_ && items_[at - 1].priority == w.priority && items_[at - 1].since > w.since;
         --at)
      std::swap(items_[at], items_[at - 1]);
  }
  Waiting leave(uint32_t lot) {
    size_t at = front_;
    while (at < items_.size() && items_[at].lot != lot) ++at;
    DURE_ASSERT(at < items_.size(), "a lot that does not wait there");
    const Waiting gone = items_[at];
    if (at - front_ < items_.size() - at) {
      for (; at > front_; --at) items_[at] = items_[at - 1];
      ++front_;
      if (front_ >= 32 && front_ * 2 >= items_.size()) {
        items_.erase(items_.begin(), items_.begin() + static_cast<std::ptrdiff_t>(front_));
        front_ = 0;
      }
    } else {
      items_.erase(items_.begin() + static_cast<std::ptrdiff_t>(at));
    }
    return gone;
  }

  void fields(auto& visit) {
    if constexpr (requires { visit.fail(); }) {
      visit(items_);
      front_ = 0;
    } else {
      visit(uint64_t{items_.size() - front_});
      visit.raw(items_.data() + front_, (items_.size() - front_) * sizeof(Waiting));
    }
  }

 private:
  std::vector<Waiting> items_;
  size_t front_ = 0;  // those before it are gone
};

}  // namespace dure::fab
