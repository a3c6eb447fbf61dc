// Oracle fab-digest: a run that is resumed from a snapshot, and a copy of a world that runs on
// beside it, end in the state of the straight run, bit for bit, under every rule. That compilers,
// optimisation levels and CPUs agree is what tests/golden compares.
#include "kernel/digest_check.h"
#include "worlds/fab/shipped.h"
#include "worlds/fab/small_fab.h"

namespace dure::fab {
namespace {

constexpr int kStops = 4;

DigestCounts compare(const Scenario& s, Duration length, const RuleOptions& options) {
  const auto model = model_under(s, options);
  const Time end = model->start + length;
  World straight(model);
  run(straight, Rules(options), end);
  return compare_digests(straight, model, end, kStops, Duration{}, [&] { return Rules(options); });
}

void compare_all(const char* name, const Scenario& s, Duration length, uint32_t wip,
                 std::vector<Check>& out) {
  const std::vector<RuleOptions> all = all_rules(wip);
  std::vector<DigestCounts> counts(all.size());
  for_each_index(
      all.size(), useful_threads(8),
      [&](size_t i, unsigned) { counts[i] = compare(s, length, all[i]); }, [](size_t) {});
  DigestCounts sum;
  for (const DigestCounts& c : counts) sum += c;
  add_digest_rows(fmt::format("{}, {} rules", name, all.size()), static_cast<int>(all.size()),
                  kStops, sum, out);
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
