#include "worlds/fleet/read_sacct.h"

#include <algorithm>
#include <array>
#include <limits>
#include <optional>
#include <unordered_map>

#include "base/file.h"
#include "base/text.h"
#include "worlds/fleet/account_paths.h"
#include "worlds/fleet/read_sacct_nodes.h"
#include "worlds/fleet/read_slurm.h"

namespace dure::fleet {
namespace {

enum Column {
  kJobId,
  kJobIdRaw,
  kAccount,
  kUser,
  kPartition,
  kQos,
  kPriority,
  kSubmit,
  kStart,
  kEnd,
  kElapsed,
  kElapsedRaw,
  kTimelimit,
  kTimelimitRaw,
  kState,
  kReqTres,
  kAllocTres,
  kNodes,
  kCpus,
  kNodeList,
  kColumns,
};
constexpr std::array<std::string_view, kColumns> kColumnNames = {
    "JobID",  "JobIDRaw", "Account",   "User",    "Partition",  "QOS",       "Priority",
    "Submit", "Start",    "End",       "Elapsed", "ElapsedRaw", "Timelimit", "TimelimitRaw",
    "State",  "ReqTRES",  "AllocTRES", "NNodes",  "AllocCPUS",  "NodeList"};

struct Counts {
  int64_t running = 0, running_to_limit = 0, pending = 0, pending_to_limit = 0, never_ran = 0,
          no_nodes = 0, type_dropped = 0, split = 0, priorities = 0, elsewhere = 0;
};

class SacctParser {
 public:
  SacctParser(const TraceText& text, const SacctOptions& options, const SlurmCluster* cluster)
      : lines_(text), name_(text.name), options_(options), cluster_(cluster) {
    col_.fill(-1);
    if (cluster_ == nullptr) return;
    for (const TraceNode& node : cluster_->nodes) {
      pool_of_node_.try_emplace(node.name, node.pool);
      if (pools_.empty() || pools_.back() != node.pool) add_once(pools_, node.pool);
      if (!node.gpu_model.empty()) {
        models_.try_emplace({node.pool, to_lower(node.gpu_model)}, node.gpu_model);
      }
    }
  }

  Result<Trace> parse() {
    DURE_CHECK(header());
    std::string_view line;
    while (lines_.next(line)) {
      if (!line.empty()) DURE_CHECK(row(line));
    }
    if (trace_.jobs.empty()) {
      return Error{
          "expected at least one job that ran, found none; see the options", name_, 0, 0, {}};
    }
    if (cluster_ != nullptr) {
      trace_.nodes = cluster_->nodes;
      trace_.notes = cluster_->notes;
    } else {
      DURE_CHECK(make_up_nodes(trace_, starts_, options_));
    }
    const bool going = counts_.running_to_limit + counts_.pending_to_limit > 0;
    if (going && has(kStart)) trace_.taken = taken_;
    write_notes();
    return std::move(trace_);
  }

 private:
  bool has(Column c) const { return col_[c] >= 0; }
  std::string_view field(Column c) const {
    return has(c) ? trim(fields_[static_cast<size_t>(col_[c])]) : std::string_view{};
  }
  Error error(Column c, std::string message) const {
    return lines_.error(col_[c] + 1, std::string(kColumnNames[c]), std::move(message));
  }
  // A parser's value, or its error at the column.
  template <class T>
  Result<T> at(Column c, Result<T> parsed) const {
    return parsed ? parsed : error(c, parsed.error().message);
  }

  // Fields are never quoted in sacct's output, so a quote is a quote.
  size_t split_line(std::string_view line) {
    fields_.clear();
    for (;;) {
      const size_t end = line.find(options_.delimiter);
      fields_.push_back(line.substr(0, end));
      if (end == std::string_view::npos) return fields_.size();
      line.remove_prefix(end + 1);
    }
  }

  Result<void> header() {
    std::string_view line;
    if (!lines_.next(line) || trim(line).empty()) {
      return lines_.error(0, {},
                          "expected a header row, as `sacct -P` writes, found an empty line");
    }
    width_ = split_line(line);
    std::vector<std::string> lower;
    for (const std::string_view name : fields_) lower.push_back(to_lower(trim(name)));
    for (size_t c = 0; c < kColumns; ++c) {
      const auto found = std::find(lower.begin(), lower.end(), to_lower(kColumnNames[c]));
      if (found != lower.end()) col_[c] = static_cast<int>(found - lower.begin());
    }
    const auto missing = [&](Column c, const std::string& what) {
      std::vector<std::string_view> names(fields_.begin(), fields_.end());
      if (names.size() > 20) names.resize(20);
      return lines_.error(0, std::string(kColumnNames[c]),
                          "expected " + what + ", found " + join_quoted(names));
    };
    if (!has(kJobId)) col_[kJobId] = col_[kJobIdRaw];
    if (!has(kJobId)) return missing(kJobId, "a column of this name");
    if (!has(kSubmit)) return missing(kSubmit, "a column of this name");
    if (!has(kElapsed) && !has(kElapsedRaw) && !(has(kStart) && has(kEnd))) {
      return missing(kElapsed, "this column, or ElapsedRaw, or Start and End");
    }
    if (!has(kAllocTres) && !has(kReqTres) && !(has(kNodes) && has(kCpus))) {
      return missing(kAllocTres, "this column, or ReqTRES, or NNodes and AllocCPUS");
    }
    if (!has(kPartition) && pools_.size() > 1) {
      return missing(kPartition,
                     "this column, because the nodes are in " + count_of(pools_.size(), "pool"));
    }
    return {};
  }

