// The command line of `dure fab`. Only dure.main.cc includes it: CLI11 is seen there alone.
#pragma once

#include <string>

#include "apps/cli/command_group.h"
#include "apps/cli/fab_commands.h"
#include "apps/cli/number_options.h"

namespace dure::cli {

class FabCommandLine : private CommandGroup {
 public:
  using CommandGroup::Command;

  // The command that is chosen goes to `command`.
  void add_to(CLI::App& app, Command& command, const std::string& typed) {
    for (FabOptions* o : {&whatif_.common, &replicate_.common, &sweep_.common, &snapshot_.common})
      o->command = typed;
    add_group(app, command, "fab",
              "What-ifs, replications, operating curves and the twin of a fab.",
              "  dure fab whatif minifab --tool-down Implant#1=12h\n"
              "  dure fab replicate minifab -n 10\n"
              "  dure fab sweep minifab\n"
              "  dure fab snapshot minifab --at 40d --out line\n"
              "  dure fab convert my-tables --out my-fab.toml\n");
    add_whatif();
    add_replicate();
    add_sweep();
    add_snapshot();
    add_convert();
  }

 private:
  static CLI::Option* many(CLI::App* sub, const char* name, std::vector<std::string>& to,
                           const char* what, const char* type) {
    return sub->add_option(name, to, what)->allow_extra_args(false)->type_name(type);
  }

  static CLI::Option* add_common(CLI::App* sub, FabOptions& o) {
    CLI::Option* scenario =
        sub->add_option("scenario", o.scenario,
                        "A TOML file, a folder with scenario.toml, or a name that `dure "
                        "list` shows");
    many(sub, "--policy", o.policy, "Policies such as cr+wait, as for `dure run`", "NAME");
    sub->add_option("--seed", o.seed, "Of all random numbers")->type_name("N");
    many(sub, "--set", o.set, "Changes a key of the scenario; may be given many times",
         "KEY=VALUE");
    sub->add_flag("--quiet,-q", o.quiet, "No progress, no figures at the end");
    return scenario;
  }

  static void add_results(CLI::App* sub, FabOptions& o) {
    sub->add_option("--out", o.out,
                    "Folder of the report, new or empty; otherwise runs/SCENARIO-...")
        ->type_name("DIR");
    sub->add_option("--threads", o.threads,
                    "Results do not depend on it; otherwise one for each processor, up to 16")
        ->transform(whole_number(1, 256))
        ->type_name("N");
  }

