#include "worlds/fleet/rank.h"

#include <algorithm>
#include <numeric>

namespace dure::fleet {
namespace {

constexpr double kHour_ns = 3600e9;

bool has_limits(const Model& m) {
  return m.has_quotas() || std::any_of(m.accounts.begin(), m.accounts.end(),
                                       [](const Account& a) { return a.budget_gpu_h >= 0; });
}

}  // namespace

double rank_key(const World& world, const RankOptions& o, const JobSlot& s,
                const std::vector<double>& fair_share) {
  const Model& m = world.model();
  const Job& job = s.job;
  const auto gpu_milli = static_cast<double>(job.total_gpu_milli());
  switch (o.rank) {
    case Rank::arrival:
    case Rank::drf:
      return 0;
    case Rank::priority:
      // What has been waited since grows alike for all.
      return static_cast<double>((job.submit - m.start).ns) / kHour_ns * o.ageing_per_h -
             job.priority;
    case Rank::multifactor: {
      const double waited = static_cast<double>((world.usage_tick() - job.submit).ns);
      const double full = static_cast<double>(std::max<int64_t>(1, o.max_age.ns));
      const double all = std::max(1.0, static_cast<double>(m.total_gpus()) * kWholeGpu);
      return -(o.age_weight * std::clamp(waited / full, 0.0, 1.0) +
               o.fair_share_weight * fair_share[job.account] +
               o.size_weight * std::min(1.0, gpu_milli / all) + o.priority_weight * job.priority);
    }
    case Rank::shortest:
      return static_cast<double>(job.limit.ns) * (o.by_area ? gpu_milli : 1);
    case Rank::least_attained:
      return static_cast<double>(s.done.ns) * gpu_milli;
  }
  return 0;
}

Line::Entry Line::entry_of(const World& world, uint32_t slot) const {
  const JobSlot& s = world.slot(slot);
  return {rank_key(world, options_, s, fair_share_), s.job.submit, s.job.number, slot, s.attempts};
}

Line::Part& Line::part_of(const Job& job) {
  const bool gpus = job.gpus > 0;
  uint32_t& i = part_of_[by_account_ ? 2 * size_t{job.account} + gpus : 0];
  if (i == kNoSlot) {
    i = static_cast<uint32_t>(parts_.size());
    parts_.push_back({job.account, gpus, 0, {}});
  }
  return parts_[i];
}

bool Line::waits(const World& world, const Entry& e) const {
  if (e.slot >= world.slots()) return false;
  const JobSlot& s = world.slot(e.slot);
  return s.state == JobSlot::State::waiting && s.job.number == e.number &&
         s.attempts == e.attempts && s.job.queue == queue_;
}

void Line::sync(const World& world, uint32_t queue, const RankOptions& options) {
  const bool same_line = model_.get() == &world.model() && queue_ == queue;
  if (!same_line) {
    model_ = world.shared_model();
    queue_ = queue;
    options_ = options;
    by_account_ = options.rank == Rank::drf || has_limits(*model_);
    taken_part_ = kNoSlot;
    return rebuild(world);
  }
  if (taken_part_ != kNoSlot && !waits(world, taken_)) {
    auto& jobs = parts_[taken_part_].jobs;
    jobs.erase(std::lower_bound(jobs.begin(), jobs.end(), taken_));
    --jobs_;
    members_ -= World::member(taken_.slot, taken_.number, taken_.attempts);
    ++version_;
    if (tail_ == taken_.slot && tail_number_ == taken_.number) {
      tail_ = before_taken_;
      if (tail_ != kNoSlot) tail_number_ = world.slot(tail_).job.number;
    }
  }
  taken_part_ = kNoSlot;
  if (!follow_arrivals(world) || !is_current(world)) rebuild(world);
}

// False: the last job that was known is gone.
bool Line::follow_arrivals(const World& world) {
  uint32_t i = world.queue_head(queue_);
  if (tail_ != kNoSlot) {
    if (tail_ >= world.slots()) return false;
    const JobSlot& tail = world.slot(tail_);
    if (tail.state != JobSlot::State::waiting || tail.job.queue != queue_ ||
        tail.job.number != tail_number_) {
      return false;
    }
    i = tail.next;
  }
  for (; i != kNoSlot; i = world.slot(i).next) {
    if (jobs_ >= world.queue_length(queue_)) return false;
    const Entry e = entry_of(world, i);
    auto& jobs = part_of(world.slot(i).job).jobs;
    jobs.insert(std::lower_bound(jobs.begin(), jobs.end(), e), e);
    ++jobs_;
    members_ += World::member(e.slot, e.number, e.attempts);
    ++version_;
    tail_ = i;
    tail_number_ = e.number;
  }
  return true;
}

// Whether the line is that of this world: the same jobs, with keys of the same tick.
bool Line::is_current(const World& world) const {
  return jobs_ == world.queue_length(queue_) && members_ == world.members(queue_) &&
         keys_are_current(world);
}

bool Line::keys_are_current(const World& world) const {
  if (options_.rank != Rank::multifactor) return true;
  if (tick_ != world.usage_tick()) return false;
  for (uint32_t a = 0; a < used_.size(); ++a) {
    if (used_[a] != world.account(a).decayed_gpu_s) return false;
  }
  return true;
}

void Line::rebuild(const World& world) {
  ++version_;
  const size_t accounts = model_->accounts.size();
  if (options_.rank == Rank::multifactor && (used_.empty() || !keys_are_current(world))) {
    tick_ = world.usage_tick();
    used_.resize(accounts);
    for (uint32_t a = 0; a < accounts; ++a) used_[a] = world.account(a).decayed_gpu_s;
    fair_share_ = fair_share_factors(world, options_.fair_share);
  }
  part_of_.assign(by_account_ ? 2 * accounts : 1, kNoSlot);
  parts_.clear();
  jobs_ = world.queue_length(queue_);
  members_ = world.members(queue_);
  tail_ = kNoSlot;
  for (uint32_t i = world.queue_head(queue_); i != kNoSlot; i = world.slot(i).next) {
    part_of(world.slot(i).job).jobs.push_back(entry_of(world, i));
    tail_ = i;
    tail_number_ = world.slot(i).job.number;
  }
  for (Part& part : parts_) {  // one account's mostly are as they were submitted
    if (!std::is_sorted(part.jobs.begin(), part.jobs.end()))
      std::sort(part.jobs.begin(), part.jobs.end());
  }
}

bool Line::comes_after(uint32_t a, uint32_t b) const {
  if (!turn_.empty() && turn_[a] != turn_[b]) return turn_[a] > turn_[b];
  return parts_[b].jobs[parts_[b].next] < parts_[a].jobs[parts_[a].next];
}

void Line::start_merge(const World& world) {
  turn_.clear();
  last_ = kNoSlot;
  if (options_.rank == Rank::drf) {
    std::vector<uint32_t> order = merge_;
    const AccountOrder before(world, Load::held);
    std::sort(order.begin(), order.end(),
              [&](uint32_t a, uint32_t b) { return before(parts_[a].account, parts_[b].account); });
    turn_.resize(parts_.size());
    for (size_t i = 0; i < order.size(); ++i) {
      const bool same = i > 0 && parts_[order[i]].account == parts_[order[i - 1]].account;
      turn_[order[i]] = same ? turn_[order[i - 1]] : static_cast<uint32_t>(i);
    }
  }
  std::make_heap(merge_.begin(), merge_.end(),
                 [this](uint32_t a, uint32_t b) { return comes_after(a, b); });
}

uint32_t Line::next() {
  if (merge_.empty()) return kNoSlot;
  const auto after = [this](uint32_t a, uint32_t b) { return comes_after(a, b); };
  last_ = merge_.front();
  Part& part = parts_[last_];
  std::pop_heap(merge_.begin(), merge_.end(), after);
  const uint32_t slot = part.jobs[part.next++].slot;
  if (part.next < part.jobs.size()) {
    std::push_heap(merge_.begin(), merge_.end(), after);
  } else {
    merge_.pop_back();
  }
  return slot;
}

void Line::take(const World& world) {
  taken_part_ = last_;
  taken_ = parts_[last_].jobs[parts_[last_].next - 1];
  before_taken_ = world.slot(taken_.slot).previous;
}

}  // namespace dure::fleet
