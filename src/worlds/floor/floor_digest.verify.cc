// Oracle floor-digest: a run that is resumed from a snapshot, and a copy of a world that runs on
// beside it, end in the state of the straight run, bit for bit, under every policy; so does a run
// whose tables are made on two threads. That compilers, optimisation levels and CPUs agree is what
// tests/golden compares.
#include <algorithm>

#include "kernel/digest_check.h"
#include "worlds/floor/small_floor.h"

namespace dure::floor {
namespace {

constexpr int kStops = 3;

struct Counts {
  DigestCounts digests;
  int threaded = 0;               // of 1, that differs
  uint64_t done = 0, faults = 0;  // of the straight run
};

Counts compare(const std::shared_ptr<const Model>& model, Duration length, const PolicyKeys& keys) {
  const Time end = model->start + length;
  Counts out;
  World straight(model);
  run(straight, Rules(keys), end);
  out.done = straight.kpis().done;
  out.faults = straight.kpis().move_faults + straight.kpis().order_faults;
  // 771 ms: somewhere between two ticks.
  out.digests = compare_digests(straight, model, end, kStops, 771_ms, [&] { return Rules(keys); });

  PolicyKeys two = keys;
  two.threads = 2;
  World threaded(model);
  run(threaded, Rules(two), end);
  out.threaded = digest_of(threaded) != digest_of(straight);
  return out;
}

Result<void> compare_all(const char* motion_name, Motion motion, Duration length,
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
    sum.digests += c.digests;
    sum.threaded += c.threaded;
    sum.faults += c.faults;
    least = std::min(least, c.done);
  }
  const std::string name = fmt::format("{}, {} policies", motion_name, all.size());
  add_digest_rows(name, static_cast<int>(all.size()), kStops, sum.digests, out);
  out.push_back({name + ": two threads", fmt::format("{} straight runs", all.size()),
                 fmt::format("{} differ", sum.threaded), "exact", sum.threaded == 0});
  out.push_back({name + ": moves and orders that break a rule", "none",
                 fmt::format("{}", sum.faults), "exact", sum.faults == 0});
  out.push_back({name + ": tasks done at least", "some, or the rows above say nothing",
                 fmt::format("{}", least), "30", least >= 30});
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
