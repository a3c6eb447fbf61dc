// WorldPool: branches of a world in warm memory. Copying into a world that was used before runs at
// memcpy speed; a fresh copy costs 5 to 10 times that in page faults. So rollouts take their
// branches from a pool and give them back. One pool per thread.
#pragma once

#include <memory>
#include <vector>

#include "kernel/world.h"

namespace dure {

template <World W>
class WorldPool {
 public:
  // A copy of `world`, given back to the pool when it goes out of scope. The pool must outlive it.
  class Branch {
   public:
    Branch(Branch&&) = default;
    ~Branch() {
      if (world_) pool_->spare_.push_back(std::move(world_));
    }
    W& operator*() { return *world_; }
    W* operator->() { return world_.get(); }

   private:
    friend class WorldPool;
    Branch(WorldPool* pool, std::unique_ptr<W> world) : pool_(pool), world_(std::move(world)) {}
    WorldPool* pool_;
    std::unique_ptr<W> world_;
  };

  Branch branch(const W& world) {
    if (spare_.empty()) return Branch(this, std::make_unique<W>(world));
    auto warm = std::move(spare_.back());
    spare_.pop_back();
    *warm = world;
    return Branch(this, std::move(warm));
  }

 private:
  std::vector<std::unique_ptr<W>> spare_;
};

}  // namespace dure
