#include "worlds/fleet/place_topology.h"

#include <algorithm>
#include <optional>
#include <tuple>

#include "worlds/fleet/place.h"

namespace dure::fleet {
namespace {

struct Range {  // of nodes in the pool
  uint32_t first = 0, nodes = 0;
};

// Calls visit(range) for the groups of `size` nodes that lie in `all`.
template <class F>
void for_groups(Range all, uint32_t size, F&& visit) {
  for (uint32_t i = 0; i < all.nodes; i += size) {
    visit(Range{all.first + i, std::min(size, all.nodes - i)});
  }
}

// A domain, or a node in it, that may take tasks.
struct Part {
  uint32_t first = 0;  // node
  uint32_t room = 0;
  uint32_t rack = 0, pod = 0;            // index
  uint64_t rack_room = 0, pod_room = 0;  // in large parts
};

// How many of the largest rooms hold the tasks, and how large the smallest of these is.
struct Fewest {
  uint32_t parts = 0, smallest = 0;
};

Fewest fewest(const std::vector<Part>& parts, uint64_t tasks) {
  uint32_t largest = 0;
  for (const Part& p : parts) largest = std::max(largest, p.room);
  std::vector<uint32_t> count(size_t{largest} + 1);
  for (const Part& p : parts) ++count[p.room];
  uint64_t n = 0;
  for (uint32_t room = largest; room > 0; --room) {
    if (uint64_t{count[room]} * room >= tasks) {
      return {static_cast<uint32_t>(n + (tasks + room - 1) / room), room};
    }
    n += count[room];
    tasks -= uint64_t{count[room]} * room;
  }
  DURE_ASSERT(false, "a group was chosen that does not hold the gang");
  return {};
}

class Chooser {
 public:
  Chooser(const Pool& pool, std::span<const uint32_t> room)
      : pool_(pool), room_(room), before_(room.size() + 1) {
    for (size_t n = 0; n < room.size(); ++n) before_[n + 1] = before_[n] + room[n];
  }

  uint64_t room_in(Range r) const { return before_[r.first + r.nodes] - before_[r.first]; }

  // The group of the level that holds the tasks with the least room left over.
  std::optional<Range> best_group(Level level, uint64_t tasks) const {
    std::optional<Range> best;
    uint64_t least = 0;
    for_groups({0, pool_.nodes}, pool_.group_size(level), [&](Range r) {
      const uint64_t sum = room_in(r);
      if (sum < tasks || (best && sum >= least)) return;
      best = r;
      least = sum;
    });
    return best;
  }

  void fill(Range group, uint32_t tasks, std::vector<NodeTasks>& out) const {
    const uint32_t domain = pool_.group_size(Level::domain);
    if (group.nodes <= domain) return fill_domain(group, tasks, out);
    const uint32_t parts = fewest(domains_in(group), tasks).parts;
    const uint32_t rack = pool_.group_size(Level::rack), pod = pool_.group_size(Level::pod);
    if (!narrow(group, rack, tasks, parts)) narrow(group, pod, tasks, parts);
    std::vector<Part> domains = domains_in(group);
    weigh(domains, fewest(domains, tasks).smallest);
    take(domains, tasks, [&](const Part& p, uint32_t n) {
      fill_domain({p.first, std::min(domain, pool_.nodes - p.first)}, n, out);
    });
  }

 private:
  std::vector<Part> parts_in(Range r, uint32_t size) const {
    std::vector<Part> parts;
    const uint32_t rack = pool_.group_size(Level::rack), pod = pool_.group_size(Level::pod);
    for_groups(r, size, [&](Range g) {
      if (size == 1 && room_[g.first] == 0) return;
      const auto sum = static_cast<uint32_t>(std::min<uint64_t>(~0u, room_in(g)));
      if (sum > 0) parts.push_back({g.first, sum, g.first / rack, g.first / pod});
    });
    return parts;
  }
  std::vector<Part> domains_in(Range r) const {
    return parts_in(r, pool_.group_size(Level::domain));
  }

  // To the best group of that size inside that holds the tasks in so few domains, if one does.
  bool narrow(Range& group, uint32_t size, uint64_t tasks, uint32_t domains) const {
    if (size >= group.nodes) return false;
    Range best{};
    uint64_t least = ~uint64_t{0};
    for_groups(group, size, [&](Range r) {
      const uint64_t sum = room_in(r);
      if (sum < tasks || sum >= least || fewest(domains_in(r), tasks).parts > domains) return;
      best = r;
      least = sum;
    });
    if (best.nodes > 0) group = best;
    return best.nodes > 0;
  }

  // Notes what racks and pods have in parts with such room. Parts come by index.
  static void weigh(std::vector<Part>& parts, uint32_t smallest) {
    const auto sum = [&](auto index, auto room) {
      for (size_t i = 0, next; i < parts.size(); i = next) {
        uint64_t total = 0;
        for (next = i; next < parts.size() && parts[next].*index == parts[i].*index; ++next) {
          if (parts[next].room >= smallest) total += parts[next].room;
        }
        for (size_t k = i; k < next; ++k) parts[k].*room = total;
      }
    };
    sum(&Part::rack, &Part::rack_room);
    sum(&Part::pod, &Part::pod_room);
  }

