#include "worlds/fab/write_fab.h"

#include <doctest/doctest.h>

#include "../tests/reference_data.h"
#include "worlds/fab/fab_keys.h"
#include "worlds/fab/read_autosched.h"
#include "worlds/fab/test_fab.h"

namespace dure::fab {
namespace {

void check_round_trip(const Model& m) {
  const std::string text = write_fab(m, "a \"title\"\n", "about");
  const auto again = read_text(text);
  REQUIRE_MESSAGE(again.ok(), again.error().text());
  CHECK(again->model->digest() == m.digest());
  CHECK(write_fab(*again->model, "a \"title\"\n", "about") == text);
}

TEST_CASE("write_fab: what it writes reads as the same model") {
  SUBCASE("Mini-fab") { check_round_trip(*read_shipped("minifab").model); }
  SUBCASE("generated") { check_round_trip(*read_shipped("fab").model); }
  SUBCASE("every key") {
    const auto s = read_text(kFullLine);
    REQUIRE_MESSAGE(s.ok(), s.error().text());
    check_round_trip(*s->model);
  }
  SUBCASE("another load") {
    const auto s = read_text(replaced(kFullLine, "load = 1.0", "load = 0.7"));
    REQUIRE_MESSAGE(s.ok(), s.error().text());
    check_round_trip(*s->model);
  }
  SUBCASE("two steps of one name, and one that looks like a number") {
    const auto s = read_text(replaced(replaced(kFullLine, "name = \"clean\"", "name = \"grow\""),
                                      "name = \"again\"", "name = \"3\""));
    CHECK(s.error().text() ==
          "fab.toml:61:133: route.R.step.grow.queue_time_to: expected a later step, found step 1");
    const auto t = read_text(replaced(
        replaced(
            replaced(replaced(kFullLine, "name = \"look\"", "name = \"grow\""), "\"again\"", "5"),
            "\"grow\"", "2"),
        "step = \"look\"", "step = 4"));
    REQUIRE_MESSAGE(t.ok(), t.error().text());
    check_round_trip(*t->model);
  }
  SUBCASE("SMT2020 HVLM") {
    const auto folder = reference_data("smt2020/hvlm");
    if (!folder) return;
    auto m = read_autosched(*folder);
    REQUIRE_MESSAGE(m.ok(), m.error().text());
    m->end = m->start + 30_d;
    REQUIRE(m->finish().ok());
    check_round_trip(*m);
  }
}

TEST_CASE("write_fab: laws are exact, and scale") {
  for (const char* text :
       {"30min", "uniform(28min, 32min)", "exponential(mean=8h)", "lognormal(median=4h, sigma=0.5)",
        "weibull(scale=2d, shape=0.7, max=9d)", "triangular(1h, 2h, 4h)",
        "normal(1h, 1min, min=0s)", "empirical(1h:0.25, 3h:0.75)", "1ns"}) {
    CAPTURE(text);
    const Distribution d = *Distribution::parse(text);
    const DurationLaw law = DurationLaw::of(d);
    CHECK(*Distribution::parse(law_text(law)) == d);
    const Distribution twice = *Distribution::parse(law_text(law, 2));
    CHECK(twice.mean() == doctest::Approx(2 * d.mean()).epsilon(1e-6));
    CHECK(twice.quantile(0.9) == doctest::Approx(2 * d.quantile(0.9)).epsilon(1e-6));
  }
  // Laws built in code have no durations in their text.
  CHECK(law_text(DurationLaw::uniform(Duration{51'120'000'000}, Duration{2'556'000'000})) ==
        "uniform(lo=48.564s, hi=53.676s)");
  CHECK(law_text(DurationLaw::constant(Duration{})) == "0s");
  CHECK(law_text(DurationLaw::exponential(Duration{1'500'000'000})) == "exponential(mean=1.5s)");
}

}  // namespace
}  // namespace dure::fab
