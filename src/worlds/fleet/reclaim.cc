#include "worlds/fleet/reclaim.h"

#include <algorithm>
#include <bit>

namespace dure::fleet {

namespace {

constexpr uint32_t kNone = ~uint32_t{0};

// Of prices: cost per weight, with one unit at least, so that nothing compares with everything.
int compare(unsigned __int128 cost_a, uint64_t weight_a, unsigned __int128 cost_b,
            uint64_t weight_b) {
  const auto a = cost_a * std::max<uint64_t>(1, weight_b);
  const auto b = cost_b * std::max<uint64_t>(1, weight_a);
  return a < b ? -1 : a > b;
}

}  // namespace

bool Reclaim::find(const World& world, const Job& job, uint32_t pool, std::vector<Place>& places,
                   std::vector<uint32_t>& victims, std::optional<GpuTime> below) {
  const Model& m = world.model();
  world_ = &world;
  pool_ = pool;
  job_ = &job;
  steps_ = 0;
  const Cost limit = below ? below->exact() : kUnknown;
  best_cost_ = limit;
  best_.clear();
  places.clear();
  victims.clear();
  if (limit == 0 || !world.in_budget(job_->account)) return false;
  if (needs_nobody(places)) return true;
  uint32_t tried = 0;
  for (const uint32_t c : m.pool_classes[pool]) {
    const uint32_t model = m.node_types[m.classes[c].type].gpu_model;
    if (tried >> model & 1) continue;
    if (job_->gpus > 0 && job_->gpu_models != 0 && !(job_->gpu_models >> model & 1)) continue;
    tried |= 1u << model;
    search(job_->gpus > 0 ? model : VictimRules::kNoModel);
    if (job_->gpus == 0) break;
  }
  if (best_cost_ == limit) return false;
  finish(places, victims);
  return true;
}

// Whether there is room and quota as it is.
bool Reclaim::needs_nobody(std::vector<Place>& places) {
  const Model& m = world_->model();
  Job job = *job_;
  for (const uint32_t c : m.pool_classes[pool_]) {
    const uint32_t model = m.node_types[m.classes[c].type].gpu_model;
    if (job.gpus > 0) {
      if (job_->gpu_models != 0 && !(job_->gpu_models >> model & 1)) continue;
      if (world_->quota_left(job.account, model) < static_cast<int64_t>(job.total_gpu_milli()))
        continue;
      job.gpu_models = 1u << model;
    }
    if (place_in_groups(*world_, job, pool_, places)) {
      best_cost_ = 0;
      return true;
    }
  }
  return false;
}

// ---- what there is ----

uint32_t Reclaim::room_of(uint32_t i) const {
  const Node& n = nodes_[i];
  if (!n.usable) return 0;
  uint64_t tasks = job_->tasks;
  if (job_->gpus > 0 && job_->gpu_milli == kWholeGpu) {
    tasks = std::min<uint64_t>(tasks, n.free_gpus / job_->gpus);
  } else if (job_->gpus > 0) {
    const Model& m = world_->model();
    const uint32_t node = m.pools[pool_].first_node + i;
    const uint16_t* left =
        gpu_left_.data() + (m.gpu_offset[node] - m.gpu_offset[m.pools[pool_].first_node]);
    uint32_t fit = 0;
    for (uint32_t g = 0; g < m.type_of(node).gpus; ++g) fit += left[g] >= job_->gpu_milli;
    tasks = std::min<uint64_t>(tasks, fit);
  }
  if (job_->cpu_milli > 0) tasks = std::min<uint64_t>(tasks, n.cpu / job_->cpu_milli);
  if (job_->memory_mib > 0) tasks = std::min<uint64_t>(tasks, n.memory / job_->memory_mib);
  return static_cast<uint32_t>(tasks);
}

void Reclaim::note_nodes(uint32_t gpu_model) {
  const Model& m = world_->model();
  const Pool& p = m.pools[pool_];
  nodes_.assign(p.nodes, {});
  for (uint32_t i = 0; i < p.nodes; ++i) {
    const uint32_t node = p.first_node + i;
    nodes_[i].usable = world_->in_service(node) &&
                       (job_->gpus == 0 || m.type_of(node).gpu_model == gpu_model) &&
                       (m.windows.empty() || world_->open_to(node, *job_));
  }
  note_what_is_free();
  for (Node& n : nodes_) n.room_now = n.room;
}

void Reclaim::note_what_is_free() {
  const Model& m = world_->model();
  const Pool& p = m.pools[pool_];
  const uint16_t* left = world_->gpu_left(p.first_node);
  gpu_left_.assign(left,
                   left + (m.gpu_offset[p.first_node + p.nodes] - m.gpu_offset[p.first_node]));
  for (uint32_t i = 0; i < p.nodes; ++i) {
    Node& n = nodes_[i];
    if (!n.usable) continue;
    n.cpu = world_->cpu_left(p.first_node + i);
    n.memory = world_->memory_left(p.first_node + i);
    n.free_gpus = world_->free_gpus(p.first_node + i);
    n.room = room_of(i);
  }
}

// What the scarcest part of a task takes up: of its GPUs, or else its CPU, or else its memory.
uint64_t Reclaim::weight_of(const Job& job, uint32_t gpus) const {
  if (job_->gpus > 0) return uint64_t{static_cast<uint32_t>(std::popcount(gpus))} * job.gpu_milli;
  return job_->cpu_milli > 0 ? job.cpu_milli : job.memory_mib;
}

void Reclaim::note_touches() {
  const Model& m = world_->model();
  const Pool& p = m.pools[pool_];
  // A task alone is in a group of any level wherever it is.
  const Level level = job_->tasks == 1 ? Level::node : m.kinds[job_->kind].required;
  const uint32_t size = p.group_size(level);
  const auto& candidates = rules_.candidates();
  unsorted_.clear();
  std::vector<uint32_t> next((p.nodes + size - 1) / size + 1, 0);  // [groups + 1]
  for (uint32_t c = 0; c < candidates.size(); ++c) {
    const JobSlot& s = world_->slot(candidates[c].slot);
    if (s.pool != pool_) continue;
    for (uint32_t t = 0; t < s.job.tasks; ++t) {
      const Place& place = world_->places(s)[t];
      const uint32_t i = place.node - p.first_node;
      if (!nodes_[i].usable) continue;
      unsorted_.push_back({i / size, c, i, place.gpus, weight_of(s.job, place.gpus)});
      ++next[i / size + 1];
      free_up(i, place.gpus, s.job);
    }
  }
  for (uint32_t i = 0; i < p.nodes; ++i) nodes_[i].room_most = room_of(i);
  note_what_is_free();
  for (size_t g = 1; g < next.size(); ++g) next[g] += next[g - 1];
  touches_.resize(unsorted_.size());
  for (const Touch& t : unsorted_) touches_[next[t.group]++] = t;

  // The groups that hold the gang if all of these end. Those that do already are all alike, as only
  // quota is missing: the first stands for them.
  groups_.clear();
  bool one_fits = false;
  for (uint32_t first = 0, touch = 0; first < p.nodes; first += size) {
    Group g{first, std::min(size, p.nodes - first), touch, 0, 0};
    while (touch < touches_.size() && touches_[touch].group == first / size) ++touch;
    g.touches = touch - g.first_touch;
    uint64_t now = 0, most = 0;
    for (uint32_t i = first; i < first + g.nodes; ++i) {
      now += nodes_[i].room_now;
      most += nodes_[i].room_most;
    }
    if (most < job_->tasks) continue;
    if (now >= job_->tasks) {
      if (one_fits) continue;
      one_fits = true;
      g.touches = 0;
    }
    groups_.push_back(g);
  }
}

const Job& Reclaim::job_of(const Touch& t) const {
  return world_->slot(rules_.candidates()[t.candidate].slot).job;
}

uint16_t* Reclaim::gpus_of(uint32_t i) {
  const Model& m = world_->model();
  const uint32_t first = m.pools[pool_].first_node;
  return gpu_left_.data() + (m.gpu_offset[first + i] - m.gpu_offset[first]);
}

void Reclaim::free_up(uint32_t i, uint32_t gpus, const Job& job) {
  Node& n = nodes_[i];
  uint16_t* left = gpus_of(i);
  for (uint32_t bits = gpus; bits != 0; bits &= bits - 1) {
    uint16_t& gpu = left[std::countr_zero(bits)];
    gpu = static_cast<uint16_t>(gpu + job.gpu_milli);
    n.free_gpus += gpu == kWholeGpu;
  }
  n.cpu += job.cpu_milli;
  n.memory += job.memory_mib;
}

void Reclaim::stop_task(uint32_t i, uint32_t gpus, const Job& job) {
  free_up(i, gpus, job);
  nodes_[i].room = room_of(i);
}

void Reclaim::restart_task(uint32_t i, uint32_t gpus, const Job& job) {
  Node& n = nodes_[i];
  uint16_t* left = gpus_of(i);
  for (uint32_t bits = gpus; bits != 0; bits &= bits - 1) {
    uint16_t& gpu = left[std::countr_zero(bits)];
    n.free_gpus -= gpu == kWholeGpu;
    gpu = static_cast<uint16_t>(gpu - job.gpu_milli);
  }
  n.cpu -= job.cpu_milli;
  n.memory -= job.memory_mib;
  n.room = room_of(i);
}

// ---- groups in turn ----

void Reclaim::search(uint32_t gpu_model) {
  rules_.begin(*world_, options_, *job_, gpu_model);
  if (rules_.candidates().empty()) return;
  last_model_ = gpu_model;
  note_nodes(gpu_model);
  note_touches();
  const auto& candidates = rules_.candidates();
  by_quota_.clear();
  if (rules_.quota_matters()) {
    std::vector<std::pair<Cost, uint32_t>> prices;  // whole: what is lost is GPUs x a time
    for (uint32_t c = 0; c < candidates.size(); ++c) {
      const auto held = static_cast<uint64_t>(candidates[c].gpu_milli);
      if (held > 0) prices.emplace_back(candidates[c].cost.exact() / held, c);
    }
    std::sort(prices.begin(), prices.end());
    for (const auto& [price, c] : prices) by_quota_.push_back(c);
  }
  item_of_.assign(candidates.size(), kNone);

  const Cost before = best_cost_;
  chosen_.clear();
  cost_ = 0;
  const Cost quota = quota_bound(0);
  for (Group& g : groups_) {
    price(g);
    g.bound = std::max(quota, tasks_bound(0));
  }
  std::sort(groups_.begin(), groups_.end(), [](const Group& a, const Group& b) {
    return a.bound != b.bound ? a.bound < b.bound : a.first_node < b.first_node;
  });
  for (const Group& g : groups_) {
    if (g.bound >= best_cost_) break;
    price(g);
    arrange();
    greedy();
    branch(0);
    for (const Item& item : items_) item_of_[item.candidate] = kNone;
  }
  if (best_cost_ != before) best_model_ = gpu_model;
}

// What the next tasks on each node of the group would cost.
void Reclaim::price(const Group& group) {
  items_.clear();
  segments_.clear();
  order_.clear();
  room_now_ = 0;
  for (uint32_t i = group.first_node; i < group.first_node + group.nodes; ++i) {
    room_now_ += nodes_[i].room_now;
  }
  room_ = room_now_;
  Touch* const touches = touches_.data() + group.first_touch;
  by_node_.clear();
  for (uint32_t t = 0, next; t < group.touches; t = next) {
    Item item{.candidate = touches[t].candidate, .first = group.first_touch + t};
    item.cost = rules_.candidates()[item.candidate].cost.exact();
    for (next = t; next < group.touches && touches[next].candidate == item.candidate; ++next) {
      item.weight += touches[next].weight;
    }
    item.touches = next - t;
    for (uint32_t k = t; k < next; ++k) {
      touches[k].share = item.weight > 0 ? item.cost * touches[k].weight / item.weight : 0;
      by_node_.push_back(touches + k);
    }
    items_.push_back(item);
  }
  std::sort(by_node_.begin(), by_node_.end(), [](const Touch* a, const Touch* b) {
    if (a->node != b->node) return a->node < b->node;
    const int by_price = compare(a->share, a->weight, b->share, b->weight);
    return by_price != 0 ? by_price < 0 : a < b;
  });
  for (size_t i = 0, next; i < by_node_.size(); i = next) {
    for (next = i; next < by_node_.size() && by_node_[next]->node == by_node_[i]->node;) ++next;
    add_segments({by_node_.data() + i, next - i});
  }
  std::sort(segments_.begin(), segments_.end(), [](const Segment& a, const Segment& b) {
    if (a.cost != b.cost) return a.cost < b.cost;
    return a.order != b.order ? a.order < b.order : a.room < b.room;
  });
}

// Of one node, whose touches come by cost.
void Reclaim::add_segments(std::span<const Touch* const> touches) {
  const uint32_t i = touches[0]->node;
  const Node& n = nodes_[i];
  const auto order = static_cast<uint32_t>(order_.size());
  order_.push_back(i);
  uint64_t task = 0, left = 0;
  if (job_->gpus > 0) {
    task = uint64_t{job_->gpus} * job_->gpu_milli;
    left = world_->gpu_milli_left(world_->model().pools[pool_].first_node + i);
  } else if (job_->cpu_milli > 0) {
    task = job_->cpu_milli;
    left = n.cpu;
  } else {
    task = job_->memory_mib;
    left = n.memory;
  }
  // The least that frees as much, were parts of jobs for sale.
  Cost whole = 0, before = 0;
  uint64_t freed = 0;
  size_t k = 0;
  for (uint32_t room = n.room_now + 1; room <= n.room_most; ++room) {
    const uint64_t wanted = room * task > left ? room * task - left : 0;
    while (k < touches.size() && freed + touches[k]->weight <= wanted) {
      whole += touches[k]->share;
      freed += touches[k++]->weight;
    }
    Cost cost = whole;
    if (freed < wanted && k < touches.size()) {
      cost += touches[k]->share * (wanted - freed) / touches[k]->weight;
    }
    segments_.push_back({cost - before, order, room});
    before = cost;
  }
}

// Puts the nodes in the order of their first tasks' cost, and the items in that of their first
// node's, the cheapest first; then those that only hold quota.
void Reclaim::arrange() {
  std::vector<uint32_t> rank(order_.size(), kNone);  // by order as noted
  uint32_t ranks = 0;
  const std::vector<uint32_t> noted = order_;
  for (Segment& s : segments_) {
    if (rank[s.order] == kNone) rank[s.order] = ranks++;
    s.order = rank[s.order];
  }
  for (uint32_t i = 0; i < noted.size(); ++i) {
    if (rank[i] == kNone) rank[i] = ranks++;  // nothing to gain there
    order_[rank[i]] = noted[i];
    nodes_[noted[i]].order = rank[i];
  }
  for (Item& item : items_) {
    item.order = kNone;
    for (uint32_t t = item.first; t < item.first + item.touches; ++t) {
      item.order = std::min(item.order, nodes_[touches_[t].node].order);
    }
  }
  std::sort(items_.begin(), items_.end(), [](const Item& a, const Item& b) {
    if (a.order != b.order) return a.order < b.order;
    const int by_price = compare(a.cost, a.weight, b.cost, b.weight);
    return by_price != 0 ? by_price < 0 : a.candidate < b.candidate;
  });
  on_node_.clear();
  for (uint32_t i = 0; i < items_.size(); ++i) {
    item_of_[items_[i].candidate] = i;
    for (uint32_t t = items_[i].first; t < items_[i].first + items_[i].touches; ++t) {
      const uint32_t order = nodes_[touches_[t].node].order;
      if (on_node_.empty() || on_node_.back().item != i || on_node_.back().order != order) {
        on_node_.push_back({order, i});
      }
    }
  }
  std::sort(on_node_.begin(), on_node_.end(), [](const OnNode& a, const OnNode& b) {
    return a.order != b.order ? a.order < b.order : a.item < b.item;
  });
  for (const uint32_t c : by_quota_) {
    if (item_of_[c] != kNone) continue;
    item_of_[c] = static_cast<uint32_t>(items_.size());
    items_.push_back({.candidate = c,
                      .order = static_cast<uint32_t>(order_.size()),
                      .cost = rules_.candidates()[c].cost.exact()});
  }
}

// ---- the answer ----

void Reclaim::finish(std::vector<Place>& places, std::vector<uint32_t>& victims) {
  const Model& m = world_->model();
  const Pool& p = m.pools[pool_];
  if (last_model_ != best_model_) note_nodes(best_model_);
  victims = best_;
  for (const uint32_t v : victims) {
    const JobSlot& s = world_->slot(v);
    if (s.pool != pool_) continue;
    for (uint32_t t = 0; t < s.job.tasks; ++t) {
      const Place& place = world_->places(s)[t];
      const uint32_t i = place.node - p.first_node;
      if (nodes_[i].usable) stop_task(i, place.gpus, s.job);
    }
  }
  std::vector<uint32_t> room;
  for (const Node& n : nodes_) room.push_back(n.room);
  const JobKind& kind = m.kinds[job_->kind];
  std::vector<NodeTasks> chosen;
  const bool fits = choose_nodes(p, kind.required, kind.preferred, job_->tasks, room, chosen);
  DURE_ASSERT(fits, "victims were chosen that do not make room");
  for (const NodeTasks& x : chosen) {
    const uint16_t* left = gpus_of(x.node);
    const uint32_t gpus = m.type_of(p.first_node + x.node).gpus;
    if (job_->gpus > 0 && job_->gpu_milli < kWholeGpu) {  // the most used GPU that fits
      uint32_t best = gpus;
      for (uint32_t g = 0; g < gpus; ++g) {
        if (left[g] >= job_->gpu_milli && (best == gpus || left[g] < left[best])) best = g;
      }
      places.push_back({p.first_node + x.node, 1u << best});
      continue;
    }
    uint32_t g = 0;
    for (uint32_t t = 0; t < x.tasks; ++t) {
      uint32_t mask = 0;
      for (uint32_t missing = job_->gpus; missing > 0; ++g) {
        if (left[g] != kWholeGpu) continue;
        mask |= 1u << g;
        --missing;
      }
      places.push_back({p.first_node + x.node, mask});
    }
  }
}

}  // namespace dure::fleet
