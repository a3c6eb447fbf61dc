// Whose turn it is: accounts by what they have had for their weight.
//
//   AccountOrder  a walk through the tree of accounts that takes siblings by rising load: what they
//                 had or hold for each unit of their weight. By decayed use it is the order of
//                 Slurm's Fair Tree, by what is held DRF with GPUs as the dominant resource, level
//                 by level (Ghodsi et al., NSDI 2011; Bhattacharya et al., SoCC 2013), by what is
//                 held of the own quota Kueue's fair sharing.
//   fair_share_factors  between 0 and 1, for a multifactor priority:
//     tree     the position in that walk (slurm.schedmd.com/fair_tree.html), 1 for the first
//     classic  2^(-use/shares), an account's use blended with that of those above it
//              (slurm.schedmd.com/classic_fair_share.html)
//
// Left out: Fair Tree merges the children of siblings whose load is equal; here the first declared
// goes first. DRF's CPU and memory (the world keeps GPUs only of what an account holds).
#pragma once

#include <cstdint>
#include <vector>

#include "worlds/fleet/world.h"

namespace dure::fleet {

enum class Load {
  use,    // decayed GPU-seconds as of the last tick
  held,   // GPUs
  quota,  // GPUs held per GPU of its own quota
};
// For each unit of its weight; infinity without a weight or a quota.
double load_of(const World& world, uint32_t account, Load load);

class AccountOrder {
 public:
  AccountOrder(const World& world, Load load) : world_(world), load_(load) {}
  // Whether a comes before b. An account comes before those below it.
  bool operator()(uint32_t a, uint32_t b) const;

 private:
  uint32_t depth(uint32_t account) const;
  uint32_t parent(uint32_t account) const { return world_.model().account_parent[account]; }

  const World& world_;
  Load load_;
};

enum class FairShare { tree, classic };
std::vector<double> fair_share_factors(const World& world, FairShare kind);  // [accounts]

}  // namespace dure::fleet
