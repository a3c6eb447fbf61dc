// Figure slurm: a list of jobs run to its end, by a real Slurm (bench/peers/slurm_run.py) and here.
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>

#include "base/csv.h"
#include "base/file.h"
#include "base/random.h"
#include "base/text.h"
#include "kernel/bench.h"
#include "worlds/fleet/perf_fleet.h"
#include "worlds/fleet/rules.h"
#include "worlds/fleet/world.h"

namespace dure::fleet {
namespace {

constexpr uint32_t kNodes = 64;  // of 8 GPUs

struct Listed {
  uint32_t gpus, tasks;  // GPUs per task
  int64_t seconds;
  int64_t limit_min;  // whole minutes: Slurm knows no others
};

// Mostly small jobs and a few gangs, all there at the beginning.
std::vector<Listed> job_list(uint32_t jobs) {
  struct Share {
    uint64_t per_cent;
    uint32_t gpus, tasks;
  };
  static constexpr Share kMix[] = {{60, 1, 1}, {15, 2, 1}, {10, 4, 1},
                                   {9, 8, 1},  {4, 8, 4},  {2, 8, 16}};
  Random random{.seed = 1};
  std::vector<Listed> out;
  for (uint32_t i = 0; i < jobs; ++i) {
    uint64_t u = random.below(100);
    const Share* share = kMix;
    while (u >= share->per_cent) u -= (share++)->per_cent;
    const auto seconds = 5 + static_cast<int64_t>(random.below(31));
    const auto limit = 1 + static_cast<int64_t>(random.below(3));
    out.push_back({share->gpus, share->tasks, seconds, limit});
  }
  return out;
}

Result<std::shared_ptr<const Model>> model_of(const std::vector<Listed>& list) {
  Model m = perf::empty_fleet(kNodes);
  for (const Listed& l : list) {
    Job& j = perf::add_job(m, l.gpus, l.tasks, Time{0}, l.seconds * 1_s);
    j.limit = std::max(j.duration, l.limit_min * 1_min);
  }
  DURE_CHECK(m.finish());
  return std::make_shared<const Model>(std::move(m));
}

struct Run {
  std::vector<double> start, end;  // [jobs] s

  double mean_wait() const {
    double sum = 0;
    for (const double s : start) sum += s;
    return sum / static_cast<double>(start.size());
  }
  double makespan() const { return *std::max_element(end.begin(), end.end()); }
  // Jobs that start before one that is before them on the list.
  uint32_t overtaking() const {
    uint32_t out = 0;
    double latest = 0;
    for (const double s : start) {
      out += s < latest;
      latest = std::max(latest, s);
    }
    return out;
  }
};

Run run_here(const std::shared_ptr<const Model>& model, Order order) {
  const size_t jobs = model->jobs.size();
  World world(model);
  // Slurm's loop tests up to 1,000 jobs, too.
  Rules rules(order, BestFit{}, EasyOptions{.depth = 1000});
  Run out{std::vector<double>(jobs), std::vector<double>(jobs)};
  while (const auto request = world.advance(Time::never())) {
    const World::Action& a = rules.decide(world, *request);
    if (a.kind == World::Action::Kind::start) {
      const Job& job = world.slot(a.slot).job;
      out.start[job.number] = (world.now() - Time{0}).seconds();
      out.end[job.number] = out.start[job.number] + job.duration.seconds();
    }
    world.act(a);
  }
  DURE_ASSERT(world.kpis().owners[0].ended == jobs, "a job of the list did not end");
  return out;
}

// A folder that is gone afterwards.
struct TemporaryFolder {
  std::string path;

