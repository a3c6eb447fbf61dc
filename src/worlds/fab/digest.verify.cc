// Oracle fab-digest: a run that is resumed from a snapshot, and a copy of a world that runs on
// beside it, end in the state of the straight run, bit for bit, under every rule. That compilers,
// optimisation levels and CPUs agree is what tests/golden compares.
#include <fmt/format.h>

#include "kernel/parallel.h"
#include "kernel/snapshot.h"
#include "kernel/verify.h"
#include "worlds/fab/shipped.h"
#include "worlds/fab/small_fab.h"

namespace dure::fab {
namespace {

constexpr int kStops = 4;

struct Counts {
  int resumed = 0, copied = 0, gone_on = 0;  // that differ, of kStops
  uint64_t digest = 0;
};

// A world made anew from a snapshot file's bytes.
World resumed(const World& w, const std::shared_ptr<const Model>& model) {
  StateWriter out;
  out(w);
  const auto snapshot =
      decode_snapshot(encode_snapshot({"fab", model->digest(), out.bytes()}), "snapshot");
  DURE_ASSERT(snapshot.ok(), "our own snapshot");
  World back(model);
  StateReader in(snapshot->state);
  in(back);
  DURE_ASSERT(in.finished() && back.consistent(), "our own snapshot");
  return back;
}

Counts compare(const Scenario& s, Duration length, const RuleOptions& options) {
  const auto model = model_under(s, options);
  const Time end = model->start + length;
  Counts out;
  World straight(model);
  run(straight, Rules(options), end);
  out.digest = digest_of(straight);

  World w(model);
  Rules rules(options);
  for (int i = 1; i <= kStops; ++i) {
    run(w, rules, model->start + length / (kStops + 1) * i);
    World after = resumed(w, model), copy = w;
    run(after, Rules(options), end);
    run(copy, rules, end);
    out.resumed += digest_of(after) != out.digest;
    out.copied += digest_of(copy) != out.digest;
  }
  run(w, rules, end);
  out.gone_on = digest_of(w) != out.digest;
  return out;
}

void compare_all(const char* name, const Scenario& s, Duration length, uint32_t wip,
                 std::vector<Check>& out) {
  const std::vector<RuleOptions> all = all_rules(wip);
  std::vector<Counts> counts(all.size());
  for_each_index(
      all.size(), useful_threads(8),
      [&](size_t i, unsigned) { counts[i] = compare(s, length, all[i]); }, [](size_t) {});
  Counts sum;
  for (const Counts& c : counts) {
    sum.resumed += c.resumed;
    sum.copied += c.copied;
    sum.gone_on += c.gone_on;
  }
  const auto add = [&](const char* what, int different, int per_rule) {
    const int n = static_cast<int>(all.size()) * per_rule;
    out.push_back({fmt::format("{}, {} rules: {}", name, all.size(), what),
                   fmt::format("{} straight runs", n), fmt::format("{} differ", different), "exact",
                   different == 0});
  };
  add("resumed from a snapshot", sum.resumed, kStops);
  add("a copy that runs on", sum.copied, kStops);
  add("the run that was copied", sum.gone_on, 1);
}

Result<std::vector<Check>> fab_digest(const std::string&) {
  std::vector<Check> out;
  DURE_TRY(const Scenario minifab, shipped_scenario("minifab"));
  compare_all("minifab", minifab, 60_d, 30, out);
  DURE_TRY(const Scenario generated, small_fab());
  compare_all("generated fab", generated, 14_d, 60, out);
  return out;
}

DURE_VERIFY("fab-digest", "our own straight runs", "", fab_digest);

}  // namespace
}  // namespace dure::fab
