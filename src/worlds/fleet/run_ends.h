// The jobs that run in a pool, in the order in which they are expected to end. One comes or goes in
// O(log n) and a short move of memory, however many run.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "base/time.h"

namespace dure::fleet {

struct RunEnd {
  Time end;  // never: it is not expected to
  uint64_t slot;

  bool operator==(const RunEnd&) const = default;
  bool operator<(const RunEnd& o) const { return end != o.end ? end < o.end : slot < o.slot; }
};

class RunEnds {
 public:
  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  void insert(const RunEnd& run);
  void erase(const RunEnd& run);  // it is there

  // Calls visit(run, ahead) by rising end until it returns false. ahead(n) is the n-th after it, or
  // null where that takes a search: for fetching memory in advance.
  template <class F>
  void each(F&& visit) const {
    for (const Block& block : blocks_) {
      for (size_t i = 0; i < block.size(); ++i) {
        const auto ahead = [&](size_t n) { return i + n < block.size() ? &block[i + n] : nullptr; };
        if (!visit(block[i], ahead)) return;
      }
    }
  }

  // As one list, since how blocks are cut is not state. One that was read is told to be in order by
  // whoever checks the state.
  void fields(auto& visit) {
    Block all;
    for (const Block& block : blocks_) all.insert(all.end(), block.begin(), block.end());
    const Block before = all;
    visit(all);
    if (all != before) cut(all);
  }

 private:
  using Block = std::vector<RunEnd>;
  static constexpr size_t kMost = 256;  // in a block

  // The first block that ends at or behind it: where it belongs, if there is one.
  size_t block_of(const RunEnd& run) const {
    const auto it = std::lower_bound(blocks_.begin(), blocks_.end(), run,
                                     [](const Block& b, const RunEnd& r) { return b.back() < r; });
    return static_cast<size_t>(it - blocks_.begin());
  }
  void cut(const Block& all);

  std::vector<Block> blocks_;  // none is empty
  size_t size_ = 0;
};

}  // namespace dure::fleet
