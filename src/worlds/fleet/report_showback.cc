#include "worlds/fleet/report_showback.h"

#include <algorithm>

#include "base/text.h"
#include "worlds/fleet/account_tree.h"
#include "worlds/fleet/report_fairness.h"

namespace dure::fleet {
namespace {

constexpr uint32_t kRows = 20;  // accounts that the showback table names

bool has_elastic(const Model& m) {
  return std::any_of(m.sources.begin(), m.sources.end(),
                     [](const Source& s) { return s.min_share < 1; }) ||
         std::any_of(m.jobs.begin(), m.jobs.end(), [](const Job& j) { return j.min_tasks > 0; });
}

bool has_account_rules(const Model& m) {
  return m.has_quotas() || m.accounts.size() != m.owners.size() ||
         std::any_of(m.accounts.begin(), m.accounts.end(), [](const Account& a) {
           return a.parent != kNoAccount || a.weight != 1 || a.budget_gpu_h >= 0;
         });
}

bool has_overheads(const Model& m) {
  return std::any_of(m.kinds.begin(), m.kinds.end(), [](const JobKind& k) {
    return k.startup > 0_s || k.calls > 0 || k.checkpoint_every > 0_s || k.faults_per_day > 0 ||
           k.faults_per_gpu_day > 0;
  });
}

GpuTime sum(const Uses& uses) {
  GpuTime total;
  for (const GpuTime t : uses) total += t;
  return total;
}

void add(Uses& to, const Uses& from) {
  for (size_t u = 0; u < kUses; ++u) to[u] += from[u];
}

GpuTime of(const Uses& uses, Use use) { return uses[static_cast<size_t>(use)]; }

// [accounts] Of its own jobs and those of the accounts below it.
std::vector<Uses> with_children(const Model& m, const std::vector<uint32_t>& order,
                                const std::vector<Uses>& own) {
  std::vector<Uses> out = own;
  for (size_t i = order.size(); i-- > 0;) {
    const uint32_t a = order[i];
    if (m.accounts[a].parent != kNoAccount) add(out[m.accounts[a].parent], out[a]);
  }
  return out;
}

GpuTime borrowed_by(const World& world, uint32_t a) {
  const Model& m = world.model();
  GpuTime t = world.kpis().accounts[a].borrowed;
  for (uint32_t g = 0; m.has_quotas() && g < m.gpu_models.size(); ++g) {
    t += GpuTime::of(static_cast<uint64_t>(world.quota().borrowed(a, g)),
                     world.now() - world.account(a).since);
  }
  return t;
}

Table accounts_table(const World& world) {
  const Model& m = world.model();
  const std::vector<uint32_t> order = in_tree_order(m);
  const std::vector<Uses> own = world.uses();
  const std::vector<Uses> all = with_children(m, order, own);
  Uses total{};
  for (const Uses& u : own) add(total, u);

  Table table;
  table.title = "Showback";
  table.note =
      "Allocated GPU time of an account's jobs and of those of the accounts below it. Work of "
      "running jobs counts as if it were safe.";
  table.columns = {{"Account"}};
  std::vector<Use> columns;
  for (size_t u = 0; u < kUses; ++u) {
    const auto use = static_cast<Use>(u);
    if ((use == Use::waiting || use == Use::slowed) && of(total, use) == GpuTime{}) continue;
    columns.push_back(use);
    std::string label = name_of(use);
    label[0] = static_cast<char>(label[0] - 'a' + 'A');
    table.columns.push_back({std::move(label), "GPU-h"});
  }
  table.columns.push_back({"Total", "GPU-h"});
  if (m.has_quotas()) {
    table.columns.push_back({"Of it borrowed", "GPU-h"});
    table.note +=
        " Borrowed: held beyond the quota of the account and those below it; accounts without one "
        "share that of the account above.";
  }
  const auto add_row = [&](std::string name, const Uses& uses, Table::Cell borrowed) {
    std::vector<Table::Cell> row{std::move(name)};
    for (const Use use : columns) row.emplace_back(of(uses, use).gpu_hours());
    row.emplace_back(sum(uses).gpu_hours());
    if (m.has_quotas()) row.push_back(std::move(borrowed));
    table.rows.push_back(std::move(row));
  };

  // The largest. A parent has at least what its children have and comes before them, so those that
  // are shown stand below their parents.
  std::vector<uint32_t> shown = order;
  if (shown.size() > kRows) {
    std::stable_sort(shown.begin(), shown.end(), [&](uint32_t a, uint32_t b) {
      return sum(all[a]).exact() > sum(all[b]).exact();
    });
    shown.resize(kRows);
  }
  std::vector<bool> is_shown(m.accounts.size());
  for (const uint32_t a : shown) is_shown[a] = true;
  const std::vector<bool> has_quota = have_quotas(m);
  Uses others{};
  for (const uint32_t a : order) {
    if (is_shown[a]) {
      Table::Cell borrowed;
      if (has_quota[a]) borrowed = borrowed_by(world, a).gpu_hours();
      add_row(account_path(m, a), all[a], std::move(borrowed));
    } else {
      add(others, own[a]);
    }
  }
  if (shown.size() < order.size()) {
    add_row("others (" + with_commas(static_cast<int64_t>(order.size() - shown.size())) + ")",
            others, {});
    table.note += " The others' GPU time is also within the rows of accounts above them.";
  }
  if (m.accounts.size() > 1) add_row("All", total, {});
  return table;
}

Table sites_table(const World& world) {
  const Model& m = world.model();
  Table table;
  table.title = "Sites";
  table.note =
      "Where the GPU time in service of each site went. Lent: held by jobs of other owners. Down: "
      "faults, outages and maintenance.";
  const bool fragments = !m.target.empty();
  if (fragments) {
    table.note +=
        " Fragmented: idle, and of no use to a typical task; sampled, and taken to be the same "
        "share of what is idle everywhere.";
  }
  table.columns = {{"Site"}, {"Installed", "GPU-h"}};
  std::vector<const char*> parts = {"Own use", "Lent", "Idle"};
  if (fragments) parts.push_back("Fragmented");
  parts.push_back("Spare");
  parts.push_back("Down");
  for (const char* part : parts) table.columns.push_back({part, "GPU-h"});
  for (const char* part : parts) table.columns.push_back({part, "%"});

  const auto add_row = [&](const std::string& name, const PoolLedger& l) {
    std::vector<GpuTime> times = {l.held_time - l.lent_time, l.lent_time};
    times.push_back(fragments ? l.idle_time() - l.fragmented_time : l.idle_time());
    if (fragments) times.push_back(l.fragmented_time);
    times.push_back(l.spare_time);
    times.push_back(l.down_time);
    std::vector<Table::Cell> row{name, l.installed_time.gpu_hours()};
    for (const GpuTime t : times) row.emplace_back(t.gpu_hours());
    for (const GpuTime t : times) {
      if (l.installed_time == GpuTime{})
        row.emplace_back();
      else
        row.emplace_back(100 * t.gpu_hours() / l.installed_time.gpu_hours());
    }
    table.rows.push_back(std::move(row));
  };
  PoolLedger all;
  for (uint32_t p = 0; p < m.pools.size(); ++p) {
    const PoolLedger l = world.ledger_of(p);
    add_row(m.pools[p].name, l);
    all.installed_time += l.installed_time;
    all.held_time += l.held_time;
    all.lent_time += l.lent_time;
    all.spare_time += l.spare_time;
    all.down_time += l.down_time;
    all.fragmented_time += l.fragmented_time;
  }
  if (m.pools.size() > 1) add_row("All", all);
  return table;
}

struct Target {
  const char* label;
  Duration wait;
};
constexpr Target kTargets[] = {
    {"Within 1 min", 1_min}, {"Within 10 min", 10_min}, {"Within 1 h", 1_h},
    {"Within 8 h", 8_h},     {"Within 1 d", 1_d},
};

struct Hits {
  double soon = 0, all = 0;  // jobs
  std::optional<double> percent() const {
    return all == 0 ? std::nullopt : std::optional<double>(100 * soon / all);
  }
};

// First starts of jobs of some owners and sizes.
struct Starts {
  Quantiles waits;
  std::vector<Duration> waiting;  // so far, of jobs that have not started yet

