// The command line of `dure fleet`. Only dure.main.cc includes it, as fab_command_line.h.
#pragma once

#include <functional>
#include <string>

#include <CLI/CLI.hpp>

#include "apps/cli/commands.h"
#include "apps/cli/fleet_commands.h"
#include "apps/cli/fleet_metrics.h"
#include "apps/cli/terminal.h"

namespace dure::cli {

class FleetCommandLine {
 public:
  using Command = std::function<Result<int>()>;

  // The command that is chosen goes to `command`.
  void add_to(CLI::App& app, Command& command) {
    command_ = &command;
    fleet_ = app.add_subcommand("fleet",
                                "Why a job of a GPU fleet waits and when it would start; "
                                "a fleet's state for Prometheus.");
    fleet_->footer(
        "Examples:\n"
        "  dure fleet why last\n"
        "  dure fleet why last 1042\n"
        "  dure fleet metrics last --out fleet.prom\n"
        "Each has --help with more.");
    fleet_->get_formatter()->column_width(30);
    fleet_->require_subcommand(0, 1);
    fleet_->callback([this] {
      if (fleet_->get_subcommands().empty()) {
        *command_ = [this] {
          print(fleet_->help("dure"));
          return Result<int>(kOk);
        };
      }
    });
    add_why();
    add_metrics();
  }

 private:
  CLI::App* add(const char* name, const char* what, const char* examples, Command command) {
    CLI::App* sub = fleet_->add_subcommand(name, what);
    sub->footer(std::string("Examples:\n") + examples);
    sub->get_formatter()->column_width(30);
    sub->callback([this, command] { *command_ = command; });
    return sub;
  }

  void add_why() {
    FleetWhyOptions& o = why_;
    CLI::App* sub =
        add("why",
            "Tells what keeps a job of a run from starting (quota, GPUs, topology, the order ...) "
            "and when it would start; or where it runs.",
            "  dure fleet why last\n"
            "  dure fleet why last 1042\n"
            "  dure fleet why nation-20260101-120000 Naver/pretraining#12 --at 90d\n"
            "  dure fleet why runs/philly application_150\n",
            [this] { return fleet_why_command(why_); });
    sub->add_option("run", o.run, "A run's folder, its name or the start of it, or \"last\"")
        ->required();
    sub->add_option("job", o.job, "Its name or number; without it, the jobs that wait are listed");
    sub->add_option("--at", o.at,
                    "At this time of the run: a date, or a time from the start such as 30d; "
                    "otherwise at its last snapshot")
        ->type_name("TIME");
    sub->add_option("--horizon", o.horizon, "How far to look ahead")
        ->type_name("TIME")
        ->capture_default_str();
    sub->add_flag("--quiet,-q", o.quiet, "No progress");
  }

  void add_metrics() {
    CLI::App* sub =
        add("metrics", "A run's last state as Prometheus text, GPUs under DCGM's names.",
            "  dure fleet metrics last --out fleet.prom\n",
            [this] { return fleet_metrics_command(metrics_); });
    sub->add_option("run", metrics_.run, "A run's folder, its name or the start of it, or \"last\"")
        ->required();
    sub->add_option("--out", metrics_.out, "A file; otherwise standard output")->type_name("FILE");
  }

  CLI::App* fleet_ = nullptr;
  Command* command_ = nullptr;
  FleetWhyOptions why_;
  FleetMetricsOptions metrics_;
};

}  // namespace dure::cli
