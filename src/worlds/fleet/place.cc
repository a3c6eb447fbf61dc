#include "worlds/fleet/place.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>

#include "base/math.h"
#include "base/random.h"
#include "worlds/fleet/streams.h"

namespace dure::fleet {
namespace {

constexpr uint32_t kNone = FreeIndex::kNone;
constexpr size_t kMaxCached = size_t{1} << 26;  // scores that a rule keeps, 10 bytes each

bool allowed(const Job& job, const NodeType& type) {
  return job.gpus == 0 || job.gpu_models == 0 || (job.gpu_models >> type.gpu_model & 1);
}

// How many of the job's tasks the node's CPU and memory can take, at most `limit`.
uint32_t tasks_by_cpu_and_memory(const World& world, const Job& job, uint32_t node,
                                 uint32_t limit) {
  uint64_t n = limit;
  if (job.cpu_milli > 0) n = std::min<uint64_t>(n, world.cpu_left(node) / job.cpu_milli);
  if (job.memory_mib > 0) n = std::min<uint64_t>(n, world.memory_left(node) / job.memory_mib);
  return static_cast<uint32_t>(n);
}

// The same; none when a window keeps the node free.
uint32_t tasks_within_windows(const World& world, const Job& job, uint32_t node, uint32_t limit) {
  if (!world.model().windows.empty() && !world.open_to(node, job)) return 0;
  return tasks_by_cpu_and_memory(world, job, node, limit);
}

// The `count` lowest fully free GPUs that are not in `taken`.
uint32_t lowest_free(const uint16_t* gpu_left, uint32_t gpus, uint32_t count, uint32_t taken = 0) {
  uint32_t mask = 0;
  for (uint32_t g = 0; g < gpus && count > 0; ++g) {
    if (gpu_left[g] != kWholeGpu || (taken >> g & 1)) continue;
    mask |= 1u << g;
    --count;
  }
  return mask;
}

// Puts as many tasks of a whole-GPU gang on a node as fit there.
void fill_node(const World& world, const Job& job, uint32_t node, std::vector<Place>& out) {
  const uint32_t missing = job.tasks - static_cast<uint32_t>(out.size());
  const uint32_t by_gpus = job.gpus == 0 ? missing : world.free_gpus(node) / job.gpus;
  const uint32_t n = tasks_within_windows(world, job, node, std::min(missing, by_gpus));
  const uint32_t gpus = world.model().type_of(node).gpus;
  if (n > 0 && job.gpus == gpus) {  // a whole node
    out.push_back({node, static_cast<uint32_t>((uint64_t{1} << gpus) - 1)});
    return;
  }
  uint32_t taken = 0;
  for (uint32_t i = 0; i < n; ++i) {
    const uint32_t mask = lowest_free(world.gpu_left(node), gpus, job.gpus, taken);
    out.push_back({node, mask});
    taken |= mask;
  }
}

bool complete(const Job& job, std::vector<Place>& out) {
  if (out.size() == job.tasks) return true;
  out.clear();
  return false;
}

// A quick no: fewer free GPUs than the gang needs, CPU and memory aside.
bool gpus_suffice(const World& world, const Job& job, uint32_t pool) {
  const Model& m = world.model();
  uint64_t tasks = 0;
  for (const uint32_t c : m.pool_classes[pool]) {
    const NodeType& type = m.node_types[m.classes[c].type];
    if (!allowed(job, type)) continue;
    for (uint32_t free = job.gpus; free <= type.gpus; ++free) {
      tasks += uint64_t{world.free().count(c, free)} * (free / job.gpus);
      if (tasks >= job.tasks) return true;
    }
  }
  return false;
}

struct Best {
  uint32_t node = kNone;
  uint32_t gpu = 0;
  uint32_t left = ~0u;
};

// The most used GPU that still has the share; lowest node and GPU at ties. Falls back on breaking
// up a free GPU on the node with the fewest free ones.
bool best_share(const World& world, const Job& job, uint32_t pool, std::vector<Place>& out) {
  const Model& m = world.model();
  Best best;
  for (const uint32_t c : m.pool_classes[pool]) {
    const NodeClass& cls = m.classes[c];
    if (!allowed(job, m.node_types[cls.type])) continue;
    // A node is found by its largest share left; a smaller one on it may fit better, so every node
    // whose largest share suffices is looked at.
    for (uint32_t level = job.gpu_milli * FreeIndex::kShareLevels / kWholeGpu;
         level < FreeIndex::kShareLevels; ++level) {
      for (uint32_t i = world.free().next_share(c, level, 0); i != kNone;
           i = world.free().next_share(c, level, i + 1)) {
        const uint32_t node = m.class_nodes[cls.first + i];
        if (tasks_within_windows(world, job, node, 1) == 0) continue;
        const uint16_t* left = world.gpu_left(node);
        for (uint32_t g = 0; g < m.node_types[cls.type].gpus; ++g) {
          if (left[g] < job.gpu_milli || left[g] == kWholeGpu) continue;
          if (left[g] < best.left || (left[g] == best.left && node < best.node)) {
            best = {node, g, left[g]};
          }
        }
      }
    }
  }
  if (best.node != kNone) {
    out.push_back({best.node, 1u << best.gpu});
    return true;
  }
  return false;
}

// Tasks that a node has room for, at most `limit`.
uint32_t room_on(const World& world, const Job& job, uint32_t node, uint32_t limit) {
  const NodeType& type = world.model().type_of(node);
  if (!world.in_service(node) || !allowed(job, type)) return 0;
  if (job.gpus > 0 && job.gpu_milli == kWholeGpu) {
    limit = std::min(limit, world.free_gpus(node) / job.gpus);
  } else if (job.gpus > 0) {
    const uint16_t* left = world.gpu_left(node);
    if (std::all_of(left, left + type.gpus, [&](uint16_t x) { return x < job.gpu_milli; }))
      return 0;
  }
  return tasks_by_cpu_and_memory(world, job, node, limit);
}

// The most used GPU of a node that still has the share.
uint32_t best_share_on(const World& world, const Job& job, uint32_t node) {
  const uint16_t* left = world.gpu_left(node);
  Best best;
  for (uint32_t g = 0; g < world.model().type_of(node).gpus; ++g) {
    if (left[g] >= job.gpu_milli && left[g] < best.left) best = {node, g, left[g]};
  }
  return 1u << best.gpu;
}

}  // namespace

bool place_on(const World& world, const Job& job, std::span<const uint32_t> nodes,
              std::vector<Place>& out) {
  out.clear();
  struct Share {
    uint32_t node, room, tasks;
  };
  std::vector<Share> shares;
  std::vector<size_t> share_of;  // [nodes]
  for (const uint32_t n : nodes) {
    const auto known =
        std::find_if(shares.begin(), shares.end(), [&](const Share& s) { return s.node == n; });
    share_of.push_back(static_cast<size_t>(known - shares.begin()));
    if (known == shares.end()) shares.push_back({n, room_on(world, job, n, job.tasks), 0});
  }
  uint32_t missing = job.tasks;
  for (bool any = true; any && missing > 0;) {
    any = false;
    for (size_t i = 0; i < nodes.size() && missing > 0; ++i) {
      Share& s = shares[share_of[i]];
      if (s.tasks == s.room) continue;
      ++s.tasks;
      --missing;
      any = true;
    }
  }
  if (missing > 0) return false;
  for (const Share& s : shares) {
    uint32_t taken = 0;
    for (uint32_t t = 0; t < s.tasks; ++t) {
      const uint32_t mask = job.gpu_milli < kWholeGpu && job.gpus > 0
                                ? best_share_on(world, job, s.node)
                                : lowest_free(world.gpu_left(s.node),
                                              world.model().type_of(s.node).gpus, job.gpus, taken);
      out.push_back({s.node, mask});
      taken |= mask;
    }
  }
  return true;
}

bool BestFit::place(const World& world, const Job& job, uint32_t pool, std::vector<Place>& out) {
  out.clear();
  const Model& m = world.model();
  const auto& classes = m.pool_classes[pool];
  if (job.gpu_milli < kWholeGpu && job.gpus > 0) {
    DURE_ASSERT(job.tasks == 1, "gangs of shared GPUs are not placed yet");
    if (best_share(world, job, pool, out)) return true;
  } else if (job.gpus > 0 && !gpus_suffice(world, job, pool)) {
    return false;
  }
  // Task after task onto the node with the fewest free GPUs that fits: that is filling up node
  // after node, in order of free GPUs, as a node that took a task has fewer free than any other
  // that fits.
  uint32_t most = 0;
  for (const uint32_t c : classes) most = std::max(most, m.node_types[m.classes[c].type].gpus);
  std::array<uint32_t, kMaxNodeTypesPerPool>
      position;  // [classes of the pool] of the node looked at
  for (uint32_t free = job.gpus; free <= most; ++free) {
    for (uint32_t i = 0; i < classes.size(); ++i) {
      const NodeType& type = m.node_types[m.classes[classes[i]].type];
      position[i] = free <= type.gpus && allowed(job, type)
                        ? world.free().next_free(classes[i], free, 0)
                        : kNone;
    }
    for (;;) {  // the classes merged by node index
      uint32_t node = kNone, from = 0;
      for (uint32_t i = 0; i < classes.size(); ++i) {
        if (position[i] == kNone) continue;
        const uint32_t candidate = m.class_nodes[m.classes[classes[i]].first + position[i]];
        if (candidate < node) {
          node = candidate;
          from = i;
        }
      }
      if (node == kNone) break;
      fill_node(world, job, node, out);
      if (out.size() == job.tasks) return true;
      position[from] = world.free().next_free(classes[from], free, position[from] + 1);
    }
  }
  return complete(job, out);
}

bool FirstFit::place(const World& world, const Job& job, uint32_t pool, std::vector<Place>& out) {
  out.clear();
  const Model& m = world.model();
  const Pool& p = m.pools[pool];
  const bool shared = job.gpus > 0 && job.gpu_milli < kWholeGpu;
  if (!shared && job.gpus > 0 && !gpus_suffice(world, job, pool)) return false;
  for (uint32_t n = p.first_node; n < p.first_node + p.nodes; ++n) {
    if (!world.in_service(n) || !allowed(job, m.type_of(n))) continue;
    if (shared) {
      if (tasks_within_windows(world, job, n, 1) == 0) continue;
      for (uint32_t g = 0; g < m.type_of(n).gpus; ++g) {
        if (world.gpu_left(n)[g] < job.gpu_milli) continue;
        out.push_back({n, 1u << g});
        break;
      }
    } else if (job.gpus == 0 || world.free_gpus(n) >= job.gpus) {
      fill_node(world, job, n, out);
    }
    if (out.size() == job.tasks) return true;
  }
  return complete(job, out);
}

bool RandomFit::place(const World& world, const Job& job, uint32_t pool, std::vector<Place>& out) {
  out.clear();
  const Model& m = world.model();
  const Pool& p = m.pools[pool];
  const bool shared = job.gpus > 0 && job.gpu_milli < kWholeGpu;
  candidates_.clear();
  for (uint32_t n = p.first_node; n < p.first_node + p.nodes; ++n) {
    if (!world.in_service(n) || !allowed(job, m.type_of(n))) continue;
    const auto* left = world.gpu_left(n);
    const auto fits = [&](uint32_t g) { return left[g] >= job.gpu_milli; };
    bool gpu = job.gpus == 0 || world.free_gpus(n) >= job.gpus;
    for (uint32_t g = 0; shared && !gpu && g < m.type_of(n).gpus; ++g) gpu = fits(g);
    if (gpu && tasks_within_windows(world, job, n, 1) > 0) candidates_.push_back(n);
  }
  Random random{m.seed, stream_id(kRandomPlace, job.number & 0xFFFFFFFFFFFF), 0};
  // Task after task a node that still fits, all nodes alike; a node leaves when it is full.
  std::vector<uint32_t> used(candidates_.size(), 0);  // mask of GPUs given, per candidate
  std::vector<uint32_t> tasks(candidates_.size(), 0);
  while (out.size() < job.tasks && !candidates_.empty()) {
    const auto i = static_cast<size_t>(random.below(candidates_.size()));
    const uint32_t n = candidates_[i];
    const uint16_t* left = world.gpu_left(n);
    uint32_t mask = 0;
    if (shared) {
      uint32_t fitting = 0;
      for (uint32_t g = 0; g < m.type_of(n).gpus; ++g) fitting += left[g] >= job.gpu_milli;
      uint64_t pick = random.below(fitting);
      for (uint32_t g = 0; mask == 0; ++g) {
        if (left[g] >= job.gpu_milli && pick-- == 0) mask = 1u << g;
      }
    } else {
      mask = lowest_free(left, m.type_of(n).gpus, job.gpus, used[i]);
    }
    const bool fits = static_cast<uint32_t>(std::popcount(mask)) == job.gpus &&
                      tasks_within_windows(world, job, n, tasks[i] + 1) > tasks[i];
    if (!fits) {
      candidates_[i] = candidates_.back();
      used[i] = used.back();
      tasks[i] = tasks.back();
      candidates_.pop_back();
      used.pop_back();
      tasks.pop_back();
      continue;
    }
    used[i] |= mask;
    ++tasks[i];
    out.push_back({n, mask});
  }
  return complete(job, out);
}

size_t Scored::ShapeHash::operator()(const Shape& s) const {
  uint64_t h = 0;
  for (const uint32_t x : {s.pool, s.gpus, s.gpu_milli, s.cpu_milli, s.memory_mib, s.gpu_models}) {
    h = (h ^ x) * 0x9E3779B97F4A7C15;
    h ^= h >> 32;
  }
  return h;
}

void Scored::prepare(const World& world) {
  const Model& m = world.model();
  if (prepared_for_.get() == &m) return;
  prepared_for_ = world.shared_model();
  tables_.clear();
  order_.assign(m.pools.size(), {});
  for (uint32_t p = 0; p < m.pools.size(); ++p) {
    auto& nodes = order_[p];
    for (uint32_t i = 0; i < m.pools[p].nodes; ++i) nodes.push_back(m.pools[p].first_node + i);
    if (!m.tie_rank.empty()) {
      std::sort(nodes.begin(), nodes.end(),
                [&](uint32_t a, uint32_t b) { return m.tie_rank[a] < m.tie_rank[b]; });
    }
  }
}

// trunc(100 sigmoid(fragmentation before - after, in GPUs)), best over the GPUs that fit; the first
// GPU at ties. -1: does not fit.
int16_t Scored::fgd(const TargetWorkload& target, const Job& job, const NodeView& node,
                    uint32_t* best_gpu) const {
  const uint32_t gpus = node.type->gpus;
  const uint32_t cpu = node.cpu_left - job.cpu_milli;
  const auto fragmented = [&](uint32_t cpu_left, const uint16_t* left) {
    return target.fragmented(cpu_left, left, gpus, node.type->gpu_model);
  };
  const double before = fragmented(node.cpu_left, node.gpu_left);
  const auto score = [&](double after) {
    // As published, not math::sigmoid: ties hang on the last bit around 50.
    return static_cast<int16_t>(100 * (1 / (1 + math::exp(-((before - after) / 1000)))));
  };
  uint16_t left[kMaxGpusPerNode];
  std::copy_n(node.gpu_left, gpus, left);
  if (job.gpus == 0 || job.gpu_milli == kWholeGpu) {
    for (uint32_t mask = lowest_free(left, gpus, job.gpus); mask != 0; mask &= mask - 1) {
      left[std::countr_zero(mask)] = 0;
    }
    return score(fragmented(cpu, left));
  }
  int16_t best = -1;
  for (uint32_t g = 0; g < gpus; ++g) {
    if (left[g] < job.gpu_milli) continue;
    // A GPU with as much left as an earlier one scores the same, and the first wins.
    if (std::find(node.gpu_left, node.gpu_left + g, node.gpu_left[g]) != node.gpu_left + g)
      continue;
    left[g] = static_cast<uint16_t>(left[g] - job.gpu_milli);
    const int16_t s = score(fragmented(cpu, left));
    left[g] = node.gpu_left[g];
    if (s > best) {
      best = s;
      if (best_gpu != nullptr) *best_gpu = g;
    }
  }
  return best;
}

int16_t Scored::score_of(const World& world, const Job& job, const NodeView& node) const {
  if (node.cpu_left < job.cpu_milli || node.memory_left < job.memory_mib) return -1;
  uint32_t fitting = 0, total = 0;
  for (uint32_t g = 0; g < node.type->gpus; ++g) {
    fitting += node.gpu_left[g] >= job.gpu_milli;
    total += node.gpu_left[g];
  }
  if (job.gpus > 0 && (fitting < job.gpus || !allowed(job, *node.type))) return -1;
  if (score_ == Score::fgd) return fgd(world.model().target, job, node, nullptr);
  if (score_ == Score::spread) {
    const double all = job.gpus > 0 ? node.type->gpus * kWholeGpu : node.type->cpu_milli;
    const double left = job.gpus > 0 ? total - job.gpus * job.gpu_milli
                                     : static_cast<double>(node.cpu_left - job.cpu_milli);
    return static_cast<int16_t>(all > 0 ? 30000 * left / all : 0);
  }
  // Left over, with 128 cores and 8 GPUs as the units of the published rule.
  const double cpu = 0.5 * static_cast<double>(node.cpu_left - job.cpu_milli) / 128000;
  const double gpu = 0.5 * static_cast<double>(total - job.gpus * job.gpu_milli) / 8000;
  return static_cast<int16_t>(std::max(0.0, 100 * (1 - (cpu + gpu))));
}

uint32_t Scored::choose_gpus(const World& world, const Job& job, const NodeView& node) const {
  const uint32_t gpus = node.type->gpus;
  if (job.gpus == 0) return 0;
  if (job.gpu_milli == kWholeGpu) return lowest_free(node.gpu_left, gpus, job.gpus);
  uint32_t best = 0;
  if (score_ == Score::fgd) {
    fgd(world.model().target, job, node, &best);
  } else {
    // The one with least left that will do, or to spread, with most: the first of equals.
    bool found = false;
    for (uint32_t g = 0; g < gpus; ++g) {
      const uint32_t left = node.gpu_left[g];
      if (left < job.gpu_milli) continue;
      const bool better =
          score_ == Score::spread ? left > node.gpu_left[best] : left < node.gpu_left[best];
      if (!found || better) best = g;
      found = true;
    }
  }
  return 1u << best;
}

bool Scored::place(const World& world, const Job& job, uint32_t pool, std::vector<Place>& out) {
  out.clear();
  prepare(world);
  const Model& m = world.model();
  if (job.gpus > 0 && job.gpu_milli == kWholeGpu && !gpus_suffice(world, job, pool)) return false;
  const auto& order = order_[pool];
  const auto view = [&](uint32_t n) {
    return NodeView{&m.type_of(n), world.cpu_left(n), world.memory_left(n), world.gpu_left(n)};
  };

  if (tables_.size() * size_t{m.nodes()} > kMaxCached) tables_.clear();
  Table& table =
      tables_[{pool, job.gpus, job.gpu_milli, job.cpu_milli, job.memory_mib, job.gpu_models}];
  if (table.state.empty()) {
    table.state.assign(order.size(), 0);
    table.score.assign(order.size(), -1);
  }
  for (size_t i = 0; i < order.size(); ++i) {
    const uint64_t state = world.node_state(order[i]);
    if (table.state[i] == state) continue;
    table.state[i] = state;
    table.score[i] =
        world.in_service(order[i]) ? score_of(world, job, view(order[i])) : int16_t{-1};
  }

  // Nodes that already got tasks of this gang are scored as they would be then.
  std::vector<Tentative> touched;
  while (out.size() < job.tasks) {
    const auto best =
        std::max_element(table.score.begin(), table.score.end());  // the first of equals
    auto position = static_cast<uint32_t>(best - table.score.begin());
    int16_t score = *best;
    if (score >= 0 && !m.windows.empty() && !world.open_to(order[position], job)) {
      table.score[position] = -1;
      table.state[position] = 0;
      continue;
    }
    Tentative* again = nullptr;
    for (Tentative& t : touched) {
      if (t.score > score || (t.score == score && score >= 0 && t.position < position)) {
        score = t.score;
        position = t.position;
        again = &t;
      }
    }
    if (score < 0) break;
    const uint32_t n = order[position];
    const NodeView before =
        again ? NodeView{&m.type_of(n), again->cpu_left, again->memory_left, again->gpu_left}
              : view(n);
    const uint32_t mask = choose_gpus(world, job, before);
    out.push_back({n, mask});
    if (out.size() == job.tasks) break;
    if (again == nullptr) {
      Tentative t{position, n, before.cpu_left, before.memory_left, score, {}};
      std::copy_n(before.gpu_left, before.type->gpus, t.gpu_left);
      touched.push_back(t);
      again = &touched.back();
      table.score[position] = -1;  // the tentative score stands in for it
      table.state[position] = 0;   // and it is scored anew next time
    }
    again->cpu_left -= job.cpu_milli;
    again->memory_left -= job.memory_mib;
    for (uint32_t bits = mask; bits != 0; bits &= bits - 1) {
      uint16_t& gpu = again->gpu_left[std::countr_zero(bits)];
      gpu = static_cast<uint16_t>(gpu - job.gpu_milli);
    }
    again->score =
        score_of(world, job, {before.type, again->cpu_left, again->memory_left, again->gpu_left});
  }
  return complete(job, out);
}

}  // namespace dure::fleet
