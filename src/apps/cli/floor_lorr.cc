// dure floor lorr
#include <algorithm>
#include <chrono>
#include <numeric>

#include <fmt/format.h>

#include "apps/cli/commands.h"
#include "apps/cli/figures.h"
#include "apps/cli/floor_commands.h"
#include "apps/cli/floor_policy.h"
#include "apps/cli/places.h"
#include "apps/cli/status_line.h"
#include "apps/cli/terminal.h"
#include "base/text.h"
#include "kernel/bench.h"
#include "worlds/floor/lorr_run.h"
#include "worlds/floor/read_lorr.h"
#include "worlds/floor/rules.h"

namespace dure::cli {
namespace {

// The policy, its time, and how far the run has come.
class Timed {
 public:
  Timed(floor::Rules& rules, uint32_t steps, bool quiet)
      : rules_(rules), steps_(steps), line_(quiet) {}

  const floor::World::Action& decide(const floor::World& world,
                                     const floor::World::Request& request) {
    const auto began = std::chrono::steady_clock::now();
    const double cpu = thread_cpu_s();
    const floor::World::Action& action = rules_.decide(world, request);
    step_cpu_s.push_back(thread_cpu_s() - cpu);
    step_s.push_back(
        std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count());
    if (line_.due()) {
      const auto done = static_cast<double>(step_s.size());
      line_.draw(fmt::format("step {} of {}  {} tasks finished  {} left", step_s.size(), steps_,
                             with_commas(static_cast<int64_t>(world.kpis().done)),
                             seconds(line_.elapsed_s() * (steps_ - done) / done)));
    }
    return action;
  }

  std::vector<double> step_s, step_cpu_s;  // [steps]

 private:
  floor::Rules& rules_;
  uint32_t steps_;
  StatusLine line_;
};

}  // namespace

Result<int> floor_lorr_command(const FloorLorrOptions& options) {
  DURE_TRY(const floor::PolicyKeys keys, floor_policy(options.policy, options.budget));
  if (options.out) DURE_CHECK(check_out_file(*options.out));
  DURE_TRY(const floor::LorrProblem problem, floor::read_lorr(options.problem));
  DURE_TRY(const auto model, floor::lorr_model(problem, options.steps, options.seed));
  if (options.out && problem.delays.events != floor::Delays::Events::none) {
    return Error{.message =
                     "expected no --out: the output format of 2024 cannot tell the problem's "
                     "delays (delayConfig)",
                 .file = options.problem,
                 .key = "--out"};
  }

  floor::World world(model);
  floor::Rules rules(keys);
  floor::LorrRecorder recorder(problem);
  std::vector<double> step_s, cpu;
  {
    Timed timed(rules, options.steps, options.quiet);
    floor::run_lorr(world, recorder, timed);
    step_s = std::move(timed.step_s);
    cpu = std::move(timed.step_cpu_s);
  }
  if (options.out)
    DURE_CHECK(floor::write_lorr_output(*options.out, problem, recorder.log(), step_s));
  if (options.quiet) return kOk;

  const double mean = std::reduce(cpu.begin(), cpu.end()) / static_cast<double>(cpu.size());
  std::string text = fmt::format("{}: {}, {}\n", problem.name, counted(problem.robots(), "robot"),
                                 counted(options.steps, "step"));
  for (const std::string& assumption : model->assumptions) text += "assumed: " + assumption + '\n';
  text +=
      fmt::format("tasks finished   {}\n", with_commas(static_cast<int64_t>(world.kpis().done)));
  text += fmt::format("errors           {} of moves, {} of assignments\n",
                      recorder.log().move_errors().size(), recorder.log().schedule_errors().size());
  text += fmt::format("CPU of a step    {} on average, {} at most\n", seconds(mean),
                      seconds(*std::ranges::max_element(cpu)));
  if (options.out) {
    text += fmt::format("output           {}; `dure floor audit {} {}` checks it\n", *options.out,
                        options.problem, *options.out);
  } else {
    text += "output           none, --out FILE writes it\n";
  }
  print(text);
  return kOk;
}

}  // namespace dure::cli
