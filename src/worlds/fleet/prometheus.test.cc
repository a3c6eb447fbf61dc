#include "worlds/fleet/prometheus.h"

#include <map>
#include <set>
#include <sstream>

#include <doctest/doctest.h>

#include "base/text.h"
#include "kernel/world.h"
#include "worlds/fleet/test_models.h"

namespace dure::fleet {
namespace {

using test::at;

bool has(const std::string& text, const std::string& line) {
  return ("\n" + text).find("\n" + line + "\n") != std::string::npos;
}

std::string gpu(int node, int g, const std::string& job) {
  return "{gpu=\"" + std::to_string(g) + "\",UUID=\"GPU-00000000-0000-0000-0000-00000000000" +
         std::to_string(2 * node + g) + "\",device=\"nvidia" + std::to_string(g) +
         "\",modelName=\"model 0\",Hostname=\"pool/pod" + std::to_string(node) + "/rack" +
         std::to_string(node) + "/node" + std::to_string(node) + "\"" + job + "} ";
}

// The format's rules: every line is a sample of the metric that the last HELP and TYPE name; no
// metric and no line comes twice. Returns the samples.
std::map<std::string, double> checked(const std::string& text) {
  std::map<std::string, double> samples;
  std::set<std::string> metrics;
  std::string line, metric;
  std::istringstream in(text);
  REQUIRE(text.ends_with('\n'));
  while (std::getline(in, line)) {
    CAPTURE(line);
    if (line.starts_with("# HELP ")) {
      metric = line.substr(7, line.find(' ', 7) - 7);
      REQUIRE((metrics.empty() || *metrics.rbegin() < metric));
      metrics.insert(metric);
      REQUIRE(std::getline(in, line));
      REQUIRE((line == "# TYPE " + metric + " gauge" || line == "# TYPE " + metric + " counter"));
      continue;
    }
    const size_t space = line.rfind(' ');
    REQUIRE(line.substr(0, line.find_first_of("{ ")) == metric);
    const Result<double> value = parse_double(line.substr(space + 1));
    REQUIRE(value.ok());
    REQUIRE(samples.emplace(line.substr(0, space), *value).second);
  }
  return samples;
}

TEST_CASE("prometheus: GPUs and jobs of a small cluster") {
  Model m = test::cluster({{test::node(2), 4}});
  m.accounts = {{.name = "org"}, {.name = "a \"b\"\\\n", .parent = 0}};
  m.deliveries = {{at(1'000'000), 3, 1}};
  m.kinds = {{}, {.name = "slow", .startup = 100_s, .checkpoint_every = 50_s, .checkpoint = 10_s}};
  m.jobs = {test::job(0, 0, 1000, 2), test::job(1, 0, 1000, 1),    test::job(2, 0, 1000, 1),
            test::job(3, 0, 1000, 1), test::job(4, 0, 1000, 2, 2), test::job(5, 0, 30, 1)};
  m.job_name = {"train", "share 1", "share 2", "alone", "waits", "short"};
  for (Job& j : m.jobs) j.account = 1;
  m.jobs[0].busy_milli = 875;
  m.jobs[1].gpu_milli = 500, m.jobs[1].busy_milli = 800;
  m.jobs[2].gpu_milli = 300;
  m.jobs[3].kind = 1;
  m.jobs[5].account = 0;
  World w(test::finished(std::move(m)));
  const std::vector<std::vector<Place>> where = {{{0, 3}}, {{1, 1}}, {{1, 1}},
                                                 {{1, 2}}, {},       {{2, 1}}};
  const auto run_until = [&](int64_t s) {
    while (w.advance(at(s))) {
      World::Action a;
      for (uint32_t i = w.queue_head(0); i != kNoSlot; i = w.slot(i).next) {
        const uint64_t n = w.slot(i).job.number;
        if (where[n].empty()) continue;
        a.kind = World::Action::Kind::start;
        a.slot = i;
        a.places = where[n];
        break;
      }
      w.act(a);
    }
  };
  run_until(40);
  const std::string text = prometheus_text(w);
  checked(text);
  const std::string account = "org/a \\\"b\\\"\\\\\\n";
  const auto of = [&](const std::string& job) {
    return ",namespace=\"" + account + "\",pod=\"" + job + "\"";
  };
  CHECK(has(text, "DCGM_FI_DEV_GPU_UTIL" + gpu(0, 0, of("train")) + "87.5"));
  CHECK(has(text, "DCGM_FI_PROF_GR_ENGINE_ACTIVE" + gpu(0, 1, of("train")) + "0.875"));
  CHECK(has(text, "DCGM_FI_PROF_GR_ENGINE_ACTIVE" + gpu(1, 0, "") + "0.7"));
  CHECK(has(text, "DCGM_FI_DEV_GPU_UTIL" + gpu(1, 1, of("alone")) + "0"));
  CHECK(has(text, "DCGM_FI_DEV_GPU_UTIL" + gpu(2, 0, "") + "0"));
  CHECK(text.find("node3") == std::string::npos);
  CHECK(has(text, "dure_fleet_gpus{site=\"pool\",state=\"held\"} 3.8"));
  CHECK(has(text, "dure_fleet_gpus{site=\"pool\",state=\"free\"} 2.2"));
  CHECK(has(text, "dure_fleet_gpus{site=\"pool\",state=\"down\"} 0"));
  CHECK(has(text, "dure_fleet_jobs{queue=\"queue\",state=\"running\"} 4"));
  CHECK(has(text, "dure_fleet_jobs{queue=\"queue\",state=\"waiting\"} 1"));
  CHECK(has(text, "dure_fleet_account_gpus{account=\"" + account + "\"} 3.8"));
  CHECK(has(text, "dure_fleet_account_gpus{account=\"org\"} 0"));
  CHECK(has(text, "dure_fleet_gpu_seconds_total{account=\"org\",use=\"productive\"} 30"));
  for (const char* use : {"idle", "checkpoint", "startup", "lost_fault", "lost_stop", "handover",
                          "waiting", "slowed"})
    CHECK(has(text,
              std::string("dure_fleet_gpu_seconds_total{account=\"org\",use=\"") + use + "\"} 0"));
  CHECK(has(text, "dure_fleet_time_seconds 40"));

  // Start-up until 100 s; then 50 s of work and 10 s of a checkpoint in turn.
  const std::map<int64_t, std::string> busy_at = {{99, "0"},  {100, "1"}, {149, "1"},
                                                  {150, "0"}, {159, "0"}, {160, "1"}};
  for (const auto& x : busy_at) {
    CAPTURE(x.first);
    run_until(x.first);
    CHECK(has(prometheus_text(w),
              "DCGM_FI_PROF_GR_ENGINE_ACTIVE" + gpu(1, 1, of("alone")) + x.second));
  }
}

TEST_CASE("prometheus: random fleets follow the format, and the sums agree with the world") {
  for (uint64_t seed = 0; seed < 10; ++seed) {
    CAPTURE(seed);
    World w(test::random_model(seed));
    Rules rules{RuleOptions{}};
    for (const int64_t s : {0, 50, 150, 300, 1000}) {
      run(w, rules, at(s));
      const auto samples = checked(prometheus_text(w));
      double held = 0, of_accounts = 0, gpus = 0, in_service = 0, busy = 0;
      for (const auto& [name, x] : samples) {
        if (name.starts_with("dure_fleet_gpus{") && name.find("\"held\"") != std::string::npos)
          held += x;
        if (name.starts_with("dure_fleet_account_gpus{")) of_accounts += x;
        if (name.starts_with("DCGM_FI_PROF_GR_ENGINE_ACTIVE{")) ++gpus, busy += x;
      }
      const Model& m = w.model();
      for (uint32_t n = 0; n < m.nodes(); ++n)
        in_service += w.in_service(n) ? m.type_of(n).gpus : 0;
      CHECK(held == doctest::Approx(of_accounts));
      CHECK(gpus == in_service);
      CHECK(busy <= held + 1e-9);
      CHECK(samples.at("dure_fleet_time_seconds") == static_cast<double>(s));
    }
  }
}

}  // namespace
}  // namespace dure::fleet
