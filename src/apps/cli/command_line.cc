#include "apps/cli/command_line.h"

#include <algorithm>

#include <fmt/format.h>

#include "apps/cli/places.h"
#include "worlds/fleet/read_formats.h"

namespace dure::cli {
namespace {

std::string shell_word(const std::string& word) {
  const bool plain = !word.empty() && std::all_of(word.begin(), word.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("-_=./+,:@%").find(c) != std::string_view::npos;
  });
  if (plain) return word;
  std::string out = "'";
  for (const char c : word) {
    if (c == '\'') {
      out += "'\\''";
    } else {
      out += c;
    }
  }
  return out + "'";
}

}  // namespace

std::string overview() {
  return fmt::format(R"(Dure {} simulates physical AI: systems that sense, decide and act.

  dure run nation              run a scenario; its report is a web page
  dure list                    what there is: worlds, policies, scenarios, trace formats
  dure describe nation         what a scenario sets, and every key it could
  dure runs                    the runs so far
  dure compare A B             two runs side by side
  dure whatif nation ...       what a change would do, with confidence intervals
  dure resume last             go on with a run that was stopped or killed
  dure replay last             check that its recording ends in the same state, bit for bit
  dure import FORMAT FILE...   turn a cluster's trace into a scenario
  dure fab whatif minifab ...  what-ifs, operating curves and the twin of a wafer fab
  dure fleet why RUN JOB       why a job of a GPU fleet waits, and when it would start
  dure floor lorr PROBLEM      contest problems, their audit, and one-shot path planning
  dure plan training           how to train a model on many GPUs, and how long it takes
  dure verify                  compare with published results
  dure bench                   measure the engine's speed

Each has --help with examples.
)",
                     version());
}

std::string import_help() {
  std::string out;
  int n = 0;
  for (const fleet::TraceFormat& format : fleet::trace_formats()) {
    if (++n > 3) break;
    out += fmt::format("  dure import {} {} --out my-trace\n", format.name, format.files);
  }
  out += "  dure run my-trace\n\nFormats, their files and --option keys:\n";
  for (const fleet::TraceFormat& format : fleet::trace_formats()) {
    out += fmt::format("  {} {}\n      {}\n", format.name, format.files, format.what);
    for (const fleet::TraceOption& option : format.options) {
      out += fmt::format("      {}={}: {}\n", option.name, option.values, option.what);
    }
  }
  return out;
}

std::string typed_command(int argc, char** argv) {
  std::string out = "dure";
  for (int i = 1; i < argc; ++i) out += ' ' + shell_word(argv[i]);
  return out;
}

}  // namespace dure::cli
