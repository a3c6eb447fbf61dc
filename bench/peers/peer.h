// What the C++ peers share: user CPU time, the increments of the hold model, a small generator,
// arguments and the one JSON line on stdout. No library but the standard one.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include <sys/resource.h>

namespace peer {

// User CPU time of this process so far, in seconds.
inline double user_cpu_s() {
  rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_utime.tv_sec) +
         1e-6 * static_cast<double>(usage.ru_utime.tv_usec);
}

// Knuth's MMIX generator: one multiplication and one addition. Only the high bits are good.
class Lcg {
 public:
  explicit Lcg(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next() { return state_ = state_ * 6364136223846793005u + 1442695040888963407u; }
  // Exponential with mean 1, from the upper 53 bits.
  double exponential() { return -std::log((static_cast<double>(next() >> 11) + 0.5) * 0x1p-53); }

 private:
  std::uint64_t state_;
};

// The increments of the hold model, Exp(1 s) in ns: 16,384 quantiles, -ln((i + 0.5) / 16384) s,
// picked by the upper 14 bits of Lcg(1). All peers and Dure's own figure use this table, so that
// the event queue decides the figure and not a logarithm or a generator.
class Increments {
 public:
  Increments() : table_(size) {
    for (int i = 0; i < size; ++i) table_[i] = std::llround(-1e9 * std::log((i + 0.5) / size));
  }
  std::int64_t next() { return table_[generator_.next() >> 50]; }

 private:
  static constexpr int size = 1 << 14;
  std::vector<std::int64_t> table_;  // [size] ns
  Lcg generator_{1};
};

// argv[index] as a whole number >= 1; one clear sentence and exit code 2 if it is not.
inline std::int64_t count_argument(char** argv, int index, const char* name) {
  char* end = nullptr;
  const long long value = std::strtoll(argv[index], &end, 10);
  if (end == argv[index] || *end != '\0' || value < 1) {
    std::fprintf(stderr, "%s: %s must be a whole number >= 1, found %s\n", argv[0], name,
                 argv[index]);
    std::exit(2);
  }
  return value;
}

// The JSON line that every peer ends with; `extra` holds further members, each with a leading
// comma.
inline void print_result(const char* peer, const std::string& version, const char* figure,
                         const std::string& param, const std::string& work, double rate_per_s,
                         double cpu_s, const std::string& note, const std::string& extra = "") {
  std::printf(
      "{\"peer\":\"%s\",\"version\":\"%s\",\"figure\":\"%s\",\"param\":\"%s\",\"work\":\"%s\","
      "\"rate_per_s\":%.0f,\"cpu_s\":%.3f,\"note\":\"%s\"%s}\n",
      peer, version.c_str(), figure, param.c_str(), work.c_str(), rate_per_s, cpu_s, note.c_str(),
      extra.c_str());
}

}  // namespace peer
