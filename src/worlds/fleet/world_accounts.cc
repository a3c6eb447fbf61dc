// Accounts of the fleet: quotas by date, budgets, and use that decays.
#include <algorithm>

#include "base/math.h"
#include "worlds/fleet/world.h"

namespace dure::fleet {

void World::start_accounts() {
  const Model& m = *model_;
  accounts_.resize(m.accounts.size());
  for (AccountState& a : accounts_) a.since = now_;
  if (m.has_quotas()) {
    quota_ = QuotaTree(m.account_parent, static_cast<uint32_t>(m.gpu_models.size()));
    for (uint32_t s = 0; s < m.quotas.size(); ++s) {
      if (m.quotas[s].time <= now_) {
        const QuotaStep& q = m.quotas[s];
        quota_.set(m.account_parent, q.account, q.gpu_model, q.limits);
      } else if (m.quotas[s].time < Time::never()) {
        events_.push({m.quotas[s].time, Event::Kind::quota_step, s, 0});
      }
    }
  }
  if (m.budget_period > 0_s && m.budget_period < Time::never() - now_)
    events_.push({now_ + m.budget_period, Event::Kind::budget_period, 0, 0});
  usage_tick_ = now_;
  if (m.usage_period > 0_s && m.usage_period < Time::never() - now_)
    events_.push({now_ + m.usage_period, Event::Kind::usage_tick, 0, 0});
}

int64_t World::quota_left(uint32_t account, uint32_t gpu_model) const {
  return model_->has_quotas() ? quota_.available(model_->account_parent, account, gpu_model)
                              : kNoLimit;
}

bool World::would_borrow(uint32_t account, uint32_t gpu_model, int64_t gpu_milli) const {
  return model_->has_quotas() &&
         quota_.would_borrow(model_->account_parent, account, gpu_model, gpu_milli);
}

bool World::in_budget(uint32_t account) const {
  for (uint32_t a = account; a != kNoAccount; a = model_->account_parent[a]) {
    const double budget = model_->accounts[a].budget_gpu_h;
    if (budget < 0) continue;
    if ((accounts_[a].used_by(now_) - accounts_[a].used_at_budget).gpu_hours() >= budget)
      return false;
  }
  return true;
}

// Brings every account's use up to date: what it borrows is about to change.
void World::settle_accounts() {
  for (uint32_t a = 0; a < accounts_.size(); ++a) {
    AccountState& x = accounts_[a];
    x.used = x.used_by(now_);
    for (uint32_t g = 0; model_->has_quotas() && g < model_->gpu_models.size(); ++g) {
      kpis_.accounts[a].borrowed +=
          GpuTime::of(static_cast<uint64_t>(quota_.borrowed(a, g)), now_ - x.since);
    }
    x.since = now_;
  }
}

void World::quota_step(uint32_t step) {
  settle_accounts();
  const QuotaStep& q = model_->quotas[step];
  quota_.set(model_->account_parent, q.account, q.gpu_model, q.limits);
  ask_all();
}

void World::budget_period() {
  settle_accounts();
  for (AccountState& a : accounts_) a.used_at_budget = a.used;
  if (model_->budget_period < Time::never() - now_ && goes_on()) {
    events_.push({now_ + model_->budget_period, Event::Kind::budget_period, 0, 0});
  }
  ask_all();
}

// As Slurm's multifactor plugin decays usage: what was used before counts half after each
// half-life.
void World::tick_usage() {
  settle_accounts();
  const double keep = math::exp(-math::log(2.0) * (now_ - usage_tick_).seconds() /
                                std::max(1e-9, model_->usage_half_life.seconds()));
  for (AccountState& a : accounts_) {
    const GpuTime fresh = a.used - a.used_at_tick;
    a.decayed_gpu_s = a.decayed_gpu_s * keep + fresh.gpu_hours() * 3600;
    a.used_at_tick = a.used;
  }
  usage_tick_ = now_;
  if (model_->usage_period < Time::never() - now_ && goes_on()) {
    events_.push({now_ + model_->usage_period, Event::Kind::usage_tick, 0, 0});
  }
  ask_all();
}

}  // namespace dure::fleet
