// The time of day, for the names and dates of runs. Never part of a simulation.
#pragma once

#include <string>

namespace dure::cli {

std::string utc_now();                           // "2026-11-22T08:14:29Z"
std::string local_time(const std::string& utc);  // "2026-11-22 17:14", for lists
std::string today();                             // "2026-11-22", UTC

}  // namespace dure::cli
