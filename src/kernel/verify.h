// Oracles: comparisons with published or exact reference results. A file x.verify.cc beside the
// code registers them with DURE_VERIFY; `dure verify` runs them and prints one row each.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace dure {

struct Check {
  std::string what;       // "start times and nodes, ref_fifo_full"
  std::string reference;  // "13,685 rows" or "95.39 %"
  std::string ours;       // "0 mismatches" or "95.41 %"
  std::string tolerance;  // "exact", "0.3 points"
  bool pass = false;
};

struct Oracle {
  const char* name;    // as on the command line, "philly-vc"
  const char* source;  // who published the reference, and where
  const char* folder;  // below the data folder; "" when the oracle needs no data
  // `folder` is the full path and exists. An Error means that the data could not be read.
  Result<std::vector<Check>> (*run)(const std::string& folder);
};

std::vector<Oracle>& oracles();

struct OracleRegistration {
  explicit OracleRegistration(Oracle oracle) { oracles().push_back(oracle); }
};

}  // namespace dure

#define DURE_VERIFY(name, source, folder, function)                 \
  static const ::dure::OracleRegistration DURE_CONCAT(dure_oracle_, \
                                                      __LINE__)({name, source, folder, function})
