// Metrics a world keeps while it runs: values in the world, copied, digested and saved with it.
// All cost O(1) per update and bounded memory.
#pragma once

#include <bit>
#include <cstdint>
#include <vector>

#include "base/assert.h"
#include "base/time.h"

namespace dure {

// The time-weighted mean of a quantity that changes in steps: GPUs in use, jobs waiting.
class TimeWeighted {
 public:
  void set(Time now, double value) {
    if (!started_)
      start_ = now;
    else
      integral_ += value_ * (now - since_).seconds();
    if (value > max_ || !started_) max_ = value;
    started_ = true;
    since_ = now;
    value_ = value;
  }
  void add(Time now, double change) { set(now, value_ + change); }

  double value() const { return value_; }
  double max() const { return max_; }
  // value x seconds from the first set() to `now`
  double integral(Time now) const {
    return started_ ? integral_ + value_ * (now - since_).seconds() : 0.0;
  }
  // 0 when no time has passed
  double mean(Time now) const {
    const double seconds = (now - start_).seconds();
    return started_ && seconds > 0 ? integral(now) / seconds : 0.0;
  }

  void fields(auto& visit) { visit(started_, start_, since_, value_, max_, integral_); }

 private:
  bool started_ = false;
  Time start_;
  Time since_;
  double value_ = 0;
  double max_ = 0;
  double integral_ = 0;
};

// Quantiles of non-negative integers (nanoseconds, bytes, counts) in a histogram of buckets that
// grow with the value: values below 128 exactly, above that with a relative error of at most
// 1/128 (0.8 %). Mean, minimum, maximum and count are exact (mean to double precision).
class Quantiles {
 public:
  static constexpr double kRelativeError = 1.0 / 128;

  void add(int64_t value) {
    DURE_ASSERT(value >= 0, "a negative value in Quantiles");
    const size_t bucket = bucket_of(static_cast<uint64_t>(value));
    if (bucket >= counts_.size()) counts_.resize(bucket + 1);
    ++counts_[bucket];
    if (count_ == 0 || value < min_) min_ = value;
    if (value > max_) max_ = value;
    ++count_;
    sum_ += static_cast<double>(value);
  }

  uint64_t count() const { return count_; }
  double mean() const { return count_ > 0 ? sum_ / static_cast<double>(count_) : 0.0; }
  double sum() const { return sum_; }
  int64_t min() const { return min_; }
  int64_t max() const { return max_; }
  // The smallest value that at least a share p of all values do not exceed; 0 when empty.
  double quantile(double p) const;

  // The cumulative distribution: one point per non-empty bucket.
  struct Point {
    double value;  // upper end of the bucket
    double share;  // of values <= value, 0..1
  };
  std::vector<Point> cdf() const;

  // As if all of other's values had been added here.
  void merge(const Quantiles& other);

  void fields(auto& visit) { visit(counts_, count_, min_, max_, sum_); }

 private:
  // 64 buckets per power of two: bucket = exponent x 64 + the 6 bits below the leading one.
  static size_t bucket_of(uint64_t value) {
    if (value < 128) return value;
    const int shift = std::bit_width(value) - 7;
    return static_cast<size_t>(shift) * 64 + (value >> shift);
  }
  static double low_of(size_t bucket);
  static double high_of(size_t bucket);

  std::vector<uint64_t> counts_;  // [buckets], as many as the largest value needs
  uint64_t count_ = 0;
  int64_t min_ = 0;
  int64_t max_ = 0;
  double sum_ = 0;
};

// A time series in bounded memory: the time-weighted mean of a step function over equal intervals.
// When `capacity` intervals are full their length doubles and neighbours merge.
class Series {
 public:
  Series() = default;
  // capacity: even, at least 2
  Series(Time start, Duration interval, uint32_t capacity)
      : start_(start), since_(start), interval_(interval), capacity_(capacity) {
    DURE_ASSERT(interval.ns > 0 && capacity >= 2 && capacity % 2 == 0,
                "a Series without intervals");
  }

  void set(Time now, double value) {
    advance(now);
    value_ = value;
  }
  void add(Time now, double change) { set(now, value_ + change); }
  double value() const { return value_; }
  Duration interval() const { return interval_; }
  Time start() const { return start_; }

  // Means of the intervals up to `now`; the last may be of a part only.
  std::vector<double> means(Time now) const;

  void fields(auto& visit) { visit(start_, since_, interval_, capacity_, value_, integrals_); }

 private:
  void advance(Time now);

  Time start_;
  Time since_;
  Duration interval_{1'000'000'000};
  uint64_t capacity_ = 2;
  double value_ = 0;
  std::vector<double> integrals_;  // [intervals] value x seconds
};

}  // namespace dure
