#include "worlds/fleet/report_fairness.h"

#include "worlds/fleet/report_series.h"

namespace dure::fleet {
namespace {

// Accounts that fairness is between, of owners who sent jobs.
std::vector<uint32_t> compared_accounts(const World& world) {
  const Model& m = world.model();
  std::vector<uint32_t> out;
  for (uint32_t a = 0; a < m.accounts.size(); ++a) {
    if (m.is_compared[a] && world.kpis().owners[m.accounts[a].owner].arrived > 0) out.push_back(a);
  }
  return out;
}

// Whose accounts have more than these have to share the last line.
constexpr size_t kMostLines = 8;

std::string about_jain(size_t accounts) {
  return "Jain's index of GPU time for its weight: 1 when all have the same, 1/" +
         std::to_string(accounts) + " when one has all";
}

}  // namespace

double jain_index(std::span<const double> shares) {
  double total = 0, squares = 0;
  for (const double x : shares) {
    total += x;
    squares += x * x;
  }
  return squares > 0 ? total * total / (static_cast<double>(shares.size()) * squares) : 1;
}

void add_fairness_kpi(const World& world, const std::string& group, Report& out) {
  std::vector<double> shares;
  for (const uint32_t a : compared_accounts(world))
    shares.push_back(world.account(a).used_by(world.now()).gpu_hours() /
                     world.model().accounts[a].weight);
  if (shares.size() < 2) return;
  out.kpis.push_back({group, "fairness", "Fairness between accounts", "", jain_index(shares),
                      about_jain(shares.size())});
}

void add_fairness_charts(const World& world, Section& section) {
  const Model& m = world.model();
  const std::vector<uint32_t> accounts = compared_accounts(world);
  if (accounts.size() < 2) return;
  std::vector<std::vector<double>> held;  // [accounts][intervals] GPU milli
  for (const uint32_t a : accounts)
    held.push_back(world.kpis().accounts[a].held_over_time.means(world.now()));
  const size_t points = held[0].size();
  TimeChart lines{.title = "GPUs held by accounts", .unit = "GPUs", .time = {}, .series = {}};
  lines.stacked = true;
  lines.time = times_of(world.kpis().accounts[accounts[0]].held_over_time, world.now());
  TimeChart fairness{
      .title = "Fairness between accounts", .unit = "", .time = lines.time, .series = {}};
  fairness.max = 1;
  fairness.note = about_jain(accounts.size());
  std::vector<double> now(points), so_far(points), sums(accounts.size()), shares(accounts.size());
  for (size_t t = 0; t < points; ++t) {
    for (size_t i = 0; i < accounts.size(); ++i) {
      shares[i] = held[i][t] / m.accounts[accounts[i]].weight;
      sums[i] += shares[i];
    }
    now[t] = jain_index(shares);
    so_far[t] = jain_index(sums);
  }
  fairness.series = {{"in each interval", std::move(now)}, {"since the start", std::move(so_far)}};
  for (size_t i = 0; i < accounts.size(); ++i) {
    for (double& x : held[i]) x *= 1e-3;
    if (i + 1 < kMostLines || accounts.size() == kMostLines) {
      lines.series.emplace_back(m.accounts[accounts[i]].name, std::move(held[i]));
    } else if (i + 1 == kMostLines) {
      lines.series.emplace_back("others", std::move(held[i]));
    } else {
      for (size_t t = 0; t < points; ++t) lines.series.back().second[t] += held[i][t];
    }
  }
  section.items.push_back(std::move(fairness));
  section.items.push_back(std::move(lines));
}

}  // namespace dure::fleet
