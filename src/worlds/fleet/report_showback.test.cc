#include "worlds/fleet/report_showback.h"

#include <doctest/doctest.h>

#include "kernel/world.h"
#include "worlds/fleet/report.h"
#include "worlds/fleet/test_models.h"

namespace dure::fleet {
namespace {

using test::at;
using test::job;
using test::node;

// Owners a and b with a node of 8 GPUs each; a's jobs may run on b's, and start for 10 min.
Model two_sites() {
  Model m;
  m.owners = {"a", "b"};
  m.gpu_models = {"x"};
  m.node_types = {node(8)};
  for (uint32_t p = 0; p < 2; ++p) {
    m.pools.push_back({.name = m.owners[p], .owner = p});
    m.add_nodes(0, 1);
  }
  m.queues = {{"a", 0, {1}}, {"b", 1}};
  m.accounts = {{"a", kNoAccount, 0}, {"b", kNoAccount, 1}, {"p", 0, 0}};
  m.kinds = {{.name = "slow", .startup = 10_min}};
  return m;
}

Job job_of(uint64_t number, uint32_t owner, uint32_t account, int64_t submit_s, int64_t duration_s,
           uint32_t gpus) {
  Job j = job(number, submit_s, duration_s, gpus);
  j.owner = j.queue = owner;
  j.account = account;
  return j;
}

World run_to(Model m, Time end) {
  World w(test::finished(std::move(m)));
  run(w, Rules(Order::fifo, BestFit{}), end);
  return w;
}

const Table& table(const Section& section, const std::string& title) {
  for (const auto& item : section.items) {
    const Table* t = std::get_if<Table>(&item);
    if (t != nullptr && t->title == title) return *t;
  }
  FAIL("no such table: " << title);
  return std::get<Table>(section.items[0]);
}

double cell(const Table& t, const std::string& row, const std::string& column,
            const std::string& unit = "GPU-h") {
  for (size_t c = 0; c < t.columns.size(); ++c) {
    if (t.columns[c].label != column || t.columns[c].unit != unit) continue;
    for (const auto& r : t.rows) {
      if (std::get<std::string>(r[0]) == row) return std::get<double>(r[c]);
    }
  }
  FAIL("no such cell: " << row << ", " << column);
  return 0;
}

bool has_row(const Table& t, const std::string& row) {
  for (const auto& r : t.rows) {
    if (std::get<std::string>(r[0]) == row) return true;
  }
  return false;
}

std::optional<double> kpi(const Report& report, const std::string& group, const std::string& key) {
  for (const Kpi& k : report.kpis) {
    if (k.group == group && k.key == key) return k.value;
  }
  return std::nullopt;
}

TEST_CASE("fleet showback: GPU time by account and by site") {
  Model m = two_sites();
  m.accounts[1].weight = 2;
  m.jobs = {job_of(0, 0, 2, 0, 3600, 8), job_of(1, 0, 0, 0, 3600, 8),
            job_of(2, 1, 1, 0, 3600, 4)};  // waits for job 1, on b's only node
  m.jobs[0].busy_milli = 750;
  const World w = run_to(m, at(2 * 3600));
  const Section s = showback(w);
  const Table& accounts = table(s, "Showback");
  CHECK(cell(accounts, "a", "Productive") == doctest::Approx(6 + 8));
  CHECK(cell(accounts, "a", "Not computing") == doctest::Approx(2));
  CHECK(cell(accounts, "a", "Start-up") == doctest::Approx(8.0 / 3));
  CHECK(cell(accounts, "a/p", "Productive") == doctest::Approx(6));
  CHECK(cell(accounts, "a/p", "Total") == doctest::Approx(8 + 4.0 / 3));
  // From 1 h 10 min on; its work so far is not lost.
  CHECK(cell(accounts, "b", "Productive") == doctest::Approx(4 * 40 / 60.0));
  CHECK(cell(accounts, "b", "Lost to faults") == 0);
  CHECK(cell(accounts, "All", "Total") == doctest::Approx(16 * 7 / 6.0 + 4 * 50 / 60.0));
  CHECK_FALSE(has_row(accounts, "p"));

  const Table& sites = table(s, "Sites");
  CHECK(cell(sites, "a", "Installed") == doctest::Approx(16));
  CHECK(cell(sites, "a", "Own use") == doctest::Approx(8 * 7 / 6.0));
  CHECK(cell(sites, "a", "Lent") == 0);
  CHECK(cell(sites, "b", "Lent") == doctest::Approx(8 * 7 / 6.0));
  CHECK(cell(sites, "b", "Own use") == doctest::Approx(4 * 50 / 60.0));
  CHECK(cell(sites, "b", "Lent", "%") == doctest::Approx(100 * 7 / 12.0));
  CHECK(cell(sites, "All", "Idle", "%") ==
        doctest::Approx(100 - 100 * cell(accounts, "All", "Total") / 32));

  const Table& in_time = table(s, "Started in time");
  CHECK(cell(in_time, "8-64 GPUs", "Within 1 min", "%") == 100);
  CHECK(cell(in_time, "2-7 GPUs", "Within 1 h", "%") == 0);
  CHECK(cell(in_time, "2-7 GPUs", "Within 8 h", "%") == 100);
  CHECK(cell(in_time, "All", "Within 1 h", "%") == doctest::Approx(200 / 3.0));

  const Report report = report_of(w);
  CHECK(kpi(report, "a", "effective_time") == doctest::Approx(100 * 6 / 7.0));
  CHECK(kpi(report, "All", "wait_within_1h") == doctest::Approx(200 / 3.0));
  CHECK(kpi(report, "a", "preemptions") == 0);
  const double a = cell(accounts, "a", "Total"), b = cell(accounts, "b", "Total") / 2;
  CHECK(kpi(report, "All", "fairness") ==
        doctest::Approx((a + b) * (a + b) / (2 * (a * a + b * b))));
  CHECK_FALSE(kpi(report, "a", "fairness"));
}

TEST_CASE("fleet showback: jobs that still wait are late, or may yet be in time") {
  Model m = two_sites();
  m.queues[0].others.clear();
  m.jobs = {job_of(0, 0, 0, 0, 100'000, 8), job_of(1, 0, 0, 0, 60, 8), job_of(2, 0, 0, 0, 60, 8),
            job_of(3, 0, 0, 7'000, 60, 8)};
  const World w = run_to(m, at(7'200));
  const Table t = table(showback(w), "Started in time");
  CHECK(cell(t, "8-64 GPUs", "Jobs started", "") == 1);
  CHECK(cell(t, "8-64 GPUs", "Within 1 min", "%") == doctest::Approx(25));
  CHECK(cell(t, "8-64 GPUs", "Within 1 h", "%") == doctest::Approx(100 / 3.0));
  CHECK(cell(t, "8-64 GPUs", "Within 8 h", "%") == 100);
}

TEST_CASE("fleet showback: what a fault and a preemption cost, and what is borrowed") {
  Model m = two_sites();
  m.kinds[0].startup = Duration{0};
  m.quotas = {{m.start, 0, 0, {.nominal = 4000}}, {m.start, 1, 0, {.nominal = 8000}}};
  m.accounts.push_back({"all", kNoAccount, 0});
  m.accounts[0].parent = m.accounts[1].parent = 3;
  m.jobs = {job_of(0, 0, 2, 0, 3600, 8)};
  World w(test::finished(m));
  Rules rules(Order::fifo, BestFit{});
  run(w, rules, at(1800));
  CHECK(cell(table(showback(w), "Showback"), "all/a", "Of it borrowed") == doctest::Approx(2));
  // p shares a's.
  CHECK(table(showback(w), "Showback").rows[2].back() == Table::Cell{});

  m.kinds[0].faults_per_day = 1000;  // none gets through an hour of work
  m.node_types[0].faults_per_day = 1e-9;
  w = World(test::finished(m));
  run(w, Rules(Order::fifo, BestFit{}), at(1800));
  const Report report = report_of(w);
  CHECK(*kpi(report, "a", "job_faults") > 5);
  CHECK(kpi(report, "a", "hardware_interruptions") == 0);
  CHECK(*kpi(report, "All", "jobs_running") + *kpi(report, "All", "jobs_waiting") == 1);
  const Table accounts = table(showback(w), "Showback");
  CHECK(cell(accounts, "all", "Lost to faults") > 0);
  CHECK(cell(accounts, "all", "Lost to faults") + cell(accounts, "all", "Productive") ==
        doctest::Approx(4));
  CHECK(*kpi(report, "All", "effective_time") ==
        doctest::Approx(100 * cell(accounts, "All", "Productive") / 4));
}

TEST_CASE("fleet showback: of many accounts the largest are shown, and the rest adds up") {
  Model m = two_sites();
  for (uint32_t u = 0; u < 40; ++u) {
    m.accounts.push_back({"u" + std::to_string(u), u % 2 == 0 ? 2u : 1u, u % 2});
    m.jobs.push_back(job_of(u, u % 2, 3 + u, 0, 600 + 60 * u, 1));
  }
  const World w = run_to(m, at(100'000));
  const Table t = table(showback(w), "Showback");
  CHECK(t.rows.size() == 20 + 2);
  CHECK(has_row(t, "others (23)"));
  CHECK(std::get<std::string>(t.rows[0][0]) == "a");
  CHECK(std::get<std::string>(t.rows[1][0]) == "a/p");
  CHECK(has_row(t, "b/u39"));
  CHECK_FALSE(has_row(t, "b/u1"));
  double leaves = cell(t, "others (23)", "Total");
  for (uint32_t u = 0; u < 40; ++u) {
    const std::string name = (u % 2 == 0 ? "a/p/u" : "b/u") + std::to_string(u);
    if (has_row(t, name)) leaves += cell(t, name, "Total");
  }
  CHECK(leaves == doctest::Approx(cell(t, "All", "Total")));
  CHECK(cell(t, "a", "Total") + cell(t, "b", "Total") == doctest::Approx(leaves));
}

TEST_CASE("fleet showback: plain fleets have none") {
  Model m = test::cluster({{node(8), 2}});
  m.jobs = {job(0, 0, 60, 4)};
  World w(test::finished(m));
  CHECK_FALSE(has_showback(w.model()));
  const Report report = report_of(w);
  for (const Section& s : report.sections) CHECK(s.title != "Showback");
  for (const Kpi& k : report.kpis) CHECK(k.key != "effective_time");
  m.pools[0].spares = 1;
  CHECK(has_showback(*test::finished(m)));
}

}  // namespace
}  // namespace dure::fleet
