// Kueue's quotas: ClusterQueue and Cohort objects (kueue.x-k8s.io/v1beta1 and v1beta2, Cohort also
// v1alpha1), as accounts of a fleet, and back.
//
// A cohort is an account, and a ClusterQueue one whose parent is its cohort; a cohort that only
// others name is one too. A flavor is a GPU model, and the quotas of its GPU resource
// (nvidia.com/gpu, or any other .../gpu) are limits in GPUs, with the meaning that they have in
// Kueue (see quota.h): nominalQuota of a cohort comes on top of its queues'; a queue may only use
// the flavors it lists, so it gets a quota of 0 and nothing to borrow of all others.
//
// Left out, and told in the notes: quotas of anything but GPUs, flavorFungibility,
// namespaceSelector and other fields of the specs; borrowWithinCohort; differences between queues
// in preemption and queueingStrategy, which a policy has for the whole fleet; other kinds of
// object.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "worlds/fleet/read_operations.h"
#include "worlds/fleet/victims.h"
#include "worlds/fleet/yaml_tree.h"

namespace dure::fleet {

struct KueueQuotas {
  std::vector<AccountKeys> accounts;  // parents first, then by name
  // What most ClusterQueues say in spec.preemption. fair_sharing: an object has a weight.
  ReclaimOptions reclaim;
  std::vector<std::string> notes;
};

// Of one file with any number of documents, or lists of objects as `kubectl get -o yaml` writes
// them. `file` is for messages.
Result<KueueQuotas> read_kueue(std::string_view text, const std::string& file);

// A name as Kubernetes allows it: lower-case letters, digits, '-' and '.'.
std::string kubernetes_name(std::string_view name);

// A Kubernetes quantity as a number: "10", "1500m", "20Gi", "1e3". At least 0.
Result<double> parse_quantity(std::string_view text);

// Accounts with others below them as Cohorts, all others as ClusterQueues, with the quotas at the
// scenario's start. Names become such as Kubernetes allows. What Kueue cannot say is told in
// comments at the top: budgets, quotas of later dates, and those that follow what an owner has in
// service.
// With `reclaim`, every ClusterQueue gets it as its spec.preemption.
std::string kueue_yaml(const std::vector<AccountKeys>& accounts, Time start = {},
                       const std::optional<ReclaimOptions>& reclaim = {});

}  // namespace dure::fleet