  // Calls visit(part, tasks) for as few parts as hold the tasks.
  template <class F>
  static void take(std::vector<Part>& parts, uint32_t tasks, F&& visit) {
    const uint32_t count = fewest(parts, tasks).parts;
    const auto first = [](const Part& a, const Part& b) {
      if (a.room != b.room) return a.room > b.room;
      if (a.pod_room != b.pod_room) return a.pod_room > b.pod_room;
      if (a.pod != b.pod) return a.pod < b.pod;
      if (a.rack_room != b.rack_room) return a.rack_room > b.rack_room;
      return a.first < b.first;
    };
    std::partial_sort(parts.begin(), parts.begin() + count, parts.end(), first);
    std::vector<uint32_t> racks, pods;
    for (uint32_t i = 0; i + 1 < count; ++i) {
      visit(parts[i], parts[i].room);
      tasks -= parts[i].room;
      racks.push_back(parts[i].rack);
      pods.push_back(parts[i].pod);
    }
    std::sort(racks.begin(), racks.end());
    std::sort(pods.begin(), pods.end());
    // The rest: where the gang is already if it can be, then the tightest fit.
    const auto key = [&](const Part& p) {
      return std::tuple(!std::binary_search(pods.begin(), pods.end(), p.pod),
                        !std::binary_search(racks.begin(), racks.end(), p.rack), p.room, p.first);
    };
    const Part* last = nullptr;
    for (size_t i = count - 1; i < parts.size(); ++i) {
      if (parts[i].room < tasks) continue;
      if (last == nullptr || key(parts[i]) < key(*last)) last = &parts[i];
    }
    visit(*last, tasks);
  }

  void fill_domain(Range domain, uint32_t tasks, std::vector<NodeTasks>& out) const {
    std::vector<Part> nodes = parts_in(domain, 1);
    take(nodes, tasks, [&](const Part& p, uint32_t n) { out.push_back({p.first, n}); });
  }

  const Pool& pool_;
  std::span<const uint32_t> room_;
  std::vector<uint64_t> before_;  // [nodes + 1] sums of room
};

// Tasks that each node of the pool has room for. Only nodes with enough free GPUs are looked at:
// most of a busy pool have none.
std::vector<uint32_t> room_of(const World& world, const Job& job, uint32_t pool) {
  const Model& m = world.model();
  const bool windows = !m.windows.empty();
  std::vector<uint32_t> room(m.pools[pool].nodes);
  for (const uint32_t c : m.pool_classes[pool]) {
    const NodeClass& cls = m.classes[c];
    const NodeType& type = m.node_types[cls.type];
    if (job.gpus > 0 && job.gpu_models != 0 && !(job.gpu_models >> type.gpu_model & 1)) continue;
    for (uint32_t free = job.gpus; free <= type.gpus; ++free) {
      for (uint32_t i = world.free().next_free(c, free, 0); i != FreeIndex::kNone;
           i = world.free().next_free(c, free, i + 1)) {
        const uint32_t node = m.class_nodes[cls.first + i];
        uint64_t n = job.tasks;
        if (job.gpus > 0) n = std::min<uint64_t>(n, free / job.gpus);
        if (job.cpu_milli > 0) n = std::min<uint64_t>(n, world.cpu_left(node) / job.cpu_milli);
        if (job.memory_mib > 0) n = std::min<uint64_t>(n, world.memory_left(node) / job.memory_mib);
        if (n > 0 && windows && !world.open_to(node, job)) n = 0;
        room[node - m.pools[pool].first_node] = static_cast<uint32_t>(n);
      }
    }
  }
  return room;
}

// A quick no: fewer free GPUs in the pool than the gang needs.
bool gpus_suffice(const World& world, const Job& job, uint32_t pool) {
  if (job.gpus == 0) return true;
  const Model& m = world.model();
  uint64_t tasks = 0;
  for (const uint32_t c : m.pool_classes[pool]) {
    for (uint32_t f = job.gpus; f <= m.node_types[m.classes[c].type].gpus; ++f) {
      tasks += uint64_t{world.free().count(c, f)} * (f / job.gpus);
    }
  }
  return tasks >= job.tasks;
}

}  // namespace

bool choose_nodes(const Pool& pool, Level required, Level preferred, uint32_t tasks,
                  std::span<const uint32_t> room, std::vector<NodeTasks>& out) {
  out.clear();
  const Chooser chooser(pool, room);
  std::optional<Range> group;
  if (preferred < required) group = chooser.best_group(preferred, tasks);
  if (!group) group = chooser.best_group(required, tasks);
  if (!group) return false;
  chooser.fill(*group, tasks, out);
  std::sort(out.begin(), out.end(),
            [](const NodeTasks& a, const NodeTasks& b) { return a.node < b.node; });
  return true;
}

bool place_in_groups(const World& world, const Job& job, uint32_t pool, std::vector<Place>& out) {
  out.clear();
  if (job.gpus > 0 && job.gpu_milli < kWholeGpu) return BestFit{}.place(world, job, pool, out);
  if (!gpus_suffice(world, job, pool)) return false;
  const Model& m = world.model();
  const Pool& p = m.pools[pool];
  const JobKind& kind = m.kinds[job.kind];
  const std::vector<uint32_t> room = room_of(world, job, pool);
  std::vector<NodeTasks> nodes;
  if (!choose_nodes(p, kind.required, kind.preferred, job.tasks, room, nodes)) return false;
  for (const NodeTasks& x : nodes) {
    const uint32_t node = p.first_node + x.node;
    const uint16_t* left = world.gpu_left(node);
    uint32_t g = 0;
    for (uint32_t t = 0; t < x.tasks; ++t) {
      uint32_t mask = 0;
      for (uint32_t missing = job.gpus; missing > 0; ++g) {
        if (left[g] != kWholeGpu) continue;
        mask |= 1u << g;
        --missing;
      }
      out.push_back({node, mask});
    }
  }
  return true;
}

}  // namespace dure::fleet
