// The columns and words of the line's CSV files, for their reader and writer.
#pragma once

#include <string_view>
#include <vector>

namespace dure::fab {

inline const std::vector<std::string_view> kLotWords = {"waiting", "moving", "processing"};
inline const std::vector<std::string_view> kToolWords = {"up", "down", "service"};
inline const std::vector<std::string_view> kLotColumns = {
    "lot",   "product", "priority", "wafers",   "step",    "state", "tool",
    "since", "until",   "due",      "released", "release", "bound", "deadlines"};
inline const std::vector<std::string_view> kToolColumns = {
    "tool", "state", "until", "setup", "run_left", "next_start", "services"};

}  // namespace dure::fab
