#include "worlds/fleet/run_ends.h"

#include "base/assert.h"

namespace dure::fleet {

void RunEnds::insert(const RunEnd& run) {
  ++size_;
  if (blocks_.empty()) {
    blocks_.push_back({run});
    return;
  }
  Block* block = &blocks_[std::min(block_of(run), blocks_.size() - 1)];
  if (block->size() == kMost) {
    const auto half = block->begin() + kMost / 2;
    Block upper(half, block->end());
    block->erase(half, block->end());
    const ptrdiff_t next = block - blocks_.data() + 1;
    blocks_.insert(blocks_.begin() + next, std::move(upper));
    block = &blocks_[std::min(block_of(run), blocks_.size() - 1)];
  }
  block->insert(std::lower_bound(block->begin(), block->end(), run), run);
}

void RunEnds::erase(const RunEnd& run) {
  const size_t b = block_of(run);
  DURE_ASSERT(b < blocks_.size(), "a job that runs is not listed");
  Block& block = blocks_[b];
  const auto it = std::lower_bound(block.begin(), block.end(), run);
  DURE_ASSERT(*it == run, "a job that runs is not listed");
  block.erase(it);
  if (block.empty()) blocks_.erase(blocks_.begin() + static_cast<ptrdiff_t>(b));
  --size_;
}

void RunEnds::cut(const Block& all) {
  blocks_.clear();
  for (size_t i = 0; i < all.size(); i += kMost / 2) {
    const auto first = all.begin() + static_cast<ptrdiff_t>(i);
    blocks_.emplace_back(first,
                         first + static_cast<ptrdiff_t>(std::min(kMost / 2, all.size() - i)));
  }
  size_ = all.size();
}

}  // namespace dure::fleet
