// For the digest oracles of worlds (fab-digest, floor-digest): a run that is resumed from a
// snapshot, and a copy of a world that runs on beside it, must end in the state of the straight
// run, bit for bit.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "kernel/parallel.h"
#include "kernel/snapshot.h"
#include "kernel/verify.h"
#include "kernel/world.h"

namespace dure {

// How many differ from the straight run.
struct DigestCounts {
  int resumed = 0, copied = 0;  // of as many as there were stops
  int gone_on = 0;              // of 1: the run that was stopped and copied

  DigestCounts& operator+=(const DigestCounts& o) {
    resumed += o.resumed;
    copied += o.copied;
    gone_on += o.gone_on;
    return *this;
  }
};

// A world made anew from a snapshot file's bytes.
template <World W, class M>
W resumed_world(const W& w, const std::shared_ptr<const M>& model) {
  StateWriter out;
  out(w);
  const auto snapshot =
      decode_snapshot(encode_snapshot({"world", model->digest(), out.bytes()}), "snapshot");
  DURE_ASSERT(snapshot.ok(), "our own snapshot");
  W back(model);
  StateReader in(snapshot->state);
  in(back);
  DURE_ASSERT(in.finished() && back.consistent(), "our own snapshot");
  return back;
}

// `straight` has run to its end, under the policies that `policy` makes anew each time. The same
// run stops at equal intervals, each later by `offset`, so that they can lie between events.
template <World W, class M, class MakePolicy>
DigestCounts compare_digests(const W& straight, const std::shared_ptr<const M>& model, Time end,
                             int stops, Duration offset, const MakePolicy& policy) {
  const uint64_t digest = digest_of(straight);
  DigestCounts out;
  W w(model);
  auto rules = policy();
  for (int i = 1; i <= stops; ++i) {
    run(w, rules, model->start + (end - model->start) / (stops + 1) * i + offset);
    W after = resumed_world(w, model), copy = w;
    run(after, policy(), end);
    run(copy, rules, end);
    out.resumed += digest_of(after) != digest;
    out.copied += digest_of(copy) != digest;
  }
  run(w, rules, end);
  out.gone_on = digest_of(w) != digest;
  return out;
}

// A row each for what was compared; `name` is "minifab, 72 rules", `runs` how many there were.
inline void add_digest_rows(const std::string& name, int runs, int stops,
                            const DigestCounts& counts, std::vector<Check>& out) {
  const auto add = [&](const char* what, int different, int of) {
    out.push_back({fmt::format("{}: {}", name, what), fmt::format("{} straight runs", of),
                   fmt::format("{} differ", different), "exact", different == 0});
  };
  add("resumed from a snapshot", counts.resumed, runs * stops);
  add("a copy that runs on", counts.copied, runs * stops);
  add("the run that was copied", counts.gone_on, runs);
}

}  // namespace dure
