#include "kernel/parallel.h"

#include <algorithm>
#include <numeric>
#include <vector>

#include <doctest/doctest.h>

using namespace dure;

TEST_CASE("every index once, whatever the number of threads") {
  for (const unsigned threads : {1u, 2u, 7u}) {
    for (const size_t n : {size_t{0}, size_t{1}, size_t{1000}}) {
      std::vector<int> seen(n);
      size_t last = 0;
      bool in_order = true, in_range = true;
      for_each_index(
          n, threads,
          [&](size_t i, unsigned thread) {
            ++seen[i];
            if (thread >= threads) in_range = false;
          },
          [&](size_t done) {
            in_order = in_order && done == last + 1;
            last = done;
          });
      CHECK(std::accumulate(seen.begin(), seen.end(), 0) == static_cast<int>(n));
      CHECK(std::count(seen.begin(), seen.end(), 1) == static_cast<std::ptrdiff_t>(n));
      CHECK(last == n);
      CHECK(in_order);
      CHECK(in_range);
    }
  }
  CHECK(useful_threads(1) == 1);
}
