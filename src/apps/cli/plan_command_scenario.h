// A training plan as a scenario of the fleet world, so that `dure run` meets the failures that the
// plan only expects.
//
// It is one [[job]] and its [[job_kind]], on a site of its GPUs; people move both to a scenario of
// a whole fleet. A failure stops the job as a fault of its own, not of a node: `restart` has the
// time to get another node.
#pragma once

#include <string>

#include "base/result.h"
#include "worlds/fleet/training_plan.h"

namespace dure::cli {

// `summary` becomes the text about the scenario. An Error when the fleet world would
// not take the scenario: too many nodes, too long a time.
Result<std::string> plan_scenario(const fleet::TrainingTask& task, const fleet::TrainingPlan& plan,
                                  const std::string& summary);

}  // namespace dure::cli
