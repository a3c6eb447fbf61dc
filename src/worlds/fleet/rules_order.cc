// Orders of the fleet's own policies: what becomes of jobs behind one that does not fit.
#include <algorithm>
#include <bit>

#include "worlds/fleet/rules.h"

namespace dure::fleet {

using Action = World::Action;

// ---- fifo and easy ----

// By the world's own list. Arrivals come last, so what has been looked at need not be again.
const Action& Rules::by_arrival(const World& world, uint32_t queue) {
  const uint32_t head = world.queue_head(queue);
  const Job& first = world.slot(head).job;
  if (o_.order == Order::fifo) return place(world, first, kAny) ? start(head) : wait();

  Reservation& r = reservations_[queue];
  const JobSlot* seen = r.last_seen < world.slots() ? &world.slot(r.last_seen) : nullptr;
  if (!holds(world, queue, head, kAny) || seen == nullptr ||
      seen->state != JobSlot::State::waiting || seen->job.number != r.last_number) {
    if (place(world, first, kAny)) return start(head);
    reserve(world, head, kAny, r);
    see(world, head, r);
  }
  for (;;) {
    for (; r.recheck < r.refused.size(); ++r.recheck) {
      const uint32_t i = r.refused[r.recheck];
      if (judge(world, i, kAny, r) != Verdict::start) continue;
      r.refused.erase(r.refused.begin() + r.recheck);
      --r.looked;
      if (i == r.last_seen) see(world, world.slot(i).previous, r);
      return backfill(world, i, r);
    }
    const uint32_t i = world.slot(r.last_seen).next;
    if (i == kNoSlot || r.looked >= o_.easy.depth) return wait();
    const Verdict verdict = judge(world, i, kAny, r);
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
    const bool promised = o_.order == Order::easy && holds(world, queue, head, models);
    if (!promised && place(world, job, models)) return leaves(i);
    if (take_back(world, i)) return leaves(i);
    if (o_.order == Order::fifo) return wait();
    if (!promised) reserve(world, head, models, reservations_[queue]);
    break;
  }
  Reservation& r = reservations_[queue];
  uint32_t looked = 0;
  for (uint32_t i = line.next(); i != kNoSlot && looked < o_.easy.depth; i = line.next()) {
    const Job& job = world.slot(i).job;
    const uint32_t models = models_for(world, job);
    if (models == 0) {  // what is its own it may have whoever is first
      if (may_take_back(world, job) && take_back(world, i)) return leaves(i);
      continue;
    }
    ++looked;
    if (judge(world, i, models, r) != Verdict::start) continue;
    line.take(world);
    return backfill(world, i, r);
  }
  return wait();
}

bool Rules::holds(const World& world, uint32_t queue, uint32_t head, uint32_t models) const {
  const Reservation& r = reservations_[queue];
  return r.promise.epoch != 0 && r.head == world.slot(head).job.number && r.offered == models &&
         world.now() <= r.promise.shadow && r.notes == notes(world, queue);
}

// In the pool, and on the model, where the head fits first: the first of equals.
void Rules::reserve(const World& world, uint32_t head, uint32_t models, Reservation& r) {
  const Job& job = world.slot(head).job;
  if (r.head != job.number || r.offered != models || !(r.job == job)) offer(world, job, models, r);
  const auto job_on = [&](const Offer& o) -> const Job& {
    asked_ = job;
    asked_.tasks = job.fewest_tasks();
    if (o.models != kAny) asked_.gpu_models = o.models;
    return asked_;
  };
  size_t best = r.offers.size();
  const auto consider = [&](size_t i) {
    const Promise& p = r.offers[i].promise;
    const bool first = best == r.offers.size() || p.shadow < r.offers[best].promise.shadow ||
                       (p.shadow == r.offers[best].promise.shadow && i < best);
    if (first && !p.no_earlier) best = i;
  };
  for (size_t i = 0; i < r.offers.size(); ++i) {
    Promise& p = r.offers[i].promise;
    if (!Shadow::keeps(world, p)) p = {.pool = p.pool};
    if (p.epoch != 0) consider(i);
  }
  r.guessed = false;
  for (size_t i = 0; i < r.offers.size(); ++i) {
    Promise& p = r.offers[i].promise;
    if (p.epoch == 0 || p.no_earlier) {
      Time until = Time::never();  // when it is of no interest
      if (best < r.offers.size()) until = r.offers[best].promise.shadow;
      if (until < Time::never() && i < best) until = until + 1_ns;
      if (p.epoch == 0 || p.shadow < until)
        p = shadow_.promise(world, job_on(r.offers[i]), p.pool, until);
      consider(i);
    }
    r.guessed |= p.guessed;
  }
  r.best = best;
  r.models = r.offers[best].models;
  r.promise = r.offers[best].promise;
  r.head = job.number;
  r.notes = notes(world, job.queue);
  r.looked = r.recheck = 0;
  r.refused.clear();
  r.would_delay.clear();
}

// Its own pool, and others that it can fit at all.
void Rules::offer(const World&, const Job& job, uint32_t models, Reservation& r) {
  r.offers.clear();
  r.job = job;
  r.offered = models;
  any_offer(job.queue, models, [&](uint32_t pool, uint32_t offered) {
    asked_ = job;
    if (offered != kAny) asked_.gpu_models = offered;
    if (r.offers.empty() || model_->can_ever_fit(asked_, pool))
      r.offers.push_back({.models = offered, .promise = {.pool = pool}});
    return false;
  });
}

const Action& Rules::backfill(const World& world, uint32_t slot, Reservation& r) {
  const Job& job = world.slot(slot).job;
  const uint32_t pool = model_->node_pool[action_.places[0].node];
  r.notes = notes(world, job.queue, &job, pool);
  if (pool == r.promise.pool) {  // it knows of this start
    r.promise.changes = world.changes_after_start(pool, job, action_.places);
    if (r.promise.guessed) r.promise.epoch = 0;
  }
  r.offers[r.best].promise = r.promise;
  if (r.guessed) r.promise.epoch = 0;
  r.recheck = 0;
  r.would_delay.clear();
  return start(slot);
}

// Whether a later job fits now and leaves the head its promise.
Rules::Verdict Rules::judge(const World& world, uint32_t slot, uint32_t models, Reservation& r) {
  const Job& job = world.slot(slot).job;
  Shape shape{job.tasks,      job.gpus,
              job.gpu_milli,  job.cpu_milli,
              job.memory_mib, models == kAny ? job.gpu_models : models,
              job.kind,       0,
              job.min_tasks,  0,
              Duration{0}};
  if (!model_->power_caps.empty()) shape.busy_milli = job.busy_milli;
  if (!model_->windows.empty()) {
    shape.account = job.account;
    shape.limit = job.limit;
  }
  const auto is_known = [&] {
    return !std::holds_alternative<RandomFit>(o_.placement) &&
           std::find(r.would_delay.begin(), r.would_delay.end(), shape) != r.would_delay.end();
  };
  Time end = end_if_started(world, slot, job.tasks);  // an elastic job's earliest
  // With how many tasks an elastic one starts, and so when it ends, is not known yet.
  if (job.min_tasks == 0 && !Shadow::gone_by(end, r.promise) && is_known()) return Verdict::delays;
  bool fits = false;
  const bool starts = any_offer(job.queue, models, [&](uint32_t pool, uint32_t offered) {
    if (surely_delays(job, end, pool, r)) {
      fits = true;  // or not: it will be looked at again
      return false;
    }
    if (!place(world, job, offered, pool)) return false;
    fits = true;
    end = end_if_started(world, slot, static_cast<uint32_t>(action_.places.size()));
    return pool != r.promise.pool || !delays(world, job, end, r);
  });
  if (starts) return Verdict::start;
  if (!fits) return Verdict::does_not_fit;
  r.would_delay.push_back(shape);
  return Verdict::delays;
}

// Whether that is clear wherever the job goes in the pool: where all tasks are whole nodes of one
// type, each takes one from the head.
bool Rules::surely_delays(const Job& job, Time end, uint32_t pool, const Reservation& r) const {
  const Promise& p = r.promise;
  if (pool != p.pool || p.nodes != model_->pools[pool].nodes || Shadow::gone_by(end, p) ||
      model_->pool_classes[pool].size() != 1)
    return false;
  const auto is_whole = [&](const Job& j) {
    return j.gpus == model_->node_types[model_->classes[model_->pool_classes[pool][0]].type].gpus &&
           j.gpus > 0 && j.gpu_milli == kWholeGpu;
  };
  return is_whole(job) && is_whole(r.job) && job.fewest_tasks() > p.spare;
}

// Whether the job would delay the head on action_.places.
bool Rules::delays(const World& world, const Job& job, Time end, Reservation& r) {
  asked_ = r.job;
  asked_.tasks = r.job.fewest_tasks();
  if (r.models != kAny) asked_.gpu_models = r.models;
  if (!Shadow::gone_by(end, r.promise) && !shadow_.holds(r.promise))
    r.promise = shadow_.promise(world, asked_, r.promise.pool);
  return shadow_.delays(world, asked_, job, end, action_.places, r.promise);
}

// ---- conservative ----

const Action& Rules::conservative(const World& world, uint32_t queue) {
  begin(world, queue);
  Line& line = lines_[queue];
  Plan& plan = plans_[queue];
  const uint64_t now_notes = notes(world, queue);
  // A start changes nothing for the jobs before it but where limits, shares or victims do.
  const bool goes_on = !limits_ && !o_.reclaim && o_.rank.rank != Rank::drf &&
                       plan.notes == now_notes && plan.now == world.now() &&
                       plan.version == line.version();
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
      if (action_.places.size() < job.tasks) plan.now = Time::never();  // it was planned with all
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
  const Time now = world.now(), end = end_if_started(world, slot, job.tasks);
  const Duration length = end == Time::never() ? Duration::max() : std::max(1_ns, end - now);
  const auto gpu_milli = static_cast<int64_t>(job.total_gpu_milli());
  const auto until = [&](Time start) {
    return length.ns < Time::never().ns - start.ns ? start + length : Time::never();
  };
  // An elastic job may have got fewer tasks, for longer: then that has to delay nobody either.
  const auto takes_room = [&](Profile& p) {
    const auto tasks = static_cast<uint32_t>(action_.places.size());
    const auto milli = static_cast<int64_t>(uint64_t{tasks} * job.gpus * job.gpu_milli);
    const Time end_with = tasks == job.tasks ? until(now) : end_if_started(world, slot, tasks);
    if (tasks < job.tasks) {
      const Duration longer =
          end_with == Time::never() ? Duration::max() : std::max(1_ns, end_with - now);
      if (p.earliest(milli, longer, now) != now) return false;
    }
    p.take(milli, now, end_with);
    return true;
  };

  Profile* best = nullptr;
  Time planned = Time::never();
  for (Profile& p : plan.profiles) {
    const uint32_t model = 1u << p.gpu_model();
    if (!(models & model) || (job.gpu_models != 0 && !(job.gpu_models & model))) continue;
    Time at = p.earliest(gpu_milli, length, now);
    if (at == now) {
      if (place(world, job, model, p.pool()) && takes_room(p)) return true;
      at = p.earliest(gpu_milli, length, now + 1_ns);  // enough are free, but not where it fits
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
  const auto tasks = static_cast<uint32_t>(action_.places.size());
  const Time end_with = end_if_started(world, slot, tasks);
  const Duration with =
      end_with == Time::never() ? Duration::max() : std::max(1_ns, end_with - now);
  for (const bool take : {false, true}) {
    for (Profile& p : plan.profiles) {
      if (p.pool() != pool) continue;
      int64_t taken = 0;
      for (const Place& x : action_.places) {
        if (model_->type_of(x.node).gpu_model == p.gpu_model())
          taken += int64_t{job.gpus} * job.gpu_milli;
      }
      if (taken > 0 && !take && p.earliest(taken, with, now) != now) return false;
      if (taken > 0 && take) p.take(taken, now, std::max(end_with, now + 1_ns));
    }
  }
  return true;
}

}  // namespace dure::fleet