  Result<void> row(std::string_view line) {
    if (const size_t width = split_line(line); width != width_) {
      return lines_.error(0, {},
                          "expected " + count_of(width_, "field") +
                              ", as many as there are columns, found " + std::to_string(width) +
                              "; if a job's name holds " + quoted({&options_.delimiter, 1}) +
                              ", leave JobName out");
    }
    const std::string_view id = field(kJobId);
    if (id.empty()) return error(kJobId, "expected a job's number, found \"\"");
    if (id.find('.') != std::string_view::npos) return {};  // a step

    TraceJob job;
    job.name = id;
    DURE_TRY(const auto submit, at(kSubmit, parse_slurm_time(field(kSubmit))));
    if (!submit) return error(kSubmit, "expected a time, found " + quoted(field(kSubmit)));
    job.submit = *submit;
    DURE_TRY(const auto start, at(kStart, parse_slurm_time(field(kStart))));
    DURE_CHECK(read_limit(job));
    DURE_TRY(const bool runs, read_duration(job, start));
    if (!runs) return {};
    DURE_CHECK(read_start(job, start));
    if (!find_pool(job)) {
      ++counts_.no_nodes;
      return {};
    }
    job.owner = field(kAccount).empty() ? field(kUser) : field(kAccount);
    job.account = account_path_of(field(kAccount), field(kUser));
    job.kind = field(kQos);
    DURE_CHECK(read_priority(job));
    DURE_CHECK(read_resources(job));
    taken_ = std::max(taken_.value_or(job.submit), job.submit);
    if (cluster_ == nullptr) starts_.push_back(std::max(start.value_or(job.submit), job.submit));
    trace_.jobs.push_back(std::move(job));
    return {};
  }

  // When and where it began, if it has. Nodes count where all of them are among the cluster's, in
  // one pool.
  Result<void> read_start(TraceJob& job, const std::optional<Time>& start) {
    if (!start || waits_) return {};
    job.start = std::max(*start, job.submit);
    if (cluster_ == nullptr) return {};
    DURE_TRY(job.nodes, at(kNodeList, parse_hostlist(field(kNodeList))));
    const auto pool_of = [&](const std::string& node) {
      const auto found = pool_of_node_.find(node);
      return found == pool_of_node_.end() ? nullptr : &found->second;
    };
    const std::string* pool = job.nodes.empty() ? nullptr : pool_of(job.nodes[0]);
    for (const std::string& node : job.nodes) {
      const std::string* other = pool_of(node);
      if (pool == nullptr || other == nullptr || *other != *pool) {
        ++counts_.elsewhere;
        job.nodes.clear();
        return {};
      }
    }
    if (pool != nullptr) job.pool = *pool;
    return {};
  }

