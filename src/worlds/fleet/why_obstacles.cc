// What keeps a waiting job from starting.
#include <algorithm>
#include <bit>
#include <cmath>

#include "base/text.h"
#include "worlds/fleet/account_tree.h"
#include "worlds/fleet/read_operations.h"
#include "worlds/fleet/why.h"

namespace dure::fleet {
namespace {

using Kind = Obstacle::Kind;

// "64 GPUs", "0.5 GPUs".
std::string gpus_text(int64_t milli) {
  const std::string n = milli % kWholeGpu == 0 ? with_commas(milli / kWholeGpu)
                                               : shortest(static_cast<double>(milli) / kWholeGpu);
  return n + (milli == kWholeGpu ? " GPU" : " GPUs");
}
std::string tasks_text(uint64_t tasks) { return counted(tasks, "task"); }

// ---- budgets ----

void find_budget(const World& world, const Job& job, std::vector<Obstacle>& out) {
  const Model& m = world.model();
  for (uint32_t a = job.account; a != kNoAccount; a = m.accounts[a].parent) {
    const double budget = m.accounts[a].budget_gpu_h;
    if (budget < 0) continue;
    const double used =
        (world.account(a).used_by(world.now()) - world.account(a).used_at_budget).gpu_hours();
    if (used < budget) continue;
    std::string text = "account " + quoted(account_path(m, a)) + " has used " +
                       with_commas(static_cast<int64_t>(used)) + " of its " +
                       with_commas(static_cast<int64_t>(budget)) + " GPU-h";
    if (m.budget_period > 0_s) {
      const int64_t periods = (world.now() - m.start) / m.budget_period + 1;
      text += "; its budget begins anew at " + to_string(m.start + m.budget_period * periods);
    }
    out.push_back({Kind::budget, std::move(text)});
  }
}

// ---- quotas ----

// Who of the account and those above it has the limit that leaves least: where
// QuotaTree::available() is decided.
struct Binding {
  uint32_t account = 0;
  bool borrowing = false;  // its borrowing limit; else what the top of the tree has
};
Binding binding_of(const World& world, uint32_t account, uint32_t gpu_model) {
  const auto& parents = world.model().account_parent;
  const QuotaTree& quota = world.quota();
  uint32_t a = account;
  for (; parents[a] != kNoAccount; a = parents[a]) {
    const QuotaLimits& limits = quota.limits(a, gpu_model);
    if (limits.borrowing >= kNoLimit) continue;
    const int64_t own = quota.own(a, gpu_model), used = quota.used(a, gpu_model);
    const int64_t kept = std::max<int64_t>(0, own - limits.lending);
    const int64_t may_borrow = own - kept - std::max<int64_t>(0, used - kept) + limits.borrowing;
    if (may_borrow < quota.available(parents, parents[a], gpu_model)) return {a, true};
  }
  return {a, false};
}

// Accounts that borrow the most and are not above the job's, as text; "" for none.
std::string borrowers(const World& world, const Job& job, uint32_t gpu_model) {
  const Model& m = world.model();
  const std::vector<bool> has_quota = have_quotas(m);
  std::vector<std::pair<int64_t, uint32_t>> who;
  for (uint32_t a = 0; a < m.accounts.size(); ++a) {
    const int64_t milli = world.quota().borrowed(a, gpu_model);
    if (milli > 0 && has_quota[a] && !m.is_under(job.account, a)) who.push_back({-milli, a});
  }
  std::sort(who.begin(), who.end());
  std::string out;
  for (size_t i = 0; i < std::min<size_t>(3, who.size()); ++i) {
    out += (i == 0 ? "" : ", ") + quoted(account_path(m, who[i].second)) + " borrows " +
           gpus_text(-who[i].first);
  }
  return out;
}

void find_quota(const World& world, const RuleOptions& rules, const Job& job, uint32_t gpu_model,
                std::vector<Obstacle>& out) {
  const Model& m = world.model();
  const QuotaTree& quota = world.quota();
  const auto needed = static_cast<int64_t>(job.total_gpu_milli());
  const int64_t left = std::max<int64_t>(0, world.quota_left(job.account, gpu_model));
  const Binding b = binding_of(world, job.account, gpu_model);
  const std::string name = quoted(account_path(m, b.account));
  const int64_t own = quota.own(b.account, gpu_model), used = quota.used(b.account, gpu_model);
  std::string text = m.gpu_models[gpu_model] + ": " + quoted(account_path(m, job.account)) +
                     " may take " + gpus_text(left) + " more and the job needs " +
                     gpus_text(needed) + ": " + name;
  if (b.borrowing) {
    text += " may borrow " + gpus_text(quota.limits(b.account, gpu_model).borrowing) +
            " beyond its " + gpus_text(own) + ", and holds " + gpus_text(used);
  } else {
    text += " has a quota of " + gpus_text(own) + ", of which " + gpus_text(used) + " are held";
  }
  const std::string others = borrowers(world, job, gpu_model);
  if (!others.empty()) text += "; " + others;
  if (!world.would_borrow(job.account, gpu_model, needed)) {
    text += rules.reclaim ? "; the job is within its own quota, and reclaim finds none that it may "
                            "stop for it"
                          : "; the job is within its own quota, but nothing is reclaimed "
                            "(policy.reclaim)";
  }
  out.push_back({Kind::quota, std::move(text)});
}

// ---- room ----

// What nodes of one pool have room for, as one condition after the other is asked for.
struct Room {
  uint64_t gpu_milli = 0;   // free, on nodes that will do
  uint64_t by_gpus = 0;     // tasks
  uint64_t by_cpu = 0;      // and CPU and memory
  uint64_t in_windows = 0;  // and windows
  uint64_t in_group = 0;    // and all in the group of the level that has room for most
  uint64_t gpus_up = 0;     // milli in service
  uint32_t down = 0, spare = 0, absent = 0;  // nodes
  const Window* window = nullptr;            // that takes most room, the first
};

uint64_t tasks_by_gpus(const World& world, const Job& job, uint32_t node) {
  if (job.gpus == 0) return job.tasks;
  if (job.gpu_milli == kWholeGpu) return world.free_gpus(node) / job.gpus;
  const uint16_t* left = world.gpu_left(node);
  uint64_t n = 0;
  for (uint32_t g = 0; g < world.model().type_of(node).gpus; ++g) n += left[g] / job.gpu_milli;
  return n;
}

const Window* window_over(const World& world, const Job& job, uint32_t node) {
  for (const Window& w : world.model().windows) {
    if (node < w.first_node || node - w.first_node >= w.nodes) continue;
    if (w.account != kNoAccount && world.model().is_under(job.account, w.account)) continue;
    if (w.meets(world.now(), job.limit)) return &w;
  }
  return nullptr;
}

// models: bit i, GPU model i will do.
Room room_in(const World& world, const Job& job, uint32_t pool, uint32_t models) {
  const Model& m = world.model();
  const Pool& p = m.pools[pool];
  const uint32_t size = std::max(1u, p.group_size(m.kinds[job.kind].required));
  Room room;
  uint64_t group = 0;
  for (uint32_t i = 0; i < p.nodes; ++i) {
    if (i % size == 0) group = 0;
    const uint32_t n = p.first_node + i;
    const NodeType& type = m.type_of(n);
    if (job.gpus > 0 && !(models >> type.gpu_model & 1)) continue;
    const NodeState state = world.node_status(n);
    room.down += state == NodeState::down;
    room.spare += state == NodeState::spare;
    room.absent += state == NodeState::absent;
    if (state != NodeState::up) continue;
    room.gpus_up += uint64_t{type.gpus} * kWholeGpu;
    room.gpu_milli += world.gpu_milli_left(n);
    uint64_t tasks = tasks_by_gpus(world, job, n);
    room.by_gpus += tasks;
    if (job.cpu_milli > 0) tasks = std::min<uint64_t>(tasks, world.cpu_left(n) / job.cpu_milli);
    if (job.memory_mib > 0)
      tasks = std::min<uint64_t>(tasks, world.memory_left(n) / job.memory_mib);
    room.by_cpu += tasks;
    if (tasks > 0 && !world.open_to(n, job)) {
      if (room.window == nullptr) room.window = window_over(world, job, n);
      tasks = 0;
    }
    room.in_windows += tasks;
    group += tasks;
    room.in_group = std::max(room.in_group, group);
  }
  return room;
}

// Returns whether the job fits there now.
bool find_room(const World& world, const Job& job, uint32_t pool, uint32_t models,
               const std::string& where, std::vector<Obstacle>& out) {
  const Model& m = world.model();
  const Room r = room_in(world, job, pool, models);
  const auto needed = job.total_gpu_milli();
  const std::string task = "task" + std::string(job.tasks == 1 ? "" : "s") + " of " +
                           gpus_text(int64_t{job.gpus} * job.gpu_milli);
  const std::string all = with_commas(job.tasks) + ' ' + task;
  const auto only = [](uint64_t n) {
    return n == 0 ? "none" : with_commas(static_cast<int64_t>(n));
  };
  std::string text = where + ": ";
  if (r.by_gpus < job.tasks) {
    const bool scattered = r.gpu_milli >= needed;
    text += gpus_text(static_cast<int64_t>(r.gpu_milli)) + " of " +
            gpus_text(static_cast<int64_t>(r.gpus_up)) + " in service are free, ";
    text += scattered ? "but in pieces that hold " + only(r.by_gpus) + " of " + all
                      : "the job needs " + gpus_text(static_cast<int64_t>(needed));
    if (!scattered && job.tasks > 1) text += " (" + all + "; " + only(r.by_gpus) + " fit)";
    if (r.down > 0) text += "; " + counted(r.down, "node") + " down";
    if (r.spare > 0) text += "; " + counted(r.spare, "node") + " spare";
    if (r.absent > 0) text += "; " + counted(r.absent, "node") + " not delivered yet";
    out.push_back({scattered ? Kind::scattered : Kind::gpus, std::move(text)});
    return false;
  }
  if (r.by_cpu < job.tasks) {
    if (job.gpus > 0) text += "GPUs for all " + tasks_text(job.tasks) + " are free, but ";
    text += "CPU and memory (" + shortest(job.cpu_milli / 1000.0) + " cores and " +
            shortest(job.memory_mib / 1024.0) + " GiB for a task) for " + only(r.by_cpu) +
            (job.gpus > 0 ? "" : " of " + tasks_text(job.tasks));
    out.push_back({Kind::cpu_memory, std::move(text)});
    return false;
  }
  if (r.in_windows < job.tasks) {
    text += "window " + quoted(r.window->name) + " keeps nodes free from " +
            to_string(r.window->from) + " to " + to_string(r.window->until) + "; the job may run " +
            (job.limit == Duration::max() ? "for ever" : "for " + to_human(job.limit)) +
            ", and outside is room for " + only(r.in_windows) + " of " + tasks_text(job.tasks);
    out.push_back({Kind::window, std::move(text)});
    return false;
  }
  if (r.in_group < job.tasks) {
    const Level level = m.kinds[job.kind].required;
    text += "all " + all + " have to be in one " + name_of(level) + " (" +
            counted(m.pools[pool].group_size(level), "node") + "); the " + name_of(level) +
            " with most room has it for " + only(r.in_group) + ", though there is room for " +
            only(r.in_windows) + " in all";
    out.push_back({Kind::topology, std::move(text)});
    return false;
  }
  if (!world.fits_power(job, job.tasks, pool)) {
    const auto megawatts = [](double mw) { return shortest(std::round(mw * 1e-6) / 1000) + " MW"; };
    const double left = static_cast<double>(std::max<int64_t>(0, world.power_left(pool)));
    const double most = static_cast<double>(job.tasks * task_mw(job, m.gpu_mw(pool)));
    text += "it would fit now, but the cap on power leaves " + megawatts(left) +
            " for nodes, and the job draws " + megawatts(most) +
            (m.clocks.empty() ? "" : " (less at a lower clock, yet too much)");
    out.push_back({Kind::power, std::move(text)});
    return false;
  }
  return true;
}

// ---- order ----

void find_order(const RuleOptions& rules, uint32_t place, const std::string& where,
                std::vector<Obstacle>& out) {
  const std::string before =
      counted(place - 1, "job") + (place == 2 ? " is" : " are") + " before it";
  std::string text = where + ": it would fit now, but ";
  if (place <= 1) {
    text += "its queue has not been its turn; it starts when the queue is next looked at";
  } else if (rules.order == Order::fifo) {
    text += before + ", and none may pass (policy.order is \"fifo\")";
  } else if (place - 1 > rules.easy.depth) {
    text += before + ", and backfill looks at " + with_commas(rules.easy.depth) +
            " of those that are not held";
  } else {
    text += before + ", and its start would delay " +
            (rules.order == Order::easy ? "the first of them" : "one of them") +
            " by what they said they would run at most";
  }
  out.push_back({Kind::order, std::move(text)});
}

}  // namespace

const char* name_of(Obstacle::Kind kind) {
  static constexpr const char* kNames[] = {"budget",         "quota",   "GPUs",     "fragments",
                                           "CPU and memory", "window",  "topology", "power",
                                           "order",          "recorded"};
  return kNames[static_cast<size_t>(kind)];
}

std::vector<Obstacle> obstacles_of(const World& world, const RuleOptions& rules, uint32_t slot,
                                   uint32_t place) {
  const Model& m = world.model();
  Job job = world.slot(slot).job;
  job.tasks = job.fewest_tasks();  // an elastic job starts with those
  std::vector<Obstacle> out;
  if (world.now() < m.as_recorded_until) {
    const Recorded* record = m.record_of(job);
    std::string text = "jobs start as recorded until " + time_text(m, m.as_recorded_until);
    if (record == nullptr) {
      text += ", and this one had not by then";
    } else {
      text += ", this one at " + time_text(m, record->start);
    }
    out.push_back({Kind::recorded, std::move(text)});
    return out;
  }
  find_budget(world, job, out);

  const uint32_t asked = job.gpu_models == 0 ? ~0u : job.gpu_models;
  uint32_t there = 0;  // GPU models in its pools
  m.for_pools_of(job.queue, [&](uint32_t pool) {
    for (const uint32_t c : m.pool_classes[pool]) {
      const NodeType& type = m.node_types[m.classes[c].type];
      if (type.gpus > 0) there |= 1u << type.gpu_model;
    }
  });
  there &= asked;
  const bool by_model = m.has_quotas() && job.gpus > 0;
  const auto needed = static_cast<int64_t>(job.total_gpu_milli());
  for (uint32_t bits = by_model ? there : 0; bits != 0; bits &= bits - 1) {
    const auto g = static_cast<uint32_t>(std::countr_zero(bits));
    if (world.quota_left(job.account, g) < needed) find_quota(world, rules, job, g, out);
  }

  const auto look = [&](uint32_t pool, uint32_t models, std::string where) {
    const bool has_quota =
        !by_model ||
        world.quota_left(job.account, static_cast<uint32_t>(std::countr_zero(models))) >= needed;
    // Where it fits but is held for another reason, that has been told.
    if (find_room(world, job, pool, models, where, out) && has_quota &&
        world.in_budget(job.account))
      find_order(rules, place, where, out);
  };
  m.for_pools_of(job.queue, [&](uint32_t pool) {
    uint32_t here = 0;
    for (const uint32_t c : m.pool_classes[pool]) {
      const NodeType& type = m.node_types[m.classes[c].type];
      if (type.gpus > 0) here |= 1u << type.gpu_model;
    }
    here &= asked;
    if (job.gpus > 0 && here == 0) return;
    const std::string& name = m.pools[pool].name;
    if (!by_model) return look(pool, here, name);
    for (uint32_t bits = here; bits != 0; bits &= bits - 1) {
      const uint32_t model = bits & -bits;
      look(pool, model,
           name + (there == model
                       ? ""
                       : ", " + m.gpu_models[static_cast<size_t>(std::countr_zero(model))]));
    }
  });
  return out;
}

}  // namespace dure::fleet
