#include "worlds/fleet/read_sacct.h"

#include <doctest/doctest.h>

using namespace dure;
using namespace dure::fleet;

namespace {

const std::string kHeader =
    "JobID|Account|User|Partition|Submit|Start|End|Elapsed|Timelimit|State|ReqTRES|AllocTRES\n";

// A finished job of two hours.
std::string row(const std::string& id, const std::string& partition, const std::string& tres,
                const std::string& account = "phys", const std::string& asked = "") {
  return id + '|' + account + "|ann|" + partition +
         "|2026-01-05T10:00:00|2026-01-05T11:00:00|2026-01-05T13:00:00|02:00:00|1-00:00:00|"
         "COMPLETED|" +
         (asked.empty() ? tres : asked) + '|' + tres + '\n';
}

Result<Trace> parse(std::string_view jobs, std::string_view nodes = {}, SacctOptions options = {}) {
  return parse_sacct({jobs, "jobs.txt"},
                     nodes.empty() ? TraceText{} : TraceText{nodes, "nodes.txt"}, options);
}

std::string error_of(std::string_view jobs, std::string_view nodes = {},
                     SacctOptions options = {}) {
  const Result<Trace> trace = parse(jobs, nodes, options);
  return trace ? "no error" : trace.error().text();
}

bool has_note(const Trace& trace, std::string_view part) {
  for (const std::string& note : trace.notes) {
    if (note.find(part) != std::string::npos) return true;
  }
  return false;
}

const std::string kNodes =
    "NodeName=g1 Arch=x86_64 CoresPerSocket=32  CPUAlloc=0 CPUEfctv=128 CPUTot=128 CPULoad=0.01 "
    "AvailableFeatures=(null) Gres=gpu:H100:8(S:0-1) NodeAddr=g1 OS=Linux 6.1.0 #1 SMP x Gres=no "
    "RealMemory=2063000 AllocMem=0 State=IDLE ThreadsPerCore=1 Partitions=gpu,debug \n"
    "NodeName=c1 CPUTot=64 RealMemory=256000 Gres=(null) State=DOWN* Partitions=cpu Reason=no "
    "Gres=gpu:9 [x]\n"
    "NodeName=g2 CPUTot=128 RealMemory=2063000 Gres=gpu:a100:4,gpu:1g.5gb:7 State=IDLE+DRAIN "
    "Partitions=debug\n"
    "NodeName=login CPUTot=8 RealMemory=16000 Gres=(null) State=IDLE\n";

}  // namespace

