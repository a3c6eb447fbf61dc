// The line as a folder of CSV files, written from a simulated world or from a real line's systems:
//
//   line.toml   time = 2026-02-14T06:00:00Z, when the line stood so
//   lots.csv    a row for each lot in the line
//   tools.csv   a row for each tool that is not idle, up and without setup; may be missing
//
// docs/fab-twin.md explains each column. Columns are found by name, in any order; those that are
// not known are an Error. Empty fields are not known. Names are the model's; a step is its number
// in the route, from 1, or its name. Times are as parse_time() has them.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "worlds/fab/line_state.h"

namespace dure::fab {

std::string lots_csv(const Model& model, const LineState& line);
std::string tools_csv(const Model& model, const LineState& line);
std::string line_toml(const Model& model, const LineState& line);

struct LineText {
  std::string toml, lots, tools;  // content; tools may be empty
  std::string folder;             // before the files' names in messages
};
Result<LineState> parse_line(const Model& model, const LineText& text);
Result<LineState> read_line(const Model& model, const std::string& folder);

}  // namespace dure::fab
