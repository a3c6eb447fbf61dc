// The command line of `dure fleet`. Only dure.main.cc includes it, as fab_command_line.h.
#pragma once

#include <string>

#include "apps/cli/command_group.h"
#include "apps/cli/fleet_commands.h"
#include "apps/cli/fleet_kueue.h"
#include "apps/cli/fleet_metrics.h"

namespace dure::cli {

class FleetCommandLine : private CommandGroup {
 public:
  using CommandGroup::Command;

  // The command that is chosen goes to `command`.
  void add_to(CLI::App& app, Command& command) {
    add_group(app, command, "fleet",
              "Why a job of a GPU fleet waits and when it would start; "
              "a fleet's state for Prometheus, its quotas for Kueue.",
              "  dure fleet why last\n"
              "  dure fleet why last 1042\n"
              "  dure fleet metrics last --out fleet.prom\n"
              "  dure fleet kueue cluster.toml --out quotas.yaml\n");
    add_why();
    add_metrics();
    add_kueue();
  }

 private:
  void add_why() {
    FleetWhyOptions& o = why_;
    CLI::App* sub =
        add("why",
            "Tells what keeps a job of a run from starting (quota, GPUs, topology, the order ...) "
            "and when it would start; or where it runs.",
            "  dure fleet why last\n"
            "  dure fleet why last --account Naver/service --top 100\n"
            "  dure fleet why last 1042\n"
            "  dure fleet why nation-20260101-120000 Naver/pretraining#12 --at 90d\n"
            "  dure fleet why runs/philly application_150\n",
            [this] { return fleet_why_command(why_); });
    sub->add_option("run", o.run, "A run's folder, its name or the start of it, or \"last\"")
        ->required();
    CLI::Option* job = sub->add_option(
        "job", o.job, "Its name or number; without it, the jobs that wait are listed");
    sub->add_option("--account", o.account,
                    "Lists only jobs of this account and those below it: a path such as "
                    "Naver/service, or a name")
        ->type_name("ACCOUNT")
        ->excludes(job);
    sub->add_option("--top", o.top, "Lists so many jobs, of each queue its part")
        ->type_name("N")
        ->check(CLI::Range(int64_t{1}, int64_t{1'000'000}))
        ->capture_default_str();
    add_at(sub, o.at);
    sub->add_option("--horizon", o.horizon, "How far to look ahead")
        ->type_name("TIME")
        ->capture_default_str();
    sub->add_flag("--quiet,-q", o.quiet, "No progress");
  }

  static void add_at(CLI::App* sub, std::optional<std::string>& at) {
    sub->add_option("--at", at,
                    "At this time of the run: a date, or a time from the start such as 30d; or "
                    "now, up to which a trace's jobs start as recorded; otherwise at its last "
                    "snapshot")
        ->type_name("TIME");
  }

  void add_metrics() {
    CLI::App* sub = add("metrics", "A run's state as Prometheus text, GPUs under DCGM's names.",
                        "  dure fleet metrics last --out fleet.prom\n"
                        "  dure fleet metrics last --at 90d\n",
                        [this] { return fleet_metrics_command(metrics_); });
    sub->add_option("run", metrics_.run, "A run's folder, its name or the start of it, or \"last\"")
        ->required();
    add_at(sub, metrics_.at);
    sub->add_flag("--quiet,-q", metrics_.quiet, "No progress");
    sub->add_option("--out", metrics_.out, "A file; otherwise standard output")->type_name("FILE");
  }

  void add_kueue() {
    FleetKueueOptions& o = kueue_;
    CLI::App* sub = add(
        "kueue",
        "A scenario's accounts as ClusterQueues and Cohorts of Kueue; what it cannot say is told "
        "in comments.",
        "  dure fleet kueue cluster.toml --out quotas.yaml\n"
        "  dure fleet kueue cluster.toml --at 90d\n"
        "  dure fleet kueue cluster.toml --set account.llm.quota.0.nominal=64 | "
        "kubectl diff -f -\n",
        [this] { return fleet_kueue_command(kueue_); });
    sub->add_option("scenario", o.scenario, "A TOML file, a run's folder, or a scenario's name")
        ->required();
    sub->add_option("--at", o.at,
                    "Quotas of this time: a date, or a time from the start such as 30d; otherwise "
                    "of the start")
        ->type_name("TIME");
    sub->add_option("--out", o.out, "A file; otherwise standard output")->type_name("FILE");
    sub->add_option("--set", o.set, "Changes a key of the scenario; may be given many times")
        ->allow_extra_args(false)
        ->type_name("KEY=VALUE");
  }

  FleetWhyOptions why_;
  FleetKueueOptions kueue_;
  FleetMetricsOptions metrics_;
};

}  // namespace dure::cli
