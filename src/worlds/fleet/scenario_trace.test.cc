// Scenarios of traces with accounts, sites, kinds of jobs and jobs written by hand.
#include <filesystem>

#include <doctest/doctest.h>
#include <unistd.h>

#include "base/file.h"
#include "worlds/fleet/account_tree.h"
#include "worlds/fleet/report.h"
#include "worlds/fleet/scenario.h"
#include "worlds/fleet/world.h"

namespace dure::fleet {
namespace {

const char* const kNodes =
    "node,pool,gpu_model,gpus\n"
    "a0,A,H,8\na1,A,H,8\na2,A,H,8\na3,A,H,8\nb0,B,H,8\nb1,B,H,8\nc0,A,,0\n";
const char* const kJobs =
    "job,pool,owner,submit,duration_s,tasks,gpus,account,kind\n"
    "1,A,llm,2026-01-01T01:00:00Z,3600,2,8,llm/kim,normal\n"
    "2,A,llm,2026-01-01T01:00:00Z,3600,1,8,llm/lee,long\n"
    "3,A,lab,2026-01-01T01:00:00Z,3600,1,8,lab/kim,\n"
    "4,B,lab,2026-01-01T02:00:00Z,3600,1,1,,\n";

class Folder {
 public:
  Folder() {
    std::filesystem::create_directories(path);
    REQUIRE(write_file_atomic(path + "/nodes.csv", kNodes).ok());
    REQUIRE(write_file_atomic(path + "/jobs.csv", kJobs).ok());
  }
  ~Folder() {
    std::error_code code;
    std::filesystem::remove_all(path, code);
  }
  std::string path = (std::filesystem::temp_directory_path() /
                      ("dure_scenario_trace_" + std::to_string(::getpid())))
                         .string();
  Result<Scenario> read(const std::string& more) const {
    DURE_TRY(const Config config, Config::parse("world = \"fleet\"\n" + more + "\n", "s.toml"));
    return read_scenario(config, path);
  }
};

const Job& job_named(const Model& m, const std::string& name) {
  for (const Job& j : m.jobs) {
    if (m.job_name[j.number] == name) return j;
  }
  FAIL("no job " << name);
  return m.jobs[0];
}

std::string account_of(const Model& m, const std::string& job) {
  return account_path(m, job_named(m, job).account);
}

TEST_CASE("trace scenario: accounts are those of the jobs when the scenario has none") {
  const Folder folder;
  const auto s = folder.read("[trace]");
  REQUIRE_MESSAGE(s.ok(), (s.ok() ? "" : s.error().text()));
  const Model& m = *s->model;
  CHECK(account_of(m, "1") == "llm/kim");
  CHECK(account_of(m, "3") == "lab/kim");
  CHECK(account_of(m, "4") == "lab");
  CHECK_FALSE(m.has_quotas());
}

const std::string kOperated = R"toml(end = "10d"
[trace]
account = "all"
[policy]
rank = "multifactor"
reclaim = true
[accounting]
usage_period = "5min"
grace = "1min"
[[site]]
name = "A"
nodes_per_rack = 2
faults_per_day = 0.001
also_on = ["B"]
[[site]]
name = "*"
nodes_per_rack = 1
spares = 1
[[account]]
name = "all"
[[account]]
name = "llm"
parent = "all"
quota = [{ gpu_model = "H", nominal = 16, lending = 0 }, { at = "2d", nominal = 24 }]
[[account]]
name = "B"
parent = "all"
quota = [{}]
[[outage]]
name = "switch"
owner = "A"
per_day = 0.001
[[window]]
name = "reserved"
owner = "A"
account = "lab"
from = "5d"
until = "6d"
nodes = 1
[[job_kind]]
name = "long"
checkpoint = "30s"
checkpoint_every = "optimal"
startup = "2min"
faults_per_gpu_day = 0.01
[[job_kind]]
name = "gang"
min_gpus = 16
required = "rack"
[[job_kind]]
name = "student"
account = "lab"
preemptible = false
[[job_kind]]
name = "shrinks"
min_share = 0.25
[[job]]
name = "new"
owner = "llm"
site = "A"
account = "llm/park"
kind = "long"
submit = "1d"
gpus = 16
duration = "2d"
limit = "3d"
priority = 5
gpu_model = "H"
[[job]]
name = "half"
owner = "B"
gpus = 0.5
duration = "1h"
[[job]]
name = "elastic"
submit = "7d"
owner = "A"
account = "lab"
gpus = 4
tasks = 4
kind = "shrinks"
min_share = 0.6
duration = "1h"
[[job]]
name = "elastic as its kind"
submit = "8d"
owner = "A"
account = "lab"
gpus = 4
tasks = 4
kind = "shrinks"
duration = "1h"
[[service]]
name = "chat"
owner = "lab"
site = "B"
account = "lab"
gpus = 2
cpus_per_gpu = 0
memory_gib_per_gpu = 0
replicas = 1
[[wait_slo]]
wait = "2h"
[[wait_slo]]
size = "8-64 GPUs"
wait = "1min"
)toml";

TEST_CASE("trace scenario: what an operator adds is in the model, and it runs") {
  const Folder folder;
  const auto s = folder.read(kOperated);
  REQUIRE_MESSAGE(s.ok(), (s.ok() ? "" : s.error().text()));
  const Model& m = *s->model;
  CHECK(account_of(m, "1") == "all/llm/kim");
  CHECK(account_of(m, "4") == "all/lab");
  CHECK(account_of(m, "new") == "all/llm/park");
  CHECK(account_of(m, "half") == "all/B");
  CHECK(m.has_quotas());
  CHECK(m.pools[0].nodes_per_rack == 2);
  CHECK(m.pools[1].spares == 1);
  CHECK(m.queues[0].others == std::vector<uint32_t>{1});
  CHECK(m.type_of(0).faults_per_day == 0.001);
  CHECK(m.type_of(m.pools[1].first_node).faults_per_day == 0);
  CHECK(m.windows[0].account == job_named(m, "4").account);
  CHECK(m.outages[0].pool == 0);
  const auto kind = [&](const char* job) { return m.kinds[job_named(m, job).kind].name; };
  CHECK(kind("1") == "gang");
  CHECK(kind("2") == "long");
  CHECK(kind("3") == "student");
  CHECK(kind("4") == "student");
  CHECK(kind("new") == "long");
  CHECK(kind("half") == "");
  const Job& added = job_named(m, "new");
  CHECK(added.submit == m.start + 1_d);
  CHECK(added.tasks == 2);
  CHECK(added.gpus == 8);
  CHECK(added.limit == 3_d);
  CHECK(added.priority == 5);
  CHECK(job_named(m, "half").gpu_milli == 500);
  CHECK(job_named(m, "elastic as its kind").min_tasks == 1);
  CHECK(job_named(m, "2").min_tasks == 0);
  CHECK(job_named(m, "elastic").tasks == 4);
  CHECK(job_named(m, "elastic").min_tasks == 3);
  REQUIRE(m.services.size() == 1);
  CHECK(m.queues[m.services[0].replica.queue].name == "B");
  CHECK(m.services[0].replica.account == job_named(m, "4").account);
  CHECK(m.kinds[m.services[0].replica.kind].name == "chat");
  CHECK(s->wait_slo[size_class(added)] == 1_min);
  CHECK(s->wait_slo[1] == 2_h);

  World w(s->model);
  Rules rules(s->rules);
  run(w, rules, m.end);
  // llm and lab hold 32 GPUs with what B lends them, and no fault comes. Of ten that start, two of
  // them replicas, one waits for an hour: the service holds what lab would need for its 8 GPUs.
  const Report report = report_of(w, s->wait_slo);
  double ended = -1, slo = -1;
  for (const Kpi& k : report.kpis) {
    if (k.group == "All" && k.key == "jobs_ended") ended = k.value.value_or(-1);
    if (k.group == "All" && k.key == "wait_slo") slo = k.value.value_or(-1);
  }
  CHECK(ended == 8);
  CHECK(slo == doctest::Approx(90));
}

TEST_CASE("trace scenario: mistakes are told with their line and key") {
  const Folder folder;
  struct Bad {
    std::string from, to, what;
  };
  for (const Bad& b : {
           Bad{"name = \"A\"\nnodes", "name = \"C\"\nnodes",
               "expected a pool of the trace, found \"C\""},
           {"spares = 1", "spares = 2", "expected fewer spares than the 2 nodes of \"B\", found 2"},
           {"also_on = [\"B\"]", "also_on = [\"D\"]", "also_on"},
           {"owner = \"A\"\nper", "owner = \"lab\"\nper",
            "expected the name of a site, found \"lab\""},
           {"account = \"all\"\n", "account = \"al\"\n",
            "trace.account: expected the name of an [[account]], found \"al\""},
           {"account = \"all\"\n", "account = \"all\"\nas_recorded_until = \"1h\"\n",
            "trace.as_recorded_until: expected a column start in jobs.csv"},
           {"account = \"all\"\n", "", "account lab: expected a quota for it"},
           {"parent = \"all\"\nquota = [{}]", "owner = \"lab\"\nparent = \"all\"\nquota = [{}]",
            "expected nominal in a quota, since \"lab\""},
           {"gpu_model = \"H\", nominal", "gpu_model = \"G\", nominal",
            "expected a gpu_model that nodes have"},
           {"account = \"lab\"\npreempt", "account = \"lba\"\npreempt",
            "expected the name of an account, found \"lba\""},
           {"name = \"gang\"", "name = \"long\"", "expected another name than an earlier kind's"},
           {"kind = \"long\"", "kind = \"lang\"",
            "kind: expected the name of a [[job_kind]] or [[workload]], found \"lang\""},
           {"site = \"A\"\n", "", "expected site, one of \"A\" or \"B\", since \"llm\""},
           {"owner = \"llm\"", "owner = \"lll\"", "expected the name of an owner, found \"lll\""},
           {"gpus = 16\nduration", "gpus = 64\nduration", "expected a job that fits its sites"},
           {"required = \"rack\"",
            "required = \"node\"\n[[job]]\nname = \"wide\"\nowner = \"A\"\nkind = "
            "\"gang\"\ngpus = 16\nduration = \"1h\"",
            "2 tasks of 8 GPUs in one node"},
           {"gpus = 16\nduration", "gpus = 16\ntasks = 5\nduration",
            "expected GPUs that are a multiple of its 5 tasks"},
           {"gpus = 0.5", "gpus = 0.5\ntasks = 1", "expected no tasks"},
           {"submit = \"1d\"", "submit = 2025-01-01", "submit: expected a time from the start"},
           {"name = \"half\"", "name = \"new\"", "expected another name than an earlier job's"},
           {"size = \"8-64 GPUs\"", "size = \"8 GPUs\"", "\"8-64 GPUs\""},
           {"[[job]]", "[[workload]]\nname = \"w\"\ngpus = \"1\"\nduration = \"1h\"\n[[job]]",
            "no [[workload]] beside [trace]"},
           {"[[job]]", "[[node_type]]\nname = \"w\"\n[[job]]", "no [[node_type]] beside [trace]"},
       }) {
    CAPTURE(b.to);
    std::string text = kOperated;
    const size_t at = text.find(b.from);
    REQUIRE(at != std::string::npos);
    const auto s = folder.read(text.replace(at, b.from.size(), b.to));
    REQUIRE_FALSE(s.ok());
    CAPTURE(s.error().text());
    CHECK(s.error().text().find(b.what) != std::string::npos);
    CHECK(s.error().text().starts_with("s.toml"));
  }
}

TEST_CASE("scenario: jobs written by hand need no random ones and no end") {
  const auto config = Config::parse(R"toml(world = "fleet"
[[node_type]]
name = "n"
[[owner]]
name = "a"
node_type = "n"
gpus = 16
[[job_kind]]
name = "slow"
startup = "1h"
[[job]]
name = "x"
owner = "a"
kind = "slow"
gpus = 12
tasks = 3
duration = "5h"
cpus_per_gpu = 2
[[job]]
name = "y"
owner = "a"
submit = "30min"
gpus = 16
duration = "1h"
)toml",
                                    "s.toml");
  REQUIRE(config.ok());
  const auto s = read_scenario(*config, ".");
  REQUIRE_MESSAGE(s.ok(), (s.ok() ? "" : s.error().text()));
  CHECK(s->model->jobs[0].tasks == 3);
  CHECK(s->model->jobs[0].gpus == 4);
  CHECK(s->model->jobs[0].cpu_milli == 8000);
  CHECK(s->model->jobs[0].limit == 5_h);
  CHECK(s->model->jobs[1].tasks == 2);
  World w(s->model);
  Rules rules(s->rules);
  run(w, rules, Time::never());
  CHECK(w.now() == Time{0} + 7_h);  // y waits for x
  CHECK(w.kpis().owners[0].ended == 2);
}

}  // namespace
}  // namespace dure::fleet
