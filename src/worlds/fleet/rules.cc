#include "worlds/fleet/rules.h"

#include <algorithm>
#include <bit>

#include "worlds/fleet/place_topology.h"

namespace dure::fleet {
namespace {

using Action = World::Action;

constexpr uint32_t kAny = ~uint32_t{0};

uint64_t mix(uint64_t h, uint64_t x) {
  h = (h ^ x) * 0x9E3779B97F4A7C15;
  return h ^ (h >> 32);
}

}  // namespace

const Action& Rules::decide(const World& world, const World::Request& request) {
  prepare(world);
  action_.victims.clear();
  action_.queue = kNoSlot;
  tries_ = 0;
  if (world.queue_head(request.queue) == kNoSlot) return wait();
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
  shadow_ = {};
}

// Of everything that what fits and who is held depends on, but for arrivals, and for time where it
// only takes away: as it is, or as it will be when `started` starts in the pool.
uint64_t Rules::notes(const World& world, uint32_t queue, const Job* started, uint32_t pool) const {
  const Model& m = *model_;
  uint64_t h = 1;
  const auto add = [&](uint32_t p) {
    h = mix(h, started != nullptr && p == pool ? world.changes_after_start(p, *started)
                                               : world.changes(p));
  };
  if (limits_ || o_.reclaim || o_.rank.rank == Rank::drf) {
    for (uint32_t p = 0; p < m.pools.size(); ++p) add(p);
  } else {
    m.for_pools_of(queue, add);
  }
  for (const Window& w : m.windows) h = mix(h, (w.from <= world.now()) + (w.until <= world.now()));
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
  const auto gpu_milli = static_cast<int64_t>(job.total_gpu_milli());
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

template <class F>
bool Rules::any_offer(uint32_t queue, uint32_t models, F&& visit) const {
  bool done = false;
  model_->for_pools_of(queue, [&](uint32_t pool) {
    if (models == kAny) {
      done = done || visit(pool, kAny);
      return;
    }
    for (uint32_t bits = models; bits != 0 && !done; bits &= bits - 1) {
      done = visit(pool, bits & -bits);
    }
  });
  return done;
}

bool Rules::place(const World& world, const Job& job, uint32_t models, uint32_t pool) {
  const Job* asked = &job;
  if (models != kAny) {
    asked_ = job;
    asked_.gpu_models = models;
    asked = &asked_;
  }
  const JobKind& kind = model_->kinds[job.kind];
  if (std::min(kind.required, kind.preferred) < Level::pool) {
    return place_in_groups(world, *asked, pool, action_.places);
  }
  return std::visit([&](auto& rule) { return rule.place(world, *asked, pool, action_.places); },
                    o_.placement);
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
  const auto gpu_milli = static_cast<int64_t>(job.total_gpu_milli());
  uint32_t bits = models_of_[job.queue] & (job.gpu_models == 0 ? kAny : job.gpu_models);
  for (; bits != 0; bits &= bits - 1) {
    const auto model = static_cast<uint32_t>(std::countr_zero(bits));
    if (!world.would_borrow(job.account, model, gpu_milli)) return true;
  }
  return false;
}

// Finds victims for the job, if any can be found.
bool Rules::take_back(const World& world, uint32_t slot) {
  if (!o_.reclaim || tries_++ >= o_.reclaim_depth) return false;
  const Job& job = world.slot(slot).job;
  Tried& t = tried_[job.queue];
  const uint64_t now_notes = notes(world, job.queue);
  if (t.notes != now_notes || t.now != world.now()) t = {now_notes, world.now(), {}};
  if (std::find(t.numbers.begin(), t.numbers.end(), job.number) != t.numbers.end()) return false;
  bool found = false;
  model_->for_pools_of(job.queue, [&](uint32_t pool) {
    found = found || reclaim_.find(world, slot, pool, action_.places, action_.victims);
  });
  if (!found) {
    action_.victims.clear();
    t.numbers.push_back(job.number);
  }
  return found;
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
  lines_[queue].begin(world, queue, o_.rank, [&](uint32_t account, bool gpus) {
    return is_closed(world, account, gpus);
  });
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

// ---- fifo and easy ----

// By the world's own list. Arrivals come last, so what has been looked at need not be again.
const Action& Rules::by_arrival(const World& world, uint32_t queue) {
  const uint32_t head = world.queue_head(queue);
  const Job& first = world.slot(head).job;
  if (o_.order == Order::fifo) return place(world, first, kAny) ? start(head) : wait();

  Reservation& r = reservations_[queue];
  const JobSlot* seen = r.last_seen < world.slots() ? &world.slot(r.last_seen) : nullptr;
  if (!holds(world, queue, head) || seen == nullptr || seen->state != JobSlot::State::waiting ||
      seen->job.number != r.last_number) {
    r.promise = {};
    if (place(world, first, kAny)) return start(head);
    reserve(world, head, kAny, r);
    see(world, head, r);
  }
  for (;;) {
    for (; r.recheck < r.refused.size(); ++r.recheck) {
      const uint32_t i = r.refused[r.recheck];
      if (judge(world, first, i, kAny, r) != Verdict::start) continue;
      r.refused.erase(r.refused.begin() + r.recheck);
      --r.looked;
      if (i == r.last_seen) see(world, world.slot(i).previous, r);
      return backfill(world, i, r);
    }
    const uint32_t i = world.slot(r.last_seen).next;
    if (i == kNoSlot || r.looked >= o_.easy.depth) return wait();
    const Verdict verdict = judge(world, first, i, kAny, r);
    if (verdict == Verdict::start) return backfill(world, i, r);
    ++r.looked;
    see(world, i, r);
    if (verdict == Verdict::delays) r.refused.push_back(i);
    r.recheck = static_cast<uint32_t>(r.refused.size());
  }
}

void Rules::see(const World& world, uint32_t slot, Reservation& r) {
  r.last_seen = slot;
  r.last_number = world.slot(slot).job.number;
}

// By rank, past those that are held. Looked through anew each time: an arrival may come anywhere.
const Action& Rules::ranked(const World& world, uint32_t queue) {
  begin(world, queue);
  Line& line = lines_[queue];
  const auto leaves = [&](uint32_t slot) -> const Action& {
    line.take(world);
    return start(slot);
  };
  uint32_t head = kNoSlot;
  for (uint32_t i = line.next(); head == kNoSlot; i = line.next()) {
    if (i == kNoSlot) return wait();
    const Job& job = world.slot(i).job;
    const uint32_t models = models_for(world, job);
    if (models == 0) {
      if (may_take_back(world, job) && take_back(world, i)) return leaves(i);
      continue;
    }
    head = i;
    const bool promised = o_.order == Order::easy && holds(world, queue, head);
    if (!promised && place(world, job, models)) return leaves(i);
    if (take_back(world, i)) return leaves(i);
    if (o_.order == Order::fifo) return wait();
    if (!promised) reserve(world, head, models, reservations_[queue]);
    break;
  }
  Reservation& r = reservations_[queue];
  Job first = world.slot(head).job;
  if (r.models != kAny) first.gpu_models = r.models;
  uint32_t looked = 0;
  for (uint32_t i = line.next(); i != kNoSlot && looked < o_.easy.depth; i = line.next()) {
    const uint32_t models = models_for(world, world.slot(i).job);
    if (models == 0) continue;
    ++looked;
    if (judge(world, first, i, models, r) != Verdict::start) continue;
    line.take(world);
    return backfill(world, i, r);
  }
  return wait();
}

bool Rules::holds(const World& world, uint32_t queue, uint32_t head) const {
  const Reservation& r = reservations_[queue];
  return shadow_.holds(r.promise) && r.head == world.slot(head).job.number &&
         world.now() <= r.promise.shadow && r.notes == notes(world, queue);
}

// In the pool, and on the model, where the head fits first.
void Rules::reserve(const World& world, uint32_t head, uint32_t models, Reservation& r) {
  const Job& job = world.slot(head).job;
  r.promise = {};
  any_offer(job.queue, models, [&](uint32_t pool, uint32_t offered) {
    asked_ = job;
    if (offered != kAny) asked_.gpu_models = offered;
    const bool first = r.promise.epoch == 0;
    if (!first && !model_->can_ever_fit(asked_, pool)) return false;
    const Promise p = shadow_.promise(world, asked_, pool);
    if (first || p.shadow < r.promise.shadow) {
      r.promise = p;
      r.models = offered;
    }
    return false;
  });
  if (!shadow_.holds(r.promise)) {  // another model's was made after it
    asked_ = job;
    asked_.gpu_models = r.models;
    r.promise = shadow_.promise(world, asked_, r.promise.pool);
  }
  r.head = job.number;
  r.notes = notes(world, job.queue);
  r.looked = r.recheck = 0;
  r.refused.clear();
  r.do_not_fit.clear();
  r.would_delay.clear();
}

const Action& Rules::backfill(const World& world, uint32_t slot, Reservation& r) {
  const Job& job = world.slot(slot).job;
  r.notes = notes(world, job.queue, &job, model_->node_pool[action_.places[0].node]);
  r.recheck = 0;
  r.would_delay.clear();
  return start(slot);
}

// Whether a later job fits now and leaves the head its promise.
Rules::Verdict Rules::judge(const World& world, const Job& head, uint32_t slot, uint32_t models,
                            Reservation& r) {
  const Job& job = world.slot(slot).job;
  Shape shape{job.tasks, job.gpus, job.gpu_milli, job.cpu_milli, job.memory_mib,
              models == kAny ? job.gpu_models : models, job.kind, 0, Duration{0}};
  if (!model_->windows.empty()) {
    shape.account = job.account;
    shape.limit = job.limit;
  }
  const auto known = [&](const std::vector<Shape>& shapes) {
    return !std::holds_alternative<RandomFit>(o_.placement) &&
           std::find(shapes.begin(), shapes.end(), shape) != shapes.end();
  };
  if (known(r.do_not_fit)) return Verdict::does_not_fit;
  const Time end = end_if_started(world, slot);
  if (!Shadow::gone_by(end, r.promise) && known(r.would_delay)) return Verdict::delays;
  bool fits = false;
  const bool starts = any_offer(job.queue, models, [&](uint32_t pool, uint32_t offered) {
    if (!place(world, job, offered, pool)) return false;
    fits = true;
    return pool != r.promise.pool ||
           !shadow_.delays(world, head, job, end, action_.places, r.promise);
  });
  if (starts) return Verdict::start;
  (fits ? r.would_delay : r.do_not_fit).push_back(shape);
  return fits ? Verdict::delays : Verdict::does_not_fit;
}

// ---- conservative ----

const Action& Rules::conservative(const World& world, uint32_t queue) {
  begin(world, queue);
  Line& line = lines_[queue];
  Plan& plan = plans_[queue];
  const uint64_t now_notes = notes(world, queue);
  const bool goes_on = !limits_ && o_.rank.rank != Rank::drf && plan.notes == now_notes &&
                       plan.now == world.now() && plan.version == line.version();
  if (!goes_on) {
    plan = {now_notes, world.now(), line.version(), 0, {}};
    model_->for_pools_of(queue, [&](uint32_t pool) {
      uint32_t models = 0;
      for (const uint32_t c : model_->pool_classes[pool]) {
        const NodeType& type = model_->node_types[model_->classes[c].type];
        if (type.gpus > 0) models |= 1u << type.gpu_model;
      }
      for (; models != 0; models &= models - 1) {
        plan.profiles.emplace_back(world, pool, static_cast<uint32_t>(std::countr_zero(models)));
      }
    });
  }
  uint32_t seen = 0;
  for (uint32_t i = line.next(); i != kNoSlot && seen <= o_.easy.depth; i = line.next()) {
    const Job& job = world.slot(i).job;
    const uint32_t models = models_for(world, job);
    if (models == 0) {
      if (!may_take_back(world, job) || !take_back(world, i)) continue;
      line.take(world);
      return start(i);
    }
    if (++seen <= plan.planned) continue;
    const bool starts = starts_as_planned(world, i, models, plan);
    if (starts || (plan.planned == 0 && take_back(world, i))) {
      plan.notes = notes(world, queue, &job, model_->node_pool[action_.places[0].node]);
      plan.version = line.version() + 1;
      line.take(world);
      return start(i);
    }
    ++plan.planned;
  }
  return wait();
}

// Whether the job starts now, on action_.places; else it is planned for later.
bool Rules::starts_as_planned(const World& world, uint32_t slot, uint32_t models, Plan& plan) {
  const Job& job = world.slot(slot).job;
  if (job.gpus == 0) return place(world, job, models);
  const Time now = world.now(), end = end_if_started(world, slot);
  const Duration length = end == Time::never() ? Duration::max() : std::max(1_ns, end - now);
  const auto gpu_milli = static_cast<int64_t>(job.total_gpu_milli());
  const auto until = [&](Time start) {
    return length.ns < Time::never().ns - start.ns ? start + length : Time::never();
  };

  Profile* best = nullptr;
  Time planned = Time::never();
  for (Profile& p : plan.profiles) {
    const uint32_t model = 1u << p.gpu_model();
    if (!(models & model) || (job.gpu_models != 0 && !(job.gpu_models & model))) continue;
    Time at = p.earliest(gpu_milli, length, now);
    if (at == now) {
      if (place(world, job, model, p.pool())) {
        p.take(gpu_milli, now, until(now));
        return true;
      }
      at = p.earliest(gpu_milli, length, p.next_change(now));
    }
    if (at < planned) {
      planned = at;
      best = &p;
    }
  }
  if (best != nullptr) {
    best->take(gpu_milli, planned, until(planned));
    return false;
  }
  // No one model has room for it, ever: of several it may take what nobody is to have.
  if (model_->has_quotas() || !place(world, job, models)) return false;
  const uint32_t pool = model_->node_pool[action_.places[0].node];
  for (const bool take : {false, true}) {
    for (Profile& p : plan.profiles) {
      if (p.pool() != pool) continue;
      int64_t taken = 0;
      for (const Place& x : action_.places) {
        if (model_->type_of(x.node).gpu_model == p.gpu_model())
          taken += int64_t{job.gpus} * job.gpu_milli;
      }
      if (taken > 0 && !take && p.earliest(taken, length, now) != now) return false;
      if (taken > 0 && take) p.take(taken, now, until(now));
    }
  }
  return true;
}

}  // namespace dure::fleet
