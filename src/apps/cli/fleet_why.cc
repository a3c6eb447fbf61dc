// dure fleet why
#include <algorithm>

#include <fmt/format.h>

#include "apps/cli/commands.h"
#include "apps/cli/figures.h"
#include "apps/cli/fleet_commands.h"
#include "apps/cli/fleet_run.h"
#include "apps/cli/terminal.h"
#include "apps/cli/text_table.h"
#include "base/text.h"
#include "worlds/fleet/account_tree.h"
#include "worlds/fleet/names.h"
#include "worlds/fleet/scenario.h"
#include "worlds/fleet/why.h"

namespace dure::cli {
namespace {

using fleet::Why;

struct State {
  std::unique_ptr<Session> session;
  fleet::RuleOptions rules;
  std::string policy;
  const fleet::World& world() const { return fleet_of(*session); }
};

Result<State> state_of(const FleetWhyOptions& options) {
  DURE_TRY(const FleetRun run, find_fleet_run(options.run));
  DURE_TRY(fleet::Scenario scenario, fleet::read_scenario(run.file.config, run.file.folder));
  State out{nullptr, std::move(scenario.rules), scenario.policy_name};
  DURE_TRY(out.session, run.open_at(options.at, options.quiet));
  return out;
}

std::string gpus_text(uint64_t milli) {
  return number(static_cast<double>(milli) / fleet::kWholeGpu) +
         (milli == fleet::kWholeGpu ? " GPU" : " GPUs");
}

// What a job asks for: "64 GPUs (8 tasks of 8)".
std::string size_text(const fleet::Job& job) {
  std::string out = gpus_text(job.total_gpu_milli());
  if (job.gpus == 0) return counted(job.tasks, "task") + " without GPUs";
  if (job.tasks > 1) out += fmt::format(" ({} tasks of {})", with_commas(job.tasks), job.gpus);
  return out;
}

class Page {
 public:
  explicit Page(const fleet::World& world) : world_(world), m_(world.model()) {}

  // To the second; as a date where the scenario has a calendar, else from the start.
  std::string time(Time t) const {
    const Time second{t.ns / 1'000'000'000 * 1'000'000'000};
    return m_.start.ns > 0 ? to_string(second) : to_string(second - m_.start);
  }
  std::string later(Time t) const { return time(t) + " (in " + to_human(t - world_.now()) + ")"; }

  std::string forecast(const fleet::Forecast& f, const std::string& when) const {
    using End = fleet::Forecast::End;
    switch (f.end) {
      case End::starts:
        return later(f.at) + ", " + when;
      case End::dropped:
        return "dropped at " + later(f.at) + ", " + when;
      case End::withdrawn:
        return "never: its service's load falls, and it is withdrawn at " + later(f.at) + ", " +
               when;
      case End::horizon:
        return "not before " + later(f.at) + ", " + when;
      case End::events:
        return "not before " + later(f.at) + ", after which was not looked, " + when;
      case End::nothing_left:
        return "never: nothing is left to happen that could start it, " + when;
    }
    return "";
  }

  std::string of(const Why& w, const std::string& policy) const {
    TextTable rows;
    const auto row = [&](std::string key, std::string text) {
      rows.row({std::move(key), std::move(text)});
    };
    std::string title = "job " + w.name;
    if (w.name != std::to_string(w.number)) title += fmt::format("  (number {})", w.number);
    if (w.job) {
      const fleet::Job& j = *w.job;
      row("asks for", size_text(j) + ", for " +
                          (j.limit == Duration::max() ? "ever" : "at most " + to_human(j.limit)));
      row("from", "account " + fleet::account_path(m_, j.account) + ", queue " +
                      m_.queues[j.queue].name + ", submitted " + time(j.submit));
    }
    row("at", time(w.now));
    switch (w.state) {
      case Why::State::unsubmitted:
        row("state", "has not been submitted yet; that is in " + to_human(w.job->submit - w.now));
        break;
      case Why::State::rejected:
        row("state", "was rejected on arrival: it could not run even if every node were empty");
        break;
      case Why::State::gone:
        row("state",
            w.job ? "neither waits nor runs: it has ended, or was dropped"
                  : "neither waits nor runs: it has ended, was dropped, withdrawn or rejected, or "
                    "has not been submitted");
        break;
      case Why::State::running:
        running(w, row);
        break;
      case Why::State::waiting:
        waiting(w, policy, row);
        break;
    }
    return title + '\n' + rows.text(2, terminal_width());
  }

 private:
  template <class Row>
  void running(const Why& w, Row&& row) const {
    row("state", "runs since " + time(w.start) + " (" + to_human(w.now - w.start) + ")" +
                     (w.attempts > 1 ? fmt::format(", attempt {}", w.attempts) : ""));
    std::string nodes;
    for (size_t i = 0; i < std::min<size_t>(8, w.nodes.size()); ++i) {
      nodes += (i == 0 ? "" : ", ") + m_.name_of_node(w.nodes[i]);
    }
    if (w.nodes.size() > 8) nodes += fmt::format(" and {} more", w.nodes.size() - 8);
    row("on", "site " + w.pool + ", " + counted(w.nodes.size(), "node") + ": " + nodes);
    row("ends", w.end == Time::never() ? "never" : later(w.end) + ", if no fault comes before");
    row("by limit", w.latest_end == Time::never() ? "has none"
                    : w.latest_end < w.now        ? "was to end by " + time(w.latest_end)
                                                  : later(w.latest_end));
  }

