#include "worlds/fleet/read_openb.h"

#include <algorithm>
#include <limits>
#include <unordered_set>

#include "base/csv.h"
#include "base/file.h"
#include "base/text.h"

namespace dure::fleet {
namespace {

constexpr int64_t kMax32 = std::numeric_limits<uint32_t>::max();
constexpr int64_t kMaxMemoryMib = int64_t{1} << 40;

Result<void> parse_nodes(const TraceText& text, Trace& trace) {
  DURE_TRY(auto csv, CsvReader::open(text.text, text.name));
  DURE_TRY(const int name, csv.column("sn"));
  DURE_TRY(const int cpu, csv.column("cpu_milli"));
  DURE_TRY(const int memory, csv.column("memory_mib"));
  DURE_TRY(const int gpus, csv.column("gpu"));
  DURE_TRY(const int model, csv.column("model"));
  std::unordered_set<std::string> names;
  for (;;) {
    DURE_TRY(const bool more, csv.next());
    if (!more) break;
    TraceNode node;
    DURE_TRY(node.name, csv.text(name));
    if (!names.insert(node.name).second) {
      return csv.error(name, "expected each node once, found " + quoted(node.name) + " again");
    }
    if (static_cast<int64_t>(trace.nodes.size()) == kMaxTraceNodes) {
      return csv.error(-1, "expected at most " + count_of(kMaxTraceNodes, "node") + ", found more");
    }
    DURE_TRY(const int64_t cpu_milli, csv.integer(cpu, 0, kMax32));
    DURE_TRY(const int64_t memory_mib, csv.integer(memory, 0, kMaxMemoryMib));
    DURE_TRY(const int64_t count, csv.integer(gpus, 0, kMaxGpusPerNode));
    node.cpu_milli = static_cast<uint32_t>(cpu_milli);
    node.memory_mib = static_cast<uint64_t>(memory_mib);
    node.gpus = static_cast<uint32_t>(count);
    node.gpu_model = csv.field(model);
    trace.nodes.push_back(std::move(node));
  }
  if (trace.nodes.empty()) {
    return Error{"expected at least one node, found only a header row", text.name, 1, 0, {}};
  }
  return {};
}

struct PodColumns {
  int name, cpu, memory, gpus, gpu_milli;        // always there
  int spec, qos, creation, deletion, scheduled;  // -1: not in this list
};

Result<PodColumns> pod_columns(const CsvReader& csv) {
  PodColumns c{};
  DURE_TRY(c.name, csv.column("name"));
  DURE_TRY(c.cpu, csv.column("cpu_milli"));
  DURE_TRY(c.memory, csv.column("memory_mib"));
  DURE_TRY(c.gpus, csv.column("num_gpu"));
  DURE_TRY(c.gpu_milli, csv.column("gpu_milli"));
  c.spec = csv.optional_column("gpu_spec");
  c.qos = csv.optional_column("qos");
  c.creation = csv.optional_column("creation_time");
  c.deletion = csv.optional_column("deletion_time");
  c.scheduled = csv.optional_column("scheduled_time");
  return c;
}

Result<Duration> seconds_at(const CsvReader& csv, int col) {
  Result<Duration> seconds = parse_seconds(trim(csv.field(col)));
  return seconds ? seconds : csv.error(col, seconds.error().message);
}

Result<void> parse_request(const CsvReader& csv, const PodColumns& c, TraceJob& job) {
  DURE_TRY(job.name, csv.text(c.name));
  DURE_TRY(const int64_t cpu, csv.integer(c.cpu, 0, kMax32));
  DURE_TRY(const int64_t memory, csv.integer(c.memory, 0, kMax32));
  DURE_TRY(const int64_t gpus, csv.integer(c.gpus, 0, kMaxGpusPerNode));
  DURE_TRY(const int64_t milli, csv.integer(c.gpu_milli, gpus == 0 ? 0 : 1, kWholeGpu));
  if (gpus > 1 && milli != kWholeGpu) {
    return csv.error(c.gpu_milli,
                     "expected 1000, because a pod with several GPUs takes whole ones, "
                     "found " +
                         std::to_string(milli));
  }
  job.cpu_milli = static_cast<uint32_t>(cpu);
  job.memory_mib = static_cast<uint32_t>(memory);
  job.gpus = static_cast<uint32_t>(gpus);
  job.gpu_milli = gpus == 0 ? kWholeGpu : static_cast<uint32_t>(milli);
  job.gpu_models = csv.field(c.spec);
  job.owner = csv.field(c.qos);
  return {};
}

struct Counts {
  int64_t never_scheduled = 0, never_deleted = 0, never_ran = 0;
};

// False when the pod ends as it begins.
Result<bool> parse_times(const CsvReader& csv, const PodColumns& c, TraceJob& job, Counts& counts) {
  DURE_TRY(const Duration creation, seconds_at(csv, c.creation));
  job.submit = Time{creation.ns};
  Duration start = creation;
  if (c.scheduled >= 0 && csv.field(c.scheduled).empty()) {
    ++counts.never_scheduled;
  } else if (c.scheduled >= 0) {
    DURE_TRY(start, seconds_at(csv, c.scheduled));
    job.start = std::max(Time{start.ns}, job.submit);
  }
  if (csv.field(c.deletion).empty()) {
    ++counts.never_deleted;
    return true;
  }
  DURE_TRY(const Duration deletion, seconds_at(csv, c.deletion));
  if (deletion < start) {
    return csv.error(c.deletion, "expected a time that is not before the pod's start at " +
                                     seconds_text(start.ns) + " s, found " +
                                     quoted(csv.field(c.deletion)));
  }
  job.duration = deletion - start;
  if (job.duration == Duration{0}) ++counts.never_ran;
  return job.duration > Duration{0};
}

}  // namespace

Result<Trace> parse_openb(const TraceText& nodes, const TraceText& pods,
                          const OpenbOptions& options) {
  Trace trace;
  DURE_CHECK(parse_nodes(nodes, trace));
  DURE_TRY(auto csv, CsvReader::open(pods.text, pods.name));
  DURE_TRY(const PodColumns c, pod_columns(csv));
  const bool has_times = c.creation >= 0 && c.deletion >= 0;
  const bool timed = has_times && options.arrivals == OpenbArrivals::creation;
  Counts counts;
  for (;;) {
    DURE_TRY(const bool more, csv.next());
    if (!more) break;
    TraceJob job;
    DURE_CHECK(parse_request(csv, c, job));
    if (timed) {
      DURE_TRY(const bool runs, parse_times(csv, c, job, counts));
      if (!runs) continue;
    } else {
      job.submit = Time{} + static_cast<int64_t>(trace.jobs.size()) * 1_s;
    }
    trace.jobs.push_back(std::move(job));
  }

  if (options.arrivals == OpenbArrivals::creation && !has_times) {
    trace.notes.push_back(
        "the pod list has no creation_time and deletion_time: pods arrive one per second in the "
        "order "
        "of the file and never leave");
  }
  if (counts.never_scheduled > 0) {
    trace.notes.push_back(count_of(counts.never_scheduled, "pod") +
                          " never scheduled in the trace: taken to run from creation to deletion");
  }
  if (counts.never_deleted > 0) {
    trace.notes.push_back(count_of(counts.never_deleted, "pod") +
                          " without a deletion_time: taken to run for ever");
  }
  if (counts.never_ran > 0) {
    trace.notes.push_back(count_of(counts.never_ran, "pod") + " that ended at the start left out");
  }
  return trace;
}

Result<Trace> read_openb(const std::string& nodes, const std::string& pods,
                         const OpenbOptions& options) {
  DURE_TRY(const std::string node_text, read_file(nodes));
  DURE_TRY(const std::string pod_text, read_file(pods));
  return parse_openb({node_text, nodes}, {pod_text, pods}, options);
}

}  // namespace dure::fleet
