#include "worlds/fleet/group_index.h"

#include <algorithm>

namespace dure::fleet {

GroupIndex::GroupIndex(const Model& model) : tables_(model.pools.size()) {
  const bool asked = std::any_of(model.kinds.begin(), model.kinds.end(), [](const JobKind& k) {
    return std::min(k.required, k.preferred) < Level::pool;
  });
  if (!asked) return;
  uint32_t size = 0;
  for (uint32_t p = 0; p < model.pools.size(); ++p) {
    const Pool& pool = model.pools[p];
    if (pool.nodes == 0 || model.pool_classes[p].size() != 1) continue;
    const NodeClass& c = model.classes[model.pool_classes[p][0]];
    for (uint32_t l = static_cast<uint32_t>(Level::node) + 1; l < kLevels; ++l) {
      const uint32_t group = pool.group_size(static_cast<Level>(l));
      if (group == 1) continue;
      Table& t = tables_[p][l];
      t.size = group;
      t.gpus = model.node_types[c.type].gpus;
      t.groups = (pool.nodes + t.size - 1) / t.size;
      t.first = size;
      size += t.groups * (t.gpus + 2);
    }
  }
  counts_.assign(size, 0);
  node_.assign(model.nodes(), 0);
}

void GroupIndex::place(const Model& model, uint32_t node, uint32_t free_gpus, bool even) {
  if (!any()) return;
  const auto after =
      static_cast<uint8_t>(free_gpus == kNone ? 0 : 2 * (free_gpus + 1) + (even ? 0 : 1));
  const uint8_t before = node_[node];
  if (before == after) return;
  node_[node] = after;
  const uint32_t pool = model.node_pool[node];
  const uint32_t i = node - model.pools[pool].first_node;
  for (const Table& t : tables_[pool]) {
    if (t.size == 0) continue;
    uint32_t* group = counts_.data() + t.first + i / t.size;
    uint32_t& uneven = group[(t.gpus + 1) * t.groups];
    if (before != 0) {
      --group[(before / 2 - 1) * t.groups];
      uneven -= before % 2;
    }
    if (after != 0) {
      ++group[(after / 2 - 1) * t.groups];
      uneven += after % 2;
    }
  }
}

void GroupIndex::tasks(uint32_t pool, Level level, uint32_t gpus, uint32_t most,
                       std::vector<int64_t>& out) const {
  const Table& t = table(pool, level);
  DURE_ASSERT(t.size > 0, "groups were asked about that are not kept");
  out.assign(t.groups, 0);
  for (uint32_t free = gpus; free <= t.gpus; ++free) {
    const uint32_t* nodes = counts_.data() + t.first + free * t.groups;
    const int64_t each = std::min(most, free / gpus);
    for (uint32_t g = 0; g < t.groups; ++g) out[g] += nodes[g] * each;
  }
}

}  // namespace dure::fleet
