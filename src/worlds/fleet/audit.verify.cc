// Oracle conservation: an independent auditor over random fleets, under a policy that does anything
// allowed and under our own rules with every mix of options.
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
  const Auditor auditor = audited(world, policy, model->start + 900_s);
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
  constexpr size_t kAny = 2'000, kRules = 600;
  const auto each = [&](size_t fleets, auto&& work) {
    for_each_index(
        fleets, useful_threads(8), [&](size_t i, unsigned) { work(i); }, [](size_t) {});
  };
  std::vector<Check> out;
  Found any;
  each(kAny, [&](size_t i) { audit(random_operations(i), AnyStart(i), any); });
  out.push_back(row("any allowed start", kAny, any));
  constexpr std::pair<Order, const char*> kOrders[] = {
      {Order::fifo, "our rules, fifo"},
      {Order::easy, "our rules, easy"},
      {Order::conservative, "our rules, conservative"},
      {Order::loss, "our rules, loss"}};
  for (const auto& [order, what] : kOrders) {
    Found found;
    const uint64_t first = kAny + kRules * static_cast<uint64_t>(order);
    const Order rules = order;
    each(kRules, [&](size_t i) {
      audit(random_operations(first + i), Rules(random_rules(rules, i)), found);
    });
    out.push_back(row(what, kRules, found));
  }
  return out;
}

DURE_VERIFY("conservation", "definitions; an auditor that shares no bookkeeping with the world", "",
            conservation);

}  // namespace
}  // namespace dure::fleet
