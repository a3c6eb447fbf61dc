// Independent pieces of work (replications) on several threads. Each writes its own result to a
// place of its own, so results do not depend on how many threads there are or which was faster.
#pragma once

#include <atomic>
#include <cstddef>
#include <mutex>
#include <thread>
#include <vector>

namespace dure {

// do_one(i, thread) for each i < n; `thread` < threads, for pools that are one per thread.
// done(count) after each, one at a time. Nothing may throw.
template <class Work, class Done>
void for_each_index(size_t n, unsigned threads, Work&& do_one, Done&& done) {
  std::atomic<size_t> next{0};
  std::mutex mutex;
  size_t finished = 0;
  const auto work = [&](unsigned thread) {
    for (size_t i; (i = next.fetch_add(1)) < n;) {
      do_one(i, thread);
      const std::lock_guard lock(mutex);
      done(++finished);
    }
  };
  std::vector<std::thread> others;
  for (unsigned t = 1; t < threads && t < n; ++t) others.emplace_back(work, t);
  work(0);
  for (std::thread& t : others) t.join();
}

// As many as there are processors, at most `most`.
inline unsigned useful_threads(unsigned most) {
  const unsigned here = std::thread::hardware_concurrency();
  return here < 1 ? 1 : here < most ? here : most;
}

}  // namespace dure
