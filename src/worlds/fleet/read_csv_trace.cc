#include "worlds/fleet/read_csv_trace.h"

#include <algorithm>
#include <array>
#include <limits>
#include <unordered_map>
#include <unordered_set>

#include "base/csv.h"
#include "base/file.h"
#include "base/text.h"
#include "worlds/fleet/account_paths.h"

namespace dure::fleet {
namespace {

constexpr int64_t kMax32 = std::numeric_limits<uint32_t>::max();

// Every column must be one of `known`; the first `needed` of them must be there.
Result<std::vector<int>> columns_of(const CsvReader& csv, const std::string& file,
                                    const std::vector<std::string_view>& known,
                                    const std::vector<std::string_view>& needed) {
  for (size_t i = 0; i < csv.columns().size(); ++i) {
    const std::string& name = csv.columns()[i];
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    return Error{"expected a column among " + join_quoted(known, "and") + ", found " +
                     quoted(name) + did_you_mean(name, known),
                 file,
                 1,
                 static_cast<int>(i + 1),
                 {}};
  }
  for (const std::string_view name : needed) {
    DURE_TRY([[maybe_unused]] const int col, csv.column(name));
  }
  std::vector<int> out;
  for (const std::string_view name : known) out.push_back(csv.optional_column(name));
  return out;
}

Result<uint32_t> number(const CsvReader& csv, int col, int64_t fallback, int64_t min, int64_t max) {
  DURE_TRY(const int64_t n, csv.integer_or(col, fallback, min, max));
  return static_cast<uint32_t>(n);
}

Result<Time> time_at(const CsvReader& csv, int col) {
  const std::string_view text = trim(csv.field(col));
  constexpr size_t year = 4;  // "2026-..."
  Result<Time> time = Time{};
  if (text.find('-', 1) == year) {
    time = parse_time(text);
  } else {
    const bool negative = text.starts_with('-');
    const Result<Duration> seconds = parse_seconds(text.substr(negative ? 1 : 0));
    if (!seconds) {
      return csv.error(col,
                       "expected seconds such as \"12.5\" or a time such as "
                       "\"2026-01-01T12:00:00Z\", found " +
                           quoted(text));
    }
    time = Time{negative ? -seconds->ns : seconds->ns};
  }
  if (!time) return csv.error(col, time.error().message);
  if (*time == Time::never()) {
    return csv.error(col, "expected a time before the year 2262, found " + quoted(text));
  }
  return time;
}

Result<Duration> duration_at(const CsvReader& csv, int col) {
  const std::string_view text = trim(csv.field(col));
  if (text.empty()) return Duration::max();
  Result<Duration> seconds = parse_seconds(text);
  return seconds ? seconds : csv.error(col, seconds.error().message + "; empty means for ever");
}

struct JobColumns {
  int job, pool, owner, submit, duration, limit, tasks, gpus, gpu_milli, cpu, memory, models,
      priority, account, kind, start, nodes;
};

Result<JobColumns> job_columns(const CsvReader& csv, const std::string& file) {
  DURE_TRY(const auto c, columns_of(csv, file,
                                    {"job", "pool", "owner", "submit", "duration_s", "limit_s",
                                     "tasks", "gpus", "gpu_milli", "cpu_milli", "memory_mib",
                                     "gpu_models", "priority", "account", "kind", "start", "nodes"},
                                    {"job", "submit"}));
  return JobColumns{c[0], c[1],  c[2],  c[3],  c[4],  c[5],  c[6],  c[7], c[8],
                    c[9], c[10], c[11], c[12], c[13], c[14], c[15], c[16]};
}

Result<TraceJob> job_at(const CsvReader& csv, const JobColumns& c) {
  TraceJob job;
  job.name = csv.field(c.job);
  job.pool = csv.field(c.pool);
  job.owner = csv.field(c.owner);
  DURE_TRY(job.submit, time_at(csv, c.submit));
  DURE_TRY(job.duration, duration_at(csv, c.duration));
  DURE_TRY(job.limit, duration_at(csv, c.limit));
  DURE_TRY(job.tasks, number(csv, c.tasks, 1, 1, kMaxTasks));
  DURE_TRY(job.gpus, number(csv, c.gpus, 1, 0, kMaxGpusPerNode));
  DURE_TRY(job.gpu_milli, number(csv, c.gpu_milli, kWholeGpu, 1, kWholeGpu));
  if (job.gpus > 0 && job.gpu_milli != kWholeGpu && (job.gpus > 1 || job.tasks > 1)) {
    return csv.error(
        c.gpu_milli,
        "expected 1000, because only a job of one task with one GPU may share it, found " +
            std::to_string(job.gpu_milli));
  }
  DURE_TRY(job.cpu_milli, number(csv, c.cpu, 0, 0, kMax32));
  DURE_TRY(job.memory_mib, number(csv, c.memory, 0, 0, kMax32));
  job.gpu_models = csv.field(c.models);
  DURE_TRY(const int64_t priority,
           csv.integer_or(c.priority, 0, std::numeric_limits<int32_t>::min(),
                          std::numeric_limits<int32_t>::max()));
  job.priority = static_cast<int32_t>(priority);
  job.account = csv.field(c.account);
  if (!is_account_path(job.account)) {
    return csv.error(
        c.account, "expected " + std::string(kAccountPathForm) + ", found " + quoted(job.account));
  }
  job.kind = csv.field(c.kind);
  if (!trim(csv.field(c.start)).empty()) {
    DURE_TRY(job.start, time_at(csv, c.start));
    if (*job.start < job.submit) {
      return csv.error(c.start, "expected a time not before the job's submit, found " +
                                    quoted(csv.field(c.start)));
    }
  }
  if (csv.field(c.nodes).empty()) return job;
  if (!job.start) {
    return csv.error(c.nodes,
                     "expected a start beside nodes, found only " + quoted(csv.field(c.nodes)));
  }
  for (const std::string_view name : split(csv.field(c.nodes), '|')) job.nodes.emplace_back(name);
  return job;
}

Result<std::string> path_of(const std::string& folder, const char* name) {
  const std::string plain = (folder.ends_with('/') ? folder : folder + '/') + name;
  if (exists(plain)) return plain;
  if (exists(plain + ".gz")) return plain + ".gz";
  return Error{"expected this file, or the same with .gz, found none", plain, 0, 0, {}};
}

}  // namespace

Result<std::vector<TraceNode>> parse_csv_nodes(const TraceText& text) {
  DURE_TRY(auto csv, CsvReader::open(text.text, text.name));
  DURE_TRY(
      const auto c,
      columns_of(csv, text.name, {"node", "pool", "gpu_model", "gpus", "cpu_milli", "memory_mib"},
                 {"node", "gpus"}));
  std::vector<TraceNode> nodes;
  std::unordered_set<std::string> names;
  for (;;) {
    DURE_TRY(const bool more, csv.next());
    if (!more) break;
    TraceNode node;
    node.name = csv.field(c[0]);
    node.pool = csv.field(c[1]);
    node.gpu_model = csv.field(c[2]);
    if (!node.name.empty() && !names.insert(node.name).second) {
      return csv.error(c[0], "expected each node once, found " + quoted(node.name) + " again");
    }
    DURE_TRY(node.gpus, number(csv, c[3], 0, 0, kMaxGpusPerNode));
    DURE_TRY(node.cpu_milli, number(csv, c[4], 0, 0, kMax32));
    DURE_TRY(const int64_t memory, csv.integer_or(c[5], 0, 0));
    node.memory_mib = static_cast<uint64_t>(memory);
    if (static_cast<int64_t>(nodes.size()) == kMaxTraceNodes) {
      return csv.error(-1, "expected at most " + count_of(kMaxTraceNodes, "node") + ", found more");
    }
    nodes.push_back(std::move(node));
  }
  if (nodes.empty()) {
    return Error{"expected at least one node, found only a header row", text.name, 1, 0, {}};
  }
  return nodes;
}

Result<Trace> parse_csv_trace(const TraceText& nodes, const TraceText& jobs) {
  Trace trace;
  DURE_TRY(trace.nodes, parse_csv_nodes(nodes));
  std::unordered_set<std::string_view> pools;
  std::unordered_map<std::string_view, std::string_view> pool_of;
  for (const TraceNode& node : trace.nodes) {
    pools.insert(node.pool);
    pool_of.emplace(node.name, node.pool);
  }

  DURE_TRY(auto csv, CsvReader::open(jobs.text, jobs.name));
  DURE_TRY(const JobColumns c, job_columns(csv, jobs.name));
  for (;;) {
    DURE_TRY(const bool more, csv.next());
    if (!more) break;
    DURE_TRY(TraceJob job, job_at(csv, c));
    if (job.pool.empty() && pools.size() == 1) job.pool = *pools.begin();
    if (!pools.contains(job.pool)) {
      const std::vector<std::string_view> names(pools.begin(), pools.end());
      return csv.error(c.pool, "expected a pool of the nodes, found " + quoted(job.pool) +
                                   did_you_mean(job.pool, names));
    }
    for (const std::string& node : job.nodes) {
      const auto found = pool_of.find(node);
      if (found != pool_of.end() && found->second == job.pool) continue;
      return csv.error(c.nodes,
                       "expected nodes of pool " + quoted(job.pool) + ", found " + quoted(node));
    }
    trace.jobs.push_back(std::move(job));
  }
  return trace;
}

Result<Trace> read_csv_trace(const std::string& folder) {
  DURE_TRY(const std::string node_path, path_of(folder, "nodes.csv"));
  DURE_TRY(const std::string job_path, path_of(folder, "jobs.csv"));
  DURE_TRY(const std::string nodes, read_file(node_path));
  DURE_TRY(const std::string jobs, read_file(job_path));
  return parse_csv_trace({nodes, node_path}, {jobs, job_path});
}

}  // namespace dure::fleet
