// The digest of a fleet's model: of everything that shapes a run.
#include "base/digest.h"
#include "worlds/fleet/model.h"

namespace dure::fleet {

uint64_t Model::digest() const {
  Digest d;
  const auto vector = [&](const auto& v) {
    d.value(static_cast<uint64_t>(v.size()));
    d.bytes(v.data(), v.size() * sizeof(v[0]));
  };
  d.value(seed);
  d.value(start);
  d.value(end);
  d.value(samples);
  for (const auto& s : gpu_models) d.text(s);
  for (const auto& s : owners) d.text(s);
  for (const NodeType& t : node_types) {
    d.text(t.name);
    d.value(t.gpu_model);
    d.value(t.gpus);
    d.value(t.cpu_milli);
    d.value(t.memory_mib);
    d.value(t.faults_per_day);
    d.text(t.repair.text());
    d.value(t.idle_w);
    d.value(t.busy_w);
  }
  for (const Pool& p : pools) {
    d.text(p.name);
    d.value(p.first_node);
    d.value(p.nodes);
    d.value(p.owner);
    d.value(p.nodes_per_rack);
    d.value(p.racks_per_pod);
    d.value(p.nodes_per_domain);
    d.value(p.spares);
  }
  for (const Queue& q : queues) {
    d.text(q.name);
    d.value(q.pool);
    vector(q.others);
  }
  for (const Account& a : accounts) {
    d.text(a.name);
    d.value(a.parent);
    d.value(a.owner);
    d.value(a.weight);
    d.value(a.budget_gpu_h);
  }
  for (const QuotaStep& q : quotas) {
    d.value(q.time);
    d.value(q.account);
    d.value(q.gpu_model);
    d.value(q.limits);
  }
  d.value(budget_period);
  for (const JobKind& k : kinds) {
    d.text(k.name);
    d.value(k.required);
    d.value(k.preferred);
    d.value(k.preemptible);
    d.value(k.startup);
    d.value(k.checkpoint_every);
    d.value(k.checkpoint);
    d.value(k.faults_per_day);
    d.value(k.faults_per_gpu_day);
    d.value(k.resource);
    d.value(k.units);
    d.value(k.calls);
    d.value(k.call_time);
    d.value(k.clockable);
  }
  for (const Outage& o : outages) {
    d.text(o.name);
    d.value(o.pool);
    d.value(o.level);
    d.value(o.per_day);
    d.text(o.repair.text());
  }
  for (const Window& w : windows) {
    d.text(w.name);
    d.value(w.from);
    d.value(w.until);
    d.value(w.first_node);
    d.value(w.nodes);
    d.value(w.account);
  }
  d.value(usage_period);
  d.value(usage_half_life);
  d.value(grace);
  for (const Resource& r : resources) {
    d.text(r.name);
    d.value(r.units);
    d.value(r.calibrate_every);
    d.value(r.calibration);
  }
  for (const Service& s : services) {
    d.text(s.name);
    d.value(s.replica);
    d.value(s.replicas);
    d.value(s.share);
    for (const double x : s.by_hour) d.value(x);
    d.value(s.weekend);
    d.value(s.headroom);
    d.value(s.fewest);
    d.value(s.most);
    d.value(s.every);
  }
  for (const SitePower& p : site_power) {
    d.value(p.pue_milli);
    for (const double x : p.carbon_g_kwh) d.value(x);
    for (const double x : p.price_kwh) d.value(x);
  }
  for (const PowerCap& c : power_caps) {
    d.value(c.time);
    d.value(c.pool);
    d.value(c.mw);
  }
  vector(clocks);
  vector(node_type);
  vector(tie_rank);
  for (const Delivery& x : deliveries) {
    d.value(x.time);
    d.value(x.first_node);
    d.value(x.nodes);
  }
  vector(jobs);
  for (const Source& s : sources) {
    d.text(s.name);
    d.value(s.queue);
    d.value(s.owner);
    d.value(s.load);
    d.value(s.day_night_ratio);
    d.text(s.gpus.text());
    d.text(s.duration.text());
    d.value(s.limit_factor_max);
    d.value(s.busy);
    d.value(s.cpu_milli_per_gpu);
    d.value(s.memory_mib_per_gpu);
    d.value(s.largest_share);
    d.value(s.account);
    d.value(s.kind);
    d.value(s.priority);
    d.value(s.min_share);
  }
  for (const TargetShape& t : target.shapes()) {
    d.value(t.cpu_milli);
    d.value(t.gpu_milli);
    d.value(t.gpus);
    d.value(t.gpu_models);
    d.value(t.weight);
  }
  return d.finish();
}

}  // namespace dure::fleet
