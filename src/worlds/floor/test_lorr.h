// For tests: a small problem of the League of Robot Runners, and a run of it that was worked out by
// hand.
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include <doctest/doctest.h>
#include <unistd.h>

#include "base/file.h"
#include "worlds/floor/lorr_log.h"
#include "worlds/floor/read_lorr.h"

namespace dure::floor {

// Cells 0 to 11; 5 is blocked. Robots at 0 and 3; a pool of 3 tasks.
inline std::map<std::string, std::string> small_lorr_files() {
  return {{"problem.json",
           R"({"mapFile": "maps/small.map", "agentFile": "small.agents", "teamSize": 2,
    "taskFile": "small.tasks", "numTasksReveal": 1.5, "version": "2024 LoRR"})"},
          {"maps/small.map", "type octile\nheight 3\nwidth 4\nmap\n....\n.@.E\nS...\n"},
          {"small.agents", "# two of three\n3\n0\n3\n11\n"},
          {"small.tasks", "# version for LoRR 2024\n3\n1,2\n8,0\n6\n"}};
}

inline Result<LorrProblem> parse_lorr(std::map<std::string, std::string> files) {
  const std::string json = files["problem.json"];
  return parse_lorr(json, "problem.json",
                    {[&](const std::string& name) -> Result<std::optional<LorrFolder::File>> {
                      const auto it = files.find(name);
                      if (it == files.end()) return std::optional<LorrFolder::File>();
                      return std::optional<LorrFolder::File>({name, it->second});
                    }});
}

inline LorrProblem small_lorr() { return parse_lorr(small_lorr_files()).value(); }

inline std::vector<Move> lorr_moves(std::string_view letters) {
  std::vector<Move> out;
  for (const char letter : letters)
    out.push_back(static_cast<Move>(std::string_view("FRCW").find(letter)));
  return out;
}

// Seven steps, each a move and a task for both robots. In the last one robot 0 wants to leave the
// map and to drop its task, of which one errand is done.
inline LorrLog small_lorr_log() {
  struct Step {
    const char* proposed;
    std::vector<uint32_t> tasks;
    std::vector<LorrDone> done;
    uint64_t revealed = 3;
  };
  const Step steps[] = {
      {"FR", {0, 2}, {{0, 0, 1}}, 3}, {"FF", {0, 2}, {{0, 0, 2}}, 4}, {"RR", {3, 2}, {}, 4},
      {"RF", {3, 2}, {{1, 2, 1}}, 5}, {"FC", {3, 1}, {{0, 3, 1}}, 5}, {"FR", {3, 1}, {}, 5},
      {"FF", {kNone, 1}, {}, 5},
  };
  LorrLog log(2, 3);
  for (const Step& s : steps) {
    const std::vector<Move> proposed = lorr_moves(s.proposed);
    const std::vector<Move> wait(2, Move::wait);
    LorrStep step;
    step.proposed = step.executed = proposed;
    step.tasks = s.tasks;
    step.done = s.done;
    step.revealed = s.revealed;
    if (s.tasks[0] == kNone) {
      step.executed = wait;
      step.move_error = {LorrMoveError::Kind::unallowed, 0, kNone};
      step.schedule_error = {LorrScheduleError::Kind::opened, kNone, 0, 0};
    }
    log.add(step);
  }
  return log;
}

// A folder that is gone at the end.
class LorrFolderOnDisk {
 public:
  LorrFolderOnDisk() : path_(std::filesystem::temp_directory_path() / "dure-lorr-XXXXXX") {
    REQUIRE(::mkdtemp(path_.data()) != nullptr);
  }
  ~LorrFolderOnDisk() {
    std::error_code error;
    std::filesystem::remove_all(path_, error);
  }
  LorrFolderOnDisk(const LorrFolderOnDisk&) = delete;
  LorrFolderOnDisk& operator=(const LorrFolderOnDisk&) = delete;

  std::string at(const std::string& name) const { return path_ + '/' + name; }
  void write(const std::string& name, const std::string& text) const {
    REQUIRE(make_directories(std::filesystem::path(at(name)).parent_path()).ok());
    REQUIRE(write_file_atomic(at(name), text).ok());
  }

 private:
  std::string path_;
};

}  // namespace dure::floor
