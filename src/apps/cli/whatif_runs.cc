#include "apps/cli/whatif_runs.h"

#include <algorithm>
#include <fstream>
#include <mutex>

#include <unistd.h>

#include "apps/cli/drive.h"
#include "apps/cli/execute.h"
#include "apps/cli/interrupt.h"
#include "kernel/parallel.h"

namespace dure::cli {
namespace {

constexpr unsigned kMostAtOnce = 16;
// What a run may take over what its start does: jobs, series, its report.
constexpr uint64_t kGrowth = 4;

// Of this process; 0 where that cannot be known.
uint64_t bytes_in_use() {
  std::ifstream in("/proc/self/statm");
  uint64_t all = 0, resident = 0;
  in >> all >> resident;
  return resident * static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
}

std::optional<uint64_t> bytes_available() {
  std::ifstream in("/proc/meminfo");
  std::string name, unit;
  uint64_t kib = 0;
  while (in >> name >> kib) {
    if (name == "MemAvailable:") return kib * 1024;
    std::getline(in, unit);
  }
  return std::nullopt;
}

double share(const Session& session, Time end) {
  if (end == Time::never() || end <= session.start()) return 0;
  const double s = (session.now() - session.start()).seconds() / (end - session.start()).seconds();
  return std::clamp(s, 0.0, 1.0);
}

class Runs {
 public:
  Runs(const std::vector<Plan>& plans, uint64_t first_seed, uint32_t seeds, bool quiet)
      : plans_(plans),
        first_seed_(first_seed),
        errors_(plans.size() * seeds),
        shares_(errors_.size()),
        progress_("runs", quiet) {
    out_.kpis.assign(plans.size(), std::vector<RunKpis>(seeds));
  }

  Result<PlanRuns> run(unsigned threads) {
    for_each_index(
        errors_.size(), threads,
        [&](size_t i, unsigned) {
          if (interrupted() != 0) return;
          const Result<bool> done = run_one(i);
          if (!done) errors_[i] = at_plan(done.error(), plans_[i % plans_.size()]);
          note(i, 1, done.ok() && *done);
        },
        [](size_t) {});
    progress_.clear();
    for (const auto& error : errors_) {
      if (error) return *error;
    }
    out_.interrupted = out_.done < errors_.size();
    return std::move(out_);
  }

 private:
  // False: interrupted. A seed's runs stand together, so that both sides of a pair end early.
  Result<bool> run_one(size_t i) {
    const Plan& plan = plans_[i % plans_.size()];
    const size_t seed = i / plans_.size();
    Config config = plan.file.config;
    DURE_CHECK(config.set("seed", std::to_string(first_seed_ + seed)));
    DURE_TRY(const std::unique_ptr<Session> session,
             plan.file.kind->open(config, plan.file.folder));
    Progress silent(session->start(), plan.end, 0, true);
    const auto step = [&](Time until) -> Result<void> {
      session->advance(until, nullptr);
      return {};
    };
    const auto between = [&]() -> Result<bool> {
      note(i, share(*session, plan.end), false);
      return interrupted() == 0;
    };
    DURE_TRY(const bool done, drive(*session, {plan.end, step, between}, silent));
    if (done) out_.kpis[i % plans_.size()][seed] = session->report().kpis;
    return done;
  }

  void note(size_t i, double share, bool done) {
    const std::lock_guard lock(mutex_);
    work_ += share - shares_[i];
    shares_[i] = share;
    if (done) ++out_.done;
    progress_.update(out_.done, shares_.size(), work_);
  }

  const std::vector<Plan>& plans_;
  uint64_t first_seed_;
  std::vector<std::optional<Error>> errors_;  // [runs]
  std::mutex mutex_;                          // of those below
  std::vector<double> shares_;                // [runs] how far it is
  double work_ = 0;                           // their sum
  PieceProgress progress_;
  PlanRuns out_;  // each run writes its own KPIs
};

}  // namespace

Result<uint64_t> check_plan(Plan& plan, const std::optional<std::string>& until) {
  const uint64_t before = bytes_in_use();
  const auto session = plan.file.kind->open(plan.file.config, plan.file.folder);
  if (!session) return at_plan(session.error(), plan);
  const uint64_t after = bytes_in_use();
  const Session& s = **session;
  plan.policy = s.policy();
  plan.start = s.start();
  plan.end = s.end();
  if (until) {
    DURE_TRY(plan.end, parse_until(*until, s));
  }
  plan.known = s.report().kpis;
  return after > before ? after - before : 0;
}

unsigned runs_at_once(uint64_t bytes_to_open) {
  const unsigned processors = useful_threads(kMostAtOnce);
  const std::optional<uint64_t> available = bytes_available();
  if (!available || bytes_to_open == 0) return processors;
  const uint64_t fit = *available / (kGrowth * bytes_to_open);
  return static_cast<unsigned>(std::clamp<uint64_t>(fit, 1, processors));
}

Result<PlanRuns> run_plans(const std::vector<Plan>& plans, uint64_t first_seed, uint32_t seeds,
                           unsigned threads, bool quiet) {
  catch_interrupts();
  return Runs(plans, first_seed, seeds, quiet).run(threads);
}

Error at_plan(Error error, const Plan& plan) {
  constexpr std::string_view kSet = "--set";
  if (error.key.starts_with(kSet)) error.key = plan.flag + error.key.substr(kSet.size());
  return error;
}

}  // namespace dure::cli
