// dure import
#include <filesystem>
#include <map>
#include <set>

#include <fmt/format.h>

#include "apps/cli/commands.h"
#include "apps/cli/places.h"
#include "apps/cli/terminal.h"
#include "apps/cli/wall_clock.h"
#include "base/config.h"
#include "base/file.h"
#include "base/text.h"
#include "worlds/fleet/read_common.h"
#include "worlds/fleet/read_formats.h"
#include "worlds/fleet/write_trace.h"

namespace dure::cli {
namespace {

Result<std::map<std::string, std::string>> parse_options(const std::vector<std::string>& given) {
  std::map<std::string, std::string> out;
  for (const std::string& option : given) {
    const size_t equals = option.find('=');
    if (equals == 0 || equals == std::string::npos) {
      return Error{.message = "expected key=value, found " + dure::quoted(option),
                   .key = "--option"};
    }
    out[option.substr(0, equals)] = option.substr(equals + 1);
  }
  return out;
}

std::string toml_text(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  }
  return out + '"';
}

std::string about(const fleet::Trace& trace, const ImportOptions& options) {
  std::string out = "Imported on " + today() + " from";
  for (const std::string& file : options.files) out += ' ' + file_name(file);
  out += ", format " + options.format + '.';
  for (const std::string& note : trace.notes) out += ' ' + note + '.';
  return out;
}

// Nodes that were out of service when the records were taken, as windows. What ran there ran on.
std::string windows_text(const fleet::Trace& trace) {
  if (!trace.taken) return "";
  std::set<std::string_view> busy;
  for (const fleet::TraceJob& job : trace.jobs) {
    if (job.start && fleet::add_clamped(*job.start, job.duration) > *trace.taken)
      busy.insert(job.nodes.begin(), job.nodes.end());
  }
  const Time until = fleet::add_clamped(*trace.taken, 7_d);
  std::string out;
  std::map<std::string_view, int64_t> next;  // node of each pool
  for (const fleet::TraceNode& node : trace.nodes) {
    const int64_t index = next[node.pool]++;
    if (node.out_of_service.empty()) continue;
    out += fmt::format(
        "\n# {} when the records were taken; a week is assumed.\n"
        "[[window]]\n"
        "name = {}\n"
        "owner = {}\n"
        "first_node = {}\n"
        "nodes = 1\n"
        "from = {}\n"
        "until = {}\n"
        "drain = {}\n",
        node.out_of_service, toml_text(node.name), toml_text(node.pool), index,
        toml_text(to_string(*trace.taken)), toml_text(to_string(until)), busy.contains(node.name));
  }
  return out;
}

// A scenario of the trace, that `dure run FOLDER` accepts.
Result<std::string> scenario_text(const fleet::Trace& trace, const std::string& name,
                                  const ImportOptions& options) {
  Config config;
  DURE_CHECK(config.set("world", "fleet"));
  DURE_CHECK(config.set("title", toml_text(name)));
  DURE_CHECK(config.set("about", toml_text(about(trace, options))));
  DURE_CHECK(config.set("policy.order", "easy"));
  DURE_CHECK(config.set("policy.placement", "best-fit"));
  DURE_CHECK(config.set("trace.folder", toml_text(".")));
  if (trace.taken) {
    DURE_CHECK(config.set("trace.as_recorded_until", toml_text(to_string(*trace.taken))));
  }
  return config.text() + windows_text(trace);
}

uint64_t gpus_of(const fleet::Trace& trace) {
  uint64_t gpus = 0;
  for (const fleet::TraceNode& node : trace.nodes) gpus += node.gpus;
  return gpus;
}

}  // namespace

Result<int> import_command(const ImportOptions& options) {
  DURE_TRY(const fleet::TraceFormat* format, fleet::find_trace_format(options.format));
  DURE_TRY(const auto settings, parse_options(options.options));
  const std::string name =
      options.name.value_or(options.out ? file_name(*options.out) : options.format);
  const std::string out = options.out.value_or(name);
  std::error_code error;
  if (exists(out) && !std::filesystem::is_empty(out, error)) {
    return Error{
        .message =
            "expected a new or empty folder, found one with files in it; --out names another",
        .file = out,
        .key = "--out"};
  }
  DURE_TRY(const fleet::Trace trace, format->read(options.files, settings));
  DURE_TRY(const std::string scenario, scenario_text(trace, name, options));
  DURE_CHECK(fleet::write_trace(trace, out));
  DURE_CHECK(write_file_atomic(out + "/scenario.toml", scenario));

  std::string text = fmt::format("{} nodes with {} GPUs, {} jobs\n",
                                 with_commas(static_cast<int64_t>(trace.nodes.size())),
                                 with_commas(static_cast<int64_t>(gpus_of(trace))),
                                 with_commas(static_cast<int64_t>(trace.jobs.size())));
  for (const std::string& note : trace.notes) text += "note: " + note + '\n';
  text += fmt::format("written to {}; `dure run {}` runs it\n", out, out);
  if (trace.taken) {
    text += fmt::format(
        "as recorded until {}, when it was taken; then `dure fleet why last --at now` tells what "
        "its jobs wait for\n",
        to_string(*trace.taken));
  }
  print(text);
  return kOk;
}

}  // namespace dure::cli
