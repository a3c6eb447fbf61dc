// FreeIndex: which nodes have how much free, kept up to date in O(1), so that a placement rule
// finds its node without looking at the others.
//
// For each node class (nodes of one type in one pool) it keeps sets of nodes: by the number of
// fully free GPUs, and by the largest share left on a GPU in shared use. A set is a bitmap with a
// summary bitmap above it; its members come in ascending order of node index.
#pragma once

#include <bit>
#include <cstdint>
#include <vector>

#include "worlds/fleet/model.h"

namespace dure::fleet {

class FreeIndex {
 public:
  static constexpr uint32_t kShareLevels = 8;  // of an eighth of a GPU each
  static constexpr uint32_t kNone = ~uint32_t{0};

  FreeIndex() = default;
  explicit FreeIndex(const Model& model);

  // Puts a node into the sets of `free_gpus` (kNone: out of service, in no set) and of the largest
  // share left on a partly used GPU, in milli (0: none).
  void place(const Model& model, uint32_t node, uint32_t free_gpus, uint32_t share_left);

  // Nodes of class c with exactly `free_gpus` fully free GPUs.
  uint32_t count(uint32_t c, uint32_t free_gpus) const {
    return counts_[classes_[c].counts + free_gpus];
  }

  // The lowest position >= `from` in class c among nodes with exactly `free_gpus` free; kNone if
  // none.
  uint32_t next_free(uint32_t c, uint32_t free_gpus, uint32_t from) const {
    return next(classes_[c], free_gpus, from);
  }
  // The same among nodes whose largest share left lies in eighth `level` of a GPU.
  uint32_t next_share(uint32_t c, uint32_t level, uint32_t from) const {
    return next(classes_[c], classes_[c].gpus + 1 + level, from);
  }

  void fields(auto& visit) { visit(bits_, counts_, level_, share_level_); }
  bool operator==(const FreeIndex&) const = default;

 private:
  struct Class {  // fixed by the model
    uint32_t gpus = 0;
    uint32_t words = 0;      // of one set
    uint32_t summary = 0;    // words of its summary
    uint32_t first_bit = 0;  // its first set in bits_, in words
    uint32_t counts = 0;     // its first count
    bool operator==(const Class&) const = default;
  };
  uint32_t base(const Class& c, uint32_t set) const {
    return c.first_bit + set * (c.words + c.summary);
  }
  void insert(const Class& c, uint32_t set, uint32_t position);
  void erase(const Class& c, uint32_t set, uint32_t position);
  uint32_t next(const Class& c, uint32_t set, uint32_t from) const;

  std::vector<Class> classes_;         // [classes] derived from the model
  std::vector<uint64_t> bits_;         // sets of all classes: words, then summary
  std::vector<uint32_t> counts_;       // nodes per class and number of free GPUs
  std::vector<uint32_t> level_;        // [nodes] free GPUs, kNone when out of service
  std::vector<uint32_t> share_level_;  // [nodes] eighth of the largest share left, kNone when none
};

}  // namespace dure::fleet
