#include "worlds/fab/rules.h"

#include <algorithm>

#include "base/math.h"
#include "worlds/fab/batches.h"

namespace dure::fab {
namespace {

// The tool that the lot is bound to, for a hot lot the one where it can begin first, or else the
// one that has been open longest; kNone: not open.
uint32_t tool_for(const World& world, uint32_t group, const Waiting& w) {
  if (w.tool != kNone) return world.is_open(w.tool) ? w.tool : kNone;
  const uint32_t* const open = world.open_tools(group);
  if (w.priority <= world.model().regular_priority) return open[0];
  const auto begins = [&](uint32_t tool) {
    const Tool& t = world.tool(tool);
    return t.jobs == 0 ? world.now() : t.next_begin;
  };
  return *std::min_element(open, open + world.open_count(group),
                           [&](uint32_t a, uint32_t b) { return begins(a) < begins(b); });
}

double setup_ns(const World& world, uint32_t tool, uint32_t step) {
  return static_cast<double>(world.model().setup_time(world.tool(tool).setup, step).ns);
}

// Expected, of the lot or its batch.
double process_ns(const World& world, const Waiting& w) {
  const Step& step = world.model().steps[w.step];
  const Duration mean{static_cast<int64_t>(step.process.mean_ns())};
  return std::max(
      1e9, static_cast<double>(world.model().through(step, world.lot(w.lot).wafers, mean).ns));
}

}  // namespace

const std::vector<Rank>& Rules::ranking(const ToolGroup& group) const {
  static const std::vector<Rank> kFifo = {Rank::priority, Rank::fifo};
  static const std::vector<Rank> kLeastSetup = {Rank::priority, Rank::setup, Rank::fifo};
  static const std::vector<Rank> kScored = {Rank::priority, Rank::critical_ratio, Rank::fifo};
  static const std::vector<Rank> kKeptFifo = {Rank::setup, Rank::priority, Rank::fifo};
  static const std::vector<Rank> kKeptScored = {Rank::setup, Rank::priority, Rank::critical_ratio,
                                                Rank::fifo};
  if (group.keeps_setup && options_.dispatch != Dispatch::testbed) {
    const bool scored =
        options_.dispatch != Dispatch::fifo && options_.dispatch != Dispatch::least_setup;
    return scored ? kKeptScored : kKeptFifo;
  }
  switch (options_.dispatch) {
    case Dispatch::testbed:
      return group.ranking;
    case Dispatch::fifo:
      return kFifo;
    case Dispatch::least_setup:
      return kLeastSetup;
    default:
      return kScored;
  }
}

const World::Action& Rules::dispatch(const World& world, uint32_t group) {
  action_.tool = kNone;
  action_.lots.clear();
  action_.wake = Time::never();
  const ToolGroup& g = world.model().groups[group];
  const auto line = world.waiting(group);
  if (options_.dispatch == Dispatch::atc) {
    double sum = 0;
    for (const Waiting& w : line) sum += process_ns(world, w);
    mean_process_ns_ = std::max(1.0, sum / static_cast<double>(line.size()));
  }
  const bool in_order = options_.dispatch == Dispatch::fifo ||
                        (options_.dispatch == Dispatch::testbed && g.first_come && !g.needs_setups);
  const Choice choice =
      in_order && !g.needs_setups ? first_in_line(world, group) : best_pair(world, group);
  if (choice.tool != kNone) {
    fill_batch(world, line[choice.position], choice.tool,
               [&](uint32_t lot) { action_.lots.push_back(lot); });
    action_.tool = choice.tool;
    action_.wake = Time::never();
  }
  return action_;
}

// Lots stand by priority, then arrival, and any tool is as good: the first that can start.
Rules::Choice Rules::first_in_line(const World& world, uint32_t group) {
  const auto line = world.waiting(group);
  for (uint32_t i = 0; i < line.size(); ++i) {
    const uint32_t tool = tool_for(world, group, line[i]);
    if (tool != kNone && batch_ready(world, line[i]) && may_start(world, line[i], tool))
      return {tool, i, {}, 0};
  }
  return {};
}

Rules::Choice Rules::best_pair(const World& world, uint32_t group) {
  const Model& m = world.model();
  const ToolGroup& g = m.groups[group];
  const std::vector<Rank>& ranks = ranking(g);
  const auto line = world.waiting(group);
  const uint32_t* const open = world.open_tools(group);
  const uint32_t open_count = world.open_count(group);
  const bool by_priority = ranks[0] == Rank::priority;
  const bool has_setup_rank = std::find(ranks.begin(), ranks.end(), Rank::setup) != ranks.end();
  const bool in_order = by_priority && ranks.size() == 2 && ranks[1] == Rank::fifo;
  const bool scored = std::find(ranks.begin(), ranks.end(), Rank::critical_ratio) != ranks.end();
  // Priority is what they are ranked by first, but for setups.
  const auto first =
      std::find_if(ranks.begin(), ranks.end(), [](Rank r) { return r != Rank::setup; });
  const bool as_in_line = !scored && first != ranks.end() && *first == Rank::priority;
  Choice best;
  for (uint32_t i = 0; i < line.size(); ++i) {
    const Waiting& w = line[i];
    if (best.tool != kNone) {
      // Lots stand by priority, then arrival: often none of the rest can be better.
      if (in_order) break;
      if (by_priority && w.priority < line[best.position].priority) break;
      if (as_in_line && best.setup == 0) break;
    }
    if (!batch_ready(world, w)) continue;
    const double lot_score = scored ? score(world, w) : 0;
    const auto consider = [&](uint32_t tool) {
      if (!may_start(world, w, tool)) return;
      Choice c{tool, i, {}, setup_ns(world, tool, w.step)};
      for (size_t n = 0; n < std::min(ranks.size(), c.key.size()); ++n) {
        c.key[n] = ranks[n] == Rank::priority ? -w.priority
                   : ranks[n] == Rank::setup  ? c.setup
                   : ranks[n] == Rank::fifo   ? static_cast<double>((w.since - world.now()).ns)
                                              : lot_score;
      }
      const bool better =
          best.tool == kNone || c.key < best.key ||
          (c.key == best.key && best.position == i && g.wakes_least_setup && c.setup < best.setup);
      if (better) best = c;
    };
    if (w.tool != kNone) {
      if (world.is_open(w.tool)) consider(w.tool);
    } else if (has_setup_rank || g.wakes_least_setup || g.keeps_setup) {
      for (uint32_t k = 0; k < open_count; ++k) {
        consider(open[k]);
        if (best.tool != kNone && best.position == i && best.setup == 0) break;
      }
    } else {
      consider(tool_for(world, group, w));
    }
  }
  return best;
}

// By the rule; of the testbed's ranks the critical ratio. Smaller goes first.
double Rules::score(const World& world, const Waiting& w) const {
  const Model& m = world.model();
  const Lot& lot = world.lot(w.lot);
  const auto left = static_cast<double>(std::max(1_min, m.remaining[w.step]).ns);
  const double to_due =
      lot.due == Time::never() ? 1e18 : static_cast<double>((lot.due - world.now()).ns);
  switch (options_.dispatch) {
    case Dispatch::edd:
      return to_due;
    case Dispatch::srpt:
      return left;
    case Dispatch::atc: {  // the logarithm of the index, which overflows nothing
      const double slack = std::max(0.0, to_due - left);
      return slack / (3 * mean_process_ns_) + math::log(process_ns(world, w));
    }
    case Dispatch::queue_time: {
      const Time must = world.must_start(w.lot);
      return must == Time::never() ? 1e18 : static_cast<double>((must - world.now()).ns);
    }
    default:
      return to_due / left;
  }
}

bool Rules::batch_full_enough(const World& world, const Waiting& w) {
  const Step& step = world.model().steps[w.step];
  const uint32_t wafers = world.waiting_wafers(w.step);
  if (wafers < step.batch_min) return false;
  if (options_.batching == Batching::minimum) return true;
  if (wafers + world.lot(w.lot).wafers > step.batch_max) return true;
  if (options_.batching == Batching::full) return false;
  const Time until = w.since + options_.batch_wait;
  if (until <= world.now()) return true;
  action_.wake = std::min(action_.wake, until);
  return false;
}

// Of the streams that may release now, it is the one most behind its share of the mix: the fewest
// lots released over its rate.
bool Rules::next_in_mix(const World& world, uint32_t stream) const {
  const Model& m = world.model();
  const auto may = [&](uint32_t s) {
    if (options_.releasing == Releasing::wip_limit) return world.held(s) > 0;
    const Stream& x = m.streams[s];
    return world.now() >= x.start && world.released(s) / x.lots < x.count;
  };
  const auto behind = [&](uint32_t s) {
    const Stream& x = m.streams[s];
    return static_cast<double>(world.released(s)) * std::max(1.0, x.gap.mean_ns()) / x.lots;
  };
  if (!may(stream)) return false;
  for (uint32_t s = 0; s < m.streams.size(); ++s) {
    if (may(s) && behind(s) < behind(stream)) return false;
  }
  return true;
}

const World::Action& Rules::release(const World& world, uint32_t stream) {
  action_.tool = kNone;
  action_.lots.clear();
  action_.release = 0;
  if (options_.releasing == Releasing::constant) {
    action_.release = world.held(stream);
  } else if (world.wip() < options_.wip && next_in_mix(world, stream)) {
    action_.release = options_.releasing == Releasing::conwip
                          ? 1
                          : std::min(world.held(stream), options_.wip - world.wip());
  }
  return action_;
}

}  // namespace dure::fab
