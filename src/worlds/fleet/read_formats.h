// The formats of traces that can be imported, with their files and options as the command line
// shows them: `dure import FORMAT FILES... [--OPTION VALUE]...`.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "worlds/fleet/trace.h"

namespace dure::fleet {

struct TraceOption {
  const char* name;
  const char* values;  // "core | gpu", "a whole number"
  const char* what;    // what it does, with its default
};

struct TraceFormat {
  const char* name;
  const char* what;
  const char* files;  // "JOBS NODES"
  int min_files;
  int max_files;
  std::vector<TraceOption> options;
  // Checks the number of files and the options' names and values before it reads.
  Result<Trace> (*read)(const std::vector<std::string>& files,
                        const std::map<std::string, std::string>& options);
};

std::span<const TraceFormat> trace_formats();
// An Error that lists the formats when there is none of this name.
Result<const TraceFormat*> find_trace_format(std::string_view name);

}  // namespace dure::fleet
