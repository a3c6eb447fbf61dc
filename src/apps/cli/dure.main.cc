// The program `dure`: reads the command line and calls the command. Only this file and the
// *_command_line.h that it includes see CLI11.
#include <cstdio>

#include <CLI/CLI.hpp>

#include "apps/cli/command_line.h"
#include "apps/cli/commands.h"
#include "apps/cli/fab_command_line.h"
#include "apps/cli/fleet_command_line.h"
#include "apps/cli/floor_command_line.h"
#include "apps/cli/number_options.h"
#include "apps/cli/places.h"
#include "apps/cli/plan_command_line.h"
#include "apps/cli/terminal.h"
#include "apps/cli/worlds.h"
#include "base/text.h"

namespace dure::cli {
namespace {

using Command = std::function<Result<int>()>;

void add_pace(CLI::App* app, Pace& pace) {
  app->add_option("--snapshot-every", pace.snapshot_every_s,
                  "Seconds between snapshots, from which a killed run can be resumed")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  app->add_flag("--quiet,-q", pace.quiet, "No progress, no figures at the end");
}

// Declares every command; the one that was chosen is in `command` after parsing.
class CommandLine {
 public:
  CommandLine(int argc, char** argv) {
    app_.name("dure");
    app_.set_version_flag("--version", std::string("dure ") + version());
    app_.get_formatter()->column_width(30);
    app_.require_subcommand(0, 1);
    run_.command = typed_command(argc, argv);
    add_run();
    add_resume();
    add_replay();
    add_runs();
    add_compare();
    add_whatif();
    add_list();
    add_describe();
    add_import();
    add_verify();
    add_bench();
    fab_.add_to(app_, command_, run_.command);
    fleet_.add_to(app_, command_);
    floor_.add_to(app_, command_);
    plan_.add_to(app_, command_);
  }

  CLI::App& app() { return app_; }
  const Command& command() const { return command_; }

 private:
  CLI::App* add(const char* name, const char* what, const char* examples, Command command) {
    CLI::App* sub = app_.add_subcommand(name, what);
    sub->footer(std::string("Examples:\n") + examples);
    sub->get_formatter()->column_width(30);
    sub->callback([this, command] { command_ = command; });
    return sub;
  }

  void add_run() {
    CLI::App* sub = add("run", "Runs a scenario and writes its results to a new folder.",
                        "  dure run nation\n"
                        "  dure run nation --policy easy+fgd --seed 2 --until 90d\n"
                        "  dure run nation --set owner.Naver.gpus=4800 --out runs/bigger\n"
                        "  dure run floor --policy pibt+nearest --set end=2h\n",
                        [this] { return run_command(run_); });
    sub->add_option("scenario", run_.scenario,
                    "A TOML file, a folder with scenario.toml, or a name that `dure list` shows")
        ->required();
    sub->add_option("--policy", run_.policy,
                    "Policies such as easy+fgd, or a key of [policy] such as order=easy")
        ->allow_extra_args(false)
        ->type_name("NAME");
    sub->add_option("--seed", run_.seed, "Of all random numbers")->type_name("N");
    sub->add_option("--set", run_.set, "Changes a key of the scenario; may be given many times")
        ->allow_extra_args(false)
        ->type_name("KEY=VALUE");
    sub->add_option("--until", run_.until,
                    "Ends earlier: a date, or a time from the start such as 90d")
        ->type_name("TIME");
    sub->add_option("--out", run_.out,
                    "Folder of the run, new or empty; otherwise runs/SCENARIO-DATE-TIME")
        ->type_name("DIR");
    sub->add_flag("--no-record", run_.no_record, "Writes no recording: the run cannot be replayed");
    add_pace(sub, run_.pace);
  }

  void add_resume() {
    CLI::App* sub =
        add("resume",
            "Goes on with a run that was stopped or killed; it ends as if nothing had happened.",
            "  dure resume last\n"
            "  dure resume runs/nation-20260101-120000\n",
            [this] { return resume_command(resume_); });
    add_run_name(sub, "run", resume_.run);
    add_pace(sub, resume_.pace);
  }

  void add_replay() {
    CLI::App* sub = add(
        "replay", "Replays a run's recording without its policy and compares the end, bit for bit.",
        "  dure replay last\n"
        "  dure replay nation-2026\n",
        [this] { return replay_command(replay_); });
    add_run_name(sub, "run", replay_.run);
    sub->add_flag("--quiet,-q", replay_.quiet, "No progress");
  }

  void add_runs() {
    CLI::App* sub = add("runs", "Lists the runs in ./runs, newest first.",
                        "  dure runs\n"
                        "  dure runs --all\n",
                        [this] { return runs_command(runs_); });
    sub->add_flag("--all", runs_.all, "Not only the newest twenty");
  }

