// The digest of a fleet's model: of everything that shapes a run.
#include "base/digest.h"
#include "worlds/fleet/model.h"

namespace dure::fleet {

uint64_t Model::digest() const {
  Digest d;
  const auto add = [&](const auto&... x) { (d.value(x), ...); };
  const auto vector = [&](const auto& v) {
    d.value(static_cast<uint64_t>(v.size()));
    d.bytes(v.data(), v.size() * sizeof(v[0]));
  };
  add(seed, start, end, samples);
  for (const auto& s : gpu_models) d.text(s);
  for (const auto& s : owners) d.text(s);
  for (const NodeType& t : node_types) {
    d.text(t.name);
    add(t.gpu_model, t.gpus, t.cpu_milli, t.memory_mib, t.faults_per_day);
    d.text(t.repair.text());
    add(t.idle_w, t.busy_w);
  }
  for (const Pool& p : pools) {
    d.text(p.name);
    add(p.first_node, p.nodes, p.owner, p.nodes_per_rack, p.racks_per_pod, p.nodes_per_domain,
        p.spares);
  }
  for (const Queue& q : queues) {
    d.text(q.name);
    d.value(q.pool);
    vector(q.others);
  }
  for (const Account& a : accounts) {
    d.text(a.name);
    add(a.parent, a.owner, a.weight, a.budget_gpu_h);
  }
  for (const QuotaStep& q : quotas) {
    add(q.time, q.account, q.gpu_model, q.limits);
  }
  d.value(budget_period);
  for (const JobKind& k : kinds) {
    d.text(k.name);
    add(k.required, k.preferred, k.preemptible, k.startup, k.checkpoint_every, k.checkpoint,
        k.faults_per_day, k.faults_per_gpu_day, k.resource, k.units, k.calls, k.call_time,
        k.clockable);
  }
  for (const Outage& o : outages) {
    d.text(o.name);
    add(o.pool, o.level, o.per_day);
    d.text(o.repair.text());
  }
  for (const Window& w : windows) {
    d.text(w.name);
    add(w.from, w.until, w.first_node, w.nodes, w.account, w.drains);
  }
  add(usage_period, usage_half_life, grace);
  for (const Resource& r : resources) {
    d.text(r.name);
    add(r.units, r.calibrate_every, r.calibration);
  }
  for (const Service& s : services) {
    d.text(s.name);
    add(s.replica, s.replicas, s.share);
    for (const double x : s.by_hour) d.value(x);
    add(s.weekend, s.headroom, s.fewest, s.most, s.every);
  }
  for (const SitePower& p : site_power) {
    d.value(p.pue_milli);
    for (const double x : p.carbon_g_kwh) d.value(x);
    for (const double x : p.price_kwh) d.value(x);
  }
  for (const PowerCap& c : power_caps) {
    add(c.time, c.pool, c.mw);
  }
  vector(clocks);
  vector(node_type);
  vector(tie_rank);
  for (const Delivery& x : deliveries) {
    add(x.time, x.first_node, x.nodes);
  }
  vector(jobs);
  if (as_recorded_until > start) {
    d.value(as_recorded_until);
    for (const Recorded& r : recorded) {
      d.value(r.start);
      vector(r.nodes);
    }
  }
  for (const Source& s : sources) {
    d.text(s.name);
    add(s.queue, s.owner, s.load, s.day_night_ratio);
    d.text(s.gpus.text());
    d.text(s.duration.text());
    add(s.limit_factor_max, s.busy, s.cpu_milli_per_gpu, s.memory_mib_per_gpu, s.largest_share,
        s.account, s.kind, s.priority, s.min_share);
  }
  for (const TargetShape& t : target.shapes()) {
    add(t.cpu_milli, t.gpu_milli, t.gpus, t.gpu_models, t.weight);
  }
  return d.finish();
}

}  // namespace dure::fleet
