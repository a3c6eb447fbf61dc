// Oracle floor-digest: a run that is resumed from a snapshot, and a copy of a world that runs on
// beside it, end in the state of the straight run, bit for bit, under every policy; so does a run
// whose tables are made on two threads. That compilers, optimisation levels and CPUs agree is what
// tests/golden compares.
#include <fmt/format.h>

#include "kernel/parallel.h"
#include "kernel/snapshot.h"
#include "kernel/verify.h"
#include "worlds/floor/small_floor.h"

namespace dure::floor {
namespace {

constexpr int kStops = 3;

struct Counts {
  int resumed = 0, copied = 0;    // that differ, of kStops
  int gone_on = 0, threaded = 0;  // of 1
  uint64_t done = 0, faults = 0;  // of the straight run
};

// A world made anew from a snapshot file's bytes.
World resumed(const World& w, const std::shared_ptr<const Model>& model) {
  StateWriter out;
  out(w);
  const auto snapshot =
      decode_snapshot(encode_snapshot({"floor", model->digest(), out.bytes()}), "snapshot");
  DURE_ASSERT(snapshot.ok(), "our own snapshot");
  World back(model);
  StateReader in(snapshot->state);
  in(back);
  DURE_ASSERT(in.finished() && back.consistent(), "our own snapshot");
  return back;
}

Counts compare(const std::shared_ptr<const Model>& model, Duration length, const PolicyKeys& keys) {
  const Time end = model->start + length;
  Counts out;
  World straight(model);
  run(straight, Rules(keys), end);
  const uint64_t digest = digest_of(straight);
  out.done = straight.kpis().done;
  out.faults = straight.kpis().move_faults + straight.kpis().order_faults;

  World w(model);
  Rules rules(keys);
  for (int i = 1; i <= kStops; ++i) {
    // Somewhere between two ticks.
    run(w, rules, model->start + length / (kStops + 1) * i + 771_ms);
    World after = resumed(w, model), copy = w;
    run(after, Rules(keys), end);
    run(copy, rules, end);
    out.resumed += digest_of(after) != digest;
    out.copied += digest_of(copy) != digest;
  }
  run(w, rules, end);
  out.gone_on = digest_of(w) != digest;

  PolicyKeys two = keys;
  two.threads = 2;
  World threaded(model);
  run(threaded, Rules(two), end);
  out.threaded = digest_of(threaded) != digest;
  return out;
}

Result<void> compare_all(const char* name, Motion motion, Duration length,
                         std::vector<Check>& out) {
  DURE_TRY(const Scenario s, small_floor(motion));
  const std::vector<PolicyKeys> all = all_policies();
  std::vector<Counts> counts(all.size());
  for_each_index(
      all.size(), useful_threads(8),
      [&](size_t i, unsigned) { counts[i] = compare(s.model, length, all[i]); }, [](size_t) {});
  Counts sum;
  uint64_t least = ~uint64_t{0};
  for (const Counts& c : counts) {
    sum.resumed += c.resumed;
    sum.copied += c.copied;
    sum.gone_on += c.gone_on;
    sum.threaded += c.threaded;
    sum.faults += c.faults;
    least = std::min(least, c.done);
  }
  const auto add = [&](const char* what, int different, int per_policy) {
    const int n = static_cast<int>(all.size()) * per_policy;
    out.push_back({fmt::format("{}, {} policies: {}", name, all.size(), what),
                   fmt::format("{} straight runs", n), fmt::format("{} differ", different), "exact",
                   different == 0});
  };
  add("resumed from a snapshot", sum.resumed, kStops);
  add("a copy that runs on", sum.copied, kStops);
  add("the run that was copied", sum.gone_on, 1);
  add("two threads", sum.threaded, 1);
  out.push_back(
      {fmt::format("{}, {} policies: moves and orders that break a rule", name, all.size()), "none",
       fmt::format("{}", sum.faults), "exact", sum.faults == 0});
  out.push_back({fmt::format("{}, {} policies: tasks done at least", name, all.size()),
                 "some, or the rows above say nothing", fmt::format("{}", least), "30",
                 least >= 30});
  return {};
}

Result<std::vector<Check>> floor_digest(const std::string&) {
  std::vector<Check> out;
  DURE_CHECK(compare_all("steps", Motion::steps, 10_min, out));
  DURE_CHECK(compare_all("drive", Motion::drive, 20_min, out));
  return out;
}

DURE_VERIFY("floor-digest", "our own straight runs", "", floor_digest);

}  // namespace
}  // namespace dure::floor
