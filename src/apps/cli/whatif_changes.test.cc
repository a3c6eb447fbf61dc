#include "apps/cli/whatif_changes.h"

#include <doctest/doctest.h>

namespace dure::cli {
namespace {

using Words = std::vector<std::string>;

TEST_CASE("whatif: a variant's name and changes") {
  const auto v = parse_variant("no reclaim: policy.reclaim=false, policy=fifo+best-fit");
  REQUIRE(v.ok());
  CHECK(v->name == "no reclaim");
  CHECK(v->set == Words{"policy.reclaim=false"});
  CHECK(v->policy == Words{"fifo+best-fit"});
  CHECK(v->changes() == "policy=fifo+best-fit, policy.reclaim=false");
  CHECK(parse_variant(" end=90d ")->name == "end=90d");
}

TEST_CASE("whatif: commas and colons inside values and quoted keys belong to them") {
  CHECK(parse_variant("a: x=empirical(1:0.5, 2:0.5), y=[1, 2]")->set ==
        Words{"x=empirical(1:0.5, 2:0.5)", "y=[1, 2]"});
  CHECK(parse_variant("at=2026-01-05T09:00:00Z, b=1")->set ==
        Words{"at=2026-01-05T09:00:00Z", "b=1"});
  const auto quoted = parse_variant(R"(owner."a:b".gpus=8, title="x, y")");
  CHECK(quoted->set == Words{R"(owner."a:b".gpus=8)", R"(title="x, y")"});
  CHECK(quoted->name == R"(owner."a:b".gpus=8, title="x, y")");
}

TEST_CASE("whatif: what is no variant") {
  for (const char* text : {"", "name", "name:", ": a=1", "a=1,", "a=1,,b=2", "=3", "n: easy"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_variant(text).ok());
  }
}

TEST_CASE("whatif: KPIs by key, and by group and key") {
  const std::vector<Kpi> known{
      {"All", "wait", "", "", {}}, {"All", "jobs", "", "", {}}, {"a:b", "wait", "", "", {}}};
  const auto wanted = [&](const Words& words, bool groups) {
    const auto choice = KpiChoice::parse(words, groups, known);
    REQUIRE(choice.ok());
    std::string out;
    for (const Kpi& k : known) out += choice->wants(k) ? '1' : '0';
    return out;
  };
  CHECK(wanted({}, false) == "110");
  CHECK(wanted({}, true) == "111");
  CHECK(wanted({"wait"}, false) == "100");
  CHECK(wanted({"wait"}, true) == "101");
  CHECK(wanted({"a:b:wait, jobs"}, false) == "011");
  const auto error = [&](const char* word) {
    return KpiChoice::parse({word}, false, known).error().text();
  };
  CHECK(error("jbos") == R"(--kpi: there is no KPI "jbos", did you mean "jobs"?)");
  CHECK(error("a:b:jobs") == R"(--kpi: there is no KPI "jobs"; there is "wait")");
  CHECK(error("x:wait") == R"(--kpi: there is no group of KPIs "x"; there is "All" and "a:b")");
  CHECK_FALSE(KpiChoice::parse({""}, false, known).ok());
}

}  // namespace
}  // namespace dure::cli