  // Slurm's are 32 bits without sign.
  Result<void> read_priority(TraceJob& job) {
    if (field(kPriority).empty()) return {};
    DURE_TRY(const int64_t priority, at(kPriority, parse_int(field(kPriority), 0, 4'294'967'295)));
    job.priority =
        static_cast<int32_t>(std::min<int64_t>(priority, std::numeric_limits<int32_t>::max()));
    counts_.priorities += priority > 0;
    return {};
  }

  Result<void> read_limit(TraceJob& job) const {
    std::optional<Duration> limit;
    if (has(kTimelimit)) {
      DURE_TRY(limit, at(kTimelimit, parse_slurm_limit(field(kTimelimit))));
    } else if (has(kTimelimitRaw)) {  // minutes
      DURE_TRY(limit, at(kTimelimitRaw, parse_slurm_limit(field(kTimelimitRaw))));
    }
    if (limit && *limit > Duration{0}) job.limit = *limit;
    return {};
  }

  // False when the job is left out.
  Result<bool> read_duration(TraceJob& job, const std::optional<Time>& start) {
    DURE_TRY(const auto end, at(kEnd, parse_slurm_time(field(kEnd))));
    waits_ = false;
    if (end) taken_ = std::max(taken_.value_or(*end), *end);
    Duration elapsed{0};
    if (has(kElapsedRaw) && !field(kElapsedRaw).empty()) {
      DURE_TRY(elapsed, at(kElapsedRaw, parse_seconds(field(kElapsedRaw))));
    } else if (has(kElapsed) && !field(kElapsed).empty()) {
      DURE_TRY(const auto read, at(kElapsed, parse_slurm_limit(field(kElapsed))));
      elapsed = read.value_or(Duration{0});
    } else if (start && end) {
      if (*end < *start) {
        return error(kEnd,
                     "expected a time that is not before the start, found " + quoted(field(kEnd)));
      }
      int64_t ns = 0;
      if (__builtin_sub_overflow(end->ns, start->ns, &ns)) {
        return error(kEnd, "expected a job of at most 292 years, found " + quoted(field(kEnd)));
      }
      elapsed = Duration{ns};
    }
    const std::string_view state = field(kState).substr(0, field(kState).find(' '));
    const bool pending = state == "PENDING" || state == "CONFIGURING" || state == "REQUEUED";
    const bool going = pending || state == "RUNNING" || state == "SUSPENDED" ||
                       state == "COMPLETING" || state == "STOPPED" || state == "RESIZING";
    const bool unfinished = has(kEnd) ? !end : going;
    job.duration = elapsed;
    if (!unfinished) {
      if (elapsed == Duration{0}) ++counts_.never_ran;
      return elapsed > Duration{0};
    }
    // What has only just begun runs, too.
    const bool waits = pending || (elapsed == Duration{0} && !(going && start));
    waits_ = waits;
    if (!waits && start) taken_ = std::max(taken_.value_or(*start), add_clamped(*start, elapsed));
    const bool to_limit =
        options_.unfinished == SacctUnfinished::limit && job.limit < Duration::max();
    if (to_limit) {
      job.duration = std::max(job.limit, elapsed);
      ++(waits ? counts_.pending_to_limit : counts_.running_to_limit);
      return true;
    }
    ++(waits ? counts_.pending : counts_.running);
    return !waits && elapsed > Duration{0} && options_.unfinished != SacctUnfinished::skip;
  }

  // A pending job may name several partitions: the first that has nodes.
  bool find_pool(TraceJob& job) {
    if (!job.nodes.empty()) return true;
    if (cluster_ == nullptr) {
      job.pool = field(kPartition).substr(0, field(kPartition).find(','));
      return true;
    }
    if (pools_.size() == 1 && (pools_[0].empty() || !has(kPartition))) {
      job.pool = pools_[0];
      return true;
    }
    for (std::string_view rest = field(kPartition); !rest.empty();) {
      const size_t comma = rest.find(',');
      const auto pool = cluster_->pool_of.find(rest.substr(0, comma));
      if (pool != cluster_->pool_of.end()) {
        job.pool = pool->second;
        return true;
      }
      rest.remove_prefix(comma == std::string_view::npos ? rest.size() : comma + 1);
    }
    return false;
  }

  Result<void> read_resources(TraceJob& job) {
    SlurmResources use;
    Column from = kAllocTres;
    std::vector<std::string> types;
    if (has(kAllocTres) || has(kReqTres)) {
      DURE_TRY(use, at(kAllocTres, parse_tres(field(kAllocTres))));
      DURE_TRY(const SlurmResources asked, at(kReqTres, parse_tres(field(kReqTres))));
      types = has(kReqTres) ? asked.gpu_types : use.gpu_types;
      if (field(kAllocTres).empty()) {
        use = asked;
        if (has(kReqTres)) from = kReqTres;
      }
    } else {
      from = kNodes;
      DURE_TRY(use.nodes, at(kNodes, parse_int(field(kNodes), 0, kMaxTasks)));
      DURE_TRY(use.cpus, at(kCpus, parse_int(field(kCpus), 0, 1'000'000'000)));
    }
    DURE_CHECK(share_out(use, from, job));
    if (job.gpus > 0) keep_types(types, job);
    return {};
  }

  Result<void> share_out(const SlurmResources& use, Column from, TraceJob& job) {
    TaskSplit split{static_cast<uint32_t>(std::max<int64_t>(use.nodes, 1)), 0};
    if (use.gpus > 0) {
      const int64_t mean = use.nodes > 0 ? use.gpus / use.nodes : options_.gpus_per_node;
      split = split_exactly(static_cast<uint32_t>(use.gpus),
                            static_cast<uint32_t>(std::clamp<int64_t>(mean, 1, kMaxGpusPerNode)));
      counts_.split += use.nodes > 0 && split.tasks != use.nodes;
    }
    if (split.tasks > kMaxTasks) {
      return error(from, "expected a job of at most " + count_of(kMaxTasks, "task") + ", found " +
                             with_commas(split.tasks));
    }
    const int64_t cpu_milli = use.cpus * 1000 / split.tasks,
                  memory_mib = use.memory_mib / split.tasks;
    if (cpu_milli > kMaxCpus * 1000 || memory_mib > std::numeric_limits<uint32_t>::max()) {
      return error(from, "expected at most " + with_commas(kMaxCpus) +
                             " CPUs and 4 PiB per node, found " + with_commas(cpu_milli / 1000) +
                             " CPUs and " + with_commas(memory_mib) + " MiB");
    }
    job.tasks = split.tasks;
    job.gpus = split.each;
    job.cpu_milli = static_cast<uint32_t>(cpu_milli);
    job.memory_mib = static_cast<uint32_t>(memory_mib);
    return {};
  }

  // "A|B" of the types that a node of the pool has, as the nodes spell them.
  void keep_types(const std::vector<std::string>& types, TraceJob& job) {
    for (const std::string& type : types) {
      std::string_view name = type;
      if (cluster_ != nullptr) {
        const auto model = models_.find({job.pool, type});
        if (model == models_.end()) continue;
        name = model->second;
      }
      job.gpu_models += (job.gpu_models.empty() ? "" : "|") + std::string(name);
    }
    counts_.type_dropped += !types.empty() && job.gpu_models.empty();
  }

  void write_notes() {
    const auto note = [&](int64_t n, const char* text) {
      if (n > 0) trace_.notes.push_back(count_of(n, "job") + ' ' + text);
    };
    const bool skip = options_.unfinished == SacctUnfinished::skip;
    note(counts_.running, skip ? "still running left out"
                               : "still running: taken to last as long as they have so far");
    note(counts_.running_to_limit, "still running: taken to last until the time limit");
    note(counts_.pending, "still pending left out");
    note(counts_.pending_to_limit, "still pending: taken to last until the time limit");
    note(counts_.never_ran, "that never ran left out (cancelled before the start)");
    note(counts_.no_nodes, "in partitions without nodes left out");
    note(counts_.type_dropped,
         "asked for a GPU type that no node of the pool has: taken as any type");
    note(counts_.split, "with GPUs that their nodes do not divide: smaller equal tasks");
    const auto down = std::count_if(trace_.nodes.begin(), trace_.nodes.end(),
                                    [](const TraceNode& n) { return !n.out_of_service.empty(); });
    if (down > 0) {
      trace_.notes.push_back(
          count_of(down, "node") + " down or drained when scontrol ran: taken as " +
          (trace_.taken ? "out of service from then on for a week" : "in service"));
    }
    note(counts_.elsewhere, "on nodes that the cluster's pools do not have: placed anywhere");
    note(counts_.priorities, "with a priority, as recorded: age and fair share may be in it");
  }

  LineReader lines_;
  std::string name_;
  SacctOptions options_;
  const SlurmCluster* cluster_;  // null: none given
  std::vector<std::string> pools_;
  std::map<std::pair<std::string, std::string>, std::string>
      models_;  // (pool, lower case) -> spelling
  std::unordered_map<std::string_view, std::string> pool_of_node_;
  std::array<int, kColumns> col_{};
  size_t width_ = 0;
  std::vector<std::string_view> fields_;
  Trace trace_;
  std::vector<Time> starts_;   // [jobs], when a cluster is to be made up
  bool waits_ = false;         // the row's job has not begun
  std::optional<Time> taken_;  // the last time that the file knows of
  Counts counts_;
};

Result<void> check_options(const SacctOptions& options) {
  const auto check = [](const char* key, int64_t value, int64_t min, int64_t max) -> Result<void> {
    if (value >= min && value <= max) return {};
    return Error{
        "expected a whole number " + range_text(min, max) + ", found " + std::to_string(value),
        {},
        0,
        0,
        key};
  };
  DURE_CHECK(check("gpus_per_node", options.gpus_per_node, 1, kMaxGpusPerNode));
  DURE_CHECK(check("cpus_per_node", options.cpus_per_node, 0, kMaxCpus));
  return {};
}

}  // namespace

Result<Trace> parse_sacct(const TraceText& jobs, const TraceText& nodes,
                          const SacctOptions& options) {
  DURE_CHECK(check_options(options));
  if (nodes.text.empty() && nodes.name.empty()) return SacctParser(jobs, options, nullptr).parse();
  DURE_TRY(const SlurmCluster cluster, parse_slurm_nodes(nodes, options.max_nodes));
  return SacctParser(jobs, options, &cluster).parse();
}

Result<Trace> read_sacct(const std::string& jobs, const std::string& nodes,
                         const SacctOptions& options) {
  DURE_TRY(const std::string job_text, read_file(jobs));
  if (nodes.empty()) return parse_sacct({job_text, jobs}, {}, options);
  DURE_TRY(const std::string node_text, read_file(nodes));
  return parse_sacct({job_text, jobs}, {node_text, nodes}, options);
}

}  // namespace dure::fleet
