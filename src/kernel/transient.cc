#include "kernel/transient.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace dure {
namespace {

constexpr size_t kBatch = 5;
constexpr size_t kFewest = 10;  // batches

}  // namespace

std::optional<size_t> mser5(std::span<const double> x) {
  std::vector<double> z;
  for (size_t i = 0; i + kBatch <= x.size(); i += kBatch)
    z.push_back(std::accumulate(x.begin() + static_cast<std::ptrdiff_t>(i),
                                x.begin() + static_cast<std::ptrdiff_t>(i + kBatch), 0.0) /
                kBatch);
  if (z.size() < kFewest) return std::nullopt;
  // From the end: mean and squares of those kept, by Welford's update. The last few batches are not
  // tried alone: a few values that happen to agree would win.
  double mean = 0, squares = 0, least = 0;
  std::optional<size_t> best;
  for (size_t i = z.size(); i-- > 0;) {
    const auto n = static_cast<double>(z.size() - i);
    const double off = z[i] - mean;
    mean += off / n;
    squares += off * (z[i] - mean);
    if (n < kBatch) continue;
    const double error = squares / (n * n);
    if (!best || error <= least) {
      best = i;
      least = error;
    }
  }
  if (*best > z.size() / 2) return std::nullopt;
  return *best * kBatch;
}

std::vector<double> welch_average(std::span<const double> x, size_t w) {
  std::vector<double> out;
  for (size_t i = 0; i + w < x.size(); ++i) {
    const size_t reach = std::min(i, w);
    double sum = 0;
    for (size_t k = i - reach; k <= i + reach; ++k) sum += x[k];
    out.push_back(sum / static_cast<double>(2 * reach + 1));
  }
  return out;
}

std::optional<size_t> welch(std::span<const double> x, size_t w, double tolerance) {
  const std::vector<double> average = welch_average(x, w);
  if (average.size() < 2) return std::nullopt;
  const auto half = x.subspan(x.size() / 2);
  const double level =
      std::accumulate(half.begin(), half.end(), 0.0) / static_cast<double>(half.size());
  size_t from = average.size();
  while (from > 0 && std::fabs(average[from - 1] - level) <= tolerance * std::fabs(level)) --from;
  if (from > x.size() / 2) return std::nullopt;
  return from;
}

}  // namespace dure
