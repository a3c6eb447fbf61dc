#include "worlds/floor/scenario.h"

#include <algorithm>
#include <optional>

#include "base/file.h"
#include "base/text.h"
#include "kernel/scenario.h"
#include "solvers/movingai.h"
#include "worlds/floor/lorr_run.h"
#include "worlds/floor/read_floor.h"
#include "worlds/floor/read_lorr.h"
#include "worlds/floor/read_tasks.h"
#include "worlds/floor/sites.h"
#include "worlds/floor/ways.h"

namespace dure::floor {
namespace {

// Names of files, relative to the scenario; empty: none.
struct FileNames {
  std::string map, tasks, problem;
};

struct Keys {
  ScenarioHead head;
  PolicyKeys policy;
  Model model;
  Sites sites;
  FileNames files;
  uint32_t steps = 0;  // of the problem
};

// The map must be known before what stands on it is read.
FileNames file_names(const Config& config) {
  FileNames names;
  ConfigReader in(config);
  const auto look = [&](std::string_view table, std::string_view key, std::string& out) {
    in.optional_table(table, "", [&](ConfigReader& t) {
      if (t.has(key)) out = t.text(key, "", "");
    });
  };
  look("map", "file", names.map);
  look("tasks", "file", names.tasks);
  look("lorr", "problem", names.problem);
  return names;
}

void read_times(ConfigReader& in, Keys& k) {
  Model& m = k.model;
  m.start = k.head.start;
  m.end = k.head.end;
  m.seed = k.head.seed;
  m.warm_up = in.duration("warm_up", Duration{},
                          {.doc = "from the start; KPIs count from then on", .max = kLongest});
  m.samples = read_count(in, "samples", 500,
                         {.doc = "points of the time series in the report", .min = 1, .max = 1000});
  m.assumptions = in.texts("assumptions", std::vector<std::string>{},
                           "sentences that the report shows with the results");
}

void read_motion(ConfigReader& in, Model& m) {
  m.motion = in.choice<Motion>(
      "motion", Motion::drive, {{"drive", Motion::drive}, {"steps", Motion::steps}},
      "how robots move: drive (speed, acceleration, turns), steps (one cell, quarter turn or wait "
      "in each tick, all together)");
  m.tick = in.duration("tick", m.tick, {.doc = "of motion \"steps\"", .min = 1_us, .max = 1_d});
  m.plan_period =
      in.duration("plan_period", m.plan_period,
                  {.doc = "of motion \"drive\": between two plans", .min = 1_us, .max = 1_d});
  m.max_pending = read_count(in, "max_pending", m.max_pending,
                             {.unit = "moves",
                              .doc = "of motion \"drive\": a robot with so many told and not made "
                                     "is told no more",
                              .min = 1,
                              .max = 255});
  m.jam_after = in.duration("jam_after", m.jam_after,
                            {.doc = "a robot with a goal that comes no nearer for so long counts "
                                    "as a deadlock",
                             .min = 1_s,
                             .max = 365_d});
  if (m.motion == Motion::steps)
    refuse(in, {"plan_period", "max_pending"}, "with motion \"steps\", which plans every tick");
  else
    refuse(in, {"tick"}, "with motion \"drive\", which has plan_period");
}

void read_film(ConfigReader& in, Model& m) {
  in.table("film", "an animated top view in the report", [&](ConfigReader& f) {
    m.film.interval = f.duration("interval", Duration{},
                                 {.doc = "between frames, doubled whenever there are too many; 0: "
                                         "from the length of the run, so that they suffice",
                                  .max = 365_d});
    m.film.frames = read_count(
        f, "frames", 300,
        {.doc = "at most, an even number; fewer where robots are many, so that there are at most "
                "1,048,576 positions of robots in all; 0: no film",
         .min = 0,
         .max = 100'000});
    if (m.film.frames % 2 != 0)
      f.fail("frames", "expected an even number, found " + std::to_string(m.film.frames));
    if (m.film.interval > Duration{} && m.film.interval < 1_ms)
      f.fail("interval", "expected 0 s or at least 1 ms, found " + to_string(m.film.interval));
  });
}

// What the keys of the film leave open, once robots and end are known.
void plan_film(Model& m) {
  FilmPlan& film = m.film;
  if (film.frames == 0 || m.robots.empty()) {
    film = {};
    return;
  }
  const uint64_t fit = FilmPlan::frames_that_fit(m.robots.size());
  film.frames = static_cast<uint32_t>(std::min<uint64_t>(film.frames, fit));
  if (film.interval > Duration{}) return;
  const bool steps = m.motion == Motion::steps;
  if (m.end == Time::never()) {
    film.interval = steps ? m.tick : 1_s;
    return;
  }
  const Duration least = (m.end - m.start) / std::max<int64_t>(1, film.frames - 1);
  const Duration unit = steps ? m.tick : least < 10_s ? 100_ms : 1_s;
  film.interval = (least.ns / unit.ns + 1) * unit;
}

void read_lorr_keys(ConfigReader& in, Keys& k) {
  in.optional_table(
      "lorr", "a problem of the League of Robot Runners in place of map, robots and tasks",
      [&](ConfigReader& l) {
        l.text("problem", required, "its JSON file, relative to the scenario");
        k.steps = read_count(l, "steps", required,
                             {.unit = "ticks", .doc = "to run", .min = 1, .max = 1'000'000'000});
      });
}

void check(ConfigReader& in, const Keys& k) {
  const Model& m = k.model;
  if (m.end < Time::never() && m.start + m.warm_up >= m.end)
    in.fail("warm_up",
            "expected a warm-up that is over before the end, found " + to_string(m.warm_up));
  const bool endless = std::any_of(m.sources.begin(), m.sources.end(),
                                   [](const Source& s) { return s.count > 1'000'000'000; });
  if (m.end == Time::never() && (m.pool > 0 || endless))
    in.fail("end", "expected a date or a duration, since tasks go on for ever");
  if (m.sources.empty() && k.files.tasks.empty())
    in.fail("", "expected tasks by [[source]] or [tasks], found none");
}

Keys read_keys(ConfigReader& in, FileNames files, const std::optional<CellMap>& map) {
  Keys k;
  k.files = std::move(files);
  k.head = read_scenario_head(in);
  read_times(in, k);
  in.table("policy", "how paths are planned and tasks assigned",
           [&](ConfigReader& p) { k.policy = read_policy(p); });
  read_film(in, k.model);
  read_lorr_keys(in, k);
  if (!in.describing() && !k.files.problem.empty()) {
    refuse(in,
           {"map", "station", "robots", "source", "tasks", "closure", "commands", "motion", "tick",
            "plan_period", "max_pending", "start", "end"},
           "beside [lorr], which has its own");
    return k;
  }
  read_motion(in, k.model);
  read_map(in, map, k.model, k.sites);
  if (!in.failed()) read_floor(in, k.model, k.sites);
  in.optional_table("tasks", "tasks from a CSV file", [&](ConfigReader& t) {
    t.text("file", required,
           "with the columns stops and, if wanted, release, due, priority, payload_kg; relative to "
           "the scenario");
    k.model.pool = read_count(t, "pool", 0,
                              {.unit = "tasks",
                               .doc = "kept open at any time, from the file round and round, "
                                      "whatever the release times; 0: tasks have their times",
                               .min = 0,
                               .max = 1'000'000});
  });
  if (!in.describing() && !in.failed()) check(in, k);
  return k;
}

constexpr ModelPart kParts[] = {{"station", "station"}, {"robot", "robots"}, {"source", "source"}};

std::string path_of(const std::string& name, const std::string& folder) {
  return name.starts_with('/') ? name : folder + "/" + name;
}

}  // namespace

void describe_scenario(ConfigReader& in) { read_keys(in, {}, std::nullopt); }

Result<Scenario> read_scenario(const Config& config, const std::string& folder) {
  const FileNames files = file_names(config);
  std::optional<CellMap> map;
  if (!files.map.empty()) {
    const std::string path = path_of(files.map, folder);
    DURE_TRY(const std::string text, read_file(path));
    DURE_TRY(const MovingAiMap read, read_movingai_map(text, path));
    map = cells_of(read);
  }
  DURE_TRY(Keys k, config.read([&](ConfigReader& in) { return read_keys(in, files, map); }));
  Model& m = k.model;
  if (!files.problem.empty()) {
    DURE_TRY(const LorrProblem problem, read_lorr(path_of(files.problem, folder)));
    DURE_TRY(const std::shared_ptr<const Model> model, lorr_model(problem, k.steps, m.seed));
    Model own = *model;
    own.warm_up = m.warm_up;
    own.samples = m.samples;
    own.film = m.film;
    own.assumptions.insert(own.assumptions.begin(), m.assumptions.begin(), m.assumptions.end());
    m = std::move(own);
    if (m.start + m.warm_up >= m.end)
      return in_scenario(config,
                         {.message = "expected a warm-up that is over before the end, found " +
                                     to_string(m.warm_up),
                          .key = "warm_up"});
  } else if (!files.tasks.empty()) {
    const std::string path = path_of(files.tasks, folder);
    DURE_TRY(const std::string text, read_file(path));
    DURE_CHECK(read_tasks(text, path, k.sites, m));
  }
  plan_film(m);
  if (const auto finished = m.finish(); !finished)
    return in_scenario(config, finished.error(), kParts);
  if (const auto ways = check_ways(m); !ways) return in_scenario(config, ways.error(), kParts);

  Scenario out;
  out.model = std::make_shared<const Model>(std::move(m));
  out.policy = k.policy;
  out.policy_name = k.policy.planner_name + ", " + k.policy.assignment_name;
  return out;
}

}  // namespace dure::floor
