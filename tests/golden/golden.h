// The lines that `golden` prints.
#pragma once

#include <string>

#include "base/digest.h"
#include "base/result.h"

namespace dure {

class Golden {
 public:
  void add(const std::string& name, uint64_t digest) {
    lines_ += name + ' ' + digest_text(digest) + '\n';
  }
  // Two ways to one result.
  Result<void> same(const std::string& name, uint64_t digest, uint64_t straight) {
    add(name, digest);
    if (digest == straight) return {};
    return Error{.message = name + ": expected the straight run's digest " + digest_text(straight) +
                            ", found " + digest_text(digest)};
  }
  const std::string& lines() const { return lines_; }

 private:
  std::string lines_;
};

Result<void> fab_runs(Golden& out);
Result<void> floor_runs(Golden& out);

}  // namespace dure
