#include "worlds/fleet/read_sites.h"

#include <algorithm>
#include <map>

#include "base/text.h"
#include "worlds/fleet/read_operations.h"
#include "worlds/fleet/read_power.h"

namespace dure::fleet {
namespace {

void read_shape(ConfigReader& in, SiteKeys& s) {
  s.nodes_per_rack =
      in.integer("nodes_per_rack", 4, {.unit = "nodes", .doc = "in a rack", .min = 1, .max = 1024});
  s.racks_per_pod =
      in.integer("racks_per_pod", 32,
                 {.unit = "racks", .doc = "in a pod (one network fabric)", .min = 1, .max = 4096});
  s.nodes_per_domain = in.integer("nodes_per_domain", 1,
                                  {.unit = "nodes",
                                   .doc = "in an NVLink domain; racks hold whole ones",
                                   .min = 1,
                                   .max = 1024});
  s.spares = in.integer(
      "spares", 0,
      {.unit = "nodes", .doc = "that stand by for those that are down", .min = 0, .max = 100'000});
  s.also_on = in.texts("also_on", std::vector<std::string>{},
                       "other owners on whose sites its jobs may run when its own is full, in that "
                       "order; \"*\": all");
  for (auto other = s.also_on.begin(); other != s.also_on.end() && !in.describing(); ++other) {
    if (*other == s.name) in.fail("also_on", "expected others than " + quoted(s.name) + " itself");
    if (std::find(s.also_on.begin(), other, *other) != other)
      in.fail("also_on", "expected each once, found " + quoted(*other) + " twice");
  }
}

void set_shape(const SiteKeys& s, Pool& p) {
  p.nodes_per_rack = static_cast<uint32_t>(s.nodes_per_rack);
  p.racks_per_pod = static_cast<uint32_t>(s.racks_per_pod);
  p.nodes_per_domain = static_cast<uint32_t>(s.nodes_per_domain);
  p.spares = static_cast<uint32_t>(s.spares);
}

// Nodes of one make may fail at one site and not at another.
void set_nodes(const TraceSiteKeys& s, uint32_t pool, Model& m) {
  std::map<uint32_t, uint32_t> types;  // as it was, as it is here
  const Pool& p = m.pools[pool];
  for (uint32_t n = p.first_node; n < p.first_node + p.nodes; ++n) {
    const auto [it, is_new] =
        types.try_emplace(m.node_type[n], static_cast<uint32_t>(m.node_types.size()));
    if (is_new) {
      NodeType type = m.node_types[m.node_type[n]];
      type.faults_per_day = s.nodes.faults_per_day;
      type.repair = s.nodes.repair;
      type.idle_w = s.nodes.idle_w;
      type.busy_w = s.nodes.busy_w;
      m.node_types.push_back(std::move(type));
    }
    m.node_type[n] = it->second;
  }
}

}  // namespace

SiteKeys read_owner(ConfigReader& in) {
  SiteKeys s;
  s.name = read_name(in, "the owner, and the name of its site and queue");
  if (s.name == "*") in.fail("name", "expected a name, found \"*\", which stands for all");
  s.node_type = in.text("node_type", required, "name of a [[node_type]]");
  s.gpus = in.integer(
      "gpus", 0, {.unit = "GPUs", .doc = "in service from the start", .min = 0, .max = 10'000'000});
  read_shape(in, s);
  in.tables("delivery", "GPUs that come into service later", [&](ConfigReader& d, size_t) {
    SiteKeys::Delivery x;
    x.at = d.time("at", required, "when they are in service");
    x.gpus = d.integer("gpus", required,
                       {.unit = "GPUs", .doc = "how many more", .min = 1, .max = 10'000'000});
    s.deliveries.push_back(x);
  });
  in.tables("load", "what the owner runs", [&](ConfigReader& l, size_t) {
    SiteKeys::Load x;
    x.workload = l.text("workload", required, "name of a [[workload]]");
    x.load = l.number("share", required,
                      {.unit = "GPU-s per GPU-s",
                       .doc = "offered load as a share of the owner's GPUs in service; the sum "
                              "over workloads may exceed 1",
                       .min = 0,
                       .max = 100});
    x.account =
        l.text("account", "", "that is charged; without it, the [[account]] of the owner's name");
    s.loads.push_back(x);
  });
  return s;
}

TraceSiteKeys read_trace_site(ConfigReader& in) {
  TraceSiteKeys s;
  s.shape.name = read_name(in,
                           "a pool of the trace (\"cluster\" where they have no names), or \"*\": "
                           "all that no other [[site]] names");
  read_shape(in, s.shape);
  read_node_power(in, s.nodes);
  s.nodes.faults_per_day = in.number(
      "faults_per_day", 0,
      {.doc = "hardware faults of a node, each of which takes it down", .min = 0, .max = 1000});
  s.nodes.repair =
      in.parsed<Distribution>("repair", "lognormal(median=4h, sigma=1)", Distribution::parse,
                              "how long it is down", "distribution");
  return s;
}

void add_sites(const std::vector<SiteKeys>& keys, Model& m) {
  for (const SiteKeys& s : keys) {
    const auto owner = static_cast<uint32_t>(m.owners.size());
    const auto type = static_cast<uint32_t>(
        std::find_if(m.node_types.begin(), m.node_types.end(),
                     [&](const NodeType& t) { return t.name == s.node_type; }) -
        m.node_types.begin());
    const auto per_node = static_cast<int64_t>(m.node_types[type].gpus);
    m.owners.push_back(s.name);
    m.pools.push_back({.name = s.name,
                       .owner = owner,
                       .nodes_per_rack = static_cast<uint32_t>(s.nodes_per_rack),
                       .racks_per_pod = static_cast<uint32_t>(s.racks_per_pod),
                       .nodes_per_domain = static_cast<uint32_t>(s.nodes_per_domain),
                       .spares = static_cast<uint32_t>(s.spares)});
    m.queues.push_back({s.name, owner});
    if (s.gpus > 0) m.add_nodes(type, static_cast<uint32_t>(s.gpus / per_node));
    for (const auto& d : s.deliveries) {
      const auto count = static_cast<uint32_t>(d.gpus / per_node);
      m.deliveries.push_back({d.at, m.nodes(), count});
      m.add_nodes(type, count);
    }
  }
}

Result<void> add_other_sites(const SiteKeys& s, const char* part, uint32_t queue, Model& m) {
  for (const std::string& name : s.also_on) {
    const bool known =
        std::any_of(m.pools.begin(), m.pools.end(), [&](const Pool& p) { return p.name == name; });
    if (name != "*" && !known)
      return Error{.message = std::string("also_on: expected the name of ") +
                              (part == std::string_view("owner") ? "an [[owner]]" : "a pool") +
                              " or \"*\", found " + quoted(name),
                   .key = std::string(part) + ' ' + s.name};
    auto& others = m.queues[queue].others;
    for (uint32_t p = 0; p < m.pools.size(); ++p) {
      if (p != m.queues[queue].pool && (name == "*" || m.pools[p].name == name) &&
          std::find(others.begin(), others.end(), p) == others.end())
        others.push_back(p);
    }
  }
  return {};
}

Result<void> add_trace_sites(const std::vector<TraceSiteKeys>& sites, Model& m) {
  for (const TraceSiteKeys& s : sites) {
    const auto about = [&](std::string message) {
      return Error{.message = std::move(message), .key = "site " + s.shape.name};
    };
    const bool others = s.shape.name == "*";
    bool found = false;
    for (uint32_t p = 0; p < m.pools.size(); ++p) {
      const bool named = std::any_of(sites.begin(), sites.end(), [&](const TraceSiteKeys& t) {
        return t.shape.name == m.pools[p].name;
      });
      if (others ? named : m.pools[p].name != s.shape.name) continue;
      found = true;
      if (s.shape.spares >= m.pools[p].nodes)
        return about("expected fewer spares than the " + std::to_string(m.pools[p].nodes) +
                     " nodes of " + quoted(m.pools[p].name) + ", found " +
                     std::to_string(s.shape.spares));
      set_shape(s.shape, m.pools[p]);
      if (s.nodes.faults_per_day > 0 || s.nodes.busy_w > 0) set_nodes(s, p, m);
      DURE_CHECK(add_other_sites(s.shape, "site", p, m));
    }
    if (found || others) continue;
    std::vector<std::string_view> known;
    for (const Pool& p : m.pools) known.push_back(p.name);
    return about("expected a pool of the trace, found " + quoted(s.shape.name) +
                 did_you_mean(s.shape.name, known));
  }
  return {};
}

}  // namespace dure::fleet
