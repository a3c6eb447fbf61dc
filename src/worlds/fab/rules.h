// The fab's own policies: which waiting lot an open tool takes, how full a batch must be, and when
// lots are released.
//
//   testbed      what the tool group's ranking says
//   fifo         priority, first come
//   least-setup  priority, least setup, first come, whatever the group says
//   cr           priority, critical ratio (time to the due date over remaining work)
//   edd          priority, earliest due date
//   srpt         priority, shortest remaining work
//   atc          priority, apparent tardiness cost (Vepsalainen and Morton, Management Science
//                1987), look-ahead parameter 3
//   queue-time   priority, least time left in an open queue-time window, first come
//
// Of open tools the one that has been open longest is taken, by a hot lot (of more than the least
// priority) the one where it can begin first; where the group wakes the tool with the least setup,
// that decides first. Groups that keep a setup change it only after its minimum run, and look for
// the least setup before anything else, whatever the rule.
//
// A rule of your own is a class with `const World::Action& decide(const World&, const
// World::Request&)`; it may hold Rules and change what it answers. Every decision is a function of
// the world alone.
#pragma once

#include <array>

#include "worlds/fab/world.h"

namespace dure::fab {

enum class Dispatch { testbed, fifo, least_setup, critical_ratio, edd, srpt, atc, queue_time };
enum class Batching {
  minimum,  // from the minimum size up, at once
  full,     // only full batches
  wait,     // full, or at least the minimum and its first lot has waited for `batch_wait`
};
enum class Releasing {
  constant,   // as the streams propose
  conwip,     // one in for each one out, at `wip` lots; the stream that is most behind its share
  wip_limit,  // as proposed while there are fewer than `wip` lots, later otherwise
};

struct RuleOptions {
  Dispatch dispatch = Dispatch::testbed;
  Batching batching = Batching::minimum;
  Duration batch_wait = 1_h;
  Releasing releasing = Releasing::constant;
  uint32_t wip = 0;  // lots
};

class Rules {
 public:
  explicit Rules(const RuleOptions& options = {}) : options_(options) {}

  const World::Action& decide(const World& world, const World::Request& request) {
    if (request.kind == World::Request::Kind::release) return release(world, request.index);
    return dispatch(world, request.index);
  }

 private:
  // Smaller goes first, entry by entry.
  using Key = std::array<double, 4>;
  struct Choice {
    uint32_t tool = kNone;
    uint32_t position = 0;  // in World::waiting
    Key key{};
    double setup = 0;  // ns
  };

  const World::Action& dispatch(const World& world, uint32_t group);
  const World::Action& release(const World& world, uint32_t stream);
  const std::vector<Rank>& ranking(const ToolGroup& group) const;
  Choice first_in_line(const World& world, uint32_t group);
  Choice best_pair(const World& world, uint32_t group);
  double score(const World& world, const Waiting& waiting) const;
  bool batch_ready(const World& world, const Waiting& w) {
    return world.model().cores[w.step].batch_max == 0 || batch_full_enough(world, w);
  }
  bool batch_full_enough(const World& world, const Waiting& waiting);
  bool next_in_mix(const World& world, uint32_t stream) const;

  RuleOptions options_;
  World::Action action_;
  double mean_process_ns_ = 1;  // of those waiting, for atc
};

}  // namespace dure::fab