  TemporaryFolder() {
    path = (std::filesystem::temp_directory_path() / "dure-bench-XXXXXX").string();
    if (!mkdtemp(path.data())) path.clear();
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder() {
    std::error_code ignored;
    if (!path.empty()) std::filesystem::remove_all(path, ignored);
  }
};

Result<Run> read_schedule(const std::string& path, size_t jobs) {
  DURE_TRY(const std::string text, read_file(path));
  DURE_TRY(auto csv, CsvReader::open(text, path));
  DURE_TRY(const int start, csv.column("start"));
  DURE_TRY(const int end, csv.column("end"));
  Run out;
  for (;;) {
    DURE_TRY(const bool more, csv.next());
    if (!more) break;
    DURE_TRY(const int64_t s, csv.integer(start, 0, 1'000'000));
    DURE_TRY(const int64_t e, csv.integer(end, s, 1'000'000));
    out.start.push_back(static_cast<double>(s));
    out.end.push_back(static_cast<double>(e));
  }
  if (out.start.size() != jobs)
    return Error{.message = std::to_string(jobs) + " jobs expected, found " +
                            std::to_string(out.start.size()),
                 .file = path};
  return out;
}

// Our rules beside a scheduler of Slurm's.
struct Rule {
  const char* name;
  Order order;
  int repeats;
};
struct Discipline {
  const char* scheduler;  // of slurm_run.py
  std::vector<Rule> rules;
};

double starts_per_s(const std::shared_ptr<const Model>& model, const Rule& rule, bool smoke) {
  const int repeats = smoke ? 1 : rule.repeats;
  const double before = thread_cpu_s();
  for (int r = 0; r < repeats; ++r) keep(run_here(model, rule.order).end[0]);
  const double cpu = thread_cpu_s() - before;
  return static_cast<double>(model->jobs.size()) * repeats / std::max(cpu, 1e-9);
}

struct Peer {
  std::string name;
  double starts_per_s;
  Run run;
};

// Nothing when Slurm is not installed or fails.
Result<std::optional<Peer>> run_slurm(const BenchContext& ctx, const std::vector<Listed>& list,
                                      const char* scheduler) {
  const TemporaryFolder folder;
  std::string jobs = "gpus,tasks,seconds,limit_min\n";
  for (const Listed& l : list) {
    jobs += std::to_string(l.gpus) + ',' + std::to_string(l.tasks) + ',' +
            std::to_string(l.seconds) + ',' + std::to_string(l.limit_min) + '\n';
  }
  const std::string jobs_csv = folder.path + "/jobs.csv", schedule = folder.path + "/schedule.csv";
  DURE_CHECK(write_file_atomic(jobs_csv, jobs));
  const auto line =
      run_peer({"/usr/bin/python3", ctx.peers_source + "/slurm_run.py", jobs_csv, schedule,
                "--nodes", std::to_string(kNodes), "--scheduler", scheduler});
  if (!line) return std::optional<Peer>{};
  DURE_TRY(Run run, read_schedule(schedule, list.size()));
  return std::optional<Peer>{
      Peer{"slurmctld " + line->version + ", " + scheduler, line->rate_per_s, std::move(run)}};
}

// The rules side by side: the list again, with the times that its jobs really took there.
Result<void> compare_schedules(const std::vector<Listed>& list, const Rule& rule, const Peer& peer,
                               std::vector<Figure>& figures) {
  std::vector<Listed> as_run = list;
  for (size_t i = 0; i < list.size(); ++i) {
    as_run[i].seconds = static_cast<int64_t>(peer.run.end[i] - peer.run.start[i]);
  }
  DURE_TRY(const auto model, model_of(as_run));
  const Run ours = run_here(model, rule.order);
  double apart = 0;
  for (size_t i = 0; i < list.size(); ++i) apart += std::abs(ours.start[i] - peer.run.start[i]);
  const std::string note =
      "run times as in Slurm; a job starts " + to_si(apart / static_cast<double>(list.size())) +
      " s earlier or later in the mean; " + std::to_string(ours.overtaking()) +
      " overtake one before them, in Slurm " + std::to_string(peer.run.overtaking());
  Figure wait{.what = std::string("mean wait, ") + rule.name,
              .unit = "s",
              .value = ours.mean_wait(),
              .higher_is_better = false};
  wait.peer = PeerResult{peer.name, peer.run.mean_wait(), 0};
  wait.note = note;
  Figure makespan{.what = std::string("makespan, ") + rule.name,
                  .unit = "s",
                  .value = ours.makespan(),
                  .higher_is_better = false};
  makespan.peer = PeerResult{peer.name, peer.run.makespan(), 0};
  makespan.note = note;
  figures.push_back(wait);
  figures.push_back(makespan);
  return {};
}

Result<std::vector<Figure>> slurm(const BenchContext& ctx) {
  const Discipline disciplines[] = {
      {"builtin", {{"FIFO", Order::fifo, 300}}},
      {"backfill", {{"conservative", Order::conservative, 30}, {"EASY", Order::easy, 100}}}};
  std::vector<Figure> out;
  const auto list = job_list(ctx.smoke ? 60 : 600);
  DURE_TRY(const auto model, model_of(list));
  for (const Discipline& d : disciplines) {
    std::optional<Peer> peer;
    if (!ctx.smoke) {
      DURE_TRY(auto ran, run_slurm(ctx, list, d.scheduler));
      peer = std::move(ran);
    }
    for (const Rule& rule : d.rules) {
      Figure f{.what = std::string("job lives, ") + rule.name, .unit = "starts/s"};
      f.value = starts_per_s(model, rule, ctx.smoke);
      f.note = std::to_string(list.size()) + " jobs on " + std::to_string(kNodes) +
               " nodes x 8 GPUs, from the first start to the last end";
      if (peer) {
        f.peer = PeerResult{peer->name, peer->starts_per_s, 0};
        f.note +=
            "; slurmctld also launches each job through slurmd, keeps state on disk and answers "
            "clients; its submissions are not counted";
      }
      out.push_back(f);
      if (peer) DURE_CHECK(compare_schedules(list, rule, *peer, out));
    }
  }
  return out;
}

DURE_BENCH("slurm", "the same jobs from submit to end, in a real Slurm with a slurmd per node",
           slurm);

}  // namespace
}  // namespace dure::fleet
