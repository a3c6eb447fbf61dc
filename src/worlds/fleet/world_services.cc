// Services of the fleet: replicas that follow a load.
#include <algorithm>
#include <cmath>

#include "worlds/fleet/sources.h"
#include "worlds/fleet/world.h"

namespace dure::fleet {

void World::start_services() {
  const Model& m = *model_;
  services_.resize(m.services.size());
  kpis_.services.resize(m.services.size());
  for (ServiceKpis& k : kpis_.services) {
    k.load_over_time = k.serving_over_time = kpis_.fragmentation;
  }
  for (uint32_t s = 0; s < m.services.size(); ++s) {
    events_.push({now_, Event::Kind::service, s, 0});
  }
}

void World::follow_load(uint32_t i) {
  const Service& service = model_->services[i];
  const uint32_t pool = model_->queues[service.replica.queue].pool;
  services_[i].load =
      load_of(service, now_, kpis_.pools[pool].installed.value() / double{kWholeGpu});
  const double wanted = std::ceil(services_[i].load * service.headroom - 1e-9);
  const auto replicas =
      static_cast<uint32_t>(std::clamp<double>(wanted, service.fewest, service.most));
  while (services_[i].replicas.size() < replicas) {
    Job job = service.replica;
    job.submit = now_;
    job.duration = job.limit = Duration::max();
    job.number = (model_->sources.size() + i + 1) << 40 | services_[i].count++;
    const uint32_t slot = arrive(job);
    DURE_ASSERT(slot != kNoSlot, "a replica that fits nowhere");
    slots_[slot].service = i;
    services_[i].replicas.push_back(slot);
  }
  bool some_wait = true;
  while (services_[i].replicas.size() > replicas) {
    // One that waits, else the youngest.
    auto& all = services_[i].replicas;
    auto it = all.rend();
    if (some_wait) {
      it = std::find_if(all.rbegin(), all.rend(), [&](uint32_t slot) {
        return slots_[slot].state == JobSlot::State::waiting;
      });
      some_wait = it != all.rend();
    }
    if (!some_wait) it = all.rbegin();
    const uint32_t slot = *it;
    all.erase(std::next(it).base());
    end_replica(slot);
  }
  count_service(i);
  if (service.every < Time::never() - now_ && goes_on())
    events_.push({now_ + service.every, Event::Kind::service, i, 0});
}

void World::count_service(uint32_t i) {
  const ServiceState& s = services_[i];
  ServiceKpis& k = kpis_.services[i];
  const double serving = s.serving;
  k.load.set(now_, s.load);
  k.served.set(now_, std::min(s.load, serving));
  k.serving.set(now_, serving);
  k.short_of.set(now_, serving < s.load ? 1 : 0);
  k.load_over_time.set(now_, s.load);
  k.serving_over_time.set(now_, serving);
}

void World::replica_serves(uint32_t i, bool serves) {
  const uint32_t service = slots_[i].service;
  services_[service].serving += serves ? 1u : ~0u;
  count_service(service);
}

void World::replica_ready(uint32_t i) {
  JobSlot& s = slots_[i];
  settle(s);
  s.phase = JobSlot::Phase::works;
  replica_serves(i, true);
  schedule(i);
}

void World::end_replica(uint32_t i) {
  JobSlot& s = slots_[i];
  const Job job = s.job;
  OwnerKpis& owner = kpis_.owners[job.owner];
  if (s.state == JobSlot::State::waiting) {
    if (s.attempts == 0) {
      --owner.arrived;  // as if it had not come
    } else {
      ++owner.ended;
      outbox_.send(now_, ended_out, JobEnded{job.number, now_ - job.submit});
    }
    unlink(i);
    const uint32_t pool = model_->queues[job.queue].pool;
    changed(pool, mix(mix(changes_[pool], ~job.number), 1));
  } else {
    ++owner.ended;
    charge(i, split_of(s), Stop::fault);
    release(i);
    outbox_.send(now_, ended_out, JobEnded{job.number, now_ - job.submit});
    pool_freed(s.pool, job.number);
  }
  release_slot(i);
}

}  // namespace dure::fleet
