#include "worlds/fleet/read_swf.h"

#include <doctest/doctest.h>

using namespace dure;
using namespace dure::fleet;

namespace {

Result<Trace> parse(std::string_view text, SwfOptions options = {}) {
  return parse_swf({text, "log.swf"}, options);
}

std::string error_of(std::string_view text, SwfOptions options = {}) {
  const Result<Trace> trace = parse(text, options);
  return trace ? "no error" : trace.error().text();
}

bool has_note(const Trace& trace, std::string_view part) {
  for (const std::string& note : trace.notes) {
    if (note.find(part) != std::string::npos) return true;
  }
  return false;
}

// number submit wait run allocated ... requested-procs requested-time status user
std::string job(const char* number, int submit, const char* run, int processors, int status = 1) {
  return std::string(number) + ' ' + std::to_string(submit) + " 5 " + run + ' ' +
         std::to_string(processors) + " -1 -1 " + std::to_string(processors) + " 200 -1 " +
         std::to_string(status) + " 3 1 -1 2 1 -1 -1\n";
}

}  // namespace

TEST_CASE("swf: a log with a header") {
  const Result<Trace> t = parse(
      "; Version: 2.2\n; UnixStartTime: 835466400\n;MaxProcs:  128 (SP2)\n"
      "; Note: MaxProcs: 7\n\n" +
      job("  1", 10, "100", 4) + job("2", 20, "99.5", 128) + job("3", 30, "-1", 4, 5) +
      job("4", 40, "7", 2, 0) + job("4", 40, "3", 2, 2) + job("4", 40, "4", 2, 4) +
      job("5", 50, "300", 4, 1) + job("6", 60, "5", 0));
  REQUIRE_MESSAGE(t.ok(), (t.ok() ? "" : t.error().text()));
  REQUIRE(t->nodes.size() == 1);  // interchangeable processors
  CHECK(t->nodes[0].cpu_milli == 128'000);
  CHECK(t->nodes[0].gpus == 0);
  REQUIRE(t->jobs.size() == 4);
  const TraceJob& first = t->jobs[0];
  CHECK(first.name == "1");
  CHECK(first.submit == Time{} + 835'466'410_s);
  CHECK(first.duration == 100_s);
  CHECK(first.start == first.submit + 5_s);
  CHECK(first.limit == 200_s);
  CHECK(first.tasks == 1);
  CHECK(first.gpus == 0);
  CHECK(first.cpu_milli == 4000);
  CHECK(first.owner == "user 3");
  CHECK(first.account == "group 1/user 3");
  CHECK(t->jobs[1].duration == 99'500_ms);
  CHECK(t->jobs[2].name == "4");  // failed, but it ran
  CHECK(has_note(*t, "2 jobs in parts"));
  CHECK(has_note(*t, "1 job with no run time"));
  CHECK(has_note(*t, "1 job with no processors"));
  CHECK(has_note(*t, "1 job ran longer than the time requested"));
  CHECK(has_note(*t, "machine: 1 node of 128 cores, from the header's MaxProcs"));

  const Result<Trace> completed = parse(job("1", 0, "1", 1) + job("2", 0, "1", 1, 0) +
                                            job("3", 0, "1", 1, 5) + job("4", 0, "1", 1, -1),
                                        {.completed_only = true, .owner = SwfOwner::queue});
  REQUIRE(completed);
  CHECK(completed->jobs.size() == 2);
  CHECK(completed->jobs[0].owner == "queue 2");
}

TEST_CASE("swf: nodes") {
  const std::string jobs =
      job("1", 0, "100", 128) + job("2", 0, "100", 100) + job("3", 0, "100", 9);
  // The header has nodes of a size.
  const Result<Trace> header = parse("; MaxProcs: 256\n; MaxNodes: 4\n" + jobs);
  REQUIRE(header);
  CHECK(header->nodes.size() == 4);
  CHECK(header->nodes[3].name == "node-3");
  CHECK(header->nodes[3].cpu_milli == 64'000);
  CHECK(header->jobs[0].tasks == 2);
  CHECK(header->jobs[0].cpu_milli == 64'000);
  CHECK(header->jobs[1].tasks == 2);
  CHECK(header->jobs[1].cpu_milli == 50'000);
  CHECK(header->jobs[2].tasks == 1);
  // Single-processor nodes would make gangs of single tasks.
  const Result<Trace> single = parse("; MaxProcs: 256\n; MaxNodes: 256\n" + jobs);
  REQUIRE(single);
  CHECK(single->nodes.size() == 1);
  // GPUs: 8 per node, rounded up.
  const Result<Trace> gpus = parse("; MaxProcs: 256\n" + jobs, {.processor = SwfProcessor::gpu});
  REQUIRE(gpus);
  CHECK(gpus->nodes.size() == 32);
  CHECK(gpus->nodes[0].gpus == 8);
  CHECK(gpus->nodes[0].cpu_milli == 0);
  CHECK(gpus->jobs[0].tasks == 16);
  CHECK(gpus->jobs[0].gpus == 8);
  CHECK(gpus->jobs[2].tasks == 2);
  CHECK(gpus->jobs[2].gpus == 5);
  CHECK(has_note(*gpus, "2 jobs rounded up to equal tasks, by 5 GPUs in all"));
  // No header: the peak use, which is all three at once.
  const Result<Trace> peak = parse(jobs);
  REQUIRE(peak);
  CHECK(peak->nodes[0].cpu_milli == 237'000);
  // Told.
  const Result<Trace> told = parse("; MaxProcs: 256\n" + jobs, {.per_node = 16, .nodes = 5});
  REQUIRE(told);
  CHECK(told->nodes.size() == 5);
  CHECK(told->nodes[0].cpu_milli == 16'000);
  CHECK(has_note(*told, "2 jobs larger than the machine"));
  const Result<Trace> shared = parse("; MaxProcs: 256\n" + jobs, {.nodes = 5});
  REQUIRE(shared);
  CHECK(shared->nodes.size() == 5);
  CHECK(shared->nodes[0].cpu_milli == 52'000);
}

TEST_CASE("swf: a large job costs few tasks") {
  const Result<Trace> t =
      parse("; MaxProcs: 4096\n; MaxNodes: 64\n" + job("1", 0, "1", 4096) + job("2", 0, "1", 4093));
  REQUIRE(t);
  CHECK(t->jobs[0].tasks == 64);
  CHECK(t->jobs[1].tasks == 64);
}

TEST_CASE("swf: what is wrong is said with its place") {
  CHECK(error_of("").starts_with("log.swf: expected at least one job that ran, found none"));
  CHECK(error_of("; MaxProcs: 4\n").starts_with("log.swf: expected at least one job"));
  CHECK(error_of("1 2 3\n") == "log.swf:1: expected a job as 18 numbers, found 3 fields");
  CHECK(error_of(";\n\n" + job("1", 0, "1", 1).substr(0, 20) + "\n")
            .starts_with("log.swf:3: expected"));
  CHECK(error_of("1 0 0 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1\n") ==
        "log.swf:1: expected a job as 18 numbers, found 19 fields");
  CHECK(error_of(job("x", 0, "1", 1))
            .starts_with("log.swf:1:1: job number: expected a whole number"));
  CHECK(error_of(job("1", 0, "soon", 1)) ==
        "log.swf:1:4: run time: expected seconds, a number from 0 to 292 years, found \"soon\"; -1 "
        "stands "
        "for unknown");
  CHECK(error_of(job("1", 0, "-2", 1)).starts_with("log.swf:1:4: run time: expected"));
  CHECK(error_of(job("1", 0, "1", -2)).starts_with("log.swf:1:5: processors: expected"));
  CHECK(error_of(job("1", 0, "1", 4'000'001)) ==
        "log.swf:1:5: processors: expected a whole number from -1 to 4000000, found \"4000001\"");
  CHECK(error_of(job("1", 0, "1", 1, 9)).starts_with("log.swf:1:11: status: expected"));
  CHECK(error_of(job("1", -1, "1", 1)) ==
        "log.swf:1:2: submit time: expected the job's submit time, found -1");
  CHECK(error_of("; UnixStartTime: 99999999999999\n" + job("1", 0, "1", 1))
            .starts_with("log.swf: UnixStartTime: expected"));
  CHECK(error_of("; MaxProcs: 999999999999\n" + job("1", 0, "1", 1), {.per_node = 1})
            .starts_with("log.swf: expected a machine of at most 1,000,000 nodes"));
  CHECK(error_of(job("1", 0, "1", 1), {.processor = SwfProcessor::gpu, .per_node = 33}) ==
        "per_node: expected a whole number from 0 to 32, found 33");
  CHECK(error_of("\xff\xfe\x01\n").starts_with("log.swf:1: expected a job as 18 numbers"));
}
