#include "kernel/metrics.h"

#include <algorithm>
#include <cmath>

namespace dure {

double Quantiles::low_of(size_t bucket) {
  if (bucket < 128) return static_cast<double>(bucket);
  const int shift = static_cast<int>(bucket / 64) - 1;
  return static_cast<double>(uint64_t{64 + bucket % 64} << shift);
}

double Quantiles::high_of(size_t bucket) {
  if (bucket < 128) return static_cast<double>(bucket);
  const int shift = static_cast<int>(bucket / 64) - 1;
  return static_cast<double>((uint64_t{64 + bucket % 64 + 1} << shift) - 1);
}

double Quantiles::quantile(double p) const {
  if (count_ == 0) return 0;
  // p = 0.07 of 100 values is rank 7, though 0.07 * 100 > 7 in binary.
  const double exact = std::clamp(p, 0.0, 1.0) * static_cast<double>(count_);
  const double wanted = std::ceil(exact * (1 - 1e-12));
  const auto rank = std::max<uint64_t>(1, static_cast<uint64_t>(wanted));
  if (rank >= count_) return static_cast<double>(max_);
  uint64_t seen = 0;
  for (size_t b = 0; b < counts_.size(); ++b) {
    seen += counts_[b];
    if (seen < rank) continue;
    const double middle = (low_of(b) + high_of(b)) / 2;
    return std::clamp(middle, static_cast<double>(min_), static_cast<double>(max_));
  }
  return static_cast<double>(max_);
}

std::vector<Quantiles::Point> Quantiles::cdf() const {
  std::vector<Point> points;
  uint64_t seen = 0;
  for (size_t b = 0; b < counts_.size(); ++b) {
    if (counts_[b] == 0) continue;
    seen += counts_[b];
    points.push_back({std::min(high_of(b), static_cast<double>(max_)),
                      static_cast<double>(seen) / static_cast<double>(count_)});
  }
  return points;
}

void Quantiles::merge(const Quantiles& other) {
  if (other.count_ == 0) return;
  if (counts_.size() < other.counts_.size()) counts_.resize(other.counts_.size());
  for (size_t b = 0; b < other.counts_.size(); ++b) counts_[b] += other.counts_[b];
  min_ = count_ == 0 ? other.min_ : std::min(min_, other.min_);
  max_ = std::max(max_, other.max_);
  count_ += other.count_;
  sum_ += other.sum_;
}

void Series::advance(Time now) {
  while (since_ < now) {
    auto slot = static_cast<size_t>((since_ - start_) / interval_);
    if (slot >= capacity_) {  // full: neighbours merge, each interval now lasts twice as long
      integrals_.resize(capacity_);
      for (size_t i = 0; i < capacity_ / 2; ++i) {
        integrals_[i] = integrals_[2 * i] + integrals_[2 * i + 1];
      }
      integrals_.resize(capacity_ / 2);
      interval_ = interval_ * 2;
      continue;
    }
    if (slot >= integrals_.size()) integrals_.resize(slot + 1);
    // The slot's end may lie beyond the calendar; where it is needed, it does not.
    const Time slot_start = start_ + interval_ * static_cast<int64_t>(slot);
    const Time until = now - slot_start < interval_ ? now : slot_start + interval_;
    integrals_[slot] += value_ * (until - since_).seconds();
    since_ = until;
  }
}

std::vector<double> Series::means(Time now) const {
  Series copy = *this;
  copy.advance(now);
  std::vector<double> out = copy.integrals_;
  for (size_t i = 0; i < out.size(); ++i) {
    const Time from = copy.start_ + copy.interval_ * static_cast<int64_t>(i);
    out[i] /= std::min(copy.since_ - from, copy.interval_).seconds();
  }
  return out;
}

}  // namespace dure
