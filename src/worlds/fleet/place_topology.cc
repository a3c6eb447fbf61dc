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
using Parts = std::span<const Part>;  // with room, by index

// How many of the largest rooms hold the tasks, and how large the smallest of these is.
struct Fewest {
  uint32_t parts = 0, smallest = 0;
};

Fewest fewest(Parts parts, uint64_t tasks) {
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

// The group of the level that holds the tasks with the least room left over. room(level, g, range):
// that of its group g; asked about in order. Where it is not enough, anything below `tasks` will
// do.
template <class F>
std::optional<Range> best_group(const Pool& pool, Level level, uint64_t tasks, F&& room) {
  std::optional<Range> best;
  uint64_t least = 0;
  uint32_t group = 0;
  for_groups({0, pool.nodes}, pool.group_size(level), [&](Range r) {
    const uint64_t sum = room(level, group++, r);
    if (sum < tasks || (best && sum >= least)) return;
    best = r;
    least = sum;
  });
  return best;
}

template <class F>
std::optional<Range> group_for(const Pool& pool, Level required, Level preferred, uint64_t tasks,
                               F&& room) {
  std::optional<Range> group;
  if (preferred < required) group = best_group(pool, preferred, tasks, room);
  if (!group) group = best_group(pool, required, tasks, room);
  return group;
}

// Spreads a gang's tasks over the nodes of a group.
class Chooser {
 public:
  // room: of the group's nodes.
  Chooser(const Pool& pool, Range group, std::span<const uint32_t> room) : pool_(pool) {
    for (uint32_t i = 0; i < group.nodes; ++i) {
      const uint32_t n = group.first + i;
      if (room[i] > 0)
        nodes_.push_back({n, room[i], n / pool.nodes_per_rack, n / pool.group_size(Level::pod)});
    }
  }

  void fill(uint32_t tasks, std::vector<NodeTasks>& out) const {
    out.clear();
    const std::vector<Part> all = domains();
    Parts domains = all;
    const uint32_t parts = fewest(all, tasks).parts;
    if (!narrow(&Part::rack, domains, tasks, parts)) narrow(&Part::pod, domains, tasks, parts);
    take(weighed(domains, fewest(domains, tasks).smallest), tasks,
         [&](const Part& p, uint32_t n) { fill_domain(p, n, out); });
    std::sort(out.begin(), out.end(),
              [](const NodeTasks& a, const NodeTasks& b) { return a.node < b.node; });
  }

 private:
  std::vector<Part> domains() const {
    const uint32_t size = pool_.nodes_per_domain;
    if (size == 1) return nodes_;
    std::vector<Part> out;
    uint64_t room = 0;
    for (size_t i = 0; i < nodes_.size(); ++i) {
      const uint32_t first = nodes_[i].first / size * size;
      if (out.empty() || out.back().first != first) {
        out.push_back(nodes_[i]);
        out.back().first = first;
        room = 0;
      }
      room += nodes_[i].room;
      out.back().room = static_cast<uint32_t>(std::min<uint64_t>(~0u, room));
    }
    return out;
  }

  // Calls visit(parts, room) for the parts of each rack or pod.
  template <class F>
  static void by(uint32_t Part::*index, Parts parts, F&& visit) {
    for (size_t i = 0, next; i < parts.size(); i = next) {
      uint64_t room = 0;
      for (next = i; next < parts.size() && parts[next].*index == parts[i].*index; ++next)
        room += parts[next].room;
      visit(parts.subspan(i, next - i), room);
    }
  }

  // To the tightest rack or pod that holds the tasks in so few domains, if one does.
  static bool narrow(uint32_t Part::*index, Parts& domains, uint64_t tasks, uint32_t count) {
    Parts best;
    uint64_t least = ~uint64_t{0};
    by(index, domains, [&](Parts inside, uint64_t room) {
      if (room < tasks || room >= least || fewest(inside, tasks).parts > count) return;
      best = inside;
      least = room;
    });
    if (!best.empty()) domains = best;
    return !best.empty();
  }

  // With what their racks and pods have in parts with such room.
  static std::vector<Part> weighed(Parts parts, uint32_t smallest) {
    std::vector<Part> out(parts.begin(), parts.end());
    const auto weigh = [&](auto index, auto room) {
      by(index, out, [&](Parts inside, uint64_t) {
        uint64_t total = 0;
        for (const Part& p : inside) total += p.room >= smallest ? p.room : 0;
        for (const Part& p : inside) out[static_cast<size_t>(&p - out.data())].*room = total;
      });
    };
    weigh(&Part::rack, &Part::rack_room);
    weigh(&Part::pod, &Part::pod_room);
    return out;
  }

  // Calls visit(part, tasks) for as few parts as hold the tasks.
  template <class F>
  static void take(std::vector<Part> parts, uint32_t tasks, F&& visit) {
    const uint32_t count = fewest(parts, tasks).parts;
    const uint32_t rack = parts.front().rack, pod = parts.front().pod;  // the first
    std::vector<uint8_t> racks(parts.back().rack - rack + 1), pods(parts.back().pod - pod + 1);
    const auto first = [](const Part& a, const Part& b) {
      if (a.room != b.room) return a.room > b.room;
      if (a.pod_room != b.pod_room) return a.pod_room > b.pod_room;
      if (a.pod != b.pod) return a.pod < b.pod;
      if (a.rack_room != b.rack_room) return a.rack_room > b.rack_room;
      return a.first < b.first;
    };
    std::nth_element(parts.begin(), parts.begin() + (count - 1), parts.end(), first);
    for (uint32_t i = 0; i + 1 < count; ++i) {
      visit(parts[i], parts[i].room);
      tasks -= parts[i].room;
      racks[parts[i].rack - rack] = pods[parts[i].pod - pod] = 1;
    }
    // The rest: where the gang is already if it can be, then the tightest fit.
    const auto key = [&](const Part& p) {
      return std::tuple(1 - pods[p.pod - pod], 1 - racks[p.rack - rack], p.room, p.first);
    };
    const Part* last = nullptr;
    for (size_t i = count - 1; i < parts.size(); ++i) {
      if (parts[i].room < tasks) continue;
      if (last == nullptr || key(parts[i]) < key(*last)) last = &parts[i];
    }
    visit(*last, tasks);
  }

  void fill_domain(const Part& domain, uint32_t tasks, std::vector<NodeTasks>& out) const {
    if (pool_.nodes_per_domain == 1) return out.push_back({domain.first, tasks});
    const auto at = [&](uint32_t node) {
      return std::lower_bound(nodes_.begin(), nodes_.end(), node,
                              [](const Part& p, uint32_t n) { return p.first < n; });
    };
    take({at(domain.first), at(domain.first + pool_.nodes_per_domain)}, tasks,
         [&](const Part& p, uint32_t n) {
           out.push_back({p.first, n});
         });
  }

  const Pool& pool_;
  std::vector<Part> nodes_;  // with room, by index
};

// Room for a gang's tasks in a pool of the world.
class Rooms {
 public:
  Rooms(const World& world, const Job& job, uint32_t pool)
      : world_(world), model_(world.model()), job_(job), pool_(pool) {
    const Pool& p = model_.pools[pool];
    for (const Window& w : model_.windows) {
      windows_ |= w.until > world.now() && w.first_node < p.first_node + p.nodes &&
                  p.first_node < w.first_node + w.nodes;
    }
    if (!world.groups().any() || p.nodes == 0) return;
    const NodeType& type = model_.type_of(p.first_node);
    even_ = !windows_ && allows(type) &&
            uint64_t{job.cpu_milli} * type.gpus <= uint64_t{type.cpu_milli} * job.gpus &&
            uint64_t{job.memory_mib} * type.gpus <= type.memory_mib * job.gpus;
  }

  // Of a group, asked about in order; where it is too little, it may be more than there is.
  uint64_t in(Level level, uint32_t group, Range r) {
    if (group == 0) look_at(level);
    if (all_even_) return static_cast<uint64_t>(most_[group]);
    if (!most_.empty()) {
      const auto most = static_cast<uint64_t>(most_[group]);
      if (most < job_.tasks || (even_ && world_.groups().even(pool_, level, group))) return most;
    }
    uint64_t sum = 0;
    for (uint32_t i = r.first; i < r.first + r.nodes; ++i) sum += on_node(i);
    return sum;
  }

  uint32_t on_node(uint32_t i) const {
    const uint32_t node = model_.pools[pool_].first_node + i;
    const uint32_t free = world_.free_gpus(node);
    if (free < job_.gpus || !world_.in_service(node)) return 0;
    uint64_t n = job_.tasks;
    if (job_.gpus > 0) {
      if (!allows(model_.type_of(node))) return 0;
      n = std::min<uint64_t>(n, free / job_.gpus);
    }
    if (job_.cpu_milli > 0) n = std::min<uint64_t>(n, world_.cpu_left(node) / job_.cpu_milli);
    if (job_.memory_mib > 0) n = std::min<uint64_t>(n, world_.memory_left(node) / job_.memory_mib);
    if (n > 0 && windows_ && !world_.open_to(node, job_)) n = 0;
    return static_cast<uint32_t>(n);
  }

 private:
  void look_at(Level level) {
    const GroupIndex& groups = world_.groups();
    most_.clear();
    if (job_.gpus > 0 && groups.covers(pool_, level))
      groups.tasks(pool_, level, job_.gpus, job_.tasks, most_);
    all_even_ = even_ && !most_.empty() && groups.covers(pool_, Level::pool) &&
                groups.even(pool_, Level::pool, 0);
  }

  bool allows(const NodeType& type) const {
    return job_.gpu_models == 0 || (job_.gpu_models >> type.gpu_model & 1);
  }

  const World& world_;
  const Model& model_;
  const Job& job_;
  uint32_t pool_;
  bool windows_ = false;  // some lie ahead or are open
  bool even_ = false;     // the job: see GroupIndex
  // Of the level that is asked about:
  std::vector<int64_t> most_;  // [groups] by free GPUs alone, if they are known
  bool all_even_ = false;      // that is what they have
};

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
  std::vector<uint64_t> before(room.size() + 1);
  for (size_t n = 0; n < room.size(); ++n) before[n + 1] = before[n] + room[n];
  const auto group = group_for(pool, required, preferred, tasks, [&](Level, uint32_t, Range r) {
    return before[r.first + r.nodes] - before[r.first];
  });
  if (!group) return false;
  Chooser(pool, *group, room.subspan(group->first, group->nodes)).fill(tasks, out);
  return true;
}

bool place_in_groups(const World& world, const Job& job, uint32_t pool, std::vector<Place>& out) {
  out.clear();
  if (job.gpus > 0 && job.gpu_milli < kWholeGpu) return BestFit{}.place(world, job, pool, out);
  if (!gpus_suffice(world, job, pool)) return false;
  const Model& m = world.model();
  const Pool& p = m.pools[pool];
  const JobKind& kind = m.kinds[job.kind];
  Rooms rooms(world, job, pool);
  const auto group =
      group_for(p, kind.required, kind.preferred, job.tasks,
                [&](Level level, uint32_t g, Range r) { return rooms.in(level, g, r); });
  if (!group) return false;
  std::vector<uint32_t> room(group->nodes);
  for (uint32_t i = 0; i < group->nodes; ++i) room[i] = rooms.on_node(group->first + i);
  std::vector<NodeTasks> nodes;
  Chooser(p, *group, room).fill(job.tasks, nodes);
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
