// Oracle lorr-rules: the world plays the League of Robot Runners' own problems by the rules of
// RULES.md, and what it writes is put before two auditors: ours (audit_lorr.h), which shares no
// code with the world, and the data's check_output.py, which was written by others from the same
// text. Both must find nothing and count the same; also in runs whose moves and assignments are
// made wrong on purpose, where the errors must be those of the rules. What is then falsified in the
// output must be found by both.
#include <array>
#include <cstdio>
#include <filesystem>
#include <functional>

#include <fmt/format.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "kernel/verify.h"
#include "worlds/floor/audit_lorr.h"
#include "worlds/floor/audit_paths.h"
#include "worlds/floor/lorr_disturb.h"
#include "worlds/floor/lorr_json.h"
#include "worlds/floor/lorr_run.h"
#include "worlds/floor/read_lorr.h"
#include "worlds/floor/rules.h"

namespace dure::floor {
namespace {

struct Instance {
  const char* file;
  uint32_t steps;
};
constexpr Instance kInstances[] = {{"random.domain/random_32_32_20_100.json", 300},
                                   {"city.domain/paris_1_256_250.json", 200},
                                   {"game.domain/brc202d_500.json", 120},
                                   {"warehouse.domain/sortation_large_2000.json", 60},
                                   {"warehouse.domain/warehouse_large_5000.json", 30}};
constexpr uint64_t kSeed = 1;

// What an auditor says of an output.
struct Verdict {
  uint64_t violations = 0, tasks = 0, move_errors = 0, schedule_errors = 0;
  std::array<bool, LorrViolation::kKinds> kinds{};

  bool operator==(const Verdict&) const = default;
  std::string text() const {
    return fmt::format("{} violations, {} tasks, {} + {} errors", violations, with_commas(tasks),
                       move_errors, schedule_errors);
  }
};

// Outputs go through a folder, as long as it lives.
class Judges {
 public:
  static Result<Judges> make(const std::string& data) {
    Judges j;
    j.script_ = data + "/check_output.py";
    j.folder_ = (std::filesystem::temp_directory_path() / "dure-lorr-XXXXXX").string();
    if (::mkdtemp(j.folder_.data()) == nullptr)
      return Error{.message = "cannot make a temporary folder", .file = j.folder_};
    return j;
  }
  Judges(Judges&& other) noexcept
      : script_(std::move(other.script_)), folder_(std::exchange(other.folder_, "")) {}
  Judges& operator=(Judges&&) = delete;
  ~Judges() {
    std::error_code error;
    if (!folder_.empty()) std::filesystem::remove_all(folder_, error);
  }

  Result<Verdict> ours(const LorrProblem& problem, const std::string& output,
                       uint32_t steps) const {
    DURE_TRY(const LorrOutputFile file, parse_lorr_output(output, "output.json"));
    LorrAuditOptions options;
    options.steps = steps;
    DURE_TRY(const LorrAudit a, audit_lorr(problem, file, options));
    Verdict v{a.count(), a.finished, a.planner_errors, a.schedule_errors, {}};
    for (size_t k = 0; k < v.kinds.size(); ++k) v.kinds[k] = a.counts[k] > 0;
    return v;
  }

  Result<Verdict> theirs(const std::string& problem, const std::string& output,
                         uint32_t steps) const {
    const std::string file = folder_ + "/output.json";
    DURE_CHECK(write_file_atomic(file, output));
    DURE_TRY(const std::string said,
             run("python3 '" + script_ + "' --json --steps " + std::to_string(steps) + " '" +
                 problem + "' '" + file + "'"));
    DURE_TRY(const Json json, parse_json(said, "the answer of " + script_));
    DURE_TRY(const JsonObject in, JsonObject::of(json, script_));
    constexpr int64_t most = std::numeric_limits<int64_t>::max();
    Verdict v;
    DURE_TRY(const int64_t violations, in.integer("violations", 0, most));
    v.violations = static_cast<uint64_t>(violations);
    DURE_TRY(const JsonObject kinds, in.object("byKind"));
    for (size_t k = 0; k < v.kinds.size(); ++k)
      v.kinds[k] = kinds.has(name_of(static_cast<LorrViolation::Kind>(k)));
    if (!in.has("replayedTasks")) return v;  // another team
    DURE_TRY(const int64_t tasks, in.integer("replayedTasks", 0, most));
    DURE_TRY(const int64_t moves, in.integer("plannerErrors", 0, most));
    DURE_TRY(const int64_t schedules, in.integer("scheduleErrors", 0, most));
    v.tasks = static_cast<uint64_t>(tasks);
    v.move_errors = static_cast<uint64_t>(moves);
    v.schedule_errors = static_cast<uint64_t>(schedules);
    return v;
  }

 private:
  Judges() = default;

  static Result<std::string> run(const std::string& command) {
    std::FILE* const pipe = ::popen(command.c_str(), "r");
    if (pipe == nullptr) return Error{.message = "cannot run " + command};
    std::string text;
    std::array<char, 4096> buffer{};
    while (const size_t n = std::fread(buffer.data(), 1, buffer.size(), pipe))
      text.append(buffer.data(), n);
    const int status = ::pclose(pipe);
    if (text.empty())
      return Error{.message = "expected an answer, found none (is python3 installed?), from " +
                              command + fmt::format(", status {}", status)};
    return text;
  }

