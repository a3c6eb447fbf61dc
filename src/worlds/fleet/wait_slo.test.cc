#include "worlds/fleet/wait_slo.h"

#include <doctest/doctest.h>

#include "worlds/fleet/report.h"
#include "worlds/fleet/test_models.h"

namespace dure::fleet {
namespace {

TEST_CASE("wait SLO: entries set all sizes or one, later ones count") {
  WaitSlo slo = kNoWaitSlo;
  const auto config = Config::parse(
      "[[wait_slo]]\nwait = \"1h\"\n[[wait_slo]]\nsize = \"1 GPU\"\nwait = \"5min\"\n", "s.toml");
  REQUIRE(config.ok());
  const auto read = config->read([&](ConfigReader& in) {
    in.tables("wait_slo", "", [&](ConfigReader& w, size_t) { read_wait_slo(w, slo); });
  });
  REQUIRE(read.ok());
  CHECK(slo[1] == 1_h);
  CHECK(slo[2] == 5_min);
  CHECK(slo[7] == 1_h);
}

std::optional<double> hits(const World& w, const WaitSlo& slo) {
  for (const Kpi& k : report_of(w, slo).kpis) {
    if (k.key == "wait_slo") return k.value;
  }
  return std::nullopt;
}

TEST_CASE("wait SLO: the share of jobs of limited sizes that start in time") {
  Model m = test::cluster({{test::node(1), 1}});
  // Waits of 0, 90, 180 and 270 s; the last two have not started at the end.
  for (uint64_t i = 0; i < 4; ++i)
    m.jobs.push_back(test::job(i, 10 * static_cast<int64_t>(i), 100, 1));
  const World w = [&] {
    World world(test::finished(m));
    Rules rules(RuleOptions{});
    run(world, rules, test::at(150));
    return world;
  }();
  WaitSlo slo = kNoWaitSlo;
  CHECK_FALSE(hits(w, slo));
  slo[2] = 60_s;  // one of four; two wait for 120 s and more
  CHECK(*hits(w, slo) == doctest::Approx(25));
  slo[2] = 125_s;  // two; one is late already, one may still be in time
  CHECK(*hits(w, slo) == doctest::Approx(200.0 / 3));
  slo[3] = 1_s;  // nobody has such jobs
  CHECK(*hits(w, slo) == doctest::Approx(200.0 / 3));
}

}  // namespace
}  // namespace dure::fleet
