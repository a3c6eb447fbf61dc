// Ways to falsify an output file of the League of Robot Runners, for the oracle lorr-rules.
#pragma once

#include <functional>
#include <span>

#include "worlds/floor/audit_lorr.h"
#include "worlds/floor/lorr_json.h"

namespace dure::floor {

struct LorrFalsified {
  const char* what;
  LorrViolation::Kind kind;  // of the violations that it makes
  // False: there is nothing in the run that could be falsified so.
  std::function<bool(Json&, const LorrProblem&)> change;
};

std::span<const LorrFalsified> lorr_falsified();         // of any run
std::span<const LorrFalsified> lorr_falsified_errors();  // of a run with errors of both kinds

}  // namespace dure::floor
