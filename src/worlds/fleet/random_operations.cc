#include "worlds/fleet/random_operations.h"

#include <algorithm>

namespace dure::fleet {
namespace {

Time at(uint64_t s) { return Time{0} + static_cast<int64_t>(s) * 1_s; }
Duration seconds(uint64_t s) { return static_cast<int64_t>(s) * 1_s; }

constexpr uint64_t kLength_s = 600;

void add_pools(Model& m, Random& r) {
  for (uint32_t p = 0; p < m.owners.size(); ++p) {
    Pool pool{.name = m.owners[p], .owner = p};
    pool.nodes_per_domain = 1 + static_cast<uint32_t>(r.below(3));
    pool.nodes_per_rack = pool.nodes_per_domain * (1 + static_cast<uint32_t>(r.below(3)));
    pool.racks_per_pod = 1 + static_cast<uint32_t>(r.below(3));
    pool.spares = static_cast<uint32_t>(r.below(3));
    m.pools.push_back(pool);
    for (uint64_t i = 0, n = 3 + r.below(8); i < n; ++i)
      m.add_nodes(static_cast<uint32_t>(r.below(m.node_types.size())), 1);
    for (uint64_t i = 0, n = r.below(3); i < n; ++i) {
      const uint32_t count = 1 + static_cast<uint32_t>(r.below(3));
      m.deliveries.push_back({at(r.below(kLength_s)), m.nodes(), count});
      m.add_nodes(static_cast<uint32_t>(r.below(m.node_types.size())), count);
    }
  }
}

void add_accounts(Model& m, Random& r) {
  const uint32_t cohort = r.chance(0.7) ? 0 : kNoAccount;
  if (cohort == 0) m.accounts.push_back({.name = "all"});
  for (uint32_t o = 0; o < m.owners.size(); ++o) {
    const auto owner = static_cast<uint32_t>(m.accounts.size());
    m.accounts.push_back({.name = m.owners[o], .parent = cohort, .owner = o});
    for (uint64_t i = 0, n = r.below(3); i < n; ++i) {
      m.accounts.push_back({.name = m.owners[o] + " project", .parent = owner, .owner = o});
      if (r.chance(0.5)) {
        const auto project = static_cast<uint32_t>(m.accounts.size() - 1);
        m.accounts.push_back({.name = m.owners[o] + " user", .parent = project, .owner = o});
      }
    }
  }
  Random weight{m.seed, 2, 0};
  for (Account& a : m.accounts) {
    a.weight = static_cast<double>(1 + weight.below(4));
    if (r.chance(0.1)) a.budget_gpu_h = 0.1 * static_cast<double>(r.below(20));
  }
  if (r.chance(0.5)) m.budget_period = seconds(50 + r.below(300));
  if (r.chance(0.25)) return;  // no quotas at all
  const auto limit = [&] {
    return r.chance(0.5) ? kNoLimit : static_cast<int64_t>(1000 * r.below(20));
  };
  for (uint32_t a = 0; a < m.accounts.size(); ++a) {
    for (uint32_t g = 0; g < m.gpu_models.size(); ++g) {
      for (uint64_t i = 0, n = 1 + r.below(3); i < n; ++i) {
        const Time time = i == 0 ? Time{0} : at(r.below(kLength_s));
        const auto nominal = static_cast<int64_t>(1000 * r.below(40));
        m.quotas.push_back({time, a, g, {nominal, limit(), limit()}});
      }
    }
  }
}

void add_trouble(Model& m, Random& r) {
  for (NodeType& t : m.node_types) {
    if (r.chance(0.5)) t.faults_per_day = static_cast<double>(r.below(600));
    t.repair = Distribution::uniform(0, 60);
  }
  for (uint64_t i = 0, n = r.below(3); i < n; ++i) {
    m.outages.push_back({"outage", static_cast<uint32_t>(r.below(m.pools.size())),
                         static_cast<Level>(r.below(kLevels)), static_cast<double>(r.below(300)),
                         Distribution::uniform(0, 40)});
  }
  for (uint64_t i = 0, n = r.below(3); i < n; ++i) {
    const Pool& pool = m.pools[r.below(m.pools.size())];
    const auto first = static_cast<uint32_t>(r.below(pool.nodes));
    const uint64_t from = r.below(kLength_s);
    m.windows.push_back(
        {"window", at(from), at(from + r.below(100)), pool.first_node + first,
         1 + static_cast<uint32_t>(r.below(pool.nodes - first)),
         r.chance(0.5) ? kNoAccount : static_cast<uint32_t>(r.below(m.accounts.size())),
         r.chance(0.3)});
  }
}

void add_kinds(Model& m, Random& r) {
  m.kinds.emplace_back();
  for (int i = 0; i < 4; ++i) {
    JobKind k;
    k.required = static_cast<Level>(r.below(kLevels));
    k.preferred = static_cast<Level>(r.below(kLevels));
    k.preemptible = r.chance(0.8);
    k.startup = seconds(r.below(10));
    k.checkpoint_every = r.chance(0.2) ? Duration::max() : seconds(r.below(20));
    k.checkpoint = seconds(r.below(4));
    if (k.checkpoint_every == Duration::max()) k.checkpoint += 1_s;
    k.faults_per_day = r.chance(0.5) ? static_cast<double>(r.below(1000)) : 0;
    k.faults_per_gpu_day = r.chance(0.5) ? static_cast<double>(r.below(200)) : 0;
    m.kinds.push_back(k);
  }
}

Job random_job(const Model& m, Random& r, uint64_t number) {
  Job j;
  j.number = number;
  j.submit = at(r.below(kLength_s));
  j.duration = seconds(r.below(80));
  j.limit = r.chance(0.8) ? j.duration * (1 + static_cast<int64_t>(r.below(3))) : j.duration / 2;
  if (r.chance(0.01)) j.duration = j.limit = Duration::max();
  j.queue = static_cast<uint32_t>(r.below(m.queues.size()));
  j.account = static_cast<uint32_t>(r.below(m.accounts.size()));
  j.owner = m.accounts[j.account].owner;
  j.kind = static_cast<uint32_t>(r.below(m.kinds.size()));
  j.priority = static_cast<int32_t>(r.below(5));
  j.busy_milli = static_cast<uint32_t>(r.below(1001));
  j.gpus = static_cast<uint32_t>(r.below(9));
  j.tasks = r.chance(0.3) ? 1 + static_cast<uint32_t>(r.below(6)) : 1;
  if (r.chance(0.2)) {
    j.gpus = j.tasks = 1;
    j.gpu_milli = 100 * (1 + static_cast<uint32_t>(r.below(9)));
  }
  j.cpu_milli = 1000 * static_cast<uint32_t>(r.below(8));
  j.memory_mib = 10 * static_cast<uint32_t>(r.below(8));
  if (r.chance(0.3)) j.gpu_models = 1u << r.below(m.gpu_models.size());
  return j;
}

void add_power(Model& m, Random& r) {
  m.node_types[0].idle_w = 400;
  m.node_types[0].busy_w = 400 + 100 * static_cast<uint32_t>(r.below(30));
  m.node_types[1].idle_w = 200;
  m.node_types[1].busy_w = 200 + 77 * static_cast<uint32_t>(r.below(30));
  m.node_types[2].idle_w = m.node_types[2].busy_w = 100;
  m.site_power.resize(m.pools.size());
  for (SitePower& s : m.site_power) s.pue_milli = 1000 + static_cast<uint32_t>(r.below(500));
  for (uint32_t pace = 1000; r.chance(0.8) && pace > 300;) {
    pace -= 1 + static_cast<uint32_t>(r.below(250));
    const uint32_t above = m.clocks.empty() ? 1000 : m.clocks.back().power_milli;
    m.clocks.push_back({pace, 1 + static_cast<uint32_t>(r.below(above))});
  }
  for (uint32_t p = 0; p < m.pools.size(); ++p) {
    if (r.chance(0.3)) continue;
    for (uint64_t i = 0, n = 1 + r.below(6); i < n; ++i) {
      const Time time = i == 0 && r.chance(0.5) ? Time{0} : at(r.below(kLength_s));
      m.power_caps.push_back({time, p, 500'000 * (2 + r.below(r.chance(0.5) ? 12 : 40))});
    }
  }
  for (JobKind& k : m.kinds) k.clockable = r.chance(0.8);
}

void add_resources(Model& m, Random& r) {
  for (uint64_t i = 0, n = 1 + r.below(2); i < n; ++i) {
    Resource x{.name = "resource", .units = 1 + static_cast<uint32_t>(r.below(4))};
    if (r.chance(0.5)) {
      x.calibrate_every = seconds(20 + r.below(150));
      x.calibration = seconds(1 + r.below(10));
    }
    m.resources.push_back(x);
  }
  for (JobKind& k : m.kinds) {
    if (r.chance(0.4)) continue;
    k.resource = static_cast<uint32_t>(r.below(m.resources.size()));
    k.units = 1 + static_cast<uint32_t>(r.below(m.resources[k.resource].units));
    k.calls = static_cast<uint32_t>(r.below(5));
    k.call_time = Duration{1 + static_cast<int64_t>(r.below(uint64_t{10'000'000'000}))};
  }
}

void add_elastic(Model& m, Random& r) {
  for (Job& j : m.jobs) {
    if (j.gpu_milli < kWholeGpu || r.chance(0.4)) continue;
    if (j.tasks == 1) j.tasks = 1 + static_cast<uint32_t>(r.below(7));
    j.min_tasks = 1 + static_cast<uint32_t>(r.below(j.tasks));
  }
}

void add_services(Model& m, Random& r) {
  Model without = m;
  DURE_ASSERT(without.finish().ok(), "a random fleet is a valid one");
  for (uint64_t i = 0, n = 1 + r.below(3); i < n; ++i) {
    Service s;
    s.name = "service";
    s.replica.account = static_cast<uint32_t>(r.below(m.accounts.size()));
    s.replica.owner = m.accounts[s.replica.account].owner;
    s.replica.queue = static_cast<uint32_t>(r.below(m.queues.size()));
    s.replica.kind = static_cast<uint32_t>(r.below(m.kinds.size()));
    s.replica.gpus = static_cast<uint32_t>(r.below(5));
    s.replica.tasks = 1 + static_cast<uint32_t>(r.below(2));
    if (r.chance(0.3)) s.replica.min_tasks = 1;
    s.replica.priority = static_cast<int32_t>(r.below(6));
    s.replica.busy_milli = static_cast<uint16_t>(r.below(1001));
    s.replica.cpu_milli = 1000 * static_cast<uint32_t>(1 + r.below(4));
    s.replicas = 0.5 * static_cast<double>(r.below(20));
    for (double& x : s.by_hour) x = 0.1 * static_cast<double>(r.below(80));
    s.fewest = static_cast<uint32_t>(r.below(3));
    s.most = s.fewest + static_cast<uint32_t>(r.below(8));
    s.headroom = 1 + 0.1 * static_cast<double>(r.below(4));
    s.every = seconds(5 + r.below(100));
    if (without.can_ever_fit(s.replica)) m.services.push_back(s);
  }
  m.end = at(kLength_s + r.below(400));
}

}  // namespace

std::shared_ptr<const Model> random_operations(uint64_t seed, uint32_t jobs, bool plain) {
  Random r{seed, 1, 0};
  Model m;
  m.seed = seed;
  m.owners = {"a", "b"};
  if (r.chance(0.5)) m.owners.push_back("c");
  if (r.chance(0.3)) m.owners.push_back("d");
  m.gpu_models = {"x", "y"};
  m.node_types = {{"x8", 0, 8, 96'000, 800}, {"y4", 1, 4, 64'000, 600}, {"cpu", 0, 0, 32'000, 300}};
  add_pools(m, r);
  for (uint32_t p = 0; p < m.pools.size(); ++p) {
    Queue q{m.pools[p].name, p, {}};
    for (uint32_t other = 0; other < m.pools.size(); ++other) {
      if (other != p && r.chance(0.5)) q.others.push_back(other);
    }
    m.queues.push_back(std::move(q));
  }
  add_accounts(m, r);
  add_trouble(m, r);
  add_kinds(m, r);
  m.grace = seconds(r.below(5));
  if (r.chance(0.5)) m.usage_period = seconds(20 + r.below(100));
  m.usage_half_life = 200_s;
  for (uint32_t i = 0; i < jobs; ++i) m.jobs.push_back(random_job(m, r, i));
  if (Random more{seed, 4, 0}; !plain) {
    if (more.chance(0.5)) add_power(m, more);
    if (more.chance(0.5)) add_resources(m, more);
    if (more.chance(0.5)) add_elastic(m, more);
    if (more.chance(0.4)) add_services(m, more);
  }
  m.target = typical_shapes({{8'000, 1000, 1, 0, "", 50}, {64'000, 1000, 8, 0, "", 20}});
  DURE_ASSERT(m.finish().ok(), "a random fleet is a valid one");
  return std::make_shared<const Model>(std::move(m));
}

RuleOptions random_rules(Order order, uint64_t i) {
  RuleOptions o{.order = order};
  o.rank = {.rank = static_cast<Rank>(i % 6), .ageing_per_h = 30, .max_age = 100_s};
  const Placement placements[] = {FirstFit{},         BestFit{},          RandomFit{},
                                  Scored{Score::fgd}, Scored{Score::dot}, Scored{Score::spread}};
  Random r{i, 3, 0};
  o.placement = placements[r.below(std::size(placements))];
  o.easy.depth = 3 + static_cast<uint32_t>(r.below(20));
  o.rank.by_area = r.chance(0.5);
  o.rank.size_weight = r.chance(0.5) ? 500 : 0;
  if (r.chance(0.5)) o.rank.fair_share = FairShare::classic;
  o.reclaim = r.chance(0.7);
  o.reclaim_depth = 1 + static_cast<uint32_t>(r.below(3));
  o.reclaim_options.fair_sharing = r.chance(0.5);
  o.reclaim_options.own_account = r.chance(0.7);
  o.reclaim_options.cohort =
      r.chance(0.3) ? ReclaimOptions::Within::lower_priority : ReclaimOptions::Within::any;
  o.reclaim_options.max_steps = 2000;
  o.grow_after = seconds(r.below(60));
  return o;
}

const World::Action& AnyStart::decide(const World& world, const World::Request& request) {
  const Model& m = world.model();
  action_ = {};
  uint32_t slot = world.queue_head(request.queue);
  if ((slot == kNoSlot || random_.chance(0.2)) && grow(world, request.queue)) return action_;
  for (uint64_t skip = random_.below(4); skip > 0 && slot != kNoSlot; --skip) {
    const uint32_t next = world.slot(slot).next;
    if (next == kNoSlot) break;
    slot = next;
  }
  if (slot == kNoSlot || random_.chance(0.1)) return action_;
  Job job = world.slot(slot).job;
  if (!world.in_budget(job.account)) return action_;
  job.tasks -= static_cast<uint32_t>(random_.below(job.tasks - job.fewest_tasks() + 1));
  if (random_.chance(0.2) && choose_victims(world, slot)) return action_;
  const auto g = static_cast<uint32_t>(random_.below(m.gpu_models.size()));
  if (m.has_quotas() &&
      world.quota_left(job.account, g) < static_cast<int64_t>(job.total_gpu_milli()))
    return action_;
  m.for_pools_of(job.queue, [&](uint32_t p) {
    if (action_.kind == World::Action::Kind::start || !world.fits_power(job, job.tasks, p) ||
        !place(world, job, p, g))
      return;
    action_.kind = World::Action::Kind::start;
    action_.slot = slot;
  });
  if (action_.kind == World::Action::Kind::wait) action_.places.clear();
  return action_;
}

// From a random node on, in its group of the required level.
bool AnyStart::place(const World& world, const Job& job, uint32_t pool, uint32_t g) {
  const Model& m = world.model();
  const Pool& p = m.pools[pool];
  action_.places.clear();
  if (job.gpus > 0 && job.gpu_models != 0 && !(job.gpu_models >> g & 1)) return false;
  const Model::Group group = m.group_of(
      p.first_node + static_cast<uint32_t>(random_.below(p.nodes)), m.kinds[job.kind].required);
  const auto skip = static_cast<uint32_t>(random_.below(group.nodes));
  for (uint32_t i = 0; i < group.nodes && action_.places.size() < job.tasks; ++i) {
    const uint32_t n = group.first + (i + skip) % group.nodes;
    const NodeType& type = m.type_of(n);
    if (!world.in_service(n) || !world.open_to(n, job)) continue;
    if (job.gpus > 0 && type.gpu_model != g) continue;
    uint32_t cpu = world.cpu_left(n), given = 0;
    uint64_t memory = world.memory_left(n);
    while (action_.places.size() < job.tasks && cpu >= job.cpu_milli && memory >= job.memory_mib) {
      uint32_t mask = 0, missing = job.gpus;
      for (uint32_t k = 0; k < type.gpus && missing > 0; ++k) {
        if ((given >> k & 1) || world.gpu_left(n)[k] < job.gpu_milli) continue;
        mask |= 1u << k;
        --missing;
      }
      if (missing > 0) break;
      given |= mask;
      cpu -= job.cpu_milli;
      memory -= job.memory_mib;
      action_.places.push_back({n, mask});
    }
  }
  return action_.places.size() == job.tasks;
}

// A job that runs with fewer tasks than it would take gets some more in its group, where it may.
bool AnyStart::grow(const World& world, uint32_t queue) {
  const auto& shrunk = world.shrunk(queue);
  if (shrunk.empty() || random_.chance(0.3)) return false;
  const uint32_t slot = shrunk[random_.below(shrunk.size())];
  const JobSlot& s = world.slot(slot);
  const Model& m = world.model();
  const Place* places = world.places(s);
  const uint32_t g = m.type_of(places[0].node).gpu_model;
  Job more = s.job;
  more.tasks = 1 + static_cast<uint32_t>(random_.below(s.most_tasks - s.job.tasks));
  const uint32_t tasks = s.job.tasks + more.tasks;
  if (!world.in_budget(s.job.account) ||
      (m.has_quotas() && s.job.gpus > 0 &&
       world.quota_left(s.job.account, g) < static_cast<int64_t>(more.total_gpu_milli())) ||
      !world.fits_power(s.job, tasks, s.pool, static_cast<int64_t>(world.power_of(s))) ||
      !place(world, more, s.pool, g))
    return false;
  const Level required = m.kinds[s.job.kind].required;
  bool may = m.group_of(places[0].node, required).first ==
             m.group_of(action_.places[0].node, required).first;
  for (uint32_t t = 0; t < s.job.tasks; ++t) may &= world.open_to(places[t].node, s.job);
  if (!may) {
    action_.places.clear();
    return false;
  }
  action_.places.insert(action_.places.begin(), places, places + s.job.tasks);
  action_.kind = World::Action::Kind::resize;
  action_.slot = slot;
  return true;
}

// One running job of the same shape or larger, whose places are taken over.
bool AnyStart::choose_victims(const World& world, uint32_t slot) {
  const Model& m = world.model();
  const Job& job = world.slot(slot).job;  // with all its tasks
  for (uint32_t v = 0; v < world.slots(); ++v) {
    const JobSlot& s = world.slot(v);
    if (s.state != JobSlot::State::running || !world.preemptible(v)) continue;
    const Job& other = s.job;
    if (other.tasks < job.tasks || other.gpus != job.gpus || other.gpu_milli != job.gpu_milli ||
        other.cpu_milli < job.cpu_milli || other.memory_mib < job.memory_mib)
      continue;
    bool may_use = false;
    m.for_pools_of(job.queue, [&](uint32_t p) { may_use |= p == s.pool; });
    may_use &= world.fits_power(job, job.tasks, s.pool, static_cast<int64_t>(world.power_of(s)));
    const Place* places = world.places(s);
    const uint32_t g = m.type_of(places[0].node).gpu_model;
    if (job.gpu_models != 0 && job.gpus > 0 && !(job.gpu_models >> g & 1)) continue;
    // Its quota comes back where it was taken: enough for one of the same account.
    if (m.has_quotas() &&
        (other.account != job.account || other.total_gpu_milli() < job.total_gpu_milli() ||
         world.quota_left(job.account, g) < 0))
      continue;
    const uint32_t group = m.group_of(places[0].node, m.kinds[job.kind].required).first;
    for (uint32_t t = 0; t < job.tasks; ++t) {
      may_use &= world.open_to(places[t].node, job) &&
                 m.group_of(places[t].node, m.kinds[job.kind].required).first == group &&
                 m.type_of(places[t].node).gpu_model == g;
    }
    if (!may_use) continue;
    action_.kind = World::Action::Kind::start;
    action_.slot = slot;
    action_.victims = {v};
    action_.places.assign(places, places + job.tasks);
    return true;
  }
  return false;
}

}  // namespace dure::fleet
