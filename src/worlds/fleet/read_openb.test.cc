#include "worlds/fleet/read_openb.h"

#include <doctest/doctest.h>

#include "../tests/reference_data.h"

using namespace dure;
using namespace dure::fleet;

namespace {

constexpr const char* kNodeText =
    "sn,cpu_milli,memory_mib,gpu,model\n"
    "n0,64000,262144,2,P100\n"
    "n1,32000,131072,0,\n";
constexpr const char* kPodText =
    "name,cpu_milli,memory_mib,num_gpu,gpu_milli,gpu_spec,qos,pod_phase,creation_time,deletion_"
    "time,"
    "scheduled_time\n"
    "p0,12000,16384,1,1000,,LS,Running,0,100,5\n"
    "p1,6000,12288,1,460,P100|T4,BE,Running,7,107,7\n"
    "p2,4000,1,0,0,,LS,Pending,8,20,\n"
    "p3,4000,1,2,1000,,LS,Running,9,,9\n"
    "p4,4000,1,2,1000,,LS,Failed,10,10,10\n";

Result<Trace> parse(std::string_view nodes, std::string_view pods, OpenbOptions options = {}) {
  return parse_openb({nodes, "nodes.csv"}, {pods, "pods.csv"}, options);
}

std::string error_of(std::string_view nodes, std::string_view pods) {
  const Result<Trace> trace = parse(nodes, pods);
  return trace ? "no error" : trace.error().text();
}

}  // namespace

TEST_CASE("openb: nodes and pods") {
  const Result<Trace> t = parse(kNodeText, kPodText);
  REQUIRE(t);
  REQUIRE(t->nodes.size() == 2);
  CHECK(t->nodes[0].name == "n0");
  CHECK(t->nodes[0].gpus == 2);
  CHECK(t->nodes[0].gpu_model == "P100");
  CHECK(t->nodes[0].cpu_milli == 64000);
  CHECK(t->nodes[0].memory_mib == 262144);
  CHECK(t->nodes[1].gpus == 0);
  REQUIRE(t->jobs.size() == 4);
  const TraceJob& whole = t->jobs[0];
  CHECK(whole.name == "p0");
  CHECK(whole.owner == "LS");
  CHECK(whole.submit == Time{0});
  CHECK(whole.duration == 95_s);  // from scheduled_time
  CHECK(whole.start == whole.submit + 5_s);
  CHECK(whole.limit == Duration::max());
  CHECK(whole.tasks == 1);
  CHECK(t->jobs[1].gpu_milli == 460);
  CHECK(t->jobs[1].gpu_models == "P100|T4");
  CHECK(t->jobs[2].gpus == 0);
  CHECK(t->jobs[2].gpu_milli == kWholeGpu);
  CHECK(t->jobs[2].duration == 12_s);  // never scheduled
  CHECK_FALSE(t->jobs[2].start);
  CHECK(t->jobs[3].duration == Duration::max());
  CHECK(t->notes.size() == 3);
}

TEST_CASE("openb: one per second, and short lists") {
  const Result<Trace> t = parse(kNodeText, kPodText, {OpenbArrivals::one_per_second});
  REQUIRE(t);
  REQUIRE(t->jobs.size() == 5);
  CHECK(t->jobs[4].submit == Time{} + 4_s);
  CHECK(t->jobs[4].duration == Duration::max());
  CHECK(t->notes.empty());
  const Result<Trace> few =
      parse(kNodeText, "name,cpu_milli,memory_mib,num_gpu,gpu_milli\np,1,1,1,500\nq,1,1,1,500\n");
  REQUIRE(few);
  CHECK(few->jobs[1].submit == Time{} + 1_s);
  CHECK(few->notes.size() == 1);
}

