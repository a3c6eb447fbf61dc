#include "worlds/fleet/read_swf.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <optional>

#include "base/file.h"
#include "base/text.h"
#include "worlds/fleet/account_paths.h"

namespace dure::fleet {
namespace {

constexpr size_t kFields = 18;
constexpr std::array<const char*, kFields> kNames = {
    "job number",     "submit time",      "wait time",   "run time",
    "processors",     "average CPU",      "used memory", "requested processors",
    "requested time", "requested memory", "status",      "user",
    "group",          "executable",       "queue",       "partition",
    "preceding job",  "think time"};

enum Field {  // index into a line
  kNumber,
  kSubmit,
  kWait,
  kRun,
  kProcessors,
  kRequestedProcessors = 7,
  kRequestedTime = 8,
  kStatus = 10,
  kUser = 11,
  kGroup = 12,
  kQueue = 14,
  kPartition = 15,
  kPrecedingJob = 16,
};

struct Header {
  int64_t start = -1, max_processors = -1, max_nodes = -1;
};

// "; MaxProcs: 338 (two were down)": the number after a name we know; free text else.
void parse_comment(std::string_view line, Header& header) {
  line.remove_prefix(std::min(line.find_first_not_of("; \t"), line.size()));
  const size_t colon = line.find(':');
  if (colon == std::string_view::npos) return;
  const std::string_view name = trim(line.substr(0, colon));
  int64_t* const value = name == "UnixStartTime" ? &header.start
                         : name == "MaxProcs"    ? &header.max_processors
                         : name == "MaxNodes"    ? &header.max_nodes
                                                 : nullptr;
  if (value == nullptr) return;
  const std::string_view rest = trim(line.substr(colon + 1));
  int64_t number = 0;
  const auto [end, code] = std::from_chars(rest.data(), rest.data() + rest.size(), number);
  if (code == std::errc{} && *value < 0) *value = number;
}

struct Counts {
  int64_t parts = 0, no_run_time = 0, no_processors = 0, not_completed = 0, over_limit = 0,
          preceded = 0, rounded_jobs = 0, rounded_processors = 0, too_large = 0;
};

class SwfParser {
 public:
  SwfParser(const TraceText& text, const SwfOptions& options)
      : lines_(text), options_(options), name_(text.name) {}

  Result<Trace> parse() {
    std::string_view line;
    while (lines_.next(line)) {
      const size_t first = line.find_first_not_of(" \t");
      if (first == std::string_view::npos) continue;
      if (line[first] == ';') {
        parse_comment(line, header_);
      } else {
        DURE_CHECK(job_line(line));
      }
    }
    if (trace_.jobs.empty()) {
      return Error{"expected at least one job that ran, found none; a job is a line of 18 numbers",
                   name_,
                   0,
                   0,
                   {}};
    }
    DURE_CHECK(date_submits());
    DURE_CHECK(make_nodes());
    split_jobs();
    write_notes();
    return std::move(trace_);
  }

 private:
  // The value, or nothing when it is unknown (-1).
  Result<std::optional<int64_t>> integer(size_t field, int64_t max) const {
    const std::string_view text = fields_[field];
    int64_t value = 0;
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (code != std::errc{} || end != text.data() + text.size() || value > max || value < -1) {
      const Result<int64_t> read = parse_int(text, -1, max);
      if (!read) return error(field, read.error().message);
      value = *read;
    }
    return value < 0 ? std::optional<int64_t>{} : value;
  }

  Result<std::optional<Duration>> seconds(size_t field) const {
    const std::string_view text = fields_[field];
    if (text == "-1") return std::optional<Duration>{};
    const Result<Duration> read = parse_seconds(text);
    if (!read) {
      const Result<double> number = parse_double(text);
      if (number && *number == -1) return std::optional<Duration>{};  // "-1.00"
      return error(field, read.error().message + "; -1 stands for unknown");
    }
    return std::optional<Duration>{*read};
  }

  Error error(size_t field, std::string message) const {
    return lines_.error(static_cast<int>(field + 1), kNames[field], std::move(message));
  }

  Result<void> split_line(std::string_view line) {
    size_t count = 0;
    for (size_t at = 0; at < line.size();) {
      at = line.find_first_not_of(" \t", at);
      if (at == std::string_view::npos) break;
      const size_t end = std::min(line.find_first_of(" \t", at), line.size());
      if (count < kFields) fields_[count] = line.substr(at, end - at);
      ++count;
      at = end;
    }
    if (count == kFields) return {};
    return lines_.error(0, {}, "expected a job as 18 numbers, found " + count_of(count, "field"));
  }

