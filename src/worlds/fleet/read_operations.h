// The keys of a fleet scenario that say how it is operated: who may hold how much, what fails, what
// jobs of a workload need beyond GPUs. They name owners, accounts and GPU models, so they become
// part of a Model once those are known.
#pragma once

#include <string>
#include <vector>

#include "base/config.h"
#include "kernel/scenario.h"
#include "worlds/fleet/model.h"

namespace dure::fleet {

struct AccountKeys {
  std::string name, parent, owner;
  double weight = 1;
  double budget_gpu_h = -1;
  struct Quota {
    Moment at;
    std::string gpu_model;  // empty: the only one
    double nominal = -1;    // GPUs; below 0: of the owner's in service this share
    double share = 1;
    double borrowing = -1, lending = -1;  // GPUs; below 0: no limit
  };
  std::vector<Quota> quotas;
};

struct OutageKeys {
  std::string name, owner;
  Level level = Level::rack;
  double per_day = 0;
  Distribution repair;
};

struct WindowKeys {
  std::string name, owner, account;
  Moment from, until;
  int64_t first_node = 0, nodes = 0;
  bool drains = false;
};

struct OperationsKeys {
  std::vector<AccountKeys> accounts;
  std::string kueue;              // file with more of them; empty: none
  bool kueue_preemption = false;  // reclaim as its queues say
  std::vector<OutageKeys> outages;
  std::vector<WindowKeys> windows;
  Duration budget_period{0};
  Duration usage_period{0}, usage_half_life{0};
  Duration grace{0};
};

// The key `name` of an entry, which is not empty.
std::string read_name(ConfigReader& in, std::string_view doc);
// The tables [[account]], [accounts], [[outage]], [[window]] and [accounting].
OperationsKeys read_operations(ConfigReader& in);
// Of a [[workload]].
JobKind read_job_kind(ConfigReader& in);
// Of a [[node_type]] or an [[outage]].
Distribution read_repair(ConfigReader& in);
Level read_level(ConfigReader& in, std::string_view key, Level fallback, std::string_view doc);

// After owners, pools, deliveries and GPU models are there, before sources and jobs. An Error's key
// names the part: "account Naver".
Result<void> add_accounts(const OperationsKeys& keys, Model& m);
// After all accounts.
Result<void> add_operations(const OperationsKeys& keys, Model& m);
Result<uint32_t> find_owner(const Model& m, const std::string& name);
// After sources, services and jobs: accounts that are charged have an owner, and with quotas, quota
// in their tree; if not, `else_do` ends the message.
Result<void> check_charged_accounts(Model& m, const std::string& else_do = "");
// The account of that name, or of the owner's name; kNoAccount: none.
uint32_t find_account(const Model& m, const std::string& name);
// For messages: a date, or where the scenario has no start, the time since then.
std::string time_text(const Model& m, Time t);

}  // namespace dure::fleet
