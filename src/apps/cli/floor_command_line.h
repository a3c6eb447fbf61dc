// The command line of `dure floor`. Only dure.main.cc includes it, as fab_command_line.h.
#pragma once

#include <string>

#include "apps/cli/command_group.h"
#include "apps/cli/floor_commands.h"
#include "apps/cli/number_options.h"

namespace dure::cli {

class FloorCommandLine : private CommandGroup {
 public:
  using CommandGroup::Command;

  // The command that is chosen goes to `command`.
  void add_to(CLI::App& app, Command& command) {
    add_group(app, command, "floor",
              "Runs and audits of the League of Robot Runners, and one-shot path "
              "finding.",
              "  dure floor lorr problem.json --steps 500 --out output.json\n"
              "  dure floor audit problem.json output.json\n"
              "  dure floor mapf room.map room.scen --agents 100\n");
    add_lorr();
    add_audit();
    add_mapf();
  }

 private:
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
        ->transform(whole_number(1, 1'000'000))
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
        ->transform(whole_number(1, 1'000'000))
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
        ->transform(whole_number(1, 10'000'000))
        ->type_name("N");
    add_run(sub, o, "Search nodes for improving the first solution; a million take seconds",
            "Where the paths go: JSON with each agent's moves, u, d, l and r, w for a wait");
  }

  FloorLorrOptions lorr_;
  FloorAuditOptions audit_;
  FloorMapfOptions mapf_;
};

}  // namespace dure::cli