  std::string script_, folder_;
};

struct Played {
  std::string output;
  Verdict world;  // what the world itself counted; collisions are violations
};

template <class Policy>
Played play(const LorrProblem& problem, const std::shared_ptr<const Model>& model, Policy policy) {
  struct Watched {
    Policy& policy;
    PathAudit paths;
    const World::Action& decide(const World& world, const World::Request& request) {
      see(world);
      return policy.decide(world, request);
    }
    void see(const World& world) { paths.see(world.fleet().vertex, world.fleet().heading); }
  };
  World world(model);
  LorrRecorder recorder(problem);
  Watched watched{policy, PathAudit(model->roads)};
  run_lorr(world, recorder, watched);
  watched.see(world);
  const Kpis& kpis = world.kpis();
  return {lorr_output(problem, recorder.log(), {}),
          {watched.paths.count(), kpis.done, kpis.move_faults, kpis.order_faults, {}}};
}

// --- falsified outputs ---
struct Falsified {
  const char* what;
  LorrViolation::Kind kind;
  // False: there is nothing in the run that could be falsified so.
  std::function<bool(Json&, const LorrProblem&)> change;
};

void set_moves(Json& j, uint32_t robot, const char* first) {
  for (const char* key : {"actualPaths", "plannerPaths"}) {
    auto& path = j[key][robot].get_ref<std::string&>();
    path.replace(0, std::string_view(first).size(), first);
  }
}

// The robots that start side by side, the western one first.
bool neighbours(const LorrProblem& p, uint32_t& west, uint32_t& east) {
  for (west = 0; west < p.robots(); ++west) {
    const uint32_t next = p.grid.roads.to(p.starts[west], 0);
    for (east = 0; next != kNoVertex && east < p.robots(); ++east) {
      if (p.starts[east] == next) return true;
    }
  }
  return false;
}

// In both schedules the robot's entries from a time on, replaced.
void set_schedule(Json& j, uint32_t robot, int64_t from, const std::string& instead) {
  for (const char* key : {"actualSchedule", "plannerSchedule"}) {
    auto& text = j[key][robot].get_ref<std::string&>();
    std::string kept;
    for (const std::string_view entry : split(text, ',')) {
      if (parse_int(entry.substr(0, entry.find(':'))).value() < from)
        kept.append(entry).append(",");
    }
    text = kept + instead;
  }
}

const Falsified kFalsified[] = {
    {"a start cell", LorrViolation::Kind::start,
     [](Json& j, const LorrProblem&) {
       j["start"][0][1] = j["start"][0][1].get<int>() + 1;
       return true;
     }},
    {"two robots exchange cells", LorrViolation::Kind::move,
     [](Json& j, const LorrProblem& p) {
       uint32_t west = 0, east = 0;
       if (!neighbours(p, west, east)) return false;
       set_moves(j, west, "W,W,F");
       set_moves(j, east, "R,R,F");
       return true;
     }},
    {"two robots share a cell", LorrViolation::Kind::move,
     [](Json& j, const LorrProblem& p) {
       uint32_t west = 0, east = 0;
       if (!neighbours(p, west, east)) return false;
       set_moves(j, west, "F");
       set_moves(j, east, "W");
       return true;
     }},
    {"a robot in a wall", LorrViolation::Kind::move,
     [](Json& j, const LorrProblem& p) {
       for (uint32_t r = 0; r < p.robots(); ++r) {
         if (p.grid.roads.to(p.starts[r], 0) != kNoVertex) continue;
         set_moves(j, r, "F");
         return true;
       }
       return false;
     }},
    {"a move that was not planned", LorrViolation::Kind::plan,
     [](Json& j, const LorrProblem&) {
       auto& path = j["plannerPaths"][0].get_ref<std::string&>();
       path[0] = path[0] == 'R' ? 'C' : 'R';
       return true;
     }},
    {"one task for two robots", LorrViolation::Kind::sched,
     [](Json& j, const LorrProblem&) {
       const auto first = j["actualSchedule"][0].get<std::string>();
       set_schedule(j, 1, 1, first.substr(0, first.find(',')));
       return true;
     }},
    {"an opened task that is dropped", LorrViolation::Kind::sched,
     [](Json& j, const LorrProblem& p) {
       for (const Json& e : j["events"]) {
         const auto task = e[2].get<uint64_t>();
         const int64_t time = e[0].get<int64_t>() + 1;
         const auto last = static_cast<int64_t>(j["actualPaths"][0].get<std::string>().size() / 2);
         if (e[3] == p.errands_of(task).size() || time > last) continue;
         set_schedule(j, e[1].get<uint32_t>(), time, std::to_string(time) + ":-1");
         return true;
       }
       return false;
     }},
    {"a task that is not known yet", LorrViolation::Kind::sched,
     [](Json& j, const LorrProblem&) {
       set_schedule(j, 0, 1, "1:" + std::to_string(j["tasks"].size()));
       return true;
     }},
    {"a reveal time", LorrViolation::Kind::tasks,
     [](Json& j, const LorrProblem&) {
       Json& time = j["tasks"].back()[1];
       time = time.get<int>() + 1;
       return true;
     }},
    {"an errand's cell", LorrViolation::Kind::tasks,
     [](Json& j, const LorrProblem&) {
       Json& row = j["tasks"][0][2][0];
       row = row.get<int>() + 1;
       return true;
     }},
    {"an event that is missing", LorrViolation::Kind::events,
     [](Json& j, const LorrProblem&) {
       if (j["events"].empty()) return false;
       j["events"].erase(j["events"].size() / 2);
       return true;
     }},
    {"tasks finished", LorrViolation::Kind::count,
     [](Json& j, const LorrProblem&) {
       j["numTaskFinished"] = j["numTaskFinished"].get<int>() + 1;
       return true;
     }},
};
const Falsified kFalsifiedErrors[] = {
    {"a planner error that is missing", LorrViolation::Kind::plan,
     [](Json& j, const LorrProblem&) {
       if (j["errors"].empty()) return false;
       j["errors"].erase(0);
       return true;
     }},
    {"a schedule error that is missing", LorrViolation::Kind::sched,
     [](Json& j, const LorrProblem&) {
       if (j["scheduleErrors"].empty()) return false;
       j["scheduleErrors"].erase(0);
       return true;
     }},
    {"the number of planner errors", LorrViolation::Kind::count,
     [](Json& j, const LorrProblem&) {
       j["numPlannerErrors"] = j["numPlannerErrors"].get<int>() + 1;
       return true;
     }},
};

class Rows {
 public:
  Rows(const std::string& data, Judges judges) : data_(data), judges_(std::move(judges)) {}

