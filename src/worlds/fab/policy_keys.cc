#include "worlds/fab/policy_keys.h"

namespace dure::fab {

PolicyKeys read_policy(ConfigReader& in) {
  PolicyKeys p;
  RuleOptions& r = p.rules;
  const auto name = [&](std::string& out, std::string_view key) {
    // Asked again, as text, once it is known to be one of the words.
    if (!in.describing() && !in.failed() && in.has(key)) out = in.text(key, "", "");
  };
  r.dispatch = in.choice<Dispatch>(
      "dispatch", Dispatch::testbed,
      {{"testbed", Dispatch::testbed},
       {"fifo", Dispatch::fifo},
       {"cr", Dispatch::critical_ratio},
       {"edd", Dispatch::edd},
       {"srpt", Dispatch::srpt},
       {"atc", Dispatch::atc},
       {"least-setup", Dispatch::least_setup},
       {"queue-time", Dispatch::queue_time}},
      "which waiting lot is next: testbed (each tool group's own ranking), fifo, cr (critical "
      "ratio), edd (earliest due date), srpt (shortest remaining process time), atc (apparent "
      "tardiness cost), least-setup, queue-time (whose queue time runs out first)");
  name(p.dispatch_name, "dispatch");
  r.batching = in.choice<Batching>(
      "batch", Batching::minimum,
      {{"min", Batching::minimum}, {"full", Batching::full}, {"wait", Batching::wait}},
      "when a batch starts: min (from the smallest size up, with all that fit), full, wait (full, "
      "or from the smallest size up once its first lot has waited for batch_wait)");
  name(p.batch_name, "batch");
  r.batch_wait = in.duration("batch_wait", r.batch_wait,
                             {.doc = "for batch = \"wait\"", .max = 365 * 24 * 1_h});
  r.releasing = in.choice<Releasing>(
      "release", Releasing::constant,
      {{"constant", Releasing::constant},
       {"conwip", Releasing::conwip},
       {"wip-limit", Releasing::wip_limit}},
      "when lots start: constant (as each [[release]] says), conwip (a lot for each that leaves, "
      "so that wip lots are in the line), wip-limit (as each [[release]] says, but not above wip)");
  name(p.release_name, "release");
  r.wip = static_cast<uint32_t>(in.integer("wip", 0,
                                           {.unit = "lots",
                                            .doc = "for release = \"conwip\" and \"wip-limit\"",
                                            .min = 0,
                                            .max = 1'000'000}));
  if (!in.describing() && !in.failed() && r.releasing != Releasing::constant && r.wip == 0)
    in.fail("release", "expected wip beside it, the number of lots in the line, found none");
  return p;
}

}  // namespace dure::fab
