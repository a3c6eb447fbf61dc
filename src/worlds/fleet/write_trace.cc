#include "worlds/fleet/write_trace.h"

#include <algorithm>
#include <string_view>

#include "base/file.h"
#include "base/text.h"
#include "worlds/fleet/account_paths.h"
#include "worlds/fleet/read_common.h"

namespace dure::fleet {
namespace {

// Fields of one row after another, quoted where the grammar needs it.
class CsvText {
 public:
  void text(std::string_view field) {
    separate();
    if (field.find_first_of(",\"\r\n") == std::string_view::npos) {
      out_ += field;
      return;
    }
    out_ += '"';
    for (const char c : field) {
      if (c == '"') out_ += '"';
      out_ += c;
    }
    out_ += '"';
  }
  template <class T>
  void number(T n) {
    separate();
    out_ += std::to_string(n);
  }
  void seconds(Duration d) {
    separate();
    if (d != Duration::max()) out_ += seconds_text(d.ns);
  }
  // Dates as dates; instants near 0, where a trace without a calendar starts, as seconds.
  void time(Time t) {
    constexpr Time calendar{315'532'800'000'000'000};  // 1980
    const bool date = t >= calendar || t < Time{};
    text(date ? to_string(t) : seconds_text(t.ns));
  }
  void end_row() {
    out_ += '\n';
    at_start_ = true;
  }
  std::string take() { return std::move(out_); }

 private:
  void separate() {
    if (!at_start_) out_ += ',';
    at_start_ = false;
  }
  std::string out_;
  bool at_start_ = true;
};

}  // namespace

std::string nodes_csv(const Trace& trace) {
  CsvText out;
  for (const char* name : {"node", "pool", "gpu_model", "gpus", "cpu_milli", "memory_mib"}) {
    out.text(name);
  }
  out.end_row();
  for (const TraceNode& node : trace.nodes) {
    out.text(node.name);
    out.text(node.pool);
    out.text(node.gpu_model);
    out.number(node.gpus);
    out.number(node.cpu_milli);
    out.number(node.memory_mib);
    out.end_row();
  }
  return out.take();
}

Result<std::string> jobs_csv(const Trace& trace) {
  CsvText out;
  const auto any = [&](std::string TraceJob::*text) {
    return std::any_of(trace.jobs.begin(), trace.jobs.end(),
                       [&](const TraceJob& job) { return !(job.*text).empty(); });
  };
  const bool accounts = any(&TraceJob::account), kinds = any(&TraceJob::kind);
  for (const char* name :
       {"job", "pool", "owner", "submit", "duration_s", "limit_s", "tasks", "gpus", "gpu_milli",
        "cpu_milli", "memory_mib", "gpu_models", "priority"}) {
    out.text(name);
  }
  if (accounts) out.text("account");
  if (kinds) out.text("kind");
  const bool starts = std::any_of(trace.jobs.begin(), trace.jobs.end(),
                                  [](const TraceJob& job) { return job.start.has_value(); });
  const bool nodes = std::any_of(trace.jobs.begin(), trace.jobs.end(),
                                 [](const TraceJob& job) { return !job.nodes.empty(); });
  if (starts) out.text("start");
  if (nodes) out.text("nodes");
  out.end_row();
  for (const TraceJob& job : trace.jobs) {
    if (!is_account_path(job.account)) {
      return Error{.message = "expected " + std::string(kAccountPathForm) + " of job " +
                              quoted(job.name) + ", found " + quoted(job.account)};
    }
    if (job.submit == Time::never() || job.start == Time::never() || job.duration < Duration{0} ||
        job.limit < Duration{0}) {
      return Error{
          "expected times before the year 2262 and no negative duration or limit, found job " +
              quoted(job.name) + " otherwise",
          {},
          0,
          0,
          {}};
    }
    out.text(job.name);
    out.text(job.pool);
    out.text(job.owner);
    out.time(job.submit);
    out.seconds(job.duration);
    out.seconds(job.limit);
    out.number(job.tasks);
    out.number(job.gpus);
    out.number(job.gpu_milli);
    out.number(job.cpu_milli);
    out.number(job.memory_mib);
    out.text(job.gpu_models);
    out.number(job.priority);
    if (accounts) out.text(job.account);
    if (kinds) out.text(job.kind);
    if (starts) job.start ? out.time(*job.start) : out.text("");
    if (nodes) {
      std::string names;
      for (const std::string& name : job.nodes) names += (names.empty() ? "" : "|") + name;
      out.text(names);
    }
    out.end_row();
  }
  return out.take();
}

Result<void> write_trace(const Trace& trace, const std::string& folder) {
  DURE_TRY(const std::string jobs, jobs_csv(trace));
  DURE_CHECK(make_directories(folder));
  const std::string prefix = folder.ends_with('/') ? folder : folder + '/';
  DURE_CHECK(write_file_atomic(prefix + "nodes.csv", nodes_csv(trace)));
  return write_file_atomic(prefix + "jobs.csv", jobs);
}

}  // namespace dure::fleet