  void add_whatif() {
    FabWhatIfOptions& o = whatif_;
    CLI::App* sub =
        add("whatif",
            "Compares a line with a change of it in the same imagined futures, with 95 % "
            "confidence intervals.",
            "  dure fab whatif minifab --at 40d --tool-down Implant#1=12h\n"
            "  dure fab whatif minifab --rule cr --horizon 28d\n"
            "  dure fab whatif minifab --at 40d --hot-lot Pa_289=99\n"
            "  dure fab whatif --start last --group-down Diffusion=8h\n"
            "  dure fab whatif minifab --line line --events line/events.csv --tool-up Implant#2\n",
            [this] { return fab_whatif_command(whatif_); });
    add_common(sub, o.common);
    sub->add_option("--at", o.at,
                    "From the scenario's line at this time: a date, or a time from the start such "
                    "as 30d; otherwise the end of the warm-up")
        ->type_name("TIME");
    sub->add_option("--start", o.start, "From the last snapshot of a run")->type_name("RUN");
    sub->add_option("--line", o.line,
                    "From the line that lots.csv and tools.csv of this folder tell, see "
                    "docs/fab-twin.md")
        ->type_name("DIR");
    sub->add_option("--events", o.events, "What happened since then, a CSV file")
        ->type_name("FILE");
    sub->add_option("--until", o.until, "Up to when --events tells all; otherwise its last event")
        ->type_name("TIME");
    many(sub, "--tool-down", o.tool_down, "A tool is down for so long from now on", "GROUP#K=TIME");
    many(sub, "--group-down", o.group_down, "All tools of a group are", "GROUP=TIME");
    many(sub, "--tool-up", o.tool_up, "A tool that is down is repaired now", "GROUP#K");
    many(sub, "--release", o.release, "So many lots more of a release now", "RELEASE[=N]");
    many(sub, "--hot-lot", o.hot_lot,
         "A lot's priority; before all others when none is given. Its time to finish is shown",
         "LOT[=PRIORITY]");
    sub->add_option("--rule", o.rule, "Another policy.dispatch")->type_name("NAME");
    sub->add_option("--batch", o.batch, "Another policy.batch")->type_name("NAME");
    sub->add_option("--horizon", o.horizon, "How far to look ahead")
        ->type_name("TIME")
        ->capture_default_str();
    sub->add_option("--replications,-n", o.futures, "Imagined futures")
        ->transform(whole_number(2, 10'000))
        ->type_name("N")
        ->capture_default_str();
    add_results(sub, o.common);
  }

  void add_replicate() {
    CLI::App* sub = add("replicate",
                        "KPIs with 95 % confidence intervals over runs with different seeds, and "
                        "where the start-up transient ends.",
                        "  dure fab replicate minifab\n"
                        "  dure fab replicate minifab -n 30 --policy cr --seeds\n"
                        "  dure fab replicate fab -n 5 --set end=2026-04-30\n",
                        [this] { return fab_replicate_command(replicate_); });
    add_common(sub, replicate_.common)->required();
    sub->add_option("-n,--replications", replicate_.n,
                    "Runs, with the scenario's seed and the next")
        ->transform(whole_number(2, 10'000))
        ->type_name("N")
        ->capture_default_str();
    sub->add_flag("--seeds", replicate_.seeds, "Shows each run too");
    add_results(sub, replicate_.common);
  }

  void add_sweep() {
    CLI::App* sub = add("sweep",
                        "The operating curve: X-factors and the bottleneck's utilisation over the "
                        "load.",
                        "  dure fab sweep minifab\n"
                        "  dure fab sweep minifab --load 0.5,0.7,0.9,1 -n 10 --policy cr\n",
                        [this] { return fab_sweep_command(sweep_); });
    add_common(sub, sweep_.common)->required();
    sub->add_option("--load", sweep_.load, "Factors on all release rates: the scenario's `load`")
        ->type_name("X,X,...")
        ->capture_default_str();
    sub->add_option("-n,--replications", sweep_.n, "Runs for each load")
        ->transform(whole_number(1, 10'000))
        ->type_name("N")
        ->capture_default_str();
    add_results(sub, sweep_.common);
  }

  void add_snapshot() {
    SnapshotOptions& o = snapshot_;
    CLI::App* sub = add("snapshot",
                        "Writes a scenario's line at some time as lots.csv, tools.csv and "
                        "line.toml, the form in which a real line is given to whatif --line.",
                        "  dure fab snapshot minifab --at 40d --out line\n"
                        "  dure fab snapshot minifab --at 40d --events 12h --out line\n",
                        [this] { return fab_snapshot_command(snapshot_); });
    add_common(sub, o.common)->required();
    sub->add_option("--at", o.at, "A date, or a time from the start such as 30d")
        ->required()
        ->type_name("TIME");
    sub->add_option("--events", o.events, "Writes events.csv too, for so long after it")
        ->type_name("TIME");
    sub->add_option("--out", o.common.out, "Folder to write, new or empty")
        ->required()
        ->type_name("DIR");
  }

  void add_convert() {
    ConvertOptions& o = convert_;
    CLI::App* sub = add("convert",
                        "Writes AutoSched tables, or a generated fab, as a scenario to read and "
                        "edit.",
                        "  dure fab convert my-tables --out my-fab.toml && dure run my-fab.toml\n"
                        "  dure fab convert fab --out fab-written-out.toml\n",
                        [this] { return fab_convert_command(convert_); });
    sub->add_option("from", o.from, "A folder of AutoSched tables, or a scenario")->required();
    sub->add_option("--out", o.out, "File to write")->required()->type_name("FILE");
    sub->add_option("--name", o.name, "Title of the scenario")->type_name("NAME");
    sub->add_option("--end", o.end,
                    "Of tables, which have none: a date, or a time from their first day")
        ->type_name("TIME")
        ->capture_default_str();
    sub->add_flag("--half-spread", o.half_spread, "Tables: as autosched.half_spread = true");
    sub->add_flag("--first-together", o.first_together,
                  "Tables: as autosched.spread_first = false");
    sub->add_flag("--interrupt", o.interrupt, "Tables: as autosched.breakdowns_interrupt = true");
  }

  FabWhatIfOptions whatif_;
  ReplicateOptions replicate_;
  SweepOptions sweep_;
  SnapshotOptions snapshot_;
  ConvertOptions convert_;
};

}  // namespace dure::cli
