// Oracle conservation: an independent auditor over random fleets, under a policy that does anything
// allowed.
#include "worlds/fleet/audit.h"

#include <atomic>
#include <mutex>

#include <fmt/format.h>

#include "base/text.h"
#include "kernel/parallel.h"
#include "kernel/verify.h"
#include "worlds/fleet/random_operations.h"

namespace dure::fleet {
namespace {

struct Found {
  std::atomic<uint64_t> starts{0}, stops{0}, wrong{0};
  std::mutex mutex;
  std::string complaint;  // one of them
};

template <class Policy>
void audit(const std::shared_ptr<const Model>& model, Policy policy, Found& found) {
  World world(model);
  Auditor auditor(world);
  const Time until = model->start + 900_s;
  while (world.next_event_time() <= until) {
    auto request = world.advance(world.next_event_time());
    auditor.look(world);
    while (request) {
      const World::Action action = policy.decide(world, *request);
      auditor.before(world);
      world.act(action);
      auditor.after(world, action);
      request = world.advance(world.now());
      auditor.look(world);
    }
  }
  world.advance(until);
  auditor.finish(world);
  found.starts += auditor.starts();
  found.stops += auditor.stops();
  if (auditor.complaints().empty()) return;
  ++found.wrong;
  const std::lock_guard lock(found.mutex);
  found.complaint = fmt::format(", fleet {} at {}", model->seed, auditor.complaints()[0]);
}

Check row(const char* what, uint64_t scenarios, const Found& found) {
  const auto count = [](uint64_t n) { return with_commas(static_cast<int64_t>(n)); };
  return {fmt::format("{}: {} random fleets, {} starts, {} stopped", what, count(scenarios),
                      count(found.starts), count(found.stops)),
          "0 that the auditor objects to", count(found.wrong) + found.complaint, "exact",
          found.wrong == 0 && found.starts > 50 * scenarios};
}

Result<std::vector<Check>> conservation(const std::string&) {
  constexpr size_t kFleets = 2'000;
  const auto each = [&](auto&& work) {
    for_each_index(
        kFleets, useful_threads(8), [&](size_t i, unsigned) { work(i); }, [](size_t) {});
  };
  std::vector<Check> out;
  Found any;
  each([&](size_t i) { audit(random_operations(i), AnyStart(i), any); });
  out.push_back(row("any allowed start", kFleets, any));
  return out;
}

DURE_VERIFY("conservation", "definitions; an auditor that shares no bookkeeping with the world", "",
            conservation);

}  // namespace
}  // namespace dure::fleet
