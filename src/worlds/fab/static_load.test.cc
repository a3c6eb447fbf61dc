#include "worlds/fab/static_load.h"

#include <doctest/doctest.h>

#include "../tests/reference_data.h"
#include "worlds/fab/read_autosched.h"
#include "worlds/fab/test_fab.h"

namespace dure::fab {
namespace {

// One product, one group of two tools, a lot each hour; steps as given.
Model line(const std::string& group, const std::string& steps, const std::string& rest = "") {
  const auto s = read_text(
      "world = \"fab\"\nend = \"1970-03-01\"\n[[tool_group]]\nname = \"T\"\n"
      "tools = 2\n" +
      group + "\n[[route]]\nname = \"R\"\nstep = [" + steps +
      "]\n[[product]]\nname = \"P\"\nroute = \"R\"\n[[release]]\nname = \"P\"\n"
      "product = \"P\"\nevery = \"1h\"\nwafers = 20\n" +
      rest);
  REQUIRE_MESSAGE(s.ok(), s.error().text());
  return *s->model;
}

double load_of(const std::string& group, const std::string& step) {
  return static_load(line(group, step)).utilisation[0];
}

TEST_CASE("static load: a tool is occupied as its kind says") {
  const std::string ends = "load = \"1min\"\nunload = \"2min\"";
  const std::string lot = R"({ tools = "T", time = "57min" })";
  CHECK(load_of(ends, lot) == doctest::Approx(0.5));
  CHECK(load_of(ends + "\ncapacity = 2", lot) == doctest::Approx(59.0 / 120));
  CHECK(load_of("", R"({ tools = "T", time = "1min", per = "wafer" })") ==
        doctest::Approx(1.0 / 6));
  // 20 wafers at 36 s: the next lot begins after 12 min.
  CHECK(
      load_of("capacity = 2",
              R"({ tools = "T", time = "1min", per = "wafer", gap = "36s", gap_per = "wafer" })") ==
      doctest::Approx(0.1));
  // A short gap is of no use when only two lots fit in.
  CHECK(load_of("capacity = 2", R"({ tools = "T", time = "1h", gap = "5min" })") ==
        doctest::Approx(0.25));
  // Batches are full: 4 lots of 20 wafers in 90.
  CHECK(load_of("", R"({ tools = "T", time = "4h", batch = [20, 90] })") == doctest::Approx(0.5));
  CHECK(load_of("", R"({ tools = "T", time = "1h", sampled = 0.3 })") == doctest::Approx(0.15));
}

TEST_CASE("static load: rework and sampling multiply visits") {
  const Model m = line(
      "", R"({ name = "a", tools = "T", time = "1h" }, { name = "b", tools = "T", time = "1h" },
)"
          R"({ name = "c", tools = "T", time = "1h", sampled = 0.5, rework_to = "b", rework = 0.4 },
)"
          R"({ name = "d", tools = "T", time = "1h" })");
  const std::vector<double> v = expected_visits(m, 0);
  CHECK(v[0] == 1);
  CHECK(v[1] == doctest::Approx(1.25));
  CHECK(v[2] == doctest::Approx(0.625));
  CHECK(v[3] == 1);
  const StaticLoad load = static_load(m);
  CHECK(load.steps_per_lot[0] == doctest::Approx(3.875));
  CHECK(load.lots_per_day[0] == doctest::Approx(24));
  CHECK(load.moves_per_day == doctest::Approx(24 * 3.875));
  CHECK(load.raw_process_days[0] == doctest::Approx(3.875 / 24));
}

TEST_CASE("static load: availability") {
  const Model m = line("", R"({ tools = "T", time = "30min" })", R"toml(
[[breakdown]]
name = "b"
every = "exponential(mean=9h)"
takes = "exponential(mean=1h)"
on = ["T"]
[[maintenance]]
name = "m"
every = "10d"
takes = "1d"
on = ["T"]
[[maintenance]]
name = "c"
wafers = 480
takes = "4h48min"
on = ["T"]
)toml");
  // 24 lots of 20 wafers a day over two tools: a service every other day.
  const StaticLoad load = static_load(m);
  CHECK(load.availability[0] == doctest::Approx(1 - 0.1 - 0.1 - 0.1));
  CHECK(load.utilisation[0] == doctest::Approx(0.25 / 0.7));
}

