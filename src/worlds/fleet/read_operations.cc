#include "worlds/fleet/read_operations.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "base/text.h"

namespace dure::fleet {
namespace {

constexpr double kMostGpus = 1e7;
constexpr uint32_t kNoOwner = ~uint32_t{0};  // of an account of several, so far
constexpr const char* kOwnerMissing =
    "expected owner, since there are several, and neither it nor one above it is called like one";

constexpr const char* kQuotaTwice =
    "expected another time or gpu_model than an earlier quota's of the account, found both again";

// -1: as the key's doc says; else at least 0.
double read_limit(ConfigReader& in, std::string_view key, std::string_view unit,
                  std::string_view doc, double most) {
  const double x = in.number(key, -1, {.unit = unit, .doc = doc, .min = -1, .max = most});
  if (x < 0 && x > -1 && !in.describing())
    in.fail(key, "expected -1 or at least 0, found " + shortest(x));
  return x;
}

AccountKeys::Quota read_quota(ConfigReader& in) {
  AccountKeys::Quota q;
  q.at = read_moment(in, "at", "0s", "from when on");
  q.gpu_model = in.text("gpu_model", "", "which GPUs; without it, the only model that there is");
  q.nominal =
      read_limit(in, "nominal", "GPUs",
                 "its own; -1: as many as its owner has in service, and so it grows", kMostGpus);
  q.share =
      in.number("share", 1,
                {.doc = "with nominal = -1: its own are this share of those", .min = 0, .max = 1});
  if (in.has("share") && q.nominal >= 0 && !in.describing())
    in.fail("share", "expected either share or nominal, found both");
  q.borrowing = read_limit(in, "borrowing", "GPUs",
                           "at most, beyond its own, of what others of its parent leave; "
                           "-1: no limit",
                           kMostGpus);
  q.lending = read_limit(in, "lending", "GPUs",
                         "at most, of its own, to others of its parent; -1: no limit", kMostGpus);
  if (q.nominal >= 0 && q.lending > q.nominal)
    in.fail("lending", "expected at most the nominal " + shortest(q.nominal) + " GPUs, found " +
                           shortest(q.lending));
  return q;
}

AccountKeys read_account(ConfigReader& in) {
  AccountKeys a;
  a.name = read_name(in, "of the account: an owner, a project, a user");
  a.parent = in.text("parent", "", "the account that it is part of; without it, it stands alone");
  a.owner =
      in.text("owner", "", "whose it is; without it, the [[owner]] of its name, or its parent's");
  a.weight = in.number(
      "weight", 1, {.doc = "its fair share beside others of its parent", .min = 1e-6, .max = 1e9});
  a.budget_gpu_h = read_limit(
      in, "budget_gpu_h", "GPU-h",
      "that it may use in an accounting.budget_period; jobs that run go on; -1: no limit", 1e15);
  const size_t quotas =
      in.tables("quota", "what it may hold, by date", [&](ConfigReader& q, size_t) {
        a.quotas.push_back(read_quota(q));
        for (size_t i = 0; i + 1 < a.quotas.size(); ++i) {
          const AccountKeys::Quota &x = a.quotas[i], &y = a.quotas.back();
          if (x.gpu_model == y.gpu_model && x.at.date == y.at.date && x.at.after == y.at.after)
            q.fail("at", kQuotaTwice);
        }
      });
  if (quotas == 0 && in.has("quota") && !in.describing())
    in.fail("quota", "expected a quota, or no such key, found an empty array");
  return a;
}

int64_t milli(double gpus) { return gpus < 0 ? kNoLimit : std::llround(gpus * kWholeGpu); }

// GPUs of a model that an owner has in service from a time on, at each time when that changes.
std::vector<std::pair<Time, int64_t>> in_service(const Model& m, uint32_t owner, uint32_t model) {
  std::vector<uint8_t> later(m.nodes(), 0);
  const auto counts = [&](uint32_t n) {
    return m.pools[m.node_pool[n]].owner == owner && m.type_of(n).gpu_model == model;
  };
  std::vector<std::pair<Time, int64_t>> out{{m.start, 0}};
  std::vector<Delivery> deliveries = m.deliveries;
  std::stable_sort(deliveries.begin(), deliveries.end(),
                   [](const Delivery& a, const Delivery& b) { return a.time < b.time; });
  for (const Delivery& d : deliveries) {
    std::fill_n(later.begin() + d.first_node, d.nodes, uint8_t{1});
  }
  for (uint32_t n = 0; n < m.nodes(); ++n) {
    if (later[n] == 0 && counts(n)) out[0].second += m.type_of(n).gpus;
  }
  for (const Delivery& d : deliveries) {
    int64_t gpus = 0;
    for (uint32_t n = d.first_node; n < d.first_node + d.nodes; ++n) {
      if (counts(n)) gpus += m.type_of(n).gpus;
    }
    if (gpus > 0) out.emplace_back(std::max(d.time, m.start), out.back().second + gpus);
  }
  return out;
}

Error about(const std::string& what, const std::string& name, std::string message) {
  return Error{.message = std::move(message), .key = what + ' ' + name};
}

Result<uint32_t> find_site(const Model& m, const std::string& name) {
  std::vector<std::string_view> known;
  for (uint32_t p = 0; p < m.pools.size(); ++p) {
    if (m.pools[p].name == name) return p;
    known.push_back(m.pools[p].name);
  }
  return Error{.message = "expected the name of a site, found " + quoted(name) +
                          did_you_mean(name, known)};
}

// Of those that nodes have: a trace's nodes without GPUs have one too, which is no choice.
Result<uint32_t> find_gpu_model(const Model& m, const std::string& name) {
  std::vector<std::string_view> known;
  uint32_t last = 0;
  for (uint32_t i = 0; i < m.gpu_models.size(); ++i) {
    if (!name.empty() && m.gpu_models[i] == name) return i;
    if (std::none_of(m.node_types.begin(), m.node_types.end(),
                     [&](const NodeType& t) { return t.gpu_model == i && t.gpus > 0; }))
      continue;
    known.push_back(m.gpu_models[i]);
    last = i;
  }
  if (!name.empty())
    return Error{.message = "expected a gpu_model that nodes have, found " + quoted(name) +
                            did_you_mean(name, known)};
  if (known.size() > 1)
    return Error{.message = "expected gpu_model in a quota, since there are several: " +
                            join_quoted(known)};
  return last;
}

Result<void> add_quotas(const AccountKeys& keys, uint32_t account, Model& m) {
  std::set<std::pair<Time, uint32_t>> seen;
  for (const AccountKeys::Quota& q : keys.quotas) {
    const auto model_of_quota = find_gpu_model(m, q.gpu_model);
    if (!model_of_quota) return Error{.message = "quota: " + model_of_quota.error().message};
    const uint32_t model = *model_of_quota;
    const Time at = q.at.from(m.start);
    if (!seen.insert({at, model}).second)
      return Error{.message = std::string("quota: ") + kQuotaTwice};
    QuotaStep step{at, account, model, {milli(q.nominal), milli(q.borrowing), milli(q.lending)}};
    if (q.nominal >= 0) {
      m.quotas.push_back(step);
      continue;
    }
    const uint32_t owner = m.accounts[account].owner;
    if (std::none_of(m.pools.begin(), m.pools.end(),
                     [&](const Pool& p) { return p.owner == owner; }))
      return Error{.message = "expected nominal in a quota, since " + quoted(m.owners[owner]) +
                              ", whose account it is, has no site"};
    // Until the next entry that says otherwise.
    Time until = Time::never();
    for (const AccountKeys::Quota& other : keys.quotas) {
      const Time t = other.at.from(m.start);
      if (other.gpu_model == q.gpu_model && t > at) until = std::min(until, t);
    }
    int64_t before = 0;
    for (const auto& [time, gpus] : in_service(m, m.accounts[account].owner, model)) {
      if (time <= at) before = gpus;
    }
    const auto part = [&](int64_t gpus) {
      return std::llround(q.share * static_cast<double>(gpus * kWholeGpu));
    };
    step.limits.nominal = part(before);
    m.quotas.push_back(step);
    for (const auto& [time, gpus] : in_service(m, m.accounts[account].owner, model)) {
      if (time <= at || time >= until) continue;
      step.time = time;
      step.limits.nominal = part(gpus);
      m.quotas.push_back(step);
    }
  }
  return {};
}

}  // namespace

std::string read_name(ConfigReader& in, std::string_view doc) {
  std::string name = in.text("name", required, doc);
  if (name.empty()) in.fail("name", "expected a name, found \"\"");
  return name;
}

Distribution read_repair(ConfigReader& in) {
  const auto repair = in.parsed<Distribution>(
      "repair", "lognormal(median=4h, sigma=1)", Distribution::parse,
      "how long until it is back, such as lognormal(median=4h, sigma=1)", "distribution");
  if (!in.describing() && !in.failed() && !repair.in_seconds())
    in.fail("repair", "expected durations with units, such as lognormal(median=4h, sigma=1)");
  return repair;
}

Level read_level(ConfigReader& in, std::string_view key, Level fallback, std::string_view doc) {
  return in.choice<Level>(key, fallback,
                          {{"node", Level::node},
                           {"domain", Level::domain},
                           {"rack", Level::rack},
                           {"pod", Level::pod},
                           {"site", Level::pool}},
                          doc);
}

JobKind read_job_kind(ConfigReader& in) {
  JobKind k;
  k.required = read_level(in, "required", Level::pool,
                          "all of a job's nodes lie in one group of this level, else it waits");
  k.preferred = read_level(in, "preferred", Level::pool, "... in one of this, if that can be");
  k.preemptible = in.boolean("preemptible", true, "a job may be stopped for another");
  k.startup = in.duration(
      "startup", Duration{0},
      {.doc = "of every attempt: programs and the last checkpoint are loaded", .max = 30_d});
  k.checkpoint = in.duration("checkpoint", Duration{0},
                             {.doc = "how long the work stands while one is written", .max = 30_d});
  const std::string every = in.text(
      "checkpoint_every", "never",
      "work between two checkpoints; optimal: by Young's and Daly's formula from the job's rates "
      "of faults; never: a job that is stopped begins anew");
  if (every == "optimal") {
    k.checkpoint_every = Duration::max();
    if (k.checkpoint == 0_s && !in.describing())
      in.fail("checkpoint", "expected a time above 0 with checkpoint_every = \"optimal\"");
  } else if (every != "never") {
    const auto parsed = parse_duration(every);
    if (parsed && *parsed > 0_s && *parsed < Duration::max()) {
      k.checkpoint_every = *parsed;
    } else {
      in.fail("checkpoint_every",
              "expected a duration such as \"30min\", \"optimal\" or \"never\", found " +
                  quoted(every));
    }
  }
  k.faults_per_day =
      in.number("faults_per_day", 0,
                {.doc = "of the job or its software, whatever its size", .min = 0, .max = 1e6});
  k.faults_per_gpu_day =
      in.number("faults_per_gpu_day", 0,
                {.doc = "of the job or its software, for each of its GPUs", .min = 0, .max = 1e6});
  k.clockable = in.boolean("clockable", true, "a job may run slower when power is short");
  return k;
}

OperationsKeys read_operations(ConfigReader& in) {
  OperationsKeys k;
  in.tables("account", "who is charged for jobs, and may hold how much",
            [&](ConfigReader& a, size_t i) {
              k.accounts.push_back(read_account(a));
              const auto same = [&](const AccountKeys& x) { return x.name == k.accounts[i].name; };
              if (std::any_of(k.accounts.begin(), k.accounts.end() - 1, same))
                a.fail("name", "expected another name than an earlier account's, found " +
                                   quoted(k.accounts[i].name));
            });
  in.optional_table(
      "accounts", "accounts from elsewhere, before each [[account]]", [&](ConfigReader& a) {
        k.kueue = a.text("kueue", required,
                         "YAML of Kueue's ClusterQueues and Cohorts, relative to the "
                         "scenario; flavors are GPU models");
        k.kueue_preemption =
            a.boolean("preemption", false,
                      "reclaim in [policy] is as spec.preemption of most of its ClusterQueues");
      });
  in.tables("outage", "what takes down a group of nodes at once: a switch, power, cooling",
            [&](ConfigReader& o, size_t) {
              OutageKeys x;
              x.name = read_name(o, "of the kind of outage");
              x.owner = o.text("owner", required, "whose site it strikes");
              x.level = read_level(o, "level", Level::rack, "what goes down");
              x.per_day = o.number("per_day", required,
                                   {.doc = "of each such group", .min = 0, .max = 1e4});
              x.repair = read_repair(o);
              k.outages.push_back(x);
            });
  in.tables(
      "window", "nodes that are kept free: maintenance, or a reservation of an account",
      [&](ConfigReader& w, size_t) {
        WindowKeys x;
        x.name = read_name(w, "of the window");
        x.owner = w.text("owner", required, "at whose site");
        x.account = w.text("account", "", "whose jobs may run; without it, nobody's may");
        x.from = read_moment(w, "from", required, "a time, or a duration from the start");
        x.until = read_moment(w, "until", required, "when it is over");
        x.first_node =
            w.integer("first_node", 0, {.doc = "of the site, from 0", .min = 0, .max = 2'000'000});
        x.nodes = w.integer("nodes", required,
                            {.unit = "nodes", .doc = "from it on", .min = 1, .max = 2'000'000});
        x.drains =
            w.boolean("drain", false, "what runs there when it begins runs on; only no job starts");
        k.windows.push_back(x);
      });
  in.table("accounting", "budgets, and how use is remembered", [&](ConfigReader& a) {
    k.budget_period = a.duration("budget_period", Duration{0},
                                 {.doc = "budgets begin anew after it; 0: never", .max = 3650_d});
    k.usage_period = a.duration(
        "usage_period", Duration{0},
        {.doc = "priorities by age and use are reckoned anew after it; 0: never", .max = 365_d});
    k.usage_half_life = a.duration("usage_half_life", 7_d,
                                   {.doc = "after it, use counts half", .min = 1_s, .max = 3650_d});
    k.grace = a.duration("grace", Duration{0},
                         {.doc = "for a job that is preempted to write a checkpoint", .max = 30_d});
  });
  return k;
}

// Those of a trace stand in no [[owner]].
Result<uint32_t> find_owner(const Model& m, const std::string& name) {
  const auto it = std::find(m.owners.begin(), m.owners.end(), name);
  if (it != m.owners.end()) return static_cast<uint32_t>(it - m.owners.begin());
  const std::vector<std::string_view> known(m.owners.begin(), m.owners.end());
  return Error{.message = "expected the name of an owner, found " + quoted(name) +
                          did_you_mean(name, known)};
}

Result<void> check_charged_accounts(Model& m, const std::string& else_do) {
  std::vector<bool> has_quota(m.accounts.size());  // of roots: anywhere below
  const auto root_of = [&](uint32_t a) {
    while (m.accounts[a].parent != kNoAccount) a = m.accounts[a].parent;
    return a;
  };
  for (const QuotaStep& q : m.quotas) has_quota[root_of(q.account)] = true;
  const auto charged = [&](uint32_t a) -> Result<void> {
    const Account& account = m.accounts[a];
    if (account.owner == kNoOwner) return about("account", account.name, kOwnerMissing);
    const uint32_t root = root_of(a);
    if (m.has_quotas() && !has_quota[root])
      return about("account", m.accounts[root].name,
                   "expected a quota for it or an account below it, as others have some: without "
                   "one, jobs of " +
                       quoted(account.name) + " would never get a GPU" + else_do);
    return {};
  };
  if (m.accounts.empty()) return {};
  for (const Source& s : m.sources) DURE_CHECK(charged(s.account));
  const auto by_job = [&](const Job& job) -> Result<void> {  // which names its owner
    Account& account = m.accounts[job.account];
    if (account.owner == kNoOwner) account.owner = job.owner;
    return job.gpus > 0 ? charged(job.account) : Result<void>{};
  };
  for (const Service& s : m.services) DURE_CHECK(by_job(s.replica));
  for (const Job& job : m.jobs) DURE_CHECK(by_job(job));
  for (Account& a : m.accounts) {
    if (a.owner == kNoOwner) a.owner = 0;  // nobody is charged
  }
  return {};
}

std::string time_text(const Model& m, Time t) {
  return m.start.ns > 0 || t == Time::never() ? to_string(t) : to_string(t - m.start);
}

uint32_t find_account(const Model& m, const std::string& name) {
  for (uint32_t a = 0; a < m.accounts.size(); ++a) {
    if (m.accounts[a].name == name) return a;
  }
  return kNoAccount;
}

Result<void> add_accounts(const OperationsKeys& keys, Model& m) {
  for (const AccountKeys& a : keys.accounts) {
    Account account{.name = a.name, .weight = a.weight, .budget_gpu_h = a.budget_gpu_h};
    if (find_account(m, a.name) != kNoAccount)
      return about("account", a.name,
                   "expected another name than an earlier account's, found " + quoted(a.name));
    if (!a.parent.empty()) {
      account.parent = find_account(m, a.parent);
      if (account.parent == kNoAccount)
        return about(
            "account", a.name,
            "parent: expected the name of an earlier [[account]], found " + quoted(a.parent));
      account.owner = m.accounts[account.parent].owner;
    }
    const auto same = std::find(m.owners.begin(), m.owners.end(), a.name);
    if (!a.owner.empty()) {
      const auto owner = find_owner(m, a.owner);
      if (!owner) return about("account", a.name, "owner: " + owner.error().message);
      account.owner = *owner;
    } else if (same != m.owners.end()) {
      account.owner = static_cast<uint32_t>(same - m.owners.begin());
    } else if (a.parent.empty() && m.owners.size() > 1) {
      account.owner = kNoOwner;
    }
    const auto as_its_owner = [](const AccountKeys::Quota& q) { return q.nominal < 0; };
    if (account.owner == kNoOwner && std::any_of(a.quotas.begin(), a.quotas.end(), as_its_owner))
      return about("account", a.name, kOwnerMissing);
    m.accounts.push_back(account);
  }
  for (uint32_t i = 0; i < keys.accounts.size(); ++i) {
    if (const auto added = add_quotas(keys.accounts[i], i, m); !added)
      return about("account", keys.accounts[i].name, added.error().message);
  }
  return {};
}

Result<void> add_operations(const OperationsKeys& k, Model& m) {
  for (const OutageKeys& o : k.outages) {
    const auto site = find_site(m, o.owner);
    if (!site) return about("outage", o.name, "owner: " + site.error().message);
    m.outages.push_back({o.name, *site, o.level, o.per_day, o.repair});
  }
  for (const WindowKeys& w : k.windows) {
    const auto site = find_site(m, w.owner);
    if (!site) return about("window", w.name, "owner: " + site.error().message);
    const Pool& pool = m.pools[*site];
    Window x{.name = w.name,
             .from = w.from.from(m.start),
             .until = w.until.from(m.start),
             .nodes = static_cast<uint32_t>(w.nodes),
             .drains = w.drains};
    if (w.first_node + w.nodes > pool.nodes)
      return about("window", w.name,
                   "nodes: expected nodes among the " + std::to_string(pool.nodes) +
                       " of the site, found " + std::to_string(w.nodes) + " from " +
                       std::to_string(w.first_node) + " on");
    if (x.until <= x.from)
      return about("window", w.name,
                   "until: expected a time after from, " + time_text(m, x.from) + ", found " +
                       time_text(m, x.until));
    if (x.until <= m.start)
      return about("window", w.name,
                   "until: expected a time after the start, " + time_text(m, m.start) + ", found " +
                       time_text(m, x.until));
    x.first_node = pool.first_node + static_cast<uint32_t>(w.first_node);
    if (!w.account.empty()) {
      x.account = find_account(m, w.account);
      if (x.account == kNoAccount)
        return about("window", w.name,
                     "account: expected the name of an [[account]], found " + quoted(w.account));
    }
    m.windows.push_back(x);
  }
  m.budget_period = k.budget_period;
  m.usage_period = k.usage_period;
  m.usage_half_life = k.usage_half_life;
  m.grace = k.grace;
  return {};
}

}  // namespace dure::fleet
