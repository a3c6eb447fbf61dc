// dure verify
#include "kernel/verify.h"

#include <cstdio>
#include <cstdlib>

#include <fmt/format.h>

#include "apps/cli/commands.h"
#include "apps/cli/names.h"
#include "apps/cli/places.h"
#include "apps/cli/terminal.h"
#include "apps/cli/text_table.h"
#include "base/file.h"

namespace dure::cli {
namespace {

struct Tally {
  int passed = 0, failed = 0, skipped = 0;
};

bool in_ci() {
  const char* ci = std::getenv("CI");
  return ci != nullptr && std::string_view(ci) == "true";
}

void print_list(const std::vector<Oracle>& all) {
  TextTable table;
  for (const Oracle& oracle : all) table.row({oracle.name, oracle.source});
  print(table.text(0, terminal_width()));
}

std::string checks_text(const std::vector<Check>& checks, Tally& tally) {
  TextTable table;
  table.row({"", "", "reference", "ours", "tolerance"});
  for (const Check& check : checks) {
    ++(check.pass ? tally.passed : tally.failed);
    table.row(
        {check.pass ? "PASS" : "FAIL", check.what, check.reference, check.ours, check.tolerance});
  }
  return table.text(2);
}

std::string run_one(const Oracle& oracle, const std::string& data, Tally& tally) {
  const std::string folder = *oracle.folder == 0 ? "" : data + '/' + oracle.folder;
  if (!folder.empty() && !exists(folder)) {
    ++tally.skipped;
    return fmt::format("  skipped: no reference data in {} (published by {})\n", folder,
                       oracle.source);
  }
  const Result<std::vector<Check>> checks = oracle.run(folder);
  if (checks) return checks_text(*checks, tally);
  ++tally.failed;
  return "  FAIL  " + checks.error().text() + '\n';
}

}  // namespace

Result<int> verify_command(const VerifyOptions& options) {
  DURE_TRY(const std::vector<Oracle> all, chosen(oracles(), options.names, "oracle"));
  if (options.list) {
    print_list(all);
    return kOk;
  }
  const std::string data = data_folder(options.data);
  Tally tally;
  for (const Oracle& oracle : all) {
    print(std::string(oracle.name) + (options.verbose ? std::string("  ") + oracle.source : "") +
          '\n');
    std::fflush(stdout);
    print(run_one(oracle, data, tally));
  }
  print(
      fmt::format("{} passed, {} failed, {} skipped\n", tally.passed, tally.failed, tally.skipped));
  return tally.failed > 0 || (in_ci() && tally.skipped > 0) ? kFailed : kOk;
}

}  // namespace dure::cli