TEST_CASE("sacct: jobs, steps, arrays and gangs") {
  const Result<Trace> t =
      parse(kHeader +
            row("100", "gpu", "billing=8,cpu=128,gres/gpu:h100=16,gres/gpu=16,mem=960G,node=2") +
            row("100.batch", "", "cpu=64,mem=480G,node=1") + row("100.0", "", "cpu=64,node=2") +
            row("101_4", "gpu", "cpu=6,gres/gpu=10,mem=30G,node=3") +
            row("102+1", "cpu", "cpu=8,node=1", ""));
  REQUIRE_MESSAGE(t.ok(), (t.ok() ? "" : t.error().text()));
  REQUIRE(t->jobs.size() == 3);
  const TraceJob& gang = t->jobs[0];
  CHECK(gang.name == "100");
  CHECK(gang.owner == "phys");
  CHECK(gang.account == "phys/ann");
  CHECK(gang.pool == "gpu");
  CHECK(gang.submit == *parse_time("2026-01-05T10:00:00"));
  CHECK(gang.duration == 2_h);
  CHECK(gang.limit == 24_h);
  CHECK(gang.tasks == 2);
  CHECK(gang.gpus == 8);
  CHECK(gang.cpu_milli == 64'000);
  CHECK(gang.memory_mib == 480 * 1024);
  CHECK(gang.gpu_models == "h100");
  CHECK(t->jobs[1].name == "101_4");
  CHECK(t->jobs[1].tasks == 5);  // 10 GPUs on 3 nodes
  CHECK(t->jobs[1].gpus == 2);
  CHECK(t->jobs[1].cpu_milli == 1200);
  CHECK(t->jobs[2].name == "102+1");
  CHECK(t->jobs[2].gpus == 0);
  CHECK(t->jobs[2].owner == "ann");
  CHECK(t->jobs[2].account == "ann");
  CHECK(has_note(*t, "1 job with GPUs that their nodes do not divide"));
  // 26 GPUs at once.
  REQUIRE(t->nodes.size() == 5);
  CHECK(t->nodes[0].pool == "gpu");
  CHECK(t->nodes[0].name == "gpu-0");
  CHECK(t->nodes[0].gpus == 8);
  CHECK(t->nodes[0].gpu_model == "h100");
  CHECK(t->nodes[0].cpu_milli == 64'000);
  CHECK(t->nodes[4].pool == "cpu");
  CHECK(t->nodes[4].gpus == 0);
  CHECK(t->nodes[4].cpu_milli == 8000);
  CHECK(has_note(*t, "partition \"gpu\" made up as 4 nodes of 8 GPUs, 64 CPUs and 491,520 MiB"));
}

TEST_CASE("sacct: what has not finished") {
  const std::string resources = "|cpu=8,mem=16G,node=1|";
  const std::string running =
      "1|a|u|p|2026-01-05T10:00:00|2026-01-05T11:00:00|Unknown|00:30:00|02:00:00|RUNNING" +
      resources + "cpu=8,mem=16G,node=1\n";
  const std::string pending =
      "2|a|u|p|2026-01-05T10:00:00|Unknown|Unknown|00:00:00|03:00:00|PENDING" + resources + "\n";
  const std::string unlimited =
      "3|a|u|p|2026-01-05T10:00:00|Unknown|Unknown|00:00:00|UNLIMITED|PENDING" + resources + "\n";
  const std::string cancelled =
      "4|a|u|p|2026-01-05T10:00:00|None|2026-01-05T11:00:00|00:00:00|"
      "Partition_Limit|CANCELLED by 1000" +
      resources + "\n";
  const std::string stopped =
      "5|a|u|p|2026-01-05T10:00:00|2026-01-05T11:00:00|2026-01-05T11:10:00|"
      "00:10:00|Partition_Limit|CANCELLED by 1000" +
      resources + "cpu=8,mem=16G,node=1\n";
  const std::string all = kHeader + running + pending + unlimited + cancelled + stopped;

  const Result<Trace> elapsed = parse(all);
  REQUIRE_MESSAGE(elapsed.ok(), (elapsed.ok() ? "" : elapsed.error().text()));
  REQUIRE(elapsed->jobs.size() == 2);
  CHECK(elapsed->jobs[0].duration == 30_min);
  CHECK(elapsed->jobs[1].name == "5");
  CHECK(elapsed->jobs[1].duration == 10_min);
  CHECK(elapsed->jobs[1].limit == Duration::max());
  CHECK(has_note(*elapsed, "1 job still running: taken to last as long as they have so far"));
  CHECK(has_note(*elapsed, "2 jobs still pending left out"));
  CHECK(has_note(*elapsed, "1 job that never ran left out"));

  const Result<Trace> limit = parse(all, {}, {.unfinished = SacctUnfinished::limit});
  REQUIRE(limit);
  REQUIRE(limit->jobs.size() == 3);
  CHECK(limit->jobs[0].duration == 2_h);
  CHECK(limit->jobs[1].duration == 3_h);
  CHECK(limit->jobs[1].memory_mib == 16 * 1024);

  const Result<Trace> skip = parse(all, {}, {.unfinished = SacctUnfinished::skip});
  REQUIRE(skip);
  CHECK(skip->jobs.size() == 1);
}

TEST_CASE("sacct: nodes of scontrol") {
  const Result<Trace> t = parse(
      kHeader + row("1", "gpu", "cpu=8,gres/gpu:h100=8,node=1") +
          row("2", "debug", "cpu=8,node=1") + row("3", "old", "cpu=8,node=1") +
          row("4", "old,cpu", "cpu=8,node=1") + row("5", "gpu", "cpu=8,gres/gpu:tpu=1,node=1") +
          row("6", "gpu", "cpu=8,gres/gpu:h100=1,node=1", "phys", "cpu=8,gres/gpu=1,node=1"),
      kNodes);
  REQUIRE_MESSAGE(t.ok(), (t.ok() ? "" : t.error().text()));
  REQUIRE(t->nodes.size() == 3);
  CHECK(t->nodes[0].name == "g1");
  CHECK(t->nodes[0].pool == "gpu+debug");
  CHECK(t->nodes[0].gpus == 8);
  CHECK(t->nodes[0].gpu_model == "H100");
  CHECK(t->nodes[0].cpu_milli == 128'000);
  CHECK(t->nodes[0].memory_mib == 2'063'000);
  CHECK(t->nodes[1].name == "g2");  // pools one after another
  CHECK(t->nodes[1].gpus == 11);
  CHECK(t->nodes[1].gpu_model == "a100");
  CHECK(t->nodes[2].pool == "cpu");
  CHECK(t->nodes[2].gpus == 0);
  REQUIRE(t->jobs.size() == 5);
  CHECK(t->jobs[0].pool == "gpu+debug");
  CHECK(t->jobs[0].gpu_models == "H100");  // as the nodes spell it
  CHECK(t->jobs[1].pool == "gpu+debug");
  CHECK(t->jobs[2].name == "4");
  CHECK(t->jobs[2].pool == "cpu");
  CHECK(t->jobs[3].gpu_models == "");
  CHECK(t->jobs[4].gpu_models == "");  // got one, did not ask for it
  CHECK(has_note(*t, "1 partition merged"));
  CHECK(has_note(*t, "1 node in no partition left out"));
  CHECK(has_note(*t, "1 node with GPUs of several types"));
  CHECK(has_note(*t, "2 nodes down or drained"));
  CHECK(has_note(*t, "1 job in partitions without nodes left out"));
  CHECK(has_note(*t, "1 job asked for a GPU type that no node of the pool has"));

  // Several lines per node, without -o.
  const Result<Trace> lines =
      parse(kHeader + row("1", "gpu", "cpu=8,node=1"),
            "NodeName=g1 Arch=x86_64\n   CPUTot=128 CPULoad=0\n   Gres=gpu:4\n"
            "   RealMemory=1000\n   Partitions=gpu \n\nNodeName=g2 CPUTot=1\n"
            "   RealMemory=1\n   Partitions=gpu\n\n");
  REQUIRE_MESSAGE(lines.ok(), (lines.ok() ? "" : lines.error().text()));
  CHECK(lines->nodes.size() == 2);
  CHECK(lines->nodes[0].gpus == 4);
}

TEST_CASE("sacct: the state of a cluster") {
  const std::string header =
      "JobID|Partition|Submit|Start|End|Elapsed|Timelimit|State|AllocTRES|NodeList\n";
  const std::string nodes =
      "NodeName=g1 CPUTot=64 RealMemory=1000 Gres=gpu:h100:8 Partitions=gpu State=ALLOCATED\n"
      "NodeName=g2 CPUTot=64 RealMemory=1000 Gres=gpu:h100:8 Partitions=gpu State=MIXED+DRAIN\n"
      "NodeName=c1 CPUTot=64 RealMemory=1000 Gres=(null) Partitions=cpu State=IDLE\n";
  const std::string ended =
      "1|gpu|2026-01-05T10:00:00|2026-01-05T10:00:30|2026-01-05T11:00:30|01:00:00|02:00:00|"
      "COMPLETED|cpu=8,gres/gpu=8,node=1|g2\n";
  const std::string runs =
      "2|gpu|2026-01-05T10:10:00|2026-01-05T11:00:30|Unknown|00:59:30|02:00:00|RUNNING|"
      "cpu=8,gres/gpu=16,node=2|g[1-2]\n";
  const std::string waits =
      "3|gpu|2026-01-05T11:30:00|Unknown|Unknown|00:00:00|02:00:00|PENDING|"
      "cpu=8,gres/gpu=8,node=1|None assigned\n";
  const SacctOptions limit{.unfinished = SacctUnfinished::limit};
  const Time day = *from_civil(2026, 1, 5);

  const auto t = parse(header + ended + runs + waits, nodes, limit);
  REQUIRE_MESSAGE(t.ok(), (t.ok() ? "" : t.error().text()));
  REQUIRE(t->jobs.size() == 3);
  CHECK(t->jobs[0].start == day + 10_h + 30_s);
  CHECK(t->jobs[0].nodes == std::vector<std::string>{"g2"});
  CHECK(t->jobs[1].start == day + 11_h + 30_s);
  CHECK(t->jobs[1].duration == 2_h);
  CHECK(t->jobs[1].nodes == std::vector<std::string>{"g1", "g2"});
  CHECK_FALSE(t->jobs[2].start);
  CHECK(t->jobs[2].nodes.empty());
  CHECK(t->taken == day + 12_h);  // what runs has run for so long
  CHECK(t->nodes[1].out_of_service == "MIXED+DRAIN");
  CHECK(has_note(*t, "out of service from then on"));

  CHECK_FALSE(parse(header + ended + runs + waits, nodes)->taken);  // a history, not a state
  CHECK_FALSE(parse(header + ended, nodes, limit)->taken);
  CHECK(parse(header + ended + waits, nodes, limit)->taken == day + 11_h + 30_min);

  // Where the nodes are another cluster's, or of two pools, only the time is known.
  std::string elsewhere = runs;
  elsewhere.replace(elsewhere.find("g[1-2]"), 6, "g1,c1");
  const auto odd = parse(header + elsewhere, nodes, limit);
  REQUIRE(odd.ok());
  CHECK(odd->jobs[0].nodes.empty());
  CHECK(odd->jobs[0].start);
  CHECK(has_note(*odd, "1 job on nodes that"));
  elsewhere.replace(elsewhere.find("g1,c1"), 5, "g[1-2");
  CHECK(error_of(header + elsewhere, nodes, limit).find("NodeList") != std::string::npos);
}

TEST_CASE("sacct: nodes of ours") {
  const Result<Trace> t = parse(kHeader + row("1", "gpu", "cpu=8,gres/gpu:h100=8,node=1"),
                                "node,pool,gpu_model,gpus,cpu_milli\nn,gpu,h100,8,64000\n");
  REQUIRE_MESSAGE(t.ok(), (t.ok() ? "" : t.error().text()));
  CHECK(t->nodes[0].name == "n");
  CHECK(t->jobs[0].gpu_models == "h100");
  const Result<Trace> one = parse(kHeader + row("1", "gpu", "cpu=8,node=1"), "node,gpus\nn,8\n");
  REQUIRE(one);
  CHECK(one->jobs[0].pool == "");
}

TEST_CASE("sacct: few columns") {
  const Result<Trace> t = parse(
      "Submit|JobID|ElapsedRaw|NNodes|AllocCPUS|TimelimitRaw|\n"
      "2026-01-01T00:00:00|1|60|2|8|10|\n");
  REQUIRE_MESSAGE(t.ok(), (t.ok() ? "" : t.error().text()));
  CHECK(t->jobs[0].duration == 60_s);
  CHECK(t->jobs[0].limit == 10_min);
  CHECK(t->jobs[0].tasks == 2);
  CHECK(t->jobs[0].cpu_milli == 4000);
  CHECK(t->nodes.size() == 2);
  CHECK(t->nodes[0].name == "node-0");
  const Result<Trace> spans = parse(
      "JobID;Submit;Start;End;AllocTRES\n"
      "1;2026-01-01;2026-01-02;2026-01-03;cpu=1,gres/gpu=12\n",
      {}, {.delimiter = ';'});
  REQUIRE_MESSAGE(spans.ok(), (spans.ok() ? "" : spans.error().text()));
  CHECK(spans->jobs[0].duration == 24_h);
  CHECK(spans->jobs[0].tasks == 2);  // no node count: 6 of 8 on each
  CHECK(spans->jobs[0].gpus == 6);
}

TEST_CASE("sacct: a cluster made up holds each job") {
  // 4 tasks of 6 GPUs are 24 GPUs, but need 4 nodes of 8.
  const Result<Trace> t = parse(kHeader + row("1", "p", "cpu=400,gres/gpu=24,mem=10G,node=4") +
                                row("2", "p", "cpu=4,gres/gpu:a100=1,node=1") +
                                row("3", "p", "cpu=4,gres/gpu:h100=1,node=1"));
  REQUIRE(t);
  CHECK(t->nodes.size() == 4);
  CHECK(t->nodes[0].cpu_milli == 102'000);  // 408 CPUs at once
  CHECK(t->nodes[0].gpu_model == "");
  CHECK(t->jobs[1].gpu_models == "");
  CHECK(has_note(*t, "2 jobs asked for a GPU type in a partition of several"));
  const Result<Trace> wide = parse(kHeader + row("1", "p", "cpu=64,gres/gpu=16,node=1"));
  REQUIRE(wide);
  CHECK(wide->nodes.size() == 1);
  CHECK(wide->nodes[0].gpus == 16);
  const Result<Trace> cpus =
      parse(kHeader + row("1", "p", "cpu=64,node=1") + row("2", "p", "cpu=64,node=1"), {},
            {.cpus_per_node = 128});
  REQUIRE(cpus);
  CHECK(cpus->nodes.size() == 1);
  CHECK(cpus->nodes[0].cpu_milli == 128'000);
}

TEST_CASE("sacct: what is wrong is said with its place") {
  CHECK(error_of("").find("expected a header row, as `sacct -P` writes") != std::string::npos);
  CHECK(error_of(kHeader) ==
        "jobs.txt: expected at least one job that ran, found none; see the options");
  CHECK(error_of("JobID|Start\n") ==
        "jobs.txt:1: Submit: expected a column of this name, found \"JobID\" and \"Start\"");
  CHECK(error_of("JobID|Submit|State\n")
            .starts_with("jobs.txt:1: Elapsed: expected this column, or"));
  CHECK(error_of("JobID|Submit|Elapsed\n")
            .starts_with("jobs.txt:1: AllocTRES: expected this column, or"));
  CHECK(error_of(kHeader + "1|2\n") ==
        "jobs.txt:2: expected 12 fields, as many as there are columns, found 2; if a job's name "
        "holds "
        "\"|\", leave JobName out");
  CHECK(error_of(kHeader + row("", "p", "cpu=1")) ==
        "jobs.txt:2:1: JobID: expected a job's number, found \"\"");
  CHECK(error_of(kHeader + row("1", "p", "cpu=one")) ==
        "jobs.txt:2:12: AllocTRES: expected a whole number from 0 to 1e9 in \"cpu=one\", found "
        "\"one\"");
  CHECK(error_of(kHeader + row("1", "p", "cpu=999999999,node=1"))
            .starts_with("jobs.txt:2:12: AllocTRES: expected at most 4,000,000 CPUs"));
  CHECK(error_of(kHeader + row("1", "p", "cpu=1,node=999999999"))
            .starts_with("jobs.txt:2:12: AllocTRES: expected a job of at most 1,000,000 tasks"));
  CHECK(error_of(kHeader + "1|a|u|p|Monday|None|None|00:01:00|1|COMPLETED|cpu=1|cpu=1\n")
            .starts_with("jobs.txt:2:5: Submit: expected a time"));
  CHECK(error_of(kHeader + "1|a|u|p|Unknown|None|None|00:01:00|1|COMPLETED|cpu=1|cpu=1\n") ==
        "jobs.txt:2:5: Submit: expected a time, found \"Unknown\"");
  CHECK(error_of(kHeader + "1|a|u|p|2026-01-01|None|None|1:0:0:0|1|COMPLETED|cpu=1|cpu=1\n")
            .starts_with("jobs.txt:2:8: Elapsed: expected a duration"));
  CHECK(error_of(kHeader + "1|a|u|p|2026-01-01|None|None|00:01:00|soon|COMPLETED|cpu=1|cpu=1\n")
            .starts_with("jobs.txt:2:9: Timelimit: expected a duration"));
  CHECK(error_of("JobID|Submit|Start|End|ReqTRES\n1|2026-01-01|2026-01-03|2026-01-02|cpu=1\n")
            .starts_with("jobs.txt:2:4: End: expected a time that is not before the start"));
  CHECK(error_of(kHeader + row("1", "p", "cpu=1"), {}, {.gpus_per_node = 0}) ==
        "gpus_per_node: expected a whole number from 1 to 32, found 0");

  const std::string job = kHeader + row("1", "gpu", "cpu=1,node=1");
  CHECK(error_of(job, "slurm_load_node error\n").starts_with("nodes.txt:1"));
  CHECK(error_of(job, "NodeName=a CPUTot=1 Partitions=gpu\n") ==
        "nodes.txt:1: RealMemory: expected this field in each node, found none in node \"a\"");
  CHECK(error_of(job, "NodeName=a CPUTot=x RealMemory=1 Partitions=gpu\n")
            .starts_with("nodes.txt:1: CPUTot: expected a whole number"));
  CHECK(
      error_of(
          job,
          "NodeName=a CPUTot=1 RealMemory=1 Partitions=gpu\nNodeName=a CPUTot=1 RealMemory=1\n") ==
      "nodes.txt:2: NodeName: expected each node once, found \"a\" again");
  CHECK(error_of(job, "NodeName=a CPUTot=1 RealMemory=1 Gres=gpu:99 Partitions=gpu\n") ==
        "nodes.txt:1: Gres: expected at most 32 GPUs in a node, found 99");
  CHECK(error_of(job, "NodeName=a CPUTot=1 RealMemory=1\n") ==
        "nodes.txt: expected at least one node in a partition, found none");
  CHECK(error_of("JobID|Submit|Elapsed|AllocTRES\n", kNodes)
            .starts_with(
                "jobs.txt:1: Partition: expected this column, because the nodes are in 2 pools"));
}

TEST_CASE("sacct: QOS is the kind of a job, Priority its priority") {
  const std::string header = "JobID|Account|User|QOS|Priority|Submit|Elapsed|AllocTRES\n";
  const auto t = parse(header +
                       "1|a/b|ann|long|4294967295|2026-01-05T10:00:00|02:00:00|gres/gpu=1,node=1\n"
                       "2|||||2026-01-05T10:00:00|02:00:00|gres/gpu=1,node=1\n");
  REQUIRE_MESSAGE(t.ok(), (t.ok() ? "" : t.error().text()));
  CHECK(t->jobs[0].account == "a_b/ann");
  CHECK(t->jobs[0].kind == "long");
  CHECK(t->jobs[0].priority == 2'147'483'647);
  CHECK(has_note(*t, "1 job with a priority"));
  CHECK(t->jobs[1].account == "");
  CHECK(t->jobs[1].priority == 0);
  CHECK(error_of(header + "1|a|b|q|high|2026-01-05T10:00:00|02:00:00|node=1\n")
            .starts_with("jobs.txt:2:5: Priority: expected a whole number"));
}
