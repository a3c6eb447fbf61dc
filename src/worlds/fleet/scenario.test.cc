#include "worlds/fleet/scenario.h"

#include <cmath>

#include <doctest/doctest.h>

#include "kernel/world.h"
#include "worlds/fleet/kind.h"
#include "worlds/fleet/report.h"
#include "worlds/fleet/test_scenario.h"
#include "worlds/fleet/world.h"

namespace dure::fleet {
namespace {

using test::read;
using test::replaced;

const std::string kGood = R"toml(world = "fleet"
start = "2026-01-05"
end = "2026-01-08"
seed = 3

[policy]
order = "fifo"
placement = "fgd"

[[node_type]]
name = "big"
gpus = 8
cpus = 64

[[workload]]
name = "train"
gpus = "empirical(0.5:1, 8:1, 16:1)"
duration = "exponential(mean=2h)"
cpus_per_gpu = 4

[[owner]]
name = "a"
node_type = "big"
gpus = 32
delivery = [{ at = "2026-01-06", gpus = 16 }]
load = [{ workload = "train", share = 0.8 }]
)toml";

TEST_CASE("fleet scenario: what it says is in the model") {
  const auto s = read(kGood);
  REQUIRE_MESSAGE(s.ok(), s.error().text());
  const Model& m = *s->model;
  CHECK(m.nodes() == 6);
  CHECK(m.total_gpus() == 48);
  CHECK(m.seed == 3);
  CHECK(m.start == *parse_time("2026-01-05"));
  CHECK(m.end == *parse_time("2026-01-08"));
  CHECK(m.node_types[0].cpu_milli == 64'000);
  REQUIRE(m.deliveries.size() == 1);
  CHECK(m.deliveries[0].first_node == 4);
  CHECK(m.deliveries[0].nodes == 2);
  REQUIRE(m.sources.size() == 1);
  CHECK(m.sources[0].load == 0.8);
  CHECK(m.sources[0].cpu_milli_per_gpu == 4000);
  CHECK_FALSE(m.target.empty());
  CHECK(s->rules.order == Order::fifo);
  CHECK(std::holds_alternative<Scored>(s->rules.placement));
  CHECK(s->policy_name == "fifo, fgd");
}

TEST_CASE("fleet scenario: each mistake is named with its line and key") {
  struct Bad {
    std::string from, to, where, key, what;
  };
  const std::string end = "";
  for (const Bad& b : {
           Bad{"seed = 3", "seeds = 3", "small.toml:4", "seeds", ""},
           {"end = \"2026-01-08\"\n", "", "small.toml", "end", "random jobs"},
           {"2026-01-08", "2026-01-05", "small.toml:3", "end", "after start"},
           {"start = \"2026-01-05\"", "start = \"1969-12-31\"", "small.toml:2", "start", "1970"},
           {"end = \"2026-01-08\"", "end = \"2250-01-01\"", "small.toml:3", "end", "2200"},
           {"\"fifo\"", "\"lifo\"", "small.toml:7", "policy.order", "fifo"},
           {"\"fgd\"", "\"fdg\"", "small.toml:8", "policy.placement", "fgd"},
           {"gpus = 8\n", "gpus = 33\n", "small.toml:12", "gpus", "32"},
           {"gpus = 8\n", "gpus = 0\n", "small.toml:12", "gpus", "1"},
           {"cpus = 64", "cpus = -1", "small.toml:13", "cpus", "0"},
           {"empirical(0.5:1, 8:1, 16:1)", "empirical(", "small.toml:17", "gpus", ""},
           {"empirical(0.5:1, 8:1, 16:1)", "often(3)", "small.toml:17", "gpus", "often"},
           {"exponential(mean=2h)", "exponential(mean=2)", "small.toml:18", "duration", "units"},
           {"cpus_per_gpu = 4", "busy = 1.5", "small.toml:19", "busy", "1"},
           {"node_type = \"big\"", "node_type = \"bug\"", "small.toml:23", "node_type", "bug"},
           {"gpus = 32", "gpus = 30", "small.toml:24", "gpus", "multiple"},
           {"gpus = 32", "gpus = \"many\"", "small.toml:24", "gpus", "many"},
           {"gpus = 16 }", "gpus = 12 }", "small.toml:25", "delivery", "multiple"},
           {"gpus = 16 }", "gpus = 16, gpu = 3 }", "small.toml:25", "gpu", ""},
           {"at = \"2026-01-06\"", "at = \"soon\"", "small.toml:25", "at", "soon"},
           {"workload = \"train\"", "workload = \"trian\"", "small.toml:26", "load", "trian"},
           {"share = 0.8", "share = -0.8", "small.toml:26", "share", ""},
           {"share = 0.8 }]",
            "share = 0.8 }]\n[[owner]]\nname = \"a\"\nnode_type = \"big\"\ngpus = 8",
            "small.toml:28", "name", "another"},
           {"share = 0.8 }]", "share = 0.8 }]\n[[owner]]\nname = \"b\"\nnode_type = \"big\"",
            "small.toml:27", "gpus", "none"},
           {"[[workload]]", "[[node_type]]\nname = \"big\"\n\n[[workload]]", "small.toml:16",
            "name", "another"},
           {"[[owner]]", "[[workload]]\nname = \"train\"\ngpus = 1\nduration = \"1h\"\n\n[[owner]]",
            "small.toml:22", "name", "another"},
           {"[[owner]]", "[trace]\n\n[[owner]]", "small.toml", "trace", "both"},
           {"gpus = 32", "gpus = 9_999_992", "small.toml", "", ""},  // many, but fine
           {"gpus = 8\n", "gpus = 1\n", "small.toml", "", ""},       // fine
           {"exponential(mean=2h)", "constant(1s)", "small.toml", "", ""},
       }) {
    CAPTURE(b.to);
    const auto s = read(replaced(kGood, b.from, b.to));
    if (b.key.empty()) {
      CHECK(s.ok());
      continue;
    }
    REQUIRE_FALSE(s.ok());
    const std::string text = s.error().text();
    CAPTURE(text);
    CHECK(text.starts_with(b.where + (b.where.find(':') == std::string::npos ? "" : ":")));
    CHECK(s.error().key.find(b.key) != std::string::npos);
    CHECK(text.find(b.what) != std::string::npos);
  }
  // Too much of everything.
  std::string huge = replaced(kGood, "gpus = 8\n", "gpus = 1\n");
  huge = replaced(huge, "gpus = 32", "gpus = 10_000_000");
  CHECK(read(huge).error().text().find("2,000,000 nodes") != std::string::npos);
  std::string fast = replaced(kGood, "exponential(mean=2h)", "constant(1s)");
  fast = replaced(replaced(fast, "gpus = 32", "gpus = 4_000_000"), "empirical(0.5:1, 8:1, 16:1)",
                  "0.01");
  CHECK(read(fast).error().text().starts_with("small.toml"));
  CHECK(read(fast).error().text().find("train: expected at most 10000 jobs per second") !=
        std::string::npos);
  CHECK_FALSE(read("world = \"fleet\"\n").ok());
  CHECK_FALSE(read("world = \"fleet\"\n[trace]\nfolder = \"/nowhere\"\n").ok());
}

TEST_CASE("fleet scenario: mistakes of accounts, limits and repairs are named") {
  const std::string two = kGood +
                          "[[owner]]\nname = \"b\"\nnode_type = \"big\"\ngpus = 8\n"
                          "load = [{ workload = \"train\", share = 0.1, account = \"x\" }]\n"
                          "[[account]]\nname = \"a\"\n";
  const std::string x = "[[account]]\nname = \"x\"\n";
  const std::string mine = "owner = \"b\"\n", quota = "quota = [{ nominal = 8 }]\n";
  CHECK(read(two + x + mine).ok());
  CHECK(read(two + quota + x + mine + quota).ok());
  // A parent of several that nobody is charged to needs no owner, and its quota is its children's.
  const std::string top = "[[account]]\nname = \"top\"\n";
  const std::string below = "parent = \"top\"\n";
  CHECK(read(two + quota + top + quota + x + below + mine).ok());
  struct Bad {
    std::string text, what;
  };
  for (const Bad& b : {
           Bad{two + x, "account.x: expected owner, since there are several"},
           {two + top + x + below, "account.x: expected owner, since there are several"},
           {two + top + "quota = [{}]\n" + x + below + mine, "account.top: expected owner"},
           {two + quota + x + mine, "account.x: expected a quota for it or an account below it"},
           {two + quota + top + x + mine + below, "account.top: expected a quota"},
           {two + "quota = [{ nominal = -0.5 }]\n" + x + mine, "found -0.5"},
           {two + "quota = [{ borrowing = -0.5 }]\n" + x + mine, "borrowing: expected -1 or at"},
           {two + "quota = [{ lending = -0.25 }]\n" + x + mine, "lending: expected -1 or at least"},
           {two + "budget_gpu_h = -0.1\n" + x + mine, "budget_gpu_h: expected -1 or at least 0"},
           {replaced(kGood, "cpus = 64", "repair = \"uniform(1, 3)\""),
            "repair: expected durations with units"},
           {kGood + "[[outage]]\nname = \"o\"\nowner = \"a\"\nper_day = 1\nrepair = \"9\"\n",
            "repair: expected durations with units"},
       }) {
    const auto s = read(b.text);
    REQUIRE_FALSE(s.ok());
    const std::string text = s.error().text();
    CAPTURE(text);
    CHECK(text.find(b.what) != std::string::npos);
  }
}

TEST_CASE("fleet scenario: --set and --policy") {
  auto config = *Config::parse(kGood, "small.toml");
  REQUIRE(config.set("owner.a.gpus=64").ok());
  REQUIRE(config.set("workload.train.duration", "constant(3h)").ok());
  REQUIRE(kind().set_policy(config, "easy").ok());
  REQUIRE(kind().set_policy(config, "dot").ok());
  const auto s = read_scenario(config, ".");
  REQUIRE_MESSAGE(s.ok(), s.error().text());
  CHECK(s->model->total_gpus() == 80);
  CHECK(s->model->sources[0].duration.mean() == 3 * 3600);
  CHECK(s->policy_name == "easy, dot");
  CHECK(kind().set_policy(config, "esay").error().text().find("did you mean \"easy\"") !=
        std::string::npos);
  REQUIRE(config.set("owner.a.gpus=65").ok());
  CHECK(read_scenario(config, ".").error().text().find("--set owner.a.gpus") != std::string::npos);
}

TEST_CASE("fleet scenario: every key is described") {
  const auto keys = Config::describe(describe_scenario);
  const auto has = [&](const std::string& path) {
    return std::any_of(keys.begin(), keys.end(), [&](const KeyDoc& k) { return k.path == path; });
  };
  CHECK(has("policy.order"));
  CHECK(has("owner[].delivery[].at"));
  CHECK(has("workload[].limit_factor_max"));
  CHECK(has("trace.folder"));
  for (const KeyDoc& k : keys) {
    CAPTURE(k.path);
    CHECK_FALSE(k.doc.empty());
  }
}

// Every figure is a number.
void check_finite(const Report& report) {
  for (const Kpi& k : report.kpis) {
    CAPTURE(k.key);
    if (k.value) CHECK(std::isfinite(*k.value));
    CHECK_FALSE(k.label.empty());
  }
  const auto finite = [](const std::vector<double>& v) {
    for (const double x : v) CHECK(std::isfinite(x));
  };
  for (const Section& section : report.sections) {
    for (const auto& item : section.items) {
      if (const auto* c = std::get_if<TimeChart>(&item)) {
        CAPTURE(c->title);
        for (const auto& [name, values] : c->series) {
          CHECK(values.size() == c->time.size());
          finite(values);
        }
      } else if (const auto* c = std::get_if<CdfChart>(&item)) {
        for (const auto& line : c->series) {
          CHECK(line.x.size() == line.p.size());
          finite(line.x);
          finite(line.p);
        }
      } else if (const auto* h = std::get_if<HeatMap>(&item)) {
        for (const auto& group : h->groups) {
          for (const auto& cell : group.cells) {
            if (cell) CHECK((*cell >= 0 && *cell <= 100));
          }
        }
      } else if (const auto* t = std::get_if<Table>(&item)) {
        for (const auto& row : t->rows) {
          CHECK(row.size() == t->columns.size());
          for (const auto& cell : row) {
            if (const double* x = std::get_if<double>(&cell)) CHECK(std::isfinite(*x));
          }
        }
      }
    }
  }
}

double value_of(const Report& report, const std::string& key) {
  for (const Kpi& k : report.kpis) {
    if (k.group == "All" && k.key == key) return k.value.value_or(-1);
  }
  FAIL("no such figure: " << key);
  return 0;
}

TEST_CASE("fleet scenario: the report of a world before, during and after its run") {
  for (const char* order : {"fifo", "easy", "loss"}) {
    const auto s = read(replaced(kGood, "\"fifo\"", '"' + std::string(order) + '"'));
    REQUIRE(s.ok());
    World w(s->model);
    check_finite(report_of(w));
    CHECK(value_of(report_of(w), "gpus") == 32);
    Rules rules(s->rules);
    run(w, rules, s->model->start);
    check_finite(report_of(w));
    run(w, rules, s->model->start + 1_d);
    check_finite(report_of(w));
    run(w, rules, s->model->end);
    const Report report = report_of(w);
    check_finite(report);
    CHECK(value_of(report, "gpus") == 48);
    CHECK(value_of(report, "jobs_arrived") ==
          value_of(report, "jobs_ended") + value_of(report, "jobs_running") +
              value_of(report, "jobs_waiting") + value_of(report, "jobs_dropped") +
              value_of(report, "jobs_rejected"));
    CHECK(value_of(report, "jobs_ended") > 20);
    CHECK(value_of(report, "allocation") > 10);
    CHECK(value_of(report, "allocation") <= 100);
    CHECK(value_of(report, "utilisation") ==
          doctest::Approx(value_of(report, "allocation")));  // busy = 1
  }
}

TEST_CASE("fleet kind: a session saves, restores and refuses another model's snapshot") {
  const auto config = *Config::parse(kGood, "small.toml");
  auto a = *kind().open(config, "."), b = *kind().open(config, ".");
  a->advance(a->start() + 1_d, nullptr);
  REQUIRE(b->restore(a->snapshot(), "x").ok());
  CHECK(b->digest() == a->digest());
  a->advance(a->end(), nullptr);
  b->advance(b->end(), nullptr);
  CHECK(b->digest() == a->digest());
  check_finite(a->report());
  auto other = *Config::parse(replaced(kGood, "seed = 3", "seed = 4"), "small.toml");
  auto c = *kind().open(other, ".");
  const uint64_t before = c->digest();
  CHECK_FALSE(c->restore(a->snapshot(), "x").ok());
  CHECK(c->digest() == before);
}

}  // namespace
}  // namespace dure::fleet
