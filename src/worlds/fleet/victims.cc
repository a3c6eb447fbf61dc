#include "worlds/fleet/victims.h"

#include <algorithm>

namespace dure::fleet {

void VictimRules::begin(const World& world, const ReclaimOptions& options, const Job& job,
                        uint32_t gpu_model) {
  const Model& m = world.model();
  world_ = &world;
  options_ = options;
  job_ = &job;
  gpu_model_ = gpu_model;
  quotas_ = m.has_quotas() && gpu_model != kNoModel;
  need_ = quotas_ ? static_cast<int64_t>(job_->total_gpu_milli()) : 0;
  chain_.clear();
  for (uint32_t a = job_->account; a != kNoAccount; a = parent(a)) chain_.push_back(a);
  candidates_.clear();
  others_.clear();
  stopped_.assign(m.accounts.size(), 0);
  harmless_.assign(m.accounts.size(), kNoLimit);
  if (quotas_) tree_ = scratch_ = world.quota();
  relations_.assign(m.accounts.size(), {});
  for (uint32_t a = 0; a < m.accounts.size(); ++a) relate(a);
  for (uint32_t i = 0; i < world.slots(); ++i) {
    if (world.slot(i).state == JobSlot::State::running) collect(i);
  }
  keep_possible();
  quota_matters_ = shortage() > 0 || borrows_beside_candidates();
}

void VictimRules::relate(uint32_t account) {
  Relation& r = relations_[account];
  const auto place = [&](uint32_t a) {
    return static_cast<uint32_t>(std::find(chain_.begin(), chain_.end(), a) - chain_.begin());
  };
  if (account == job_->account) {
    r.related = options_.own_account;
    return;
  }
  if (!quotas_ || place(account) < chain_.size()) return;
  uint32_t above = account;
  do {
    r.branch = above;
    above = parent(above);
    if (above == kNoAccount) return;
    r.common = place(above);
  } while (r.common == chain_.size());
  r.borrowed = borrowed_on_the_way(account, r.branch);
  r.related = r.common > 0 && r.borrowed > 0;
}

// Takes those in that nothing but what others hold may save.
void VictimRules::collect(uint32_t slot) {
  const JobSlot& s = world_->slot(slot);
  const Relation& r = relations_[s.job.account];
  if (!r.related || !world_->preemptible(slot)) return;
  const bool lower = s.job.priority < job_->priority;
  Candidate c{.slot = slot, .common = r.common, .branch = r.branch};
  if (r.common == 0) {
    if (!lower) return;
  } else {
    c.reclaimable = options_.cohort == ReclaimOptions::Within::any ||
                    (options_.cohort == ReclaimOptions::Within::lower_priority && lower);
    if (!c.reclaimable && !options_.fair_sharing) return;
  }
  if (quotas_ && s.job.gpus > 0 &&
      world_->model().type_of(world_->places(s)[0].node).gpu_model == gpu_model_) {
    c.gpu_milli = static_cast<int64_t>(s.job.total_gpu_milli());
  } else if (r.common > 0) {
    return;
  }
  if (r.common > 0) harmless_[c.branch] = std::min(harmless_[c.branch], r.borrowed);
  candidates_.push_back(c);
}

// Sorts out those who may not be stopped even if all were that help the job's branch to borrow
// less: those of its own account, and of branches further down.
void VictimRules::keep_possible() {
  const auto& parents = world_->model().account_parent;
  const auto account = [&](const Candidate& c) { return world_->slot(c.slot).job.account; };
  std::vector<std::vector<uint32_t>> by_common(chain_.size());
  for (uint32_t i = 0; i < candidates_.size(); ++i) by_common[candidates_[i].common].push_back(i);
  std::vector<uint8_t> keep(candidates_.size(), 0);
  for (uint32_t common = 0; common < chain_.size(); ++common) {
    double at_least = 0;  // of the victim's share
    bool borrows = false;
    if (common > 0 && quotas_) {
      tree_.take(parents, job_->account, gpu_model_, need_);
      borrows = tree_.borrowed(chain_[common - 1], gpu_model_) > 0;
      at_least = share(chain_[common - 1]);
      tree_.give_back(parents, job_->account, gpu_model_, need_);
    }
    if (borrows && !options_.fair_sharing) continue;
    for (const uint32_t i : by_common[common]) {
      const Candidate& c = candidates_[i];
      keep[i] = 1;
      if (!borrows) continue;
      tree_.give_back(parents, account(c), gpu_model_, c.gpu_milli);
      keep[i] = share(c.branch) >= at_least;
      tree_.take(parents, account(c), gpu_model_, c.gpu_milli);
    }
    for (const uint32_t i : by_common[common]) {
      if (keep[i] && quotas_)
        tree_.give_back(parents, account(candidates_[i]), gpu_model_, candidates_[i].gpu_milli);
    }
  }
  size_t kept = 0;
  for (size_t i = 0; i < candidates_.size(); ++i) {
    if (keep[i]) candidates_[kept++] = candidates_[i];
  }
  candidates_.resize(kept);
  tree_ = scratch_;
  for (Candidate& c : candidates_) c.cost = world_->cost_of_stopping(c.slot);
}

// Whether a branch of the job borrows that others' branches are compared with: less use of it
// elsewhere may then be what allows them to be stopped.
bool VictimRules::borrows_beside_candidates() {
  if (!quotas_) return false;
  const auto& parents = world_->model().account_parent;
  tree_.take(parents, job_->account, gpu_model_, need_);
  bool borrows = false;
  for (const Candidate& c : candidates_) {
    borrows |= c.common > 0 && tree_.borrowed(chain_[c.common - 1], gpu_model_) > 0;
  }
  tree_.give_back(parents, job_->account, gpu_model_, need_);
  return borrows;
}

double VictimRules::share(uint32_t a) const {
  const int64_t borrowed = tree_.borrowed(a, gpu_model_);
  return borrowed == 0 ? 0 : static_cast<double>(borrowed) / world_->model().accounts[a].weight;
}

// The least that an account from there up to the branch borrows, when nobody else is stopped.
int64_t VictimRules::borrowed_on_the_way(uint32_t account, uint32_t branch) const {
  int64_t least = scratch_.borrowed(account, gpu_model_);
  for (; account != branch && least > 0; account = parent(account)) {
    least = std::min(least, scratch_.borrowed(parent(account), gpu_model_));
  }
  return least;
}

// Whether the accounts of every victim in the branch borrow when its turn comes.
bool VictimRules::in_order(uint32_t branch) {
  if (stopped_[branch] <= harmless_[branch]) return true;
  const auto& parents = world_->model().account_parent;
  const auto account = [&](const Candidate& c) { return world_->slot(c.slot).job.account; };
  bool all = true;
  size_t k = 0;
  for (; k < others_.size(); ++k) {
    const Candidate& c = candidates_[others_[k]];
    if (c.branch != branch) continue;
    all = borrowed_on_the_way(account(c), branch) > 0;
    if (!all) break;
    scratch_.give_back(parents, account(c), gpu_model_, c.gpu_milli);
  }
  while (k-- > 0) {
    const Candidate& c = candidates_[others_[k]];
    if (c.branch == branch) scratch_.take(parents, account(c), gpu_model_, c.gpu_milli);
  }
  return all;
}

bool VictimRules::add(uint32_t i) {
  const Candidate& c = candidates_[i];
  if (c.common > 0) {
    const auto smaller = [&](uint32_t a, uint32_t b) {
      const Candidate &x = candidates_[a], &y = candidates_[b];
      return x.gpu_milli != y.gpu_milli ? x.gpu_milli < y.gpu_milli : x.slot < y.slot;
    };
    const auto at = others_.insert(std::lower_bound(others_.begin(), others_.end(), i, smaller), i);
    stopped_[c.branch] += c.gpu_milli;
    if (!in_order(c.branch)) {
      others_.erase(at);
      stopped_[c.branch] -= c.gpu_milli;
      return false;
    }
  }
  if (quotas_ && c.gpu_milli > 0) {
    tree_.give_back(world_->model().account_parent, world_->slot(c.slot).job.account, gpu_model_,
                    c.gpu_milli);
  }
  return true;
}

void VictimRules::remove(uint32_t i) {
  const Candidate& c = candidates_[i];
  if (c.common > 0) {
    others_.erase(std::find(others_.begin(), others_.end(), i));
    stopped_[c.branch] -= c.gpu_milli;
  }
  if (quotas_ && c.gpu_milli > 0) {
    tree_.take(world_->model().account_parent, world_->slot(c.slot).job.account, gpu_model_,
               c.gpu_milli);
  }
}

int64_t VictimRules::shortage() const {
  if (!quotas_) return 0;
  const int64_t left = tree_.available(world_->model().account_parent, job_->account, gpu_model_);
  return std::max<int64_t>(0, need_ - left);
}

bool VictimRules::satisfied() {
  if (shortage() > 0) return false;
  if (others_.empty()) return true;
  const auto& parents = world_->model().account_parent;
  tree_.take(parents, job_->account, gpu_model_, need_);
  bool all = true;
  for (const uint32_t i : others_) {
    const Candidate& c = candidates_[i];
    const uint32_t mine = chain_[c.common - 1];
    if (tree_.borrowed(mine, gpu_model_) == 0 && c.reclaimable) continue;
    if (options_.fair_sharing && share(c.branch) >= share(mine)) continue;
    all = false;
    break;
  }
  tree_.give_back(parents, job_->account, gpu_model_, need_);
  return all;
}

}  // namespace dure::fleet
