// GroupIndex: how many nodes of each group (domain, rack, pod, whole pool) have how many GPUs fully
// free, kept up to date in O(1) as nodes change, so that placement by topology and reservations
// look at groups and not at nodes.
//
// What fits on a node follows from its free GPUs if it is even: it has at least as large a share of
// its CPU and memory left as of its GPUs, and the job asks for no larger a share of them than of
// GPUs. Nodes that are not even are counted.
//
// Kept where any kind of job asks for a group, for pools whose nodes are all of one type.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "base/assert.h"
#include "worlds/fleet/model.h"

namespace dure::fleet {

class GroupIndex {
 public:
  static constexpr uint32_t kNone = ~uint32_t{0};

  GroupIndex() = default;
  explicit GroupIndex(const Model& model);

  bool any() const { return !node_.empty(); }
  // Whether it knows the groups of the level. Groups of one node: never.
  bool covers(uint32_t pool, Level level) const { return table(pool, level).size > 0; }

  // The node has so many fully free GPUs; kNone: it is out of service.
  void place(const Model& model, uint32_t node, uint32_t free_gpus, bool even);

  // out: [groups] tasks of `gpus` each, at most so many on a node, that the free GPUs of each of
  // the pool's groups have room for. gpus > 0.
  void tasks(uint32_t pool, Level level, uint32_t gpus, uint32_t most,
             std::vector<int64_t>& out) const;
  // Whether all nodes in service of the group are.
  bool even(uint32_t pool, Level level, uint32_t group) const {
    const Table& t = table(pool, level);
    DURE_ASSERT(t.size > 0, "groups were asked about that are not kept");
    return counts_[t.first + t.gpus * t.groups + t.groups + group] == 0;
  }

  void fields(auto& visit) { visit(counts_, node_); }
  bool operator==(const GroupIndex&) const = default;

 private:
  // A row of the groups' nodes for each number of free GPUs, then one of those that are not even.
  struct Table {
    uint32_t first = 0;  // of counts_
    uint32_t gpus = 0;   // of a node
    uint32_t groups = 0;
    uint32_t size = 0;  // nodes in a group; 0: not kept
    bool operator==(const Table&) const = default;
  };
  const Table& table(uint32_t pool, Level level) const {
    return tables_[pool][static_cast<uint32_t>(level)];
  }

  std::vector<std::array<Table, kLevels>> tables_;  // [pools] fixed by the model
  std::vector<uint32_t> counts_;
  std::vector<uint8_t> node_;  // [nodes] 0: out of service; else 2 (free GPUs + 1) + (not even)
};

}  // namespace dure::fleet
