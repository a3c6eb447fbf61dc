#include "worlds/fleet/write_trace.h"

#include <filesystem>
#include <limits>

#include <doctest/doctest.h>
#include <unistd.h>

#include "base/file.h"
#include "worlds/fleet/read_csv_trace.h"

using namespace dure;
using namespace dure::fleet;

namespace {

bool equal(const TraceNode& a, const TraceNode& b) {
  return a.name == b.name && a.pool == b.pool && a.gpu_model == b.gpu_model && a.gpus == b.gpus &&
         a.cpu_milli == b.cpu_milli && a.memory_mib == b.memory_mib;
}

bool equal(const TraceJob& a, const TraceJob& b) {
  return a.name == b.name && a.pool == b.pool && a.owner == b.owner && a.submit == b.submit &&
         a.duration == b.duration && a.limit == b.limit && a.tasks == b.tasks && a.gpus == b.gpus &&
         a.gpu_milli == b.gpu_milli && a.cpu_milli == b.cpu_milli && a.memory_mib == b.memory_mib &&
         a.gpu_models == b.gpu_models && a.priority == b.priority && a.account == b.account &&
         a.kind == b.kind && a.start == b.start && a.nodes == b.nodes;
}

Trace awkward() {
  Trace t;
  t.nodes = {{"n,1", "p \"x\"", "H200", 8, 192'000, 2'000'000}, {"n2", "p \"x\"", "", 0, 1, 0}};
  TraceJob plain;
  plain.name = "a\nb";
  plain.pool = "p \"x\"";
  plain.start = plain.submit + 1_ns;
  plain.nodes = {"n,1", "n2"};
  t.jobs.push_back(plain);
  plain.start.reset();
  plain.nodes.clear();
  TraceJob share = plain;
  share.name = "";
  share.owner = "  \"me\",\r\n";
  share.submit = Time{1};
  share.duration = Duration{999'999'999};
  share.limit = Duration{9'223'372'036'854'775'806};
  share.gpu_milli = 1;
  share.gpu_models = "A|B";
  share.account = "a, b/\"c\"";
  share.kind = "long,er";
  share.priority = std::numeric_limits<int32_t>::min();
  t.jobs.push_back(share);
  TraceJob dated = plain;
  dated.submit = Time{1'767'225'600'123'456'789};
  dated.tasks = 1'000'000;
  dated.gpus = 32;
  dated.cpu_milli = dated.memory_mib = std::numeric_limits<uint32_t>::max();
  t.jobs.push_back(dated);
  for (const int64_t ns :
       {std::numeric_limits<int64_t>::min(), int64_t{-1}, std::numeric_limits<int64_t>::max() - 1,
        int64_t{315'532'799'999'999'999}}) {
    dated.submit = Time{ns};
    t.jobs.push_back(dated);
  }
  return t;
}

std::string error_of(std::string_view nodes, std::string_view jobs) {
  const Result<Trace> trace = parse_csv_trace({nodes, "nodes.csv"}, {jobs, "jobs.csv"});
  return trace ? "no error" : trace.error().text();
}

// A folder that is gone at the end.
struct Folder {
  std::string path =
      (std::filesystem::temp_directory_path() / ("dure_write_trace_" + std::to_string(::getpid())))
          .string();
  ~Folder() {
    std::error_code code;
    std::filesystem::remove_all(path, code);
  }
};

}  // namespace

TEST_CASE("write_trace: reads back equal, to the nanosecond") {
  const Folder folder;
  const Trace t = awkward();
  const Result<void> written = write_trace(t, folder.path + "/deep");
  REQUIRE_MESSAGE(written.ok(), (written.ok() ? "" : written.error().text()));
  const Result<Trace> back = read_csv_trace(folder.path + "/deep");
  REQUIRE_MESSAGE(back.ok(), (back.ok() ? "" : back.error().text()));
  REQUIRE(back->nodes.size() == t.nodes.size());
  REQUIRE(back->jobs.size() == t.jobs.size());
  for (size_t i = 0; i < t.nodes.size(); ++i) CHECK(equal(t.nodes[i], back->nodes[i]));
  for (size_t i = 0; i < t.jobs.size(); ++i) {
    CAPTURE(i);
    CHECK(equal(t.jobs[i], back->jobs[i]));
  }
  CHECK(jobs_csv(*back).value() == jobs_csv(t).value());
}

TEST_CASE("write_trace: what the files look like") {
  Trace t;
  t.nodes = {{"n1", "a", "H200", 8, 192'000, 2'000'000}};
  TraceJob job;
  job.name = "j";
  job.pool = "a";
  job.submit = Time{} + 1500_ms;
  t.jobs.push_back(job);
  job.submit = *parse_time("2026-01-01");
  job.duration = 90_s;
  t.jobs.push_back(job);
  CHECK(nodes_csv(t) ==
        "node,pool,gpu_model,gpus,cpu_milli,memory_mib\nn1,a,H200,8,192000,2000000\n");
  CHECK(*jobs_csv(t) ==
        "job,pool,owner,submit,duration_s,limit_s,tasks,gpus,gpu_milli,cpu_milli,memory_mib,gpu_"
        "models,"
        "priority\nj,a,,1.5,,,1,1,1000,0,0,,0\nj,a,,2026-01-01T00:00:00Z,90,,1,1,1000,0,0,,0\n");
  t.jobs[0].submit = Time::never();
  CHECK(!jobs_csv(t));
  CHECK(!write_trace(t, "/nonexistent/folder"));
  t.jobs[0].submit = Time{};
  t.jobs[0].start = Time::never();
  CHECK(!jobs_csv(t));
  t.jobs[0].start.reset();
  t.jobs[0].duration = -1_s;
  CHECK(!jobs_csv(t));
}

TEST_CASE("csv trace: few columns are enough") {
  const Result<Trace> one =
      parse_csv_trace({"gpus,node,pool\n8,n,a\n", "n"}, {"submit,job\n0,j\n", "j"});
  REQUIRE(one);
  CHECK(one->jobs[0].pool == "a");  // the only one
  const Result<Trace> t =
      parse_csv_trace({"gpus,node\n8,n\n", "n"}, {"submit,job\n 0 ,j\n-2.5,k\n", "j"});
  REQUIRE_MESSAGE(t.ok(), (t.ok() ? "" : t.error().text()));
  CHECK(t->jobs[0].duration == Duration::max());
  CHECK(t->jobs[0].gpus == 1);
  CHECK(t->jobs[0].gpu_milli == kWholeGpu);
  CHECK(t->jobs[1].submit == Time{} - 2500_ms);
}

TEST_CASE("csv trace: what is wrong is said with its place") {
  CHECK(error_of("node,gpus\nn,8\n", "job,submit,tasks,gpu_milli\nj,0,2,500\n") ==
        "jobs.csv:2:4: gpu_milli: expected 1000, because only a job of one task with one GPU may "
        "share it, "
        "found 500");
  const std::string nodes = "node,pool,gpus\nn,a,8\nm,b,8\n";
  const std::string jobs = "job,pool,submit,gpus,gpu_milli,duration_s,priority\n";
  CHECK(error_of("node,gpus\n", jobs) ==
        "nodes.csv:1: expected at least one node, found only a header row");
  CHECK(error_of("node,gpu\nn,8\n", jobs) ==
        "nodes.csv:1:2: expected a column among \"node\", \"pool\", \"gpu_model\", \"gpus\", "
        "\"cpu_milli\" and \"memory_mib\", found \"gpu\", did you mean \"gpus\"?");
  CHECK(
      error_of("node\nn\n", jobs).starts_with("nodes.csv:1: gpus: expected a column of this name"));
  CHECK(error_of("node,gpus\nn,8\nn,8\n", jobs) ==
        "nodes.csv:3:1: node: expected each node once, found \"n\" again");
  CHECK(error_of("node,gpus\nn,33\n", jobs).starts_with("nodes.csv:2:2: gpus: expected"));
  CHECK(error_of(nodes, "job,submit,pool,account\nj,0,a,x//y\n") ==
        "jobs.csv:2:4: account: expected at most 8 names of accounts with / between them, such as "
        "\"project/user\", found \"x//y\"");
  const std::string started = "job,pool,submit,start,nodes\n";
  CHECK(error_of(nodes, started + "j,a,5,4,\n") ==
        "jobs.csv:2:4: start: expected a time not before the job's submit, found \"4\"");
  CHECK(error_of(nodes, started + "j,a,5,,n\n") ==
        "jobs.csv:2:5: nodes: expected a start beside nodes, found only \"n\"");
  CHECK(error_of(nodes, started + "j,a,5,5,n|m\n") ==
        "jobs.csv:2:5: nodes: expected nodes of pool \"a\", found \"m\"");
  CHECK(error_of(nodes, started + "j,a,5,later,n\n").starts_with("jobs.csv:2:4: start: expected"));
  CHECK(error_of(nodes, "job,gpus\n")
            .starts_with("jobs.csv:1: submit: expected a column of this name"));
  CHECK(error_of(nodes, jobs + "j,c,0,1,,,\n")
            .starts_with("jobs.csv:2:2: pool: expected a pool of the nodes, found \"c\""));
  CHECK(error_of(nodes, jobs + "j,,0,1,,,\n").starts_with("jobs.csv:2:2: pool: expected a pool"));
  CHECK(error_of(nodes, jobs + "j,a,,1,,,\n") ==
        "jobs.csv:2:3: submit: expected seconds such as \"12.5\" or a time such as "
        "\"2026-01-01T12:00:00Z\", found \"\"");
  CHECK(error_of(nodes, jobs + "j,a,2026-13-01,1,,,\n")
            .starts_with("jobs.csv:2:3: submit: expected a time such as"));
  CHECK(error_of(nodes, jobs + "j,a,9223372036.854775807,1,,,\n")
            .starts_with("jobs.csv:2:3: submit: expected a time before the year 2262"));
  CHECK(error_of(nodes, jobs + "j,a,0,2,500,,\n")
            .starts_with("jobs.csv:2:5: gpu_milli: expected 1000"));
  CHECK(error_of(nodes, jobs + "j,a,0,1,0,,\n").starts_with("jobs.csv:2:5: gpu_milli: expected"));
  CHECK(error_of(nodes, jobs + "j,a,0,1,,-1,\n")
            .starts_with("jobs.csv:2:6: duration_s: expected seconds"));
  CHECK(error_of(nodes, jobs + "j,a,0,1,,,9999999999\n")
            .starts_with("jobs.csv:2:7: priority: expected"));
  CHECK(read_csv_trace("/nonexistent").error().text() ==
        "/nonexistent/nodes.csv: expected this file, or the same with .gz, found none");
}