  Result<void> job_line(std::string_view line) {
    DURE_CHECK(split_line(line));
    DURE_TRY([[maybe_unused]] const auto number,
             integer(kNumber, std::numeric_limits<int64_t>::max()));
    DURE_TRY(const auto submit, seconds(kSubmit));
    DURE_TRY(const auto wait, seconds(kWait));
    DURE_TRY(const auto run, seconds(kRun));
    DURE_TRY(const auto allocated, integer(kProcessors, kMaxCpus));
    DURE_TRY(const auto requested, integer(kRequestedProcessors, kMaxCpus));
    DURE_TRY(const auto limit, seconds(kRequestedTime));
    DURE_TRY(const auto status, integer(kStatus, 5));
    DURE_TRY(const auto preceding, integer(kPrecedingJob, std::numeric_limits<int64_t>::max()));
    DURE_TRY(std::string owner, owner_name());
    DURE_TRY(const std::string user, name_in(SwfOwner::user));
    DURE_TRY(const std::string group, name_in(SwfOwner::group));
    if (!submit) return error(kSubmit, "expected the job's submit time, found -1");

    const int64_t processors = allocated.value_or(0) > 0 ? *allocated : requested.value_or(0);
    const int64_t state = status.value_or(1);
    if (state >= 2 && state <= 4) return count(counts_.parts);
    if (run.value_or(Duration{0}) == Duration{0}) return count(counts_.no_run_time);
    if (processors <= 0) return count(counts_.no_processors);
    if (options_.completed_only && state != 1) return count(counts_.not_completed);
    TraceJob job;
    job.name = fields_[kNumber];
    job.owner = std::move(owner);
    job.account = account_path_of(group, user);
    job.submit = Time{submit->ns};
    job.duration = *run;
    if (wait) job.start = add_clamped(job.submit, *wait);
    job.limit = limit && *limit > Duration{0} ? *limit : Duration::max();
    job.tasks = static_cast<uint32_t>(processors);  // until split_jobs()
    counts_.over_limit += job.duration > job.limit;
    counts_.preceded += preceding.value_or(0) > 0;
    largest_ = std::max(largest_, processors);
    if (header_.max_processors <= 0) {
      const Time start = add_clamped(job.submit, wait.value_or(Duration{0}));
      use_.add(start, add_clamped(start, *run), processors);
    }
    trace_.jobs.push_back(std::move(job));
    return {};
  }

  static Result<void> count(int64_t& counter) {
    ++counter;
    return {};
  }

  Result<std::string> owner_name() const { return name_in(options_.owner); }

  // "user 12"; empty where it is unknown.
  Result<std::string> name_in(SwfOwner who) const {
    constexpr int64_t any = std::numeric_limits<int64_t>::max();
    constexpr std::array<const char*, 4> words = {"user ", "group ", "queue ", "partition "};
    constexpr std::array<size_t, 4> fields = {kUser, kGroup, kQueue, kPartition};
    const auto which = static_cast<size_t>(who);
    if (which >= fields.size()) return std::string();
    DURE_TRY(const auto id, integer(fields[which], any));
    return id ? words[which] + std::to_string(*id) : std::string();
  }

