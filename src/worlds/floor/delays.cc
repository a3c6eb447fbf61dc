#include "worlds/floor/delays.h"

#include <algorithm>
#include <cmath>
#include <random>

namespace dure::floor {

Mersenne::Mersenne(uint32_t seed) {
  words_[0] = seed;
  for (uint32_t i = 1; i < kWords; ++i)
    words_[i] = 1812433253u * (words_[i - 1] ^ words_[i - 1] >> 30) + i;
}

void Mersenne::refill() {
  for (uint32_t i = 0; i < kWords; ++i) {
    const uint32_t y = (words_[i] & 0x80000000) | (words_[(i + 1) % kWords] & 0x7fffffff);
    words_[i] = words_[(i + 397) % kWords] ^ y >> 1 ^ (y & 1 ? 0x9908b0df : 0);
  }
  next_ = 0;
}

Mersenne::result_type Mersenne::operator()() {
  if (next_ == kWords) refill();
  uint32_t y = words_[next_++];
  y ^= y >> 11;
  y ^= y << 7 & 0x9d2c5680;
  y ^= y << 15 & 0xefc60000;
  return y ^ y >> 18;
}

DelayTrace::DelayTrace(const Delays& delays, uint32_t robots) : generator_(delays.seed) {
  if (delays.events != Delays::Events::none) left_.assign(robots, 0);
}

// The distributions are made anew for every tick and robot: none keeps numbers back.
void DelayTrace::tick(const Delays& d) {
  hits_.clear();
  for (int32_t& left : left_) left -= left > 0;
  const auto available = static_cast<uint32_t>(std::count(left_.begin(), left_.end(), 0));
  if (available == 0 || d.chance <= 0) return;
  if (d.events == Delays::Events::bernoulli) {
    std::bernoulli_distribution hit(d.chance);
    for (uint32_t r = 0; r < left_.size(); ++r) {
      if (left_[r] == 0 && hit(generator_)) hits_.push_back({r, 0});
    }
  } else {
    std::poisson_distribution<int> events(static_cast<double>(left_.size()) * d.chance);
    const auto n = std::min(static_cast<uint32_t>(events(generator_)), available);
    if (n > 0) {
      std::vector<uint32_t> of;
      for (uint32_t r = 0; r < left_.size(); ++r) {
        if (left_[r] == 0) of.push_back(r);
      }
      std::shuffle(of.begin(), of.end(), generator_);
      for (uint32_t i = 0; i < n; ++i) hits_.push_back({of[i], 0});
    }
  }
  const double span = d.max - d.min;
  for (Hit& h : hits_) {
    if (d.min == d.max) {
      h.ticks = d.min;
    } else if (d.durations == Delays::Durations::uniform) {
      h.ticks = std::uniform_int_distribution<int>(d.min, d.max)(generator_);
    } else {
      const double mean = d.min + span * d.mean_ratio, sd = span * d.sd_ratio;
      const double x = sd > 0 ? std::normal_distribution<double>(mean, sd)(generator_) : mean;
      // Whatever the ratios are, what is rounded is in range.
      h.ticks = x < d.max ? x > d.min ? static_cast<int32_t>(std::lround(x)) : d.min : d.max;
    }
    left_[h.robot] = h.ticks;
  }
}

bool DelayTrace::consistent(const Delays& d, uint32_t robots) const {
  if (left_.size() != (d.events == Delays::Events::none ? 0 : robots)) return false;
  return generator_.consistent() &&
         std::all_of(left_.begin(), left_.end(), [&](int32_t x) { return 0 <= x && x <= d.max; }) &&
         std::all_of(hits_.begin(), hits_.end(), [&](const Hit& h) { return h.robot < robots; });
}

}  // namespace dure::floor