  template <class Row>
  void waiting(const Why& w, const std::string& policy, Row&& row) const {
    row("state", "has waited for " + to_human(w.now - w.job->submit) +
                     (w.attempts > 0 ? fmt::format("; {} stopped before, with {} of work saved",
                                                   counted(w.attempts, "attempt"), to_human(w.done))
                                     : ""));
    row("place",
        fmt::format("{} of {} in its queue by {}{}", with_commas(w.place), with_commas(w.waiting),
                    policy,
                    w.place > 1 ? "; those before it ask for " + gpus_text(w.gpus_ahead) : ""));
    for (const fleet::Obstacle& o : w.obstacles) row(name_of(o.kind), o.text);
    row("starts", forecast(w.alone, "if no more jobs are submitted"));
    if (w.with_rest) row("", forecast(*w.with_rest, "with the jobs that the scenario sends"));
  }

  const fleet::World& world_;
  const fleet::Model& m_;
};

Result<uint32_t> account_of(const fleet::Model& m, const std::string& text) {
  std::vector<std::string> paths;
  uint32_t named = fleet::kNoAccount, count = 0;
  for (uint32_t a = 0; a < m.accounts.size(); ++a) {
    paths.push_back(fleet::account_path(m, a));
    if (paths.back() == text) return a;
    if (m.accounts[a].name != text) continue;
    named = a;
    ++count;
  }
  if (count == 1) return named;
  const std::vector<std::string_view> known(paths.begin(), paths.end());
  return Error{.message = "expected an account of the run, found " + dure::quoted(text) +
                          (count > 1 ? ", which is the name of several: give its path"
                                     : did_you_mean(text, known)),
               .key = "--account"};
}

// Jobs of an account that wait, the first of each queue.
std::string list_text(const fleet::World& world, const fleet::RuleOptions& rules, uint32_t account,
                      size_t top) {
  const fleet::Model& m = world.model();
  struct Row {
    uint32_t slot;
    int64_t place;
  };
  std::vector<std::vector<Row>> listed(m.queues.size());
  size_t waiting = 0, queues = 0;
  for (uint32_t q = 0; q < m.queues.size(); ++q) {
    int64_t place = 0;
    for (const uint32_t slot : in_order(world, rules.rank, q)) {
      ++place;
      if (account == fleet::kNoAccount || m.is_under(world.slot(slot).job.account, account))
        listed[q].push_back({slot, place});
    }
    waiting += listed[q].size();
    queues += !listed[q].empty();
  }
  const std::string of =
      account == fleet::kNoAccount ? "" : " of account " + fleet::account_path(m, account);
  const std::string at = " at " + Page(world).time(world.now()) + '\n';
  if (waiting == 0) return "no job" + of + " waits" + at;

  using Align = TextTable::Align;
  TextTable table({Align::left, Align::left, Align::right, Align::right, Align::right});
  table.row({"queue", "job", "place", "asks for", "has waited"});
  const size_t each = std::max<size_t>(1, top / queues);
  for (uint32_t q = 0; q < m.queues.size(); ++q) {
    for (size_t i = 0; i < std::min(each, listed[q].size()); ++i) {
      const fleet::Job& j = world.slot(listed[q][i].slot).job;
      table.row({i == 0 ? m.queues[q].name : "", fleet::job_name(m, j.number),
                 with_commas(listed[q][i].place), size_text(j), to_human(world.now() - j.submit)});
    }
    if (listed[q].size() > each) {
      const auto more = static_cast<int64_t>(listed[q].size() - each);
      table.row({"", "and " + with_commas(more) + " more (--top)", "", "", ""});
    }
  }
  return counted(waiting, "job") + of + (waiting == 1 ? " waits" : " wait") + at + table.text(2);
}

}  // namespace

Result<int> fleet_why_command(const FleetWhyOptions& options) {
  fleet::WhyOptions look;
  const Result<Duration> horizon = parse_duration(options.horizon);
  if (!horizon || *horizon <= 0_s || *horizon > 3650_d) {
    return Error{.message = "expected a time up to 3650d such as 30d, found " +
                            dure::quoted(options.horizon),
                 .key = "--horizon"};
  }
  look.horizon = *horizon;
  DURE_TRY(const State state, state_of(options));
  const fleet::World& world = state.world();
  if (!options.job) {
    uint32_t account = fleet::kNoAccount;
    if (options.account) {
      DURE_TRY(account, account_of(world.model(), *options.account));
    }
    print(list_text(world, state.rules, account, static_cast<size_t>(options.top)));
    return kOk;
  }
  const std::optional<uint64_t> number = fleet::find_job(world, *options.job);
  if (!number) {
    return Error{.message = "the run has no job " + dure::quoted(*options.job) +
                            "; `dure fleet why " + options.run + "` lists those that wait"};
  }
  DURE_TRY(const Why answer, fleet::why(world, state.rules, *number, look));
  print(Page(world).of(answer, state.policy));
  return kOk;
}

}  // namespace dure::cli
