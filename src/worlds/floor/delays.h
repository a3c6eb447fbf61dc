// The delay trace of the 2026 rules: which robots are hit in each tick, and for how long. It is
// that of the kit's generator, number for number: std::mt19937 and GNU libstdc++'s distributions,
// whose results are part of the rules. It depends on the seed, the options and the number of robots
// only.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "worlds/floor/model.h"

namespace dure::floor {

// MT19937 (Matsumoto and Nishimura, "Mersenne twister", ACM TOMACS 8(1), 1998) as a plain value.
class Mersenne {
 public:
  using result_type = uint_fast32_t;
  static constexpr result_type min() { return 0; }
  static constexpr result_type max() { return 0xFFFFFFFF; }

  explicit Mersenne(uint32_t seed = 5489);
  result_type operator()();

  bool consistent() const { return next_ <= kWords; }
  void fields(auto& visit) { visit(words_, next_); }

 private:
  static constexpr uint32_t kWords = 624;
  void refill();
  std::array<uint32_t, kWords> words_{};
  uint32_t next_ = kWords;
};

class DelayTrace {
 public:
  struct Hit {
    uint32_t robot;
    int32_t ticks;
  };

  DelayTrace() = default;
  DelayTrace(const Delays& delays, uint32_t robots);

  // Goes on by one tick. Afterwards left()[r] > 0 says that robot r cannot move in it.
  void tick(const Delays& delays);
  const std::vector<int32_t>& left() const { return left_; }  // [robots] ticks, this one counted
  const std::vector<Hit>& hits() const { return hits_; }      // of this tick, in the order drawn

  bool consistent(const Delays& delays, uint32_t robots) const;
  void fields(auto& visit) { visit(generator_, left_, hits_); }

 private:
  Mersenne generator_;
  std::vector<int32_t> left_;
  std::vector<Hit> hits_;
};

}  // namespace dure::floor
