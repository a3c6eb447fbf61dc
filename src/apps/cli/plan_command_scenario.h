// A training plan as a scenario of the fleet world, so that `dure run` meets the failures that the
// plan only expects.
//
// Jobs of a fleet scenario arrive at random, so it sends so many trainings that one always waits:
// they run one after another for three times the time that the plan expects of one. A failure stops
// a job as a fault of the job, not of a node: `restart` has the time to get another node.
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