TEST_CASE("static load: transport counts from the last step that was done") {
  const auto s = read_text(replaced(
      replaced(kFullLine, "sampled = 0.4, rework_to = 3, rework = 0.02", "sampled = 0.5"),
      "time = \"uniform(3min, 6min)\"", "from = \"South\"\nto = \"North\"\ntime = \"20min\""));
  REQUIRE_MESSAGE(s.ok(), s.error().text());
  const Model& m = *s->model;
  // North, South, North, South (half of the lots), North: the last move is from South, 20 min, or
  // from North, 0.
  const std::vector<double> t = expected_seconds(m, 0, 25);
  CHECK(t[0] == doctest::Approx(120 + 36 + 24 * 24));  // none before the first step
  CHECK(t[3] == doctest::Approx(0.5 * (9 * 60 + 9 * 60 + 11 * 60)));
  CHECK(t[4] == doctest::Approx(17 * 60 + 120 + 0.5 * 20 * 60));
}

TEST_CASE("static load: the Mini-fab's stations") {
  const StaticLoad load = static_load(*read_shipped("minifab").model);
  // A lot every two hours. Ma and Mb: 600 min for two batches of three lots. Mc, Md: 140 min. Me:
  // 105.
  const double up[3] = {1 - 75.0 / 1440, 1 - 7.0 / 57 - 1.0 / 6, 1 - 30.0 / 720};
  const double busy[3] = {200.0 / 240, 140.0 / 240, 105.0 / 120};
  for (size_t g = 0; g < 3; ++g) {
    CHECK(load.availability[g] == doctest::Approx(up[g]));
    CHECK(load.utilisation[g] == doctest::Approx(busy[g] / up[g]));
  }
  CHECK(load.raw_process_days[0] == doctest::Approx(845.0 / 1440));
}

TEST_CASE("static load: SMT2020 HVLM as a closed form has it") {
  const auto folder = reference_data("smt2020/hvlm");
  if (!folder) return;
  auto m = read_autosched(*folder);
  REQUIRE_MESSAGE(m.ok(), m.error().text());
  const auto finished = m->finish();
  REQUIRE_MESSAGE(finished.ok(), finished.error().text());
  const StaticLoad load = static_load(*m);
  CHECK(load.steps_per_lot[0] == doctest::Approx(522.2).epsilon(0.0002));
  CHECK(load.steps_per_lot[1] == doctest::Approx(308.5).epsilon(0.0002));
  CHECK(load.moves_per_day == doctest::Approx(23764).epsilon(0.0001));
  // 27.28 and 16.04 days, less the transport from the 24 and 10 Delay steps, which takes no time.
  CHECK(load.raw_process_days[0] == doctest::Approx(27.28 - 24 * 7.5 / 1440).epsilon(0.0003));
  CHECK(load.raw_process_days[1] == doctest::Approx(16.04 - 10 * 7.5 / 1440).epsilon(0.0003));
  // Families without batches, cascades and setups: AutoSched's own utilisation and availability, %.
  const auto near = [&](const char* name, double utilisation, double availability) {
    const uint32_t g = m->find_group(name);
    REQUIRE(g != kNone);
    CHECK(100 * load.utilisation[g] == doctest::Approx(utilisation).epsilon(0.005));
    CHECK(100 * load.availability[g] == doctest::Approx(availability).epsilon(0.005));
  };
  near("DefMet_FE_10", 84.01, 96.53);
  near("DE_FE_54", 89.47, 88.58);
  near("Litho_REG_FE_64", 88.00, 96.46);
  near("DE_BE_12", 85.52, 88.53);
}

}  // namespace
}  // namespace dure::fab
