// Oracle lorr-rules: the world plays the League of Robot Runners' own problems by the rules of
// RULES.md, and what it writes is put before two auditors: ours (audit_lorr.h), which shares no
// code with the world, and the data's check_output.py, which was written by others from the same
// text. Both must find nothing and count the same; also in runs whose moves and assignments are
// made wrong on purpose, where the errors must be those of the rules. What is then falsified in the
// output must be found by both.
#include <fmt/format.h>

#include "base/text.h"
#include "kernel/verify.h"
#include "worlds/floor/audit_paths.h"
#include "worlds/floor/lorr_disturb.h"
#include "worlds/floor/lorr_falsified.h"
#include "worlds/floor/lorr_judges.h"
#include "worlds/floor/lorr_run.h"
#include "worlds/floor/read_lorr.h"
#include "worlds/floor/rules.h"

namespace dure::floor {
namespace {

struct Instance {
  const char* file;
  uint32_t steps;
};
constexpr Instance kInstances[] = {{"random.domain/random_32_32_20_100.json", 300},
                                   {"city.domain/paris_1_256_250.json", 200},
                                   {"game.domain/brc202d_500.json", 120},
                                   {"warehouse.domain/sortation_large_2000.json", 60},
                                   {"warehouse.domain/warehouse_large_5000.json", 30}};
constexpr uint64_t kSeed = 1;

struct Played {
  std::string output;
  LorrVerdict world;  // what the world itself counted; collisions are violations
};

template <class Policy>
Played play(const LorrProblem& problem, const std::shared_ptr<const Model>& model, Policy policy) {
  struct Watched {
    Policy& policy;
    PathAudit paths;
    const World::Action& decide(const World& world, const World::Request& request) {
      see(world);
      return policy.decide(world, request);
    }
    void see(const World& world) { paths.see(world.fleet().vertex, world.fleet().heading); }
  };
  World world(model);
  LorrRecorder recorder(problem);
  Watched watched{policy, PathAudit(model->roads)};
  run_lorr(world, recorder, watched);
  watched.see(world);
  const Kpis& kpis = world.kpis();
  return {lorr_output(problem, recorder.log(), {}),
          {watched.paths.count(), kpis.done, kpis.move_faults, kpis.order_faults, {}}};
}

class Rows {
 public:
  Rows(const std::string& data, LorrJudges judges) : data_(data), judges_(std::move(judges)) {}

  Result<std::vector<Check>> all() {
    for (const Instance& instance : kInstances) DURE_CHECK(instance_rows(instance));
    return std::move(out_);
  }

 private:
  Result<void> instance_rows(const Instance& instance) {
    path_ = data_ + '/' + instance.file;
    steps_ = instance.steps;
    DURE_TRY(problem_, read_lorr(path_));
    DURE_TRY(const auto model, lorr_model(problem_, steps_, kSeed));
    const std::string name = fmt::format("{}, {} steps", problem_.name, with_commas(steps_));
    const Played clean = play(problem_, model, Rules(PolicyKeys()));
    DURE_CHECK(add_run(name, clean, false));
    const Played disturbed =
        play(problem_, model, LorrDisturbed<Rules>(Rules(PolicyKeys()), kSeed, 0.2));
    DURE_CHECK(add_run(name + ", answers made wrong", disturbed, true));
    if (&instance != &kInstances[0]) return {};
    for (const LorrFalsified& f : lorr_falsified()) DURE_CHECK(add_falsified(clean.output, f));
    for (const LorrFalsified& f : lorr_falsified_errors())
      DURE_CHECK(add_falsified(disturbed.output, f));
    return {};
  }

  Result<void> add_run(const std::string& what, const Played& played, bool wrong) {
    DURE_TRY(const LorrVerdict ours, judges_.ours(problem_, played.output, steps_));
    DURE_TRY(const LorrVerdict theirs, judges_.theirs(path_, played.output, steps_));
    const bool errors = ours.move_errors > 0 && ours.schedule_errors > 0;
    const bool none = ours.move_errors == 0 && ours.schedule_errors == 0;
    const bool pass = played.world == ours && ours == theirs && ours.violations == 0 &&
                      ours.tasks > 0 && (wrong ? errors : none);
    std::string said = ours.text();
    if (played.world != ours) said += "; the world: " + played.world.text();
    out_.push_back({what, theirs.text(), said, "exact", pass});
    return {};
  }

  Result<void> add_falsified(const std::string& output, const LorrFalsified& f) {
    Json json = Json::parse(output);
    const bool changed = f.change(json, problem_);
    const std::string text = json.dump();
    DURE_TRY(const LorrVerdict ours, judges_.ours(problem_, text, steps_));
    DURE_TRY(const LorrVerdict theirs, judges_.theirs(path_, text, steps_));
    const auto kind = static_cast<size_t>(f.kind);
    const auto said = [&](const LorrVerdict& v) {
      return fmt::format("{} {}", name_of(f.kind), v.kinds[kind] ? "found" : "missed");
    };
    out_.push_back({std::string("falsified: ") + f.what, said(theirs), said(ours), "found",
                    changed && ours.kinds[kind] && theirs.kinds[kind]});
    return {};
  }

  std::string data_;
  LorrJudges judges_;
  std::string path_;
  uint32_t steps_ = 0;
  LorrProblem problem_;
  std::vector<Check> out_;
};

Result<std::vector<Check>> lorr_rules(const std::string& data) {
  DURE_TRY(LorrJudges judges, LorrJudges::make(data));
  return Rows(data, std::move(judges)).all();
}

DURE_VERIFY("lorr-rules", "League of Robot Runners 2024 and its rules, robots/lorr24/RULES.md",
            "robots/lorr24", lorr_rules);

}  // namespace
}  // namespace dure::floor
