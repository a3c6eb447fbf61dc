#include "worlds/fab/futures.h"

#include <algorithm>

#include "kernel/parallel.h"
#include "kernel/pool.h"

namespace dure::fab {
namespace {

// Random streams of a world are its own; this one only makes seeds.
constexpr uint32_t kFutureSeeds = 1000;

double wafers_in_line(const World& w) {
  uint64_t wafers = 0;
  for (uint32_t i = 0; i < w.lots(); ++i) wafers += w.lot(i).wafers;  // 0 of slots without a lot
  return static_cast<double>(wafers);
}

// One run of a plan from now to the horizon.
class Run {
 public:
  Run(const World& now, const WhatIf& what, const Plan& plan, World& world)
      : now_(now), what_(what), world_(world), rules_(plan.rules), lots_(what.lots.size()) {
    wafers_before_ = wafers_in_line(now);
  }

  Future to_horizon(const std::vector<double>& days) {
    Future out;
    for (const double day : days) {
      advance(now_.now() + from_seconds(day * 86400));
      out.wip.push_back(world_.wip());
      out.finished.push_back(finished());
    }
    measure_all(out.kpis);
    for (uint32_t c = 0; c < world_.model().classes.size(); ++c) measure_class(out.kpis, c);
    for (size_t i = 0; i < lots_.size(); ++i) measure_lot(out.kpis, i);
    return out;
  }

 private:
  struct LotState {
    bool finished = false;
    Time at;
  };

  void advance(Time until) {
    if (lots_.empty()) return run(world_, rules_, until);
    // Slots of finished lots are used again, so those followed are looked at after every instant.
    while (world_.now() < until) {
      run(world_, rules_, std::min(until, world_.next_event_time()));
      for (size_t i = 0; i < lots_.size(); ++i) {
        const uint32_t slot = what_.lots[i].lot;
        if (lots_[i].finished || (world_.lot(slot).stream == now_.lot(slot).stream &&
                                  world_.lot(slot).state != Lot::State::gone))
          continue;
        lots_[i] = {true, world_.now()};
      }
      if (world_.now() == until && world_.next_event_time() > until) break;
    }
  }

  double released() const {
    uint64_t n = 0;
    for (const ClassKpis& k : world_.kpis().classes) n += k.released;
    return static_cast<double>(n);
  }
  double finished() const { return now_.wip() + released() - world_.wip(); }

  double wafers_out() const {
    double wafers = wafers_before_ - wafers_in_line(world_);
    for (uint32_t s = 0; s < world_.model().streams.size(); ++s) {
      wafers +=
          static_cast<double>(world_.kpis().classes[s].released) * world_.model().streams[s].wafers;
    }
    return wafers;
  }

  void measure_all(std::vector<Kpi>& out) const {
    Quantiles cycle;
    uint64_t with_due = 0, on_time = 0, late = 0;
    for (const ClassKpis& k : world_.kpis().classes) {
      cycle.merge(k.cycle_time);
      with_due += k.with_due;
      on_time += k.on_time;
      late += k.late[0];
    }
    const auto put = [&](const char* key, const char* label, const char* unit,
                         std::optional<double> value, const char* note = "") {
      out.push_back({"All", key, label, unit, value, note});
    };
    put("lots", "Lots finished", "", finished());
    put("wafers", "Wafers out", "", wafers_out());
    put("moves", "Moves", "", static_cast<double>(world_.kpis().moves), "steps done");
    put("cycle_time", "Mean cycle time", "d", days_of(cycle),
        "of lots finished within the horizon, from their release");
    put("wip", "WIP at the end", "lots", world_.wip());
    put("on_time", "On time", "%",
        with_due > 0
            ? std::optional(100.0 * static_cast<double>(on_time) / static_cast<double>(with_due))
            : std::nullopt,
        "of finished lots with a due date");
    put("late_queue_times", "Queue times exceeded", "", static_cast<double>(late));
  }

  void measure_class(std::vector<Kpi>& out, uint32_t c) const {
    const Model& m = world_.model();
    const std::string& name = m.classes[c].name;
    const ClassKpis& k = world_.kpis().classes[c];
    out.push_back({name, "lots", "Lots finished", "",
                   now_.wip_of(c) + static_cast<double>(k.released) - world_.wip_of(c), ""});
    out.push_back({name, "cycle_time", "Mean cycle time", "d", days_of(k.cycle_time), ""});
  }

  void measure_lot(std::vector<Kpi>& out, size_t i) const {
    const Model& m = world_.model();
    const LotState& state = lots_[i];
    const Lot& before = now_.lot(what_.lots[i].lot);
    const Route& route = m.routes[m.steps[before.step].route];
    const uint32_t at =
        state.finished ? route.first + route.steps : world_.lot(what_.lots[i].lot).step;
    const std::string group = "lot " + what_.lots[i].name;
    std::optional<double> remaining;
    if (state.finished) remaining = (state.at - now_.now()).seconds() / 86400;
    out.push_back(
        {group, "finished", "Finished", "%", state.finished ? 100.0 : 0.0, "share of the futures"});
    out.push_back({group, "remaining", "Time to finish", "d", remaining,
                   "of futures in which it finishes both ways"});
    out.push_back({group, "steps", "Steps further", "",
                   static_cast<double>(at) - static_cast<double>(before.step), "along its route"});
  }

  static std::optional<double> days_of(const Quantiles& seconds) {
    if (seconds.count() == 0) return std::nullopt;
    return seconds.mean() / 86400;
  }

  const World& now_;
  const WhatIf& what_;
  World& world_;
  Rules rules_;
  double wafers_before_ = 0;
  std::vector<LotState> lots_;
};

}  // namespace

Futures imagine(const World& now, const WhatIf& what, unsigned threads,
                const std::function<void(size_t, size_t)>& done) {
  DURE_ASSERT(what.futures > 0 && what.horizon > 0_s, "a what-if without a future");
  Futures out;
  const double horizon = what.horizon.seconds() / 86400;
  for (double day = 0; day < horizon; day += std::max(1.0, horizon / 100)) out.days.push_back(day);
  out.days.push_back(horizon);
  out.base.resize(what.futures);
  out.changed.resize(what.futures);
  std::vector<WorldPool<World>> pools(std::max(1u, threads));
  for_each_index(
      size_t{2} * what.futures, threads,
      [&](size_t i, unsigned thread) {
        const Plan& plan = i % 2 == 0 ? what.base : what.changed;
        auto branch = pools[thread].branch(now);
        branch->reseed(random_bits(what.seed, stream_id(kFutureSeeds, 0), i / 2));
        branch->reset_kpis();
        for (const Intervention& change : plan.changes) branch->apply(change);
        (i % 2 == 0 ? out.base : out.changed)[i / 2] =
            Run(now, what, plan, *branch).to_horizon(out.days);
      },
      [&](size_t n) { done(n, size_t{2} * what.futures); });
  return out;
}

std::shared_ptr<const Model> without_warm_up(const Model& model) {
  auto m = std::make_shared<Model>(model);
  m->warm_up = {};
  m->trace = {};
  m->follow.clear();
  return m;
}

}  // namespace dure::fab