TEST_CASE("openb: what is wrong is said with its place") {
  const std::string nodes = "sn,cpu_milli,memory_mib,gpu,model\n";
  const std::string pods =
      "name,cpu_milli,memory_mib,num_gpu,gpu_milli,creation_time,deletion_time\n";
  CHECK(error_of("", kPodText) == "nodes.csv:1: expected a header row, found an empty file");
  CHECK(error_of(nodes, kPodText) ==
        "nodes.csv:1: expected at least one node, found only a header row");
  CHECK(error_of("sn,cpu,memory_mib,gpu,model\nn,1,1,1,A\n", kPodText)
            .starts_with("nodes.csv:1: cpu_milli: expected a column of this name"));
  CHECK(error_of(nodes + "n,1,1,99,A\n", kPodText) ==
        "nodes.csv:2:4: gpu: expected a whole number from 0 to 32, found \"99\"");
  CHECK(error_of(nodes + "n,1,1,1,A\nn,1,1,1,A\n", kPodText) ==
        "nodes.csv:3:1: sn: expected each node once, found \"n\" again");
  CHECK(
      error_of(nodes + "n,-1,1,1,A\n", kPodText).starts_with("nodes.csv:2:2: cpu_milli: expected"));
  CHECK(error_of(nodes + "n,1,1\n", kPodText).starts_with("nodes.csv:2: expected 5 fields"));
  CHECK(error_of(kNodeText, pods + ",1,1,1,1000,0,1\n") ==
        "pods.csv:2:1: name: expected text, found an empty field");
  CHECK(error_of(kNodeText, pods + "p,1,1,2,500,0,1\n") ==
        "pods.csv:2:5: gpu_milli: expected 1000, because a pod with several GPUs takes whole ones, "
        "found 500");
  CHECK(error_of(kNodeText, pods + "p,1,1,1,0,0,1\n")
            .starts_with("pods.csv:2:5: gpu_milli: expected"));
  CHECK(error_of(kNodeText, pods + "p,1,1,1,1001,0,1\n")
            .starts_with("pods.csv:2:5: gpu_milli: expected"));
  CHECK(error_of(kNodeText, pods + "p,1,9999999999,1,1,0,1\n")
            .starts_with("pods.csv:2:3: memory_mib: expected"));
  CHECK(error_of(kNodeText, pods + "p,1,1,1,1,,1\n")
            .starts_with("pods.csv:2:6: creation_time: expected seconds"));
  CHECK(error_of(kNodeText, pods + "p,1,1,1,1,9,2030-01-01\n")
            .starts_with("pods.csv:2:7: deletion_time: expected seconds"));
  CHECK(error_of(kNodeText, pods + "p,1,1,1,1,9,5\n") ==
        "pods.csv:2:7: deletion_time: expected a time that is not before the pod's start at 9 s, "
        "found "
        "\"5\"");
  CHECK(read_openb("/nonexistent/n.csv", "p.csv").error().text() ==
        "/nonexistent/n.csv: there is no such file");
}

TEST_CASE("openb: the published lists") {
  const auto folder = reference_data("fleet/openb");
  if (!folder) return;
  const Result<Trace> t =
      read_openb(*folder + "/openb_node_list_gpu_node.csv",
                 *folder + "/openb_pod_list_default.csv.gz", {OpenbArrivals::one_per_second});
  REQUIRE_MESSAGE(t.ok(), (t.ok() ? "" : t.error().text()));
  CHECK(t->nodes.size() == 1213);
  uint32_t gpus = 0;
  for (const TraceNode& n : t->nodes) gpus += n.gpus;
  CHECK(gpus == 6212);
  REQUIRE(t->jobs.size() == 8152);
  size_t cpu_only = 0, shares = 0, one = 0, two = 0, four = 0, eight = 0;
  for (const TraceJob& j : t->jobs) {
    cpu_only += j.gpus == 0;
    shares += j.gpu_milli < kWholeGpu;
    one += j.gpus == 1 && j.gpu_milli == kWholeGpu;
    two += j.gpus == 2;
    four += j.gpus == 4;
    eight += j.gpus == 8;
  }
  CHECK(cpu_only == 1088);
  CHECK(shares == 3078);
  CHECK(one == 3911);
  CHECK(two == 16);
  CHECK(four == 15);
  CHECK(eight == 44);
  const Result<Trace> timed = read_openb(*folder + "/openb_node_list_gpu_node.csv",
                                         *folder + "/openb_pod_list_default.csv.gz");
  REQUIRE(timed);
  CHECK(timed->jobs.size() == 8151);
  CHECK(timed->notes ==
        std::vector<std::string>{
            "897 pods never scheduled in the trace: taken to run from creation to deletion",
            "1 pod that ended at the start left out"});

  const Result<Trace> all = read_openb(*folder + "/openb_node_list_all_node.csv",
                                       *folder + "/openb_pod_list_multigpu20.csv.gz");
  REQUIRE(all);
  CHECK(all->nodes.size() == 1523);
  CHECK(all->jobs.size() == 8324);
  CHECK(all->jobs.back().submit == Time{} + 8323_s);
  for (const char* list : {"cpu250", "gpushare40", "gpuspec10"}) {
    const std::string pods = *folder + "/openb_pod_list_" + list + ".csv.gz";
    CHECK(read_openb(*folder + "/openb_node_list_gpu_node.csv", pods));
  }
}
