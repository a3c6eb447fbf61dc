// The order in which the jobs of a queue are looked at.
//
//   arrival         as they were submitted
//   priority        Job::priority, and so much more for each hour waited
//   multifactor     Slurm's priority/multifactor: a weighted sum of age, fair share, size and
//                   priority (slurm.schedmd.com/priority_multifactor.html)
//   drf             the jobs of the account that holds least for its weight first
//   shortest        the least limit x GPUs, or the least limit
//   least_attained  the least GPU time served so far (what checkpoints hold of stopped attempts;
//                   Gu et al., "Tiresias", NSDI 2019)
// At ties: as submitted. (Messages may bring several jobs of one number; then by slot.)
//
// What varies in time (age and fair share of multifactor) is as of World::usage_tick(), so an order
// is sorted once per tick and kept: a job is put in or taken out where it belongs. Jobs are kept
// apart by account where accounts differ in what they may take, so that all jobs of an account that
// may take nothing are passed over at once.
//
// An order is a function of the world: what is kept only saves time, and is made anew when the
// world turns out to be another than the one that it was kept for.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "worlds/fleet/fair_share.h"
#include "worlds/fleet/world.h"

namespace dure::fleet {

enum class Rank { arrival, priority, multifactor, drf, shortest, least_attained };

struct RankOptions {
  Rank rank = Rank::arrival;
  double ageing_per_h = 0;  // priority: for each hour waited
  bool by_area = true;      // shortest: limit x GPUs, else limit
  // multifactor. Age, fair share and size are 0 to 1; Job::priority is as it is.
  double age_weight = 1000;
  double fair_share_weight = 10'000;
  double size_weight = 0;  // of the share of all GPUs that it asks for
  double priority_weight = 1000;
  Duration max_age = 7_d;  // when age counts in full
  FairShare fair_share = FairShare::tree;
};

// Of a waiting job: the least is looked at first. fair_share: [accounts], for multifactor.
double rank_key(const World& world, const RankOptions& options, const JobSlot& s,
                const std::vector<double>& fair_share);

// The waiting jobs of one queue in their order.
class Line {
 public:
  // Brings the line up to date with the world, and goes back to its first job.
  // closed(account, gpus): none of its jobs (with GPUs, or without) may start, all are passed over.
  template <class Closed>
  void begin(const World& world, uint32_t queue, const RankOptions& options, Closed&& closed) {
    sync(world, queue, options);
    merge_.clear();
    for (uint32_t i = 0; i < parts_.size(); ++i) {
      parts_[i].next = 0;
      const Part& part = parts_[i];
      if (part.jobs.empty() || (by_account_ && closed(part.account, part.gpus))) continue;
      merge_.push_back(i);
    }
    start_merge(world);
  }
  // The next job's slot; kNoSlot at the end.
  uint32_t next();
  // The job that next() gave last is about to start or to be dropped.
  void take(const World& world);
  void sync(const World& world, uint32_t queue, const RankOptions& options);
  // Changes whenever the jobs in the line or their order do.
  uint64_t version() const { return version_; }

 private:
  struct Entry {
    double key = 0;
    Time submit;
    uint64_t number = 0;  // Job::number
    uint32_t slot = 0;
    uint32_t attempts = 0;  // JobSlot::attempts: one that ran in between may have another key
    bool operator<(const Entry& b) const {
      if (key != b.key) return key < b.key;
      if (submit != b.submit) return submit < b.submit;
      return number != b.number ? number < b.number : slot < b.slot;
    }
  };
  struct Part {
    uint32_t account = 0;
    bool gpus = true;  // whether its jobs ask for any
    size_t next = 0;   // of jobs, in the merge
    std::vector<Entry> jobs;
  };

  Entry entry_of(const World& world, uint32_t slot) const;
  Part& part_of(const Job& job);
  bool waits(const World& world, const Entry& e) const;
  bool follow_arrivals(const World& world);
  bool is_current(const World& world) const;
  bool keys_are_current(const World& world) const;
  void rebuild(const World& world);
  void start_merge(const World& world);
  bool comes_after(uint32_t part_a, uint32_t part_b) const;

  RankOptions options_;
  std::shared_ptr<const Model> model_;  // kept, so that no other takes its address
  uint32_t queue_ = 0;
  bool by_account_ = false;
  std::vector<Part> parts_;
  std::vector<uint32_t> part_of_;  // [accounts x 2] without GPUs, with; kNoSlot: none yet
  uint64_t jobs_ = 0;              // in all parts
  uint64_t members_ = 0;           // as World::members()
  uint64_t version_ = 0;
  Time tick_;                 // that keys are as of
  std::vector<double> used_;  // [accounts] and the decayed use then, for multifactor
  std::vector<double> fair_share_;

  // The last job in the order of submission: arrivals come behind it.
  uint32_t tail_ = kNoSlot;
  uint64_t tail_number_ = 0;
  // What take() announced, and who was before it in the order of submission.
  Entry taken_;
  uint32_t taken_part_ = kNoSlot;
  uint32_t before_taken_ = kNoSlot;

  std::vector<uint32_t> merge_;  // heap of parts by their next jobs
  uint32_t last_ = kNoSlot;      // part that next() took from
  std::vector<uint32_t> turn_;   // [parts] drf: of the account, among all parts
};

}  // namespace dure::fleet
