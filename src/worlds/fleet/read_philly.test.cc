#include "worlds/fleet/read_philly.h"

#include <doctest/doctest.h>

#include "../tests/reference_data.h"

using namespace dure;
using namespace dure::fleet;

namespace {

const std::string kNodeText = "vc,nodes,gpus_per_node\n6214e9,4,8\n11cb48,2,4\n";
const std::string kHeader = "job_id,vc,submit_s,gpus,duration_s,model\n";

Result<Trace> parse(std::string_view jobs, std::string_view nodes, PhillyOptions options = {}) {
  return parse_philly({jobs, "jobs.csv"}, {nodes, "vc.csv"}, options);
}

std::string error_of(std::string_view jobs, std::string_view nodes, PhillyOptions options = {}) {
  const Result<Trace> trace = parse(jobs, nodes, options);
  return trace ? "no error" : trace.error().text();
}

}  // namespace

TEST_CASE("philly: a column user says who is charged") {
  const Result<Trace> t =
      parse("job_id,vc,submit_s,gpus,duration_s,user\n0,6214e9,0,8,10,ann\n1,11cb48,1,4,10,\n",
            kNodeText);
  REQUIRE_MESSAGE(t.ok(), (t.ok() ? "" : t.error().text()));
  CHECK(t->jobs[0].account == "6214e9/ann");
  CHECK(t->jobs[1].account == "11cb48");
}

TEST_CASE("philly: a pool per virtual cluster") {
  const Result<Trace> t =
      parse(kHeader + "0,6214e9,0,8,17465,A (size 2)\n1,11cb48,2.5,6,10,B\n2,11cb48,3,4,0,B\n",
            kNodeText);
  REQUIRE_MESSAGE(t.ok(), (t.ok() ? "" : t.error().text()));
  REQUIRE(t->nodes.size() == 6);
  CHECK(t->nodes[0].name == "6214e9-0");
  CHECK(t->nodes[0].pool == "6214e9");
  CHECK(t->nodes[0].gpus == 8);
  CHECK(t->nodes[5].name == "11cb48-1");
  CHECK(t->nodes[5].gpus == 4);
  REQUIRE(t->jobs.size() == 2);
  CHECK(t->jobs[0].pool == "6214e9");
  CHECK(t->jobs[0].gpus == 8);
  CHECK(t->jobs[0].tasks == 1);
  CHECK(t->jobs[0].duration == 17465_s);
  CHECK(t->jobs[1].submit == Time{} + 2500_ms);
  CHECK(t->jobs[1].tasks == 2);
  CHECK(t->jobs[1].gpus == 3);
  CHECK(t->notes.size() == 2);
}

TEST_CASE("philly: divided") {
  const Result<Trace> t = parse(kHeader, kNodeText, {.divide = 2});
  REQUIRE(t);
  CHECK(t->nodes.size() == 3);
  CHECK(error_of(kHeader, kNodeText, {.divide = 3}) ==
        "vc.csv:3:2: nodes: expected at least 3 nodes, because each virtual cluster is divided by "
        "that, "
        "found 2");
  CHECK(error_of(kHeader, kNodeText, {.divide = 0}) ==
        "divide: expected a whole number of at least 1, found 0");
}

TEST_CASE("philly: what is wrong is said with its place") {
  CHECK(error_of(kHeader, "vc,nodes,gpus_per_node\n") ==
        "vc.csv:1: expected at least one virtual cluster, found only a header row");
  CHECK(error_of(kHeader, kNodeText + "11cb48,1,8\n") ==
        "vc.csv:4:1: vc: expected each virtual cluster once, found \"11cb48\" again");
  CHECK(error_of(kHeader, kNodeText + "x,0,8\n").starts_with("vc.csv:4:2: nodes: expected"));
  CHECK(error_of(kHeader, kNodeText + "x,1000000,8\n") ==
        "vc.csv:4:2: nodes: expected at most 1,000,000 nodes in all, found more");
  CHECK(
      error_of(kHeader, kNodeText + "x,1,33\n").starts_with("vc.csv:4:3: gpus_per_node: expected"));
  CHECK(error_of(kHeader + "0,11cb49,0,1,1,A\n", kNodeText) ==
        "jobs.csv:2:2: vc: expected a virtual cluster of the node file, found \"11cb49\", did you "
        "mean "
        "\"11cb48\"?");
  CHECK(error_of(kHeader + "0,11cb48,now,1,1,A\n", kNodeText)
            .starts_with("jobs.csv:2:3: submit_s: expected seconds"));
  CHECK(error_of(kHeader + "0,11cb48,0,0,1,A\n", kNodeText)
            .starts_with("jobs.csv:2:4: gpus: expected"));
  CHECK(error_of(kHeader + "0,11cb48,0,1,-1,A\n", kNodeText)
            .starts_with("jobs.csv:2:5: duration_s: expected seconds"));
  CHECK(error_of("job_id,submit_s,gpus,duration_s\n", kNodeText)
            .starts_with("jobs.csv:1: vc: expected a column of this name"));
}

TEST_CASE("philly: the published jobs") {
  const auto folder = reference_data("fleet/philly-vc");
  if (!folder) return;
  const Result<Trace> t = read_philly(*folder + "/jobs.csv.gz", *folder + "/vc_nodes.csv");
  REQUIRE_MESSAGE(t.ok(), (t.ok() ? "" : t.error().text()));
  CHECK(t->nodes.size() == 352);
  REQUIRE(t->jobs.size() == 13'685);
  CHECK(t->notes.empty());
  double gpu_hours = 0;
  for (size_t i = 0; i < t->jobs.size(); ++i) {
    const TraceJob& j = t->jobs[i];
    gpu_hours += j.gpus * j.duration.seconds() / 3600;
    CHECK(j.tasks == 1);
    if (i == 0) continue;
    // The order that FIFO by (submit, job_id) needs.
    const TraceJob& last = t->jobs[i - 1];
    CHECK(last.submit <= j.submit);
    CHECK((last.submit < j.submit || std::stol(last.name) < std::stol(j.name)));
  }
  CHECK(gpu_hours == doctest::Approx(581'117).epsilon(1e-5));
  const Result<Trace> quarter =
      read_philly(*folder + "/jobs.csv.gz", *folder + "/vc_nodes.csv", {.divide = 4});
  REQUIRE(quarter);
  CHECK(quarter->nodes.size() == 88);
  CHECK(quarter->nodes[0].pool == "6214e9");
}
