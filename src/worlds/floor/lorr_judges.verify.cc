#include "worlds/floor/lorr_judges.h"

#include <cstdio>
#include <filesystem>
#include <limits>

#include <fmt/format.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "worlds/floor/lorr_json.h"

namespace dure::floor {
namespace {

Result<std::string> said_by(const std::string& command) {
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

}  // namespace

std::string LorrVerdict::text() const {
  return fmt::format("{}, {}, {} + {} errors", counted(violations, "violation"),
                     counted(tasks, "task"), move_errors, schedule_errors);
}

Result<LorrJudges> LorrJudges::make(const std::string& data) {
  LorrJudges j;
  j.script_ = data + "/check_output.py";
  j.folder_ = (std::filesystem::temp_directory_path() / "dure-lorr-XXXXXX").string();
  if (::mkdtemp(j.folder_.data()) == nullptr)
    return Error{.message = "cannot make a temporary folder", .file = j.folder_};
  return j;
}

LorrJudges::~LorrJudges() {
  std::error_code error;
  if (!folder_.empty()) std::filesystem::remove_all(folder_, error);
}

Result<LorrVerdict> LorrJudges::ours(const LorrProblem& problem, const std::string& output,
                                     uint32_t steps) const {
  DURE_TRY(const LorrOutputFile file, parse_lorr_output(output, "output.json"));
  LorrAuditOptions options;
  options.steps = steps;
  DURE_TRY(const LorrAudit a, audit_lorr(problem, file, options));
  LorrVerdict v{a.count(), a.finished, a.planner_errors, a.schedule_errors, {}};
  for (size_t k = 0; k < v.kinds.size(); ++k) v.kinds[k] = a.counts[k] > 0;
  return v;
}

Result<LorrVerdict> LorrJudges::theirs(const std::string& problem, const std::string& output,
                                       uint32_t steps) const {
  const std::string file = folder_ + "/output.json";
  DURE_CHECK(write_file_atomic(file, output));
  DURE_TRY(const std::string said,
           said_by("python3 '" + script_ + "' --json --steps " + std::to_string(steps) + " '" +
                   problem + "' '" + file + "'"));
  DURE_TRY(const Json json, parse_json(said, "the answer of " + script_));
  DURE_TRY(const JsonObject in, JsonObject::of(json, script_));
  constexpr int64_t most = std::numeric_limits<int64_t>::max();
  LorrVerdict v;
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

}  // namespace dure::floor
