// The commands of `dure`: what the command line can say to each, and the function that does it.
// dure.main.cc fills in the options; a function returns the process's exit code, or an Error, which
// is printed on stderr and exits with 2.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace dure::cli {

inline constexpr int kOk = 0;
inline constexpr int kFailed = 1;  // the work was done, and the answer is no
inline constexpr int kUserError = 2;
inline constexpr int kInterrupted = 130;

struct Pace {
  double snapshot_every_s = 20;  // of wall time
  bool quiet = false;            // no progress, no figures at the end
};

struct RunOptions {
  std::string scenario;
  std::vector<std::string> policy;
  std::optional<std::string> seed;
  std::vector<std::string> set;
  std::optional<std::string> until;
  std::optional<std::string> out;
  bool no_record = false;
  Pace pace;
  std::string command;  // as typed, for the report
};
Result<int> run_command(const RunOptions& options);

struct ResumeOptions {
  std::string run;
  Pace pace;
};
Result<int> resume_command(const ResumeOptions& options);

struct ReplayOptions {
  std::string run;
  bool quiet = false;
};
Result<int> replay_command(const ReplayOptions& options);

struct RunsOptions {
  bool all = false;
};
Result<int> runs_command(const RunsOptions& options);

struct CompareOptions {
  std::string a, b;
};
Result<int> compare_command(const CompareOptions& options);

struct WhatIfOptions {
  std::string scenario;
  std::vector<std::string> set, policy;  // one variant together
  std::vector<std::string> variant;
  std::vector<std::string> base;  // key=value, on both sides
  std::optional<std::string> seed, until;
  std::vector<std::string> kpi;
  bool groups = false;
  uint32_t n = 8;
  unsigned threads = 0;  // 0: as many as processors and memory allow
  std::optional<std::string> csv;
  bool json = false;
  bool quiet = false;
};
Result<int> whatif_command(const WhatIfOptions& options);

Result<int> list_command();

struct DescribeOptions {
  std::string what;  // a world or a scenario
};
Result<int> describe_command(const DescribeOptions& options);

struct ImportOptions {
  std::string format;
  std::vector<std::string> files;
  std::vector<std::string> options;  // key=value
  std::optional<std::string> out;
  std::optional<std::string> name;
};
Result<int> import_command(const ImportOptions& options);

struct VerifyOptions {
  std::vector<std::string> names;
  std::optional<std::string> data;
  bool list = false;
  bool verbose = false;
};
Result<int> verify_command(const VerifyOptions& options);

struct BenchOptions {
  std::vector<std::string> names;
  std::optional<std::string> data;
  bool csv = false;
  bool check = false;
  bool smoke = false;
  bool list = false;
};
Result<int> bench_command(const BenchOptions& options);

}  // namespace dure::cli
