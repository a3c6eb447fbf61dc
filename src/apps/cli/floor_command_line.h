// The command line of `dure floor`. Only dure.main.cc includes it, as fab_command_line.h.
#pragma once

#include <functional>
#include <string>

#include <CLI/CLI.hpp>

#include "apps/cli/commands.h"
#include "apps/cli/floor_commands.h"
#include "apps/cli/terminal.h"

namespace dure::cli {

class FloorCommandLine {
 public:
  using Command = std::function<Result<int>()>;

  // The command that is chosen goes to `command`.
  void add_to(CLI::App& app, Command& command) {
    command_ = &command;
    floor_ = app.add_subcommand("floor",
                                "Runs and audits of the League of Robot Runners, and one-shot path "
                                "finding.");
    floor_->footer(
        "Examples:\n"
        "  dure floor lorr problem.json --steps 500 --out output.json\n"
        "  dure floor audit problem.json output.json\n"
        "  dure floor mapf room.map room.scen --agents 100\n"
        "Each has --help with more.");
    floor_->get_formatter()->column_width(30);
    floor_->require_subcommand(0, 1);
    floor_->callback([this] {
      if (floor_->get_subcommands().empty()) {
        *command_ = [this] {
          print(floor_->help("dure"));
          return Result<int>(kOk);
        };
      }
    });
    add_lorr();
    add_audit();
    add_mapf();
  }

 private:
  CLI::App* add(const char* name, const char* what, const char* examples, Command command) {
    CLI::App* sub = floor_->add_subcommand(name, what);
    sub->footer(std::string("Examples:\n") + examples);
    sub->get_formatter()->column_width(30);
    sub->callback([this, command] { *command_ = command; });
    return sub;
  }

  // What both commands that compute something have.
  template <class Options>
  static void add_run(CLI::App* sub, Options& o, const char* budget, const char* out) {
    sub->add_option("--budget", o.budget, budget)
        ->check(CLI::NonNegativeNumber)
        ->type_name("N")
        ->capture_default_str();
    sub->add_option("--out", o.out, out)->type_name("FILE");
    sub->add_option("--seed", o.seed, "Of all random numbers")
        ->check(CLI::NonNegativeNumber)
        ->type_name("N")
        ->capture_default_str();
    sub->add_flag("--quiet,-q", o.quiet, "No progress, no figures at the end");
  }

  void add_lorr() {
    FloorLorrOptions& o = lorr_;
    CLI::App* sub = add("lorr",
                        "Runs a problem of the League of Robot Runners 2024 by its rules, and "
                        "writes the contest's output file.",
                        "  dure floor lorr problem.json\n"
                        "  dure floor lorr problem.json --steps 500 --out output.json\n"
                        "  dure floor lorr problem.json --policy pibt+nearest --budget 100000\n",
                        [this] { return floor_lorr_command(lorr_); });
    sub->add_option("problem", o.problem, "The JSON file; maps, agents and tasks lie where it says")
        ->required();
    sub->add_option("--steps", o.steps, "To run; the problem does not say how many")
        ->check(CLI::Range(1u, 1'000'000u))
        ->type_name("T")
        ->capture_default_str();
    sub->add_option("--policy", o.policy,
                    "Policies such as pibt+nearest, or a key of [policy] such as guidance=none")
        ->allow_extra_args(false)
        ->type_name("NAME");
    add_run(sub, o, "Units of work for improving the plan of a step: the key policy.budget",
            "Where the output JSON goes; otherwise none is written");
  }

  void add_audit() {
    FloorAuditOptions& o = audit_;
    CLI::App* sub = add("audit",
                        "Replays an output file of the League of Robot Runners 2024, anyone's, and "
                        "tells what breaks the rules; exits with 1 when something does.",
                        "  dure floor audit problem.json output.json\n"
                        "  dure floor audit problem.json output.json.gz --steps 500\n",
                        [this] { return floor_audit_command(audit_); });
    sub->add_option("problem", o.problem, "The problem's JSON file")->required();
    sub->add_option("output", o.output, "The output's JSON file, gzip is fine")->required();
    sub->add_option("--steps", o.steps, "That the run must have")
        ->check(CLI::Range(1u, 1'000'000u))
        ->type_name("T");
  }

  void add_mapf() {
    FloorMapfOptions& o = mapf_;
    CLI::App* sub = add("mapf",
                        "Finds paths for agents from their starts to their goals, without "
                        "collisions and with a small sum of costs.",
                        "  dure floor mapf room.map room.scen --agents 100\n"
                        "  dure floor mapf room.map room.scen --agents 100 --budget 10000000 --out "
                        "plan.json\n",
                        [this] { return floor_mapf_command(mapf_); });
    sub->add_option("map", o.map, "A MovingAI map, gzip is fine")->required();
    sub->add_option("scen", o.scen, "A MovingAI scenario of the map, gzip is fine")->required();
    sub->add_option("--agents", o.agents, "The first so many of the scenario")
        ->required()
        ->check(CLI::Range(1u, 10'000'000u))
        ->type_name("N");
    add_run(sub, o, "Search nodes for improving the first solution; a million take seconds",
            "Where the paths go: JSON with each agent's moves, u, d, l and r, w for a wait");
  }

  CLI::App* floor_ = nullptr;
  Command* command_ = nullptr;
  FloorLorrOptions lorr_;
  FloorAuditOptions audit_;
  FloorMapfOptions mapf_;
};

}  // namespace dure::cli
