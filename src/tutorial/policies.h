// The policies of docs/your-first-world.md.
#pragma once

#include "kernel/pool.h"
#include "tutorial/queue.h"

namespace dure::tutorial {

// A rule of thumb: one server more while the line is long, one less when it is gone.
struct WatchTheLine {
  Staff decide(const Queue&, const Review& review) const {
    if (review.waiting > 8) return {review.open + 1};
    if (review.waiting == 0 && review.open > 1) return {review.open - 1};
    return {review.open};
  }
};

struct Keep {
  Staff decide(const Queue&, const Review& review) const { return {review.open}; }
};

// The same decision by trying it out: branch the world, go on with fewer, as many and more servers
// in a few imagined futures, and choose the cheapest. A waiting customer costs half a server.
class TryItOut {
 public:
  explicit TryItOut(Duration ahead) : ahead_(ahead) {}

  Staff decide(const Queue& world, const Review& review) {
    Staff best;
    double lowest_cost = 0;
    for (uint32_t n = review.open > 1 ? review.open - 1 : 1; n <= review.open + 1; ++n) {
      double cost = 0;
      for (uint64_t future = 0; future < 8; ++future) {
        auto branch = branches_.branch(world);
        branch->reseed(1'000'000 + future);  // the same futures for every n
        branch->act({n});
        run(*branch, Keep{}, world.now() + ahead_);
        cost += branch->mean_staff() + 0.5 * branch->mean_line();
      }
      if (best.servers == 0 || cost < lowest_cost) {
        best = {n};
        lowest_cost = cost;
      }
    }
    return best;
  }

 private:
  Duration ahead_;
  WorldPool<Queue> branches_;
};

}  // namespace dure::tutorial