  Result<std::vector<Check>> all() {
    for (const Instance& instance : kInstances) DURE_CHECK(instance_rows(instance));
    return std::move(out_);
  }

 private:
  Result<void> instance_rows(const Instance& instance) {
    path_ = data_ + '/' + instance.file;
    steps_ = instance.steps;
    DURE_TRY(problem_, read_lorr(path_));
    DURE_TRY(const auto model, lorr_model(problem_, steps_, kSeed));
    const std::string name = fmt::format("{}, {} steps", problem_.name, with_commas(steps_));
    const Played clean = play(problem_, model, Rules(PolicyKeys()));
    DURE_CHECK(add_run(name, clean, false));
    const Played disturbed =
        play(problem_, model, LorrDisturbed<Rules>(Rules(PolicyKeys()), kSeed, 0.2));
    DURE_CHECK(add_run(name + ", answers made wrong", disturbed, true));
    if (&instance != &kInstances[0]) return {};
    for (const Falsified& f : kFalsified) DURE_CHECK(add_falsified(clean.output, f));
    for (const Falsified& f : kFalsifiedErrors) DURE_CHECK(add_falsified(disturbed.output, f));
    return {};
  }

  Result<void> add_run(const std::string& what, const Played& played, bool wrong) {
    DURE_TRY(const Verdict ours, judges_.ours(problem_, played.output, steps_));
    DURE_TRY(const Verdict theirs, judges_.theirs(path_, played.output, steps_));
    const bool errors = ours.move_errors > 0 && ours.schedule_errors > 0;
    const bool none = ours.move_errors == 0 && ours.schedule_errors == 0;
    const bool pass = played.world == ours && ours == theirs && ours.violations == 0 &&
                      ours.tasks > 0 && (wrong ? errors : none);
    std::string said = ours.text();
    if (played.world != ours) said += "; the world: " + played.world.text();
    out_.push_back({what, theirs.text(), said, "exact", pass});
    return {};
  }

  Result<void> add_falsified(const std::string& output, const Falsified& f) {
    Json json = Json::parse(output);
    const bool changed = f.change(json, problem_);
    const std::string text = json.dump();
    DURE_TRY(const Verdict ours, judges_.ours(problem_, text, steps_));
    DURE_TRY(const Verdict theirs, judges_.theirs(path_, text, steps_));
    const auto kind = static_cast<size_t>(f.kind);
    const auto said = [&](const Verdict& v) {
      return fmt::format("{} {}", name_of(f.kind), v.kinds[kind] ? "found" : "missed");
    };
    out_.push_back({std::string("falsified: ") + f.what, said(theirs), said(ours), "found",
                    changed && ours.kinds[kind] && theirs.kinds[kind]});
    return {};
  }

  std::string data_;
  Judges judges_;
  std::string path_;
  uint32_t steps_ = 0;
  LorrProblem problem_;
  std::vector<Check> out_;
};

Result<std::vector<Check>> lorr_rules(const std::string& data) {
  DURE_TRY(Judges judges, Judges::make(data));
  return Rows(data, std::move(judges)).all();
}

DURE_VERIFY("lorr-rules", "League of Robot Runners 2024 and its rules, robots/lorr24/RULES.md",
            "robots/lorr24", lorr_rules);

}  // namespace
}  // namespace dure::floor
