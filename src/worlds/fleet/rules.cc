#include "worlds/fleet/rules.h"

#include <algorithm>
#include <bit>

#include "worlds/fleet/place_topology.h"

namespace dure::fleet {
namespace {

using Action = World::Action;

uint64_t mix(uint64_t h, uint64_t x) {
  h = (h ^ x) * 0x9E3779B97F4A7C15;
  return h ^ (h >> 32);
}

uint64_t windows_passed(const World& world) {
  uint64_t h = 1;
  for (const Window& w : world.model().windows) {
    h = mix(h, (w.from <= world.now()) + (w.until <= world.now()));
  }
  return h;
}

// What decides whether a job finds a place.
uint64_t mixed_shape(const Job& job, bool windows) {
  uint64_t h = mix(1, uint64_t{job.tasks} << 32 | job.gpus);
  h = mix(h, uint64_t{job.gpu_milli} << 32 | job.kind);
  h = mix(h, uint64_t{job.cpu_milli} << 32 | job.memory_mib);
  h = mix(h, job.gpu_models);
  return windows ? mix(mix(h, job.account), static_cast<uint64_t>(job.limit.ns)) : h;
}

// With which the job may start.
int64_t least_gpu_milli(const Job& job) {
  return int64_t{job.fewest_tasks()} * job.gpus * job.gpu_milli;
}

}  // namespace

const Action& Rules::decide(const World& world, const World::Request& request) {
  prepare(world);
  action_.victims.clear();
  action_.queue = kNoSlot;
  action_.wake = Time::never();
  tries_.clear();
  if (world.now() < model_->as_recorded_until) return as_recorded(world, request.queue);
  if (world.queue_head(request.queue) == kNoSlot) return grow(world, request.queue);
  if (o_.order == Order::loss) return loss(world, world.queue_head(request.queue));
  if (listed_) return by_arrival(world, request.queue);
  uint32_t queue = request.queue;
  if (model_->has_quotas()) action_.queue = queue = next_queue(world);
  return o_.order == Order::conservative ? conservative(world, queue) : ranked(world, queue);
}

void Rules::prepare(const World& world) {
  if (model_.get() == &world.model()) return;
  model_ = world.shared_model();
  const Model& m = *model_;
  limits_ = m.has_quotas() || std::any_of(m.accounts.begin(), m.accounts.end(),
                                          [](const Account& a) { return a.budget_gpu_h >= 0; });
  listed_ = o_.rank.rank == Rank::arrival && !limits_ && !o_.reclaim &&
            (o_.order == Order::fifo || o_.order == Order::easy);
  models_of_.assign(m.queues.size(), 0);
  for (uint32_t q = 0; q < m.queues.size(); ++q) {
    m.for_pools_of(q, [&](uint32_t pool) {
      for (const uint32_t c : m.pool_classes[pool]) {
        const NodeType& type = m.node_types[m.classes[c].type];
        if (type.gpus > 0) models_of_[q] |= 1u << type.gpu_model;
      }
    });
  }
  reservations_.assign(m.queues.size(), {});
  lines_.assign(m.queues.size(), {});
  plans_.assign(m.queues.size(), {});
  tried_.assign(m.queues.size(), {});
  first_.assign(m.queues.size(), {});
  misfits_.assign(m.pools.size(), {});
  shadow_ = {};
}

// Of everything that what fits and who is held depends on, but for arrivals, and for time where it
// only takes away: as it is, or as it will be when `started` starts in the pool.
uint64_t Rules::notes(const World& world, uint32_t queue, const Job* started, uint32_t pool) const {
  const Model& m = *model_;
  uint64_t h = 1;
  const auto add = [&](uint32_t p) {
    h = mix(h, started != nullptr && p == pool
                   ? world.changes_after_start(p, *started, action_.places)
                   : world.changes(p));
  };
  if (limits_ || o_.reclaim || o_.rank.rank == Rank::drf) {
    for (uint32_t p = 0; p < m.pools.size(); ++p) add(p);
  } else {
    m.for_pools_of(queue, add);
  }
  h = mix(h, windows_passed(world));
  if (!limits_) return h;
  const auto passed = std::upper_bound(m.quotas.begin(), m.quotas.end(), world.now(),
                                       [](Time t, const QuotaStep& q) { return t < q.time; });
  h = mix(h, static_cast<uint64_t>(passed - m.quotas.begin()));
  if (m.budget_period > 0_s) {
    h = mix(h, static_cast<uint64_t>((world.now() - m.start) / m.budget_period));
  }
  return h;
}

// ---- who may start, and on what ----

// Bit i: model i, of which there is quota for all of the job. kAny: no matter which. 0: it is held.
uint32_t Rules::models_for(const World& world, const Job& job) const {
  if (!limits_) return kAny;
  if (!world.in_budget(job.account)) return 0;
  if (!model_->has_quotas() || job.gpus == 0) return kAny;
  const int64_t gpu_milli = least_gpu_milli(job);
  uint32_t out = 0;
  uint32_t bits = models_of_[job.queue] & (job.gpu_models == 0 ? kAny : job.gpu_models);
  for (; bits != 0; bits &= bits - 1) {
    const auto model = static_cast<uint32_t>(std::countr_zero(bits));
    if (world.quota_left(job.account, model) >= gpu_milli) out |= 1u << model;
  }
  return out;
}

// Whether no job of the account may start, whatever it asks for.
bool Rules::is_closed(const World& world, uint32_t account, bool gpus) const {
  if (!world.in_budget(account)) return true;
  if (!gpus || !model_->has_quotas()) return false;
  for (uint32_t g = 0; g < model_->gpu_models.size(); ++g) {
    if (world.quota_left(account, g) > 0) return false;
    if (o_.reclaim && (o_.reclaim_options.fair_sharing || !world.would_borrow(account, g, 1))) {
      return false;
    }
  }
  return true;
}

bool Rules::place(const World& world, const Job& job, uint32_t models, uint32_t pool) {
  return job.min_tasks == 0 ? place(world, job, models, pool, job.tasks)
                            : place_elastic(world, job, models, pool);
}

bool Rules::place(const World& world, const Job& job, uint32_t models, uint32_t pool,
                  uint32_t tasks) {
  if (!world.fits_power(job, tasks, pool)) return false;
  const Job* asked = &job;
  if (models != kAny || tasks != job.tasks) {
    asked_ = job;
    asked_.tasks = tasks;
    if (models != kAny) asked_.gpu_models = models;
    asked = &asked_;
  }
  const bool random = std::holds_alternative<RandomFit>(o_.placement);
  Misfits& known = misfits(world, pool);
  const uint64_t shape = mixed_shape(*asked, !model_->windows.empty());
  const auto at = std::lower_bound(known.shapes.begin(), known.shapes.end(), shape);
  if (!random && at != known.shapes.end() && *at == shape) return false;
  const JobKind& kind = model_->kinds[job.kind];
  // One task is in one group wherever it is.
  const bool fits =
      tasks > 1 && std::min(kind.required, kind.preferred) < Level::pool
          ? place_in_groups(world, *asked, pool, action_.places)
          : std::visit([&](auto& rule) { return rule.place(world, *asked, pool, action_.places); },
                       o_.placement);
  if (!fits && !random) known.shapes.insert(at, shape);
  return fits;
}

Rules::Misfits& Rules::misfits(const World& world, uint32_t pool) {
  Misfits& x = misfits_[pool];
  bool freed = false;
  if (x.changes != world.changes(pool)) {
    const bool known = world.changes_since(
        pool, x.changes, [&](const PoolChange& c) { freed |= c.kind != PoolChange::Kind::start; });
    freed |= !known;
    x.changes = world.changes(pool);
  }
  if (!model_->windows.empty()) {
    const uint64_t windows = windows_passed(world);
    freed |= x.windows != windows;
    x.windows = windows;
  }
  if (freed) x.shapes.clear();
  return x;
}

bool Rules::place(const World& world, const Job& job, uint32_t models) {
  return any_offer(job.queue, models, [&](uint32_t pool, uint32_t offered) {
    return place(world, job, offered, pool);
  });
}

// Whether a job that is held may be entitled to what others hold: it would borrow nothing, or who
// borrows more has to give way.
bool Rules::may_take_back(const World& world, const Job& job) const {
  if (!o_.reclaim || !model_->has_quotas() || job.gpus == 0 || !world.in_budget(job.account))
    return false;
  if (o_.reclaim_options.fair_sharing) return true;
  const int64_t gpu_milli = least_gpu_milli(job);
  uint32_t bits = models_of_[job.queue] & (job.gpu_models == 0 ? kAny : job.gpu_models);
  for (; bits != 0; bits &= bits - 1) {
    const auto model = static_cast<uint32_t>(std::countr_zero(bits));
    if (!world.would_borrow(job.account, model, gpu_milli)) return true;
  }
  return false;
}

// Whether there may be victims: a quick no where nobody borrows that has to give way, and nobody of
// less priority can hold anything in the job's own account.
bool Rules::may_find_victims(const World& world, const Job& job) const {
  const Model& m = *model_;
  if (job.gpus == 0) return true;
  if (o_.reclaim_options.own_account && job.priority > world.lowest_priority() &&
      world.account(job.account).held > 0)
    return true;
  if (!may_take_back(world, job)) return false;
  for (uint32_t a = 0; a < m.accounts.size(); ++a) {
    for (uint32_t g = 0; g < m.gpu_models.size(); ++g) {
      if (world.quota().borrowed(a, g) > 0) return true;
    }
  }
  return false;
}

// Finds victims for the job: for all of its tasks or, if it is elastic, for as many as can be. One
// that was started at this instant, and stopped again, gets none: with fair sharing, jobs could
// else stop each other in turn without end.
bool Rules::take_back(const World& world, uint32_t slot) {
  if (!o_.reclaim) return false;
  const JobSlot& s = world.slot(slot);
  auto mine = std::find_if(tries_.begin(), tries_.end(),
                           [&](const Tries& t) { return t.account == s.job.account; });
  if (mine != tries_.end() && mine->count >= o_.reclaim_depth) return false;
  if (s.attempts > 0 && s.start == world.now()) return false;
  const Job& job = s.job;
  if (o_.reclaim_by_period && job.submit < world.now() && world.usage_tick() < world.now()) {
    return false;
  }
  if (!may_find_victims(world, job)) return false;
  if (mine == tries_.end()) mine = tries_.insert(mine, {job.account, 0});
  ++mine->count;
  Tried& t = tried_[job.queue];
  const uint64_t now_notes = notes(world, job.queue);
  if (t.notes != now_notes || t.now != world.now()) t = {now_notes, world.now(), {}};
  if (std::find(t.numbers.begin(), t.numbers.end(), job.number) != t.numbers.end()) return false;
  uint32_t fits = job.fewest_tasks();
  if (!find_victims(world, job, fits)) {
    t.numbers.push_back(job.number);
    return false;
  }
  if (fits == job.tasks || find_victims(world, job, job.tasks)) return true;
  for (uint32_t too_many = job.tasks; fits + 1 < too_many;) {
    const uint32_t tasks = fits + (too_many - fits) / 2;
    (find_victims(world, job, tasks) ? fits : too_many) = tasks;
  }
  return true;
}

// Those that cost least, in the first of the pools where they do. If there are none, action_ stays
// as it is.
bool Rules::find_victims(const World& world, const Job& job, uint32_t tasks) {
  Job asked = job;
  asked.tasks = tasks;
  std::vector<Place> places;
  std::vector<uint32_t> victims;
  std::optional<GpuTime> cost;
  model_->for_pools_of(job.queue, [&](uint32_t pool) {
    // Power is not taken back.
    if (!world.fits_power(job, tasks, pool) ||
        !reclaim_.find(world, asked, pool, places, victims, cost))
      return;
    cost = reclaim_.cost();
    action_.places.swap(places);
    action_.victims.swap(victims);
  });
  return cost.has_value();
}

const Action& Rules::start(uint32_t slot) {
  action_.kind = Action::Kind::start;
  action_.slot = slot;
  return action_;
}

const Action& Rules::wait() {
  action_.kind = Action::Kind::wait;
  return action_;
}

// ---- queues ----

void Rules::begin(const World& world, uint32_t queue) {
  lines_[queue].begin(world, queue, o_.rank,
                      [&](uint32_t account, bool gpus) { return is_closed(world, account, gpus); });
}

uint32_t Rules::first_of(const World& world, uint32_t queue) {
  First& f = first_[queue];
  Line& line = lines_[queue];
  line.sync(world, queue, o_.rank);
  const uint64_t now_notes = notes(world, queue);
  if (f.notes == now_notes && f.now == world.now() && f.version == line.version()) return f.slot;
  begin(world, queue);
  f = {now_notes, world.now(), line.version(), line.next()};
  while (f.slot != kNoSlot && models_for(world, world.slot(f.slot).job) == 0 &&
         !may_take_back(world, world.slot(f.slot).job)) {
    f.slot = line.next();
  }
  return f.slot;
}

// Of the queues that are asked about: one that has nothing to start, or that whose turn it is.
uint32_t Rules::next_queue(const World& world) {
  const AccountOrder before(world, Load::quota);
  uint32_t best = kNoSlot, best_account = 0;
  for (uint32_t q = 0; q < model_->queues.size(); ++q) {
    if (!world.is_asked(q) || world.queue_head(q) == kNoSlot) continue;
    const uint32_t first = first_of(world, q);
    if (first == kNoSlot) return q;
    const uint32_t account = world.slot(first).job.account;
    if (best != kNoSlot && !before(account, best_account)) continue;
    best = q;
    best_account = account;
  }
  return best;
}

// ---- loss ----

const Action& Rules::loss(const World& world, uint32_t head) {
  const Job& job = world.slot(head).job;
  const uint32_t models = models_for(world, job);
  if (models != 0 && place(world, job, models)) return start(head);
  if ((models != 0 || may_take_back(world, job)) && take_back(world, head)) return start(head);
  action_.kind = Action::Kind::drop;
  action_.slot = head;
  return action_;
}

}  // namespace dure::fleet
