#include "worlds/fleet/read_philly.h"

#include <map>
#include <string_view>

#include "base/csv.h"
#include "base/file.h"
#include "base/text.h"
#include "worlds/fleet/account_paths.h"

namespace dure::fleet {
namespace {

struct Cluster {
  uint32_t gpus_per_node = 0;
};
using Clusters = std::map<std::string, Cluster, std::less<>>;

Result<void> parse_clusters(const TraceText& text, const PhillyOptions& options, Trace& trace,
                            Clusters& clusters) {
  DURE_TRY(auto csv, CsvReader::open(text.text, text.name));
  DURE_TRY(const int vc, csv.column("vc"));
  DURE_TRY(const int nodes, csv.column("nodes"));
  DURE_TRY(const int gpus, csv.column("gpus_per_node"));
  for (;;) {
    DURE_TRY(const bool more, csv.next());
    if (!more) break;
    TraceNode node;
    DURE_TRY(node.pool, csv.text(vc));
    DURE_TRY(const int64_t count, csv.integer(nodes, 1, kMaxTraceNodes));
    DURE_TRY(const int64_t per_node, csv.integer(gpus, 1, kMaxGpusPerNode));
    node.gpus = static_cast<uint32_t>(per_node);
    if (!clusters.emplace(node.pool, Cluster{node.gpus}).second) {
      return csv.error(vc,
                       "expected each virtual cluster once, found " + quoted(node.pool) + " again");
    }
    if (count / options.divide == 0) {
      return csv.error(nodes, "expected at least " + count_of(options.divide, "node") +
                                  ", because each virtual cluster is divided by that, found " +
                                  std::to_string(count));
    }
    if (!add_nodes(trace, node, count / options.divide, options.max_nodes)) {
      return csv.error(
          nodes, "expected at most " + count_of(options.max_nodes, "node") + " in all, found more");
    }
  }
  if (trace.nodes.empty()) {
    return Error{
        "expected at least one virtual cluster, found only a header row", text.name, 1, 0, {}};
  }
  return {};
}

Error unknown_cluster(const CsvReader& csv, int vc, const Clusters& clusters) {
  std::vector<std::string_view> names;
  for (const auto& [name, cluster] : clusters) names.push_back(name);
  return csv.error(vc, "expected a virtual cluster of the node file, found " +
                           quoted(csv.field(vc)) + did_you_mean(csv.field(vc), names));
}

}  // namespace

Result<Trace> parse_philly(const TraceText& jobs, const TraceText& vc_nodes,
                           const PhillyOptions& options) {
  if (options.divide < 1) {
    return Error{"expected a whole number of at least 1, found " + std::to_string(options.divide),
                 {},
                 0,
                 0,
                 "divide"};
  }
  Trace trace;
  Clusters clusters;
  DURE_CHECK(parse_clusters(vc_nodes, options, trace, clusters));

  DURE_TRY(auto csv, CsvReader::open(jobs.text, jobs.name));
  DURE_TRY(const int name, csv.column("job_id"));
  DURE_TRY(const int vc, csv.column("vc"));
  DURE_TRY(const int submit, csv.column("submit_s"));
  DURE_TRY(const int gpus, csv.column("gpus"));
  DURE_TRY(const int duration, csv.column("duration_s"));
  const int user = csv.optional_column("user");
  int64_t never_ran = 0, gangs = 0;
  for (;;) {
    DURE_TRY(const bool more, csv.next());
    if (!more) break;
    TraceJob job;
    DURE_TRY(job.name, csv.text(name));
    const auto cluster = clusters.find(csv.field(vc));
    if (cluster == clusters.end()) return unknown_cluster(csv, vc, clusters);
    job.pool = cluster->first;
    if (user >= 0) job.account = account_path_of(job.pool, csv.field(user));
    const auto seconds = [&](int col) -> Result<Duration> {
      Result<Duration> s = parse_seconds(trim(csv.field(col)));
      return s ? s : csv.error(col, s.error().message);
    };
    DURE_TRY(const Duration at, seconds(submit));
    job.submit = Time{at.ns};
    DURE_TRY(job.duration, seconds(duration));
    DURE_TRY(const int64_t total, csv.integer(gpus, 1, kMaxTasks));
    const TaskSplit split =
        split_exactly(static_cast<uint32_t>(total), cluster->second.gpus_per_node);
    job.tasks = split.tasks;
    job.gpus = split.each;
    if (job.duration == Duration{0}) {
      ++never_ran;
      continue;
    }
    gangs += job.tasks > 1;
    trace.jobs.push_back(std::move(job));
  }
  if (gangs > 0) {
    trace.notes.push_back(count_of(gangs, "job") +
                          " larger than a node: split into the fewest equal tasks that fit");
  }
  if (never_ran > 0) {
    trace.notes.push_back(count_of(never_ran, "job") + " with a duration of 0 left out");
  }
  return trace;
}

Result<Trace> read_philly(const std::string& jobs, const std::string& vc_nodes,
                          const PhillyOptions& options) {
  DURE_TRY(const std::string job_text, read_file(jobs));
  DURE_TRY(const std::string node_text, read_file(vc_nodes));
  return parse_philly({job_text, jobs}, {node_text, vc_nodes}, options);
}

}  // namespace dure::fleet