  void add_compare() {
    CLI::App* sub =
        add("compare", "Shows two runs side by side: settings that differ, and every KPI.",
            "  dure compare nation-20260101-120000 last\n"
            "  dure compare runs/a runs/b\n",
            [this] { return compare_command(compare_); });
    add_run_name(sub, "A", compare_.a);
    add_run_name(sub, "B", compare_.b);
  }

  void add_whatif() {
    WhatIfOptions& o = whatif_;
    CLI::App* sub =
        add("whatif",
            "What a change of a scenario would do: runs it as it is and changed, with the same "
            "seeds, and shows the difference of each KPI with its 95 % confidence interval.",
            "  dure whatif nation --policy fifo\n"
            "  dure whatif small --set owner.Company.gpus=96 --kpi allocation,wait_p95 -n 16\n"
            "  dure whatif nation --until 60d --groups --kpi wait_mean --policy fifo\n"
            "  dure whatif small --variant 'FIFO: policy=fifo' \\\n"
            "    --variant 'sooner: owner.Company.delivery.0.at=2026-01-07, policy=first-fit'\n",
            [this] { return whatif_command(whatif_); });
    const auto many = [&](const char* name, std::vector<std::string>& to, const char* what,
                          const char* type) {
      sub->add_option(name, to, what)->allow_extra_args(false)->type_name(type);
    };
    sub->add_option("scenario", o.scenario,
                    "A TOML file, a folder with scenario.toml, or a name that `dure list` shows")
        ->required();
    many("--set", o.set, "The change: a key of the scenario; all --set together are one variant",
         "KEY=VALUE");
    many("--policy", o.policy, "The change: policies, as for `dure run`", "NAME");
    many("--variant", o.variant,
         "One more way to change it: \"NAME: KEY=VALUE, KEY=VALUE\"; policy=NAME is --policy",
         "TEXT");
    many("--base", o.base, "Changes a key on both sides", "KEY=VALUE");
    sub->add_option("-n,--replications", o.n, "Seeds, each run on both sides")
        ->transform(whole_number(2, 10'000))
        ->type_name("N")
        ->capture_default_str();
    sub->add_option("--seed", o.seed, "The first; otherwise the scenario's")->type_name("N");
    sub->add_option("--until", o.until,
                    "Ends earlier: a date, or a time from the start such as 90d")
        ->type_name("TIME");
    many("--kpi", o.kpi, "Only these KPIs, by their keys in summary.json", "[GROUP:]KEY,...");
    sub->add_flag("--groups", o.groups,
                  "Every group of KPIs (owners, products), not only the first");
    sub->add_option("--csv", o.csv, "Every KPI of each run, as a table")->type_name("FILE");
    sub->add_option("--threads,-j", o.threads,
                    "Runs at a time; results do not depend on it. Otherwise one for each "
                    "processor, up to 16, as memory allows")
        ->transform(whole_number(1, 256))
        ->type_name("N");
    sub->add_flag("--json", o.json, "Prints the comparison as JSON");
    sub->add_flag("--quiet,-q", o.quiet, "No progress");
  }

  void add_list() {
    add("list", "Lists worlds, policies, scenarios and the trace formats that can be imported.",
        "  dure list\n", [] { return list_command(); });
  }

  void add_describe() {
    CLI::App* sub =
        add("describe", "Explains every key of a world's scenarios, or what one scenario sets.",
            "  dure describe fleet\n"
            "  dure describe nation\n",
            [this] { return describe_command(describe_); });
    sub->add_option("what", describe_.what, "A world or a scenario")->required();
  }

  void add_import() {
    CLI::App* sub = add("import", "Turns a cluster's trace into a folder that `dure run` accepts.",
                        import_help_.c_str(), [this] { return import_command(import_); });
    sub->add_option("format", import_.format, "One of those that `dure list` shows")->required();
    sub->add_option("files", import_.files, "The trace's files, in the order the format says")
        ->required();
    sub->add_option("--option", import_.options, "An option of the format")
        ->allow_extra_args(false)
        ->type_name("KEY=VALUE");
    sub->add_option("--out", import_.out, "Folder to write, otherwise ./NAME")->type_name("DIR");
    sub->add_option("--name", import_.name,
                    "Title of the scenario, otherwise the folder's or format's name")
        ->type_name("NAME");
  }

  void add_verify() {
    CLI::App* sub = add("verify", "Compares the engine's results with published and exact ones.",
                        "  dure verify\n"
                        "  dure verify --list\n"
                        "  dure verify philly-vc -v --data ~/dure-data\n",
                        [this] { return verify_command(verify_); });
    sub->add_option("name", verify_.names, "Only these");
    sub->add_option(
           "--data", verify_.data,
           "Folder of the reference data; otherwise $DURE_DATA, or shared/data here or above")
        ->type_name("DIR");
    sub->add_flag("--list", verify_.list, "Names them and their sources");
    sub->add_flag("-v,--verbose", verify_.verbose, "Says who published each reference");
  }

  void add_bench() {
    CLI::App* sub =
        add("bench", "Measures the engine's speed against its goals and other programs.",
            "  dure bench\n"
            "  dure bench hold --check\n"
            "  dure bench --csv\n",
            [this] { return bench_command(bench_); });
    sub->add_option("name", bench_.names, "Only these");
    sub->add_option("--data", bench_.data, "Folder of the reference data; otherwise as for verify")
        ->type_name("DIR");
    sub->add_flag("--csv", bench_.csv, "Adds the figures to bench/results/CPU.csv");
    sub->add_flag("--check", bench_.check, "Exits with 1 when a goal is missed");
    sub->add_flag("--smoke", bench_.smoke, "Only checks that every benchmark runs");
    sub->add_flag("--list", bench_.list, "Names them");
  }

  static void add_run_name(CLI::App* app, const char* name, std::string& to) {
    app->add_option(name, to, "A run's folder, its name or the start of it, or \"last\"")
        ->required();
  }

  CLI::App app_{"Dure simulates physical AI: systems that sense, decide and act."};
  Command command_;
  RunOptions run_;
  ResumeOptions resume_;
  ReplayOptions replay_;
  RunsOptions runs_;
  CompareOptions compare_;
  WhatIfOptions whatif_;
  DescribeOptions describe_;
  ImportOptions import_;
  VerifyOptions verify_;
  BenchOptions bench_;
  FabCommandLine fab_;
  FleetCommandLine fleet_;
  FloorCommandLine floor_;
  PlanCommandLine plan_;
  const std::string import_help_ = import_help();
};

// The command that was chosen: "dure fab whatif".
CLI::App* chosen(CLI::App& app) {
  CLI::App* at = &app;
  while (!at->get_subcommands().empty()) at = at->get_subcommands().front();
  return at;
}
std::string full_name(const CLI::App* at) {
  const std::string name = at->get_name();
  return at->get_parent() == nullptr ? name : full_name(at->get_parent()) + ' ' + name;
}

bool is_policy(const std::string& word) {
  for (const WorldKind* world : worlds()) {
    for (const WorldKind::Policy& policy : world->policies) {
      if (policy.name == word) return true;
    }
  }
  return false;
}

// A command or option that does not exist, with the nearest that does.
std::string unexpected(CLI::App& app) {
  CLI::App* at = chosen(app);
  const bool is_group = !at->get_subcommands({}).empty();
  std::vector<std::string> unknown = app.remaining(true);
  if (unknown.empty()) return "";
  const std::string word = unknown.front().substr(0, unknown.front().find('='));
  std::vector<std::string> known;
  if (word.starts_with('-')) {
    for (const CLI::Option* option : at->get_options()) {
      for (const std::string& name : option->get_lnames()) known.push_back("--" + name);
    }
  } else if (is_group) {
    for (const CLI::App* sub : at->get_subcommands({})) known.push_back(sub->get_name());
  }
  const std::vector<std::string_view> views(known.begin(), known.end());
  // `--policy lns matching`: the second word is taken for an argument.
  for (const CLI::Option* option : at->get_options()) {
    if (option->get_lnames() != std::vector<std::string>{"policy"} || option->count() == 0)
      continue;
    const std::string before = option->results().back();
    if (is_policy(word))
      return "expected policies joined by '+', such as --policy " + before + '+' + word +
             ", found " + dure::quoted(word) + " by itself";
  }
  const std::string hint = did_you_mean(word, views);
  const char* kind = word.starts_with('-') ? "no option"
                     : is_group            ? "no command"
                                           : "nothing to do with";
  const std::string where = full_name(at);
  return "there is " + std::string(kind) + ' ' + dure::quoted(word) +
         (hint.empty() ? ", see `" + where + " --help`" : hint);
}

int fail(const std::string& message) {
  std::fflush(stdout);
  std::fprintf(stderr, "error: %s\n", message.c_str());
  return kUserError;
}

int main_of(int argc, char** argv) {
  if (argc == 1) {
    print(overview());
    return kOk;
  }
  CommandLine line(argc, argv);
  try {
    line.app().parse(argc, argv);
  } catch (const CLI::Success& e) {  // --help, --version
    return line.app().exit(e);
  } catch (const CLI::ParseError& e) {
    const std::string message = unexpected(line.app());
    const std::string where = full_name(chosen(line.app()));
    return fail(message.empty() ? std::string(e.what()) + ", see `" + where + " --help`" : message);
  }
  if (!line.command()) {
    print(overview());
    return kOk;
  }
  const Result<int> code = line.command()();
  if (!code) return fail(code.error().text());
  if (std::fflush(stdout) != 0) return fail("cannot write to standard output");
  return *code;
}

}  // namespace
}  // namespace dure::cli

int main(int argc, char** argv) { return dure::cli::main_of(argc, argv); }
