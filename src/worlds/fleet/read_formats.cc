#include "worlds/fleet/read_formats.h"

#include <array>
#include <utility>

#include "base/text.h"
#include "worlds/fleet/read_csv_trace.h"
#include "worlds/fleet/read_openb.h"
#include "worlds/fleet/read_philly.h"
#include "worlds/fleet/read_sacct.h"
#include "worlds/fleet/read_swf.h"

namespace dure::fleet {
namespace {

using Files = std::vector<std::string>;
using Options = std::map<std::string, std::string>;

Result<void> check(const char* name, const Files& files, const Options& options) {
  DURE_TRY(const TraceFormat* format, find_trace_format(name));
  const auto count = static_cast<int>(files.size());
  if (count < format->min_files || count > format->max_files) {
    const std::string expected =
        format->min_files == format->max_files
            ? std::to_string(format->min_files)
            : std::to_string(format->min_files) + " to " + std::to_string(format->max_files);
    return Error{std::string("format ") + format->name + ": expected " + expected + " path" +
                     (format->max_files == 1 ? "" : "s") + " (" + format->files + "), found " +
                     std::to_string(count),
                 {},
                 0,
                 0,
                 {}};
  }
  std::vector<std::string_view> known;
  for (const TraceOption& option : format->options) known.push_back(option.name);
  for (const auto& [option, value] : options) {
    bool found = false;
    for (const std::string_view k : known) found |= k == option;
    if (found) continue;
    return Error{std::string("format ") + format->name + ": expected " +
                     (known.empty() ? "no options" : "an option among " + join_quoted(known)) +
                     ", found " + quoted(option) + did_you_mean(option, known),
                 {},
                 0,
                 0,
                 {}};
  }
  return {};
}

// Sets `out` when the option is given.
Result<void> integer(const Options& options, const char* name, int64_t min, int64_t max,
                     int64_t& out) {
  const auto at = options.find(name);
  if (at == options.end()) return {};
  const Result<int64_t> read = parse_int(at->second, min, max);
  if (!read) return Error{read.error().message, {}, 0, 0, name};
  out = *read;
  return {};
}

template <class T, size_t N>
Result<void> choice(const Options& options, const char* name,
                    const std::pair<std::string_view, T> (&choices)[N], T& out) {
  const auto at = options.find(name);
  if (at == options.end()) return {};
  std::array<std::string_view, N> words;
  for (size_t i = 0; i < N; ++i) {
    words[i] = choices[i].first;
    if (words[i] != at->second) continue;
    out = choices[i].second;
    return {};
  }
  return Error{"expected " + join_quoted(words, "or") + ", found " + quoted(at->second) +
                   did_you_mean(at->second, words),
               {},
               0,
               0,
               name};
}

Result<Trace> openb(const Files& files, const Options& options) {
  DURE_CHECK(check("openb", files, options));
  OpenbOptions o;
  DURE_CHECK(
      choice(options, "arrivals",
             {std::pair<std::string_view, OpenbArrivals>{"creation", OpenbArrivals::creation},
              {"one-per-second", OpenbArrivals::one_per_second}},
             o.arrivals));
  return read_openb(files[0], files[1], o);
}

Result<Trace> philly(const Files& files, const Options& options) {
  DURE_CHECK(check("philly", files, options));
  PhillyOptions o;
  DURE_CHECK(integer(options, "divide", 1, kMaxTraceNodes, o.divide));
  return read_philly(files[0], files[1], o);
}

Result<Trace> swf(const Files& files, const Options& options) {
  DURE_CHECK(check("swf", files, options));
  SwfOptions o;
  DURE_CHECK(choice(options, "processor",
                    {std::pair<std::string_view, SwfProcessor>{"core", SwfProcessor::core},
                     {"gpu", SwfProcessor::gpu}},
                    o.processor));
  const bool gpus = o.processor == SwfProcessor::gpu;
  DURE_CHECK(
      integer(options, "per_node", 1, gpus ? int64_t{kMaxGpusPerNode} : kMaxCpus, o.per_node));
  DURE_CHECK(integer(options, "nodes", 1, kMaxTraceNodes, o.nodes));
  DURE_CHECK(choice(options, "status",
                    {std::pair<std::string_view, bool>{"all", false}, {"completed", true}},
                    o.completed_only));
  DURE_CHECK(choice(options, "owner",
                    {std::pair<std::string_view, SwfOwner>{"user", SwfOwner::user},
                     {"group", SwfOwner::group},
                     {"queue", SwfOwner::queue},
                     {"partition", SwfOwner::partition},
                     {"none", SwfOwner::none}},
                    o.owner));
  return read_swf(files[0], o);
}

Result<Trace> sacct(const Files& files, const Options& options) {
  DURE_CHECK(check("sacct", files, options));
  SacctOptions o;
  DURE_CHECK(
      choice(options, "unfinished",
             {std::pair<std::string_view, SacctUnfinished>{"elapsed", SacctUnfinished::elapsed},
              {"limit", SacctUnfinished::limit},
              {"skip", SacctUnfinished::skip}},
             o.unfinished));
  if (const auto at = options.find("delimiter"); at != options.end()) {
    const std::string& text = at->second;
    if (text != "\\t" && (text.size() != 1 || text == "\n" || text == "\r" || text == "\"")) {
      return Error{"expected one character or \\t, found " + quoted(text), {}, 0, 0, "delimiter"};
    }
    o.delimiter = text == "\\t" ? '\t' : text[0];
  }
  DURE_CHECK(integer(options, "gpus_per_node", 1, kMaxGpusPerNode, o.gpus_per_node));
  DURE_CHECK(integer(options, "cpus_per_node", 1, kMaxCpus, o.cpus_per_node));
  return read_sacct(files[0], files.size() > 1 ? files[1] : std::string(), o);
}

Result<Trace> dure_folder(const Files& files, const Options& options) {
  DURE_CHECK(check("dure", files, options));
  return read_csv_trace(files[0]);
}

const std::array<TraceFormat, 5>& table() {
  static const std::array<TraceFormat, 5> formats = {{
      {"openb",
       "Alibaba cluster-trace-gpu-v2023: pods with shares of a GPU",
       "NODES PODS",
       2,
       2,
       {{"arrivals", "creation | one-per-second",
         "when pods come: at their creation_time (default), or one per second in file order, never "
         "leaving"}},
       openb},
      {"philly",
       "GPU jobs by virtual cluster: job_id, vc, submit_s, gpus, duration_s",
       "JOBS VC_NODES",
       2,
       2,
       {{"divide", "a whole number",
         "every virtual cluster gets its nodes divided by this (default 1)"}},
       philly},
      {"swf",
       "Standard Workload Format 2.2 of the Parallel Workloads Archive",
       "JOBS",
       1,
       1,
       {{"processor", "core | gpu", "what a processor of the log is (default core)"},
        {"per_node", "a whole number",
         "processors per node (default: as the header has it; else cores are interchangeable in "
         "one "
         "node, GPUs are 8 per node)"},
        {"nodes", "a whole number", "nodes (default: from the header, else from the peak use)"},
        {"status", "all | completed", "which jobs that ran are kept (default all)"},
        {"owner", "user | group | queue | partition | none", "whom jobs belong to (default user)"}},
       swf},
      {"sacct",
       "Slurm accounting: `sacct -a -P`, and the nodes from `scontrol show node -o`",
       "JOBS [NODES]",
       1,
       2,
       {{"unfinished", "elapsed | limit | skip",
         "jobs that run or wait when sacct ran: last as long as so far, the waiting left out "
         "(default); "
         "last until their limit, and start where they did, as the cluster is now; left out"},
        {"delimiter", "a character or \\t", "between the fields, as given to sacct (default |)"},
        {"gpus_per_node", "a whole number", "of nodes made up when no file has them (default 8)"},
        {"cpus_per_node", "a whole number",
         "of nodes without GPUs made up (default: the largest task's)"}},
       sacct},
      {"dure", "our own folder: nodes.csv and jobs.csv", "FOLDER", 1, 1, {}, dure_folder},
  }};
  return formats;
}

}  // namespace

std::span<const TraceFormat> trace_formats() { return table(); }

Result<const TraceFormat*> find_trace_format(std::string_view name) {
  std::vector<std::string_view> names;
  for (const TraceFormat& format : table()) {
    if (name == format.name) return &format;
    names.push_back(format.name);
  }
  return Error{"expected a format among " + join_quoted(names) + ", found " + quoted(name) +
                   did_you_mean(name, names),
               {},
               0,
               0,
               {}};
}

}  // namespace dure::fleet
