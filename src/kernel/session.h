// Session: a world with its policy, ready to run, whatever their types. It is what the command line
// drives: advance, save, restore, replay, report. Each world makes its sessions from a scenario.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/config.h"
#include "base/result.h"
#include "kernel/recording.h"
#include "kernel/report.h"
#include "kernel/snapshot.h"
#include "kernel/world.h"

namespace dure {

class Session {
 public:
  virtual ~Session() = default;

  virtual Time start() const = 0;
  virtual Time end() const = 0;  // Time::never(): when nothing is left to happen
  virtual Time now() const = 0;
  virtual Time next_event_time() const = 0;
  virtual uint64_t events_handled() const = 0;

  // Runs to `until`; the policy's actions go to the recording when there is one.
  virtual void advance(Time until, RecordingWriter* recording) = 0;
  // The same on a recording's actions instead of the policy's.
  virtual Result<void> replay(Time until, RecordingReader& recording) = 0;

  virtual uint64_t digest() const = 0;
  virtual uint64_t model_digest() const = 0;  // of what shapes the run: scenario, its files, seed
  virtual Snapshot snapshot() const = 0;
  // Refuses another model's snapshot; the world is unchanged then.
  virtual Result<void> restore(const Snapshot& snapshot, const std::string& file_name) = 0;

  virtual Report report() const = 0;
  virtual std::string policy() const = 0;  // "easy, best-fit"
};

// W has: model digest via W::model().digest(), events_handled(), fields(), consistent().
template <World W, class P>
class SessionOf final : public Session {
 public:
  SessionOf(std::string kind, W world, P policy, std::string policy_name, Time start, Time end,
            std::function<Report(const W&)> report)
      : kind_(std::move(kind)),
        world_(std::move(world)),
        policy_(std::move(policy)),
        policy_name_(std::move(policy_name)),
        start_(start),
        end_(end),
        report_(std::move(report)) {}

  Time start() const override { return start_; }
  Time end() const override { return end_; }
  Time now() const override { return world_.now(); }
  // A world without an end may see that only what recurs for ever is left.
  Time next_event_time() const override {
    if constexpr (requires { world_.nothing_left(); }) {
      if (world_.nothing_left()) return Time::never();
    }
    return world_.next_event_time();
  }
  uint64_t events_handled() const override { return world_.events_handled(); }

  void advance(Time until, RecordingWriter* recording) override {
    if (recording == nullptr) {
      run(world_, policy_, until);
    } else {
      run(world_, Recorded<P>(policy_, *recording), until);
    }
  }
  Result<void> replay(Time until, RecordingReader& recording) override {
    return dure::replay(world_, recording, until);
  }

  uint64_t digest() const override { return digest_of(world_); }
  uint64_t model_digest() const override { return world_.model().digest(); }
  Snapshot snapshot() const override {
    StateWriter w;
    w(world_);
    return {kind_, world_.model().digest(), std::move(w.bytes())};
  }
  Result<void> restore(const Snapshot& snapshot, const std::string& file_name) override {
    const auto refused = [&](std::string why) {
      return Error{.message = std::move(why), .file = file_name};
    };
    if (snapshot.kind != kind_) {
      return refused("expected a snapshot of world " + kind_ + ", found one of " + snapshot.kind);
    }
    if (snapshot.model_digest != world_.model().digest()) {
      return refused(
          "the snapshot belongs to another model: the scenario, its files or its seed "
          "have changed since; run the scenario again");
    }
    W restored = world_;
    StateReader r(snapshot.state);
    r(restored);
    if (!r.finished() || !restored.consistent()) {
      return refused("the snapshot's state fits no world of this model");
    }
    world_ = std::move(restored);
    return {};
  }

  Report report() const override { return report_(world_); }
  std::string policy() const override { return policy_name_; }
  const W& world() const { return world_; }

 private:
  std::string kind_;
  W world_;
  P policy_;
  std::string policy_name_;
  Time start_, end_;
  std::function<Report(const W&)> report_;
};

// Ready to run from its model's start to its end.
template <World W, class P>
std::unique_ptr<Session> make_session(std::string kind, W world, P policy, std::string policy_name,
                                      Report (*report)(const W&)) {
  const Time start = world.model().start, end = world.model().end;
  return std::make_unique<SessionOf<W, P>>(std::move(kind), std::move(world), std::move(policy),
                                           std::move(policy_name), start, end, report);
}

// A kind of world, for `dure list`, `dure describe` and `dure run`.
struct WorldKind {
  // A word of `--policy easy+fgd`: sets `key` of the scenario to it.
  struct Policy {
    std::string name;
    std::string key;  // "policy.order"
    std::string what;
  };
  std::string name;  // "fleet"
  std::string what;  // one line
  std::vector<Policy> policies;
  // Asks for every key of a scenario of this world (see base/config.h).
  std::function<void(ConfigReader&)> describe;
  // Files that a scenario names are looked up relative to `folder`.
  std::function<Result<std::unique_ptr<Session>>(const Config&, const std::string& folder)> open;

  // Writes words joined by '+' into the scenario. An Error for a word that names no policy of this
  // world, and for two words of one key.
  Result<void> set_policy(Config& config, std::string_view words) const;
};

}  // namespace dure
