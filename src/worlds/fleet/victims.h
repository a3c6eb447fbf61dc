// Who may be stopped for a job that waits, by Kueue's rules (sigs.k8s.io/kueue, ClusterQueue
// .spec.preemption, and KEP-1714 for fair sharing), for trees of accounts of any depth.
//
// A victim is of the job's own account and of lower priority (withinClusterQueue: LowerPriority),
// or of another account under a common one. There, the branch of the common account that the victim
// is in and the branch that the job is in are compared:
//
//   reclaim        after admission the job's branch does not borrow; the victim's account, and
//   every
//                  one above it up to its branch, borrows right before the victim is stopped
//                  (reclaimWithinCohort). So no account is pushed below its own quota but by the
//                  last victim's size. Victims count by size, smallest first.
//   fair sharing   the job's branch does borrow; the victims' accounts borrow as above, and the
//   share
//                  (borrowed / weight) of the victim's branch stays at or above that of the job's
//
// Quotas are of one GPU model: that of the node on which a job's first task runs. Jobs charged to
// an account above another's are neither stopped for it nor does it for them.
#pragma once

#include <cstdint>
#include <vector>

#include "worlds/fleet/world.h"

namespace dure::fleet {

struct ReclaimOptions {
  enum class Within : uint8_t { never, lower_priority, any };
  Within cohort = Within::any;  // reclaimWithinCohort
  bool own_account = true;      // withinClusterQueue: LowerPriority or Never
  bool fair_sharing = false;
  // Of the search for the best victims: sets tried, tasks stopped in them, and what is looked at to
  // bound them. A million takes some 10 ms.
  uint64_t max_steps = 1'000'000;
};

struct Candidate {
  uint32_t slot = 0;
  uint32_t common = 0;    // accounts from the job's up to the common one; 0: the job's own account
  uint32_t branch = 0;    // account below the common one
  int64_t gpu_milli = 0;  // quota of the GPU model in question that it holds
  bool reclaimable = false;  // for a job within its quota
  GpuTime cost{};
};

class VictimRules {
 public:
  static constexpr uint32_t kNoModel = ~uint32_t{0};

  // For a job that waits, on GPUs of the model (kNoModel: it needs none). Nobody is stopped yet.
  void begin(const World& world, const ReclaimOptions& options, const Job& job, uint32_t gpu_model);

  // By slot. Each may be a victim together with some others, or will be found never to be.
  const std::vector<Candidate>& candidates() const { return candidates_; }

  // Puts a candidate among the victims, unless then an account would go below its quota.
  bool add(uint32_t candidate);
  void remove(uint32_t candidate);
  // Whether victims may be needed for what they hold, wherever that is.
  bool quota_matters() const { return quota_matters_; }
  // Quota that the job lacks when the victims have stopped.
  int64_t shortage() const;
  // Whether with these victims the job has its quota, and each of them may be stopped for it.
  bool satisfied();

 private:
  uint32_t parent(uint32_t a) const { return world_->model().account_parent[a]; }
  double share(uint32_t account) const;
  void relate(uint32_t account);
  int64_t borrowed_on_the_way(uint32_t account, uint32_t branch) const;
  bool in_order(uint32_t branch);
  void collect(uint32_t slot);
  void keep_possible();
  bool borrows_beside_candidates();

  // What an account is to the job's.
  struct Relation {
    bool related = false;
    uint32_t common = 0, branch = 0;  // as of a candidate
    int64_t borrowed = 0;             // the least from the account up to the branch, nobody stopped
  };

  const World* world_ = nullptr;
  ReclaimOptions options_;
  const Job* job_ = nullptr;
  uint32_t gpu_model_ = kNoModel;
  bool quotas_ = false, quota_matters_ = false;
  int64_t need_ = 0;                 // GPU milli
  std::vector<uint32_t> chain_;      // accounts from the job's own up
  QuotaTree tree_;                   // without the victims
  QuotaTree scratch_;                // with them, but while in_order() stops one after another
  std::vector<Relation> relations_;  // [accounts]
  std::vector<Candidate> candidates_;
  std::vector<uint32_t> others_;  // victims of other accounts, by (size, slot)
  std::vector<int64_t> stopped_;  // [accounts] GPU milli of them, where it is their branch
  // [accounts] The same may be stopped and all accounts of the branch's candidates still borrow.
  std::vector<int64_t> harmless_;
};

}  // namespace dure::fleet
