// Reads a problem of the League of Robot Runners: a JSON file and the three text files it names.
//
//  - the JSON: mapFile, agentFile, taskFile (paths from the JSON's folder), teamSize,
//    numTasksReveal (1 when absent); of 2026 agentCounter and delayConfig. Other keys are ignored,
//    `version` and `agentSize` among them.
//  - the map: MovingAI's format (solvers/movingai.h), where '@' and 'T' are blocked and every other
//    letter is free.
//  - agents and tasks: lines from "#" on are comments, the first other line is the count, and
//    then there is an entry in each line: an agent's cell, of which the first teamSize count; a
//    task's cells with commas between them. A cell is row * width + column.
//
// gzip is fine, and a file that is not there is looked for with ".gz" added. A cell that is blocked
// or off the map, two robots on one cell and a count that is wrong are Errors. Cells that cannot be
// reached are not.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "base/result.h"
#include "worlds/floor/lorr_problem.h"

namespace dure::floor {

// Files by the name that the JSON has for them.
struct LorrFolder {
  // How messages show a file, and its content; nothing when there is none of that name.
  struct File {
    std::string shown, text;
  };
  std::function<Result<std::optional<File>>(const std::string& name)> read;
};

Result<LorrProblem> read_lorr(const std::string& path);
// `path` is for messages and the problem's name.
Result<LorrProblem> parse_lorr(std::string_view json, const std::string& path,
                               const LorrFolder& folder);

}  // namespace dure::floor
