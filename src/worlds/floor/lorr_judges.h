// Two auditors of League of Robot Runners outputs for the oracle lorr-rules: ours (audit_lorr.h),
// and check_output.py beside the reference data, which others wrote from the same rules.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <utility>

#include "worlds/floor/audit_lorr.h"

namespace dure::floor {

// What an auditor says of an output.
struct LorrVerdict {
  uint64_t violations = 0, tasks = 0, move_errors = 0, schedule_errors = 0;
  std::array<bool, LorrViolation::kKinds> kinds{};

  bool operator==(const LorrVerdict&) const = default;
  std::string text() const;
};

// Outputs go through a folder, as long as it lives.
class LorrJudges {
 public:
  static Result<LorrJudges> make(const std::string& data);
  LorrJudges(LorrJudges&& other) noexcept
      : script_(std::move(other.script_)), folder_(std::exchange(other.folder_, "")) {}
  LorrJudges& operator=(LorrJudges&&) = delete;
  ~LorrJudges();

  Result<LorrVerdict> ours(const LorrProblem& problem, const std::string& output,
                           uint32_t steps) const;
  // `problem` is its file.
  Result<LorrVerdict> theirs(const std::string& problem, const std::string& output,
                             uint32_t steps) const;

 private:
  LorrJudges() = default;

  std::string script_, folder_;
};

}  // namespace dure::floor