  // Jobs that started so soon. Those that may still do are left out.
  Hits within(Duration target) const {
    double soon = 0;
    for (const Quantiles::Point& p : waits.cdf()) {
      if (p.value > static_cast<double>(target.ns)) break;
      soon = p.share;
    }
    const auto started = static_cast<double>(waits.count());
    const auto late =
        std::count_if(waiting.begin(), waiting.end(), [&](Duration d) { return d > target; });
    return {soon * started, started + static_cast<double>(late)};
  }
};

Starts starts_of(const World& world, std::span<const uint32_t> owners, uint32_t from, uint32_t to) {
  Starts out;
  for (const uint32_t o : owners) {
    for (uint32_t c = from; c <= to; ++c) out.waits.merge(world.kpis().owners[o].by_size[c].wait);
  }
  for (uint32_t i = 0; i < world.slots(); ++i) {
    const JobSlot& s = world.slot(i);
    if (s.state != JobSlot::State::waiting || s.attempts > 0) continue;
    const uint32_t c = size_class(s.job);
    if (c < from || c > to || std::find(owners.begin(), owners.end(), s.job.owner) == owners.end())
      continue;
    out.waiting.push_back(world.now() - s.job.submit);
  }
  return out;
}

Hits within_slo(const World& world, std::span<const uint32_t> owners, uint32_t from, uint32_t to,
                const WaitSlo& slo) {
  Hits out;
  for (uint32_t c = from; c <= to; ++c) {
    if (slo[c] == Duration::max()) continue;
    const Hits hits = starts_of(world, owners, c, c).within(slo[c]);
    out.soon += hits.soon;
    out.all += hits.all;
  }
  return out;
}

}  // namespace

bool has_showback(const Model& m) {
  return has_account_rules(m) || has_overheads(m) || m.has_faults() || !m.windows.empty() ||
         !m.resources.empty() || !m.power_caps.empty() ||
         std::any_of(m.pools.begin(), m.pools.end(), [](const Pool& p) { return p.spares > 0; }) ||
         std::any_of(m.queues.begin(), m.queues.end(),
                     [](const Queue& q) { return !q.others.empty(); });
}

void add_showback_kpis(const World& world, const std::string& group,
                       std::span<const uint32_t> owners, std::span<const uint32_t> pools,
                       Report& out) {
  const Model& m = world.model();
  if (!has_showback(m)) return;
  uint64_t faulted = 0, crashed = 0, preempted = 0, resized = 0, node_faults = 0, outages = 0;
  for (const uint32_t o : owners) {
    const OwnerKpis& k = world.kpis().owners[o];
    faulted += k.faulted;
    crashed += k.crashed;
    preempted += k.preempted;
    resized += k.resized;
  }
  for (const uint32_t p : pools) {
    node_faults += world.kpis().pools[p].node_faults;
    outages += world.kpis().pools[p].outages;
  }
  const auto count = [](uint64_t n) { return std::optional<double>(static_cast<double>(n)); };
  auto& kpis = out.kpis;
  if (has_overheads(m) || m.has_faults()) {
    kpis.push_back({group, "hardware_interruptions", "Attempts stopped by hardware", "attempts",
                    count(faulted), "by faults of nodes and outages"});
    kpis.push_back({group, "job_faults", "Attempts stopped by the job's own faults", "attempts",
                    count(crashed)});
  }
  kpis.push_back({group, "preemptions", "Attempts preempted", "attempts", count(preempted),
                  "for another job, by a window or a cap on power"});
  if (has_elastic(m))
    kpis.push_back({group, "resized", "Elastic jobs that grew", "times", count(resized),
                    "started again with more tasks while they ran"});
  if (m.has_faults()) {
    kpis.push_back({group, "node_faults", "Faults of nodes", "faults", count(node_faults)});
    kpis.push_back({group, "outages", "Outages", "outages", count(outages)});
  }
  Uses uses{};
  const std::vector<Uses> own = world.uses();
  for (uint32_t a = 0; a < own.size(); ++a) {
    if (std::find(owners.begin(), owners.end(), m.accounts[a].owner) != owners.end())
      add(uses, own[a]);
  }
  const double held = sum(uses).gpu_hours();
  std::optional<double> effective;
  if (held > 0)
    effective = 100 * (of(uses, Use::productive) + of(uses, Use::idle)).gpu_hours() / held;
  kpis.push_back({group, "effective_time", "Effective training time", "%", effective,
                  "allocated GPU time in which jobs got on with work that was kept; the rest is "
                  "checkpoints, start-up, handover, lost work, waits for other resources and lower "
                  "clocks"});
  kpis.push_back({group, "wait_within_1h", "Started within 1 h", "%",
                  starts_of(world, owners, 0, kSizeClasses - 1).within(1_h).percent(),
                  "of the jobs that started, or have waited for longer"});
  if (owners.size() < m.owners.size() || !has_account_rules(m)) return;
  add_fairness_kpi(world, group, out);
}

void add_wait_slo_kpi(const World& world, const std::string& group,
                      std::span<const uint32_t> owners, const WaitSlo& slo, Report& out) {
  if (slo == kNoWaitSlo) return;
  out.kpis.push_back(
      {group, "wait_slo", "Started within the wait SLO", "%",
       within_slo(world, owners, 0, kSizeClasses - 1, slo).percent(),
       "of the jobs of sizes that have a limit, and started or have waited for longer"});
}

Table started_in_time(const World& world, const WaitSlo& slo) {
  std::vector<uint32_t> owners;
  for (uint32_t o = 0; o < world.model().owners.size(); ++o) owners.push_back(o);
  Table table;
  table.title = "Started in time";
  table.note =
      "The share of jobs that first started so soon after submission; of those that have not "
      "started, jobs that have waited for longer count as late.";
  table.columns = {{"Job size"}, {"Jobs started"}};
  for (const Target& t : kTargets) table.columns.push_back({t.label, "%"});
  if (slo != kNoWaitSlo) {
    table.columns.push_back({"Limit (SLO)", "s"});
    table.columns.push_back({"Within it", "%"});
  }
  const auto add_row = [&](const char* name, uint32_t from, uint32_t to) {
    const Starts starts = starts_of(world, owners, from, to);
    if (starts.waits.count() + starts.waiting.size() == 0) return;
    std::vector<Table::Cell> row{std::string(name), static_cast<double>(starts.waits.count())};
    const auto add = [&](const Hits& hits) {
      row.emplace_back();
      if (const auto share = hits.percent()) row.back() = *share;
    };
    for (const Target& t : kTargets) add(starts.within(t.wait));
    if (slo != kNoWaitSlo) {
      row.emplace_back();
      if (from == to && slo[from] < Duration::max()) row.back() = slo[from].seconds();
      add(within_slo(world, owners, from, to, slo));
    }
    table.rows.push_back(std::move(row));
  };
  for (uint32_t c = 0; c < kSizeClasses; ++c) add_row(size_class_name(c), c, c);
  add_row("All", 0, kSizeClasses - 1);
  return table;
}

Section showback(const World& world, const WaitSlo& slo) {
  Section out{"Showback",
              "What the GPU time was used for, and by whom.",
              {accounts_table(world), sites_table(world), started_in_time(world, slo)}};
  if (has_account_rules(world.model())) add_fairness_charts(world, out);
  return out;
}

}  // namespace dure::fleet