  // UnixStartTime makes the submits dates.
  Result<void> date_submits() {
    if (header_.start <= 0) return {};
    constexpr int64_t latest = 9'000'000'000;
    if (header_.start > latest) {
      return Error{"expected seconds since 1970, found " + std::to_string(header_.start), name_, 0,
                   0, "UnixStartTime"};
    }
    for (TraceJob& job : trace_.jobs) {
      const Duration since{header_.start * 1'000'000'000};
      job.submit = add_clamped(job.submit, since);
      if (job.start) job.start = add_clamped(*job.start, since);
      if (job.submit == Time::never()) {
        return Error{
            "expected submits before the year 2262, found job " + quoted(job.name) + " after it",
            name_, 0, 0, "UnixStartTime"};
      }
    }
    return {};
  }

  bool gpus() const { return options_.processor == SwfProcessor::gpu; }
  std::string word(int64_t n) const { return count_of(n, gpus() ? "GPU" : "core"); }
  int64_t largest_node() const { return gpus() ? int64_t{kMaxGpusPerNode} : kMaxCpus; }

  // Sets per_node_ and the nodes.
  Result<void> make_nodes() {
    if (options_.per_node < 0 || options_.per_node > largest_node()) {
      return Error{"expected a whole number " + range_text(int64_t{0}, largest_node()) +
                       ", found " + std::to_string(options_.per_node),
                   {},
                   0,
                   0,
                   "per_node"};
    }
    constexpr int64_t few = 8;  // smaller nodes would make gangs of very many tasks
    const int64_t processors = header_.max_processors, nodes = header_.max_nodes;
    per_node_ = options_.per_node;
    if (per_node_ == 0 && options_.nodes == 0 && processors > 0 && nodes > 0 &&
        processors % nodes == 0 && processors / nodes >= few &&
        processors / nodes <= largest_node()) {
      per_node_ = processors / nodes;
    }
    if (per_node_ == 0 && gpus()) per_node_ = 8;

    int64_t total = 0;
    const char* source = "the header's MaxProcs";
    if (options_.nodes > 0 && per_node_ > 0) {
      if (options_.nodes > options_.max_nodes) return too_many_nodes();
      total = options_.nodes * per_node_;
      source = "the options";
    } else if (processors > 0) {
      total = processors;
    } else if (nodes > 0 && per_node_ > 0) {
      if (nodes > options_.max_nodes) return too_many_nodes();
      total = nodes * per_node_;
      source = "the header's MaxNodes";
    } else {
      total = std::max(largest_, use_.peak());
      source = "the peak use in the log, for the header has no MaxProcs";
    }
    if (per_node_ == 0 && options_.nodes > 0) per_node_ = (total - 1) / options_.nodes + 1;
    const bool one_node = per_node_ == 0;
    if (one_node) per_node_ = std::min(total, kMaxCpus);

    if (per_node_ > largest_node()) return too_many_nodes();
    TraceNode node;
    (gpus() ? node.gpus : node.cpu_milli) = static_cast<uint32_t>(per_node_ * (gpus() ? 1 : 1000));
    const int64_t count = options_.nodes > 0 ? options_.nodes : (total - 1) / per_node_ + 1;
    if (!add_nodes(trace_, node, count, options_.max_nodes, "node")) return too_many_nodes();
    std::string note =
        "machine: " + count_of(count, "node") + " of " + word(per_node_) + ", from " + source;
    if (one_node && count == 1) note += "; its processors are interchangeable (option per_node)";
    trace_.notes.push_back(std::move(note));
    return {};
  }

  Error too_many_nodes() const {
    return {"expected a machine of at most " + count_of(options_.max_nodes, "node") +
                " of at most " + word(largest_node()) +
                " each, found more (see the header's MaxProcs and MaxNodes and the "
                "options nodes and per_node)",
            name_,
            0,
            0,
            {}};
  }

  void split_jobs() {
    for (TraceJob& job : trace_.jobs) {
      const uint32_t processors = job.tasks;
      const TaskSplit split = split_rounded(processors, static_cast<uint32_t>(per_node_));
      job.tasks = split.tasks;
      job.gpus = gpus() ? split.each : 0;
      job.cpu_milli = gpus() ? 0 : split.each * 1000;
      const int64_t extra = int64_t{split.tasks} * split.each - processors;
      counts_.rounded_jobs += extra > 0;
      counts_.rounded_processors += extra;
      counts_.too_large += split.tasks > trace_.nodes.size();
    }
  }

  void write_notes() {
    const auto note = [&](int64_t n, const char* text) {
      if (n > 0) trace_.notes.push_back(count_of(n, "job") + ' ' + text);
    };
    note(counts_.parts, "in parts: the parts' lines (status 2 to 4) left out, the whole is kept");
    note(counts_.no_run_time, "with no run time left out (cancelled before the start, or unknown)");
    note(counts_.no_processors, "with no processors left out");
    note(counts_.not_completed, "failed or cancelled left out");
    note(counts_.over_limit, "ran longer than the time requested: kept as in the log");
    note(counts_.preceded, "with a preceding job: come at the submit time of the log all the same");
    note(counts_.too_large, "larger than the machine: they will never start");
    if (counts_.rounded_jobs > 0) {
      note(counts_.rounded_jobs,
           ("rounded up to equal tasks, by " + word(counts_.rounded_processors) + " in all")
               .c_str());
    }
  }

  LineReader lines_;
  SwfOptions options_;
  std::string name_;
  Header header_;
  Trace trace_;
  Counts counts_;
  PeakUse use_;
  int64_t largest_ = 0;
  int64_t per_node_ = 0;
  std::array<std::string_view, kFields> fields_;
};

}  // namespace

Result<Trace> parse_swf(const TraceText& text, const SwfOptions& options) {
  return SwfParser(text, options).parse();
}

Result<Trace> read_swf(const std::string& path, const SwfOptions& options) {
  DURE_TRY(const std::string text, read_file(path));
  return parse_swf({text, path}, options);
}

}  // namespace dure::fleet
