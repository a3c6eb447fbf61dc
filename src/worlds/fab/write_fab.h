// Writes a model as a scenario with the line in the hand-written form of read_fab.h, so that
// AutoSched tables or a generated fab become a file to read and edit.
//
// Reading it again gives a model with the same digest, if the model lists its breakdowns before its
// other upkeeps (as all our readers do) and its policy asks about no releases: the policy is not
// the model's. Times are exact to the nanosecond.
#pragma once

#include <string>

#include "worlds/fab/model.h"

namespace dure::fab {

// The model must be finished.
std::string write_fab(const Model& model, const std::string& title, const std::string& about);

}  // namespace dure::fab
