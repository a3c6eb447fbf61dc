#include "worlds/fab/read_autosched.h"

#include <filesystem>

#include <doctest/doctest.h>
#include <unistd.h>

#include "base/file.h"
#include "worlds/fab/test_autosched.h"

using namespace dure;
using namespace dure::fab;

namespace {

double seconds(const DurationLaw& law) { return law.mean_ns() / 1e9; }

Model good(const Result<Model>& m) {
  REQUIRE_MESSAGE(m.ok(), (m.ok() ? "" : m.error().text()));
  return *m;
}

// Writes the files to a folder of their own and removes it at the end.
class Folder {
 public:
  explicit Folder(const AutoschedFiles& files)
      : path_(std::filesystem::temp_directory_path() /
              ("dure_autosched_" + std::to_string(::getpid()))) {
    REQUIRE(make_directories(path_.string()));
    for (const auto& [name, text] : files)
      REQUIRE(write_file_atomic((path_ / name).string(), text));
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() {
    std::error_code code;
    std::filesystem::remove_all(path_, code);
  }
  std::string path() const { return path_.string(); }

 private:
  std::filesystem::path path_;
};

}  // namespace

TEST_CASE("autosched: tool groups") {
  const Model m = good(parse(tiny_autosched()));
  CHECK(m.areas == std::vector<std::string>{"Hot", "Photo"});
  CHECK(m.locations == std::vector<std::string>{"East", "West"});
  REQUIRE(m.groups.size() == 3);
  const ToolGroup& oven = m.groups[0];
  CHECK(oven.name == "Oven");
  CHECK(oven.tools == 2);
  CHECK(oven.load == 1_min);
  CHECK(oven.unload == 150_s);
  CHECK(oven.capacity == 1);
  CHECK(oven.ranking == std::vector<Rank>{Rank::priority, Rank::critical_ratio});
  CHECK_FALSE(oven.keeps_setup);
  CHECK_FALSE(oven.wakes_least_setup);
  const ToolGroup& stepper = m.groups[1];
  CHECK(stepper.tools == 3);
  CHECK(stepper.capacity == 2);
  CHECK(stepper.load == Duration{});
  CHECK(stepper.ranking ==
        std::vector<Rank>{Rank::priority, Rank::fifo});  // rank_RSETUP: no effect
  const ToolGroup& beam = m.groups[2];
  CHECK(beam.tools == 1);
  CHECK(beam.area == 1);
  CHECK(beam.location == 1);
  CHECK(beam.load == 30_s);
  CHECK(beam.keeps_setup);
  CHECK(beam.ranking[0] == Rank::setup);  // rule_LSSU
  CHECK(beam.wakes_least_setup);
}

TEST_CASE("autosched: routes and their steps") {
  const Model m = good(parse(tiny_autosched()));
  REQUIRE(m.routes.size() == 2);
  CHECK(m.routes[0].name == "Long");
  CHECK(m.routes[1].name == "Short");
  CHECK(m.routes[1].first == 5);
  CHECK(m.routes[1].steps == 3);
  REQUIRE(m.products.size() == 3);
  CHECK(m.products[1].name == "memory");
  CHECK(m.products[1].route == 1);
  CHECK(m.products[2].route == 1);
  REQUIRE(m.steps.size() == 8);

  const Step& bake = m.steps[0];
  CHECK(bake.name == "bake");
  CHECK(bake.per == Per::batch);
  CHECK(bake.batch_min == 50);
  CHECK(bake.batch_max == 100);
  CHECK(bake.process.at(0.5) == 30'079'800_ms);
  CHECK(bake.process.at(0.0) == 28'575'810_ms);
  CHECK(bake.queue_time_to == 1);
  CHECK(bake.queue_time == 5400_s);
  CHECK(bake.same_tool_at == kNone);
  CHECK(bake.rework_to == kNone);
  CHECK(bake.sampled == 1);
  CHECK(bake.setup == 0);
  CHECK(bake.gap == Duration{});

  const Step& coat = m.steps[1];
  CHECK(coat.group == 1);
  CHECK(coat.per == Per::wafer);
  CHECK(coat.batch_min == 0);
  CHECK(coat.gap == 38'340_ms);
  CHECK(coat.gap_per == Per::wafer);
  CHECK(coat.same_tool_at == 3);
  CHECK(coat.queue_time_to == kNone);

  const Step& measure = m.steps[2];
  CHECK(measure.per == Per::lot);
  CHECK(measure.process.at(0.1) == 4_min);
  CHECK(measure.gap == 90_s);
  CHECK(measure.gap_per == Per::lot);
  CHECK(measure.rework_to == 1);
  CHECK(measure.rework_chance == doctest::Approx(0.017));
  CHECK(measure.sampled == 0.25);

  const Step& expose = m.steps[3];
  CHECK(seconds(expose.process) == 90);
  CHECK(m.setups[expose.setup].name == "mask");
  CHECK(expose.setup_time == 8_min);
  const Step& implant = m.steps[4];
  CHECK(implant.process.at(0.9) == 10_min);
  CHECK(m.setups[implant.setup].name == "gas1");
  CHECK(implant.setup_time < Duration{});
  CHECK(implant.sampled == 1);
  CHECK(m.steps[6].name == "2");
  CHECK(m.steps[6].process.at(0.9) == 30_min);
  CHECK(m.steps[7].setup == implant.setup);
}

TEST_CASE("autosched: setups and transport") {
  const Model m = good(parse(tiny_autosched()));
  // Those of the routes, then those of setup.txt.
  REQUIRE(m.setups.size() == 5);
  CHECK(m.setups[0].name.empty());
  CHECK(m.setups[1].name == "mask");
  CHECK(m.setups[2].name == "gas1");
  CHECK(m.setups[2].minimum_run == 7);
  CHECK(m.setups[3].name == "gas2");
  CHECK(m.setups[3].minimum_run == 3);
  CHECK(m.setups[4].name == "gas3");
  CHECK(m.setups[4].minimum_run == 0);
  REQUIRE(m.setup_changes.size() == 3);
  CHECK(m.setup_changes[0].from == 2);
  CHECK(m.setup_changes[0].to == 3);
  CHECK(m.setup_changes[0].time == 7_min);
  CHECK(m.setup_changes[1].from == 0);
  CHECK(m.setup_changes[1].to == 2);
  CHECK(m.setup_changes[2].time == 90_min);

  REQUIRE(m.transport.size() == 4);
  CHECK(m.transport[0].at(0.3) == 5_min);
  CHECK(m.transport[1].at(0.0) == 5_min);
  CHECK(m.transport[1].at(1.0) == 10_min);
  CHECK(m.transport[2].zero());
  CHECK(m.transport[3].zero());
}

TEST_CASE("autosched: breakdowns and maintenance") {
  const Model m = good(parse(tiny_autosched()));
  REQUIRE(m.upkeeps.size() == 3);
  CHECK(m.upkeeps[0].name == "Fail");
  CHECK(m.upkeeps[0].kind == Upkeep::Kind::breakdown);
  CHECK(seconds(m.upkeeps[0].interval) == 7 * 86'400);
  CHECK(seconds(m.upkeeps[0].duration) == doctest::Approx(2116.8));
  CHECK(m.upkeeps[1].kind == Upkeep::Kind::calendar);
  CHECK(m.upkeeps[1].interval.at(0.7) == 30_d);
  CHECK(m.upkeeps[1].duration.at(0.0) == 39'636_s);
  CHECK(m.upkeeps[2].kind == Upkeep::Kind::counter);
  CHECK(m.upkeeps[2].wafers == 2500);
  CHECK(m.upkeeps[2].duration.at(0.0) == 2_h);

  // The area Photo is Stepper and Beam.
  REQUIRE(m.attachments.size() == 5);
  CHECK(m.attachments[0].upkeep == 0);
  CHECK(m.attachments[0].group == 1);
  CHECK(seconds(m.attachments[0].first) == 300'000);
  CHECK(m.attachments[1].upkeep == 0);
  CHECK(m.attachments[1].group == 2);
  CHECK(m.attachments[2].upkeep == 1);
  CHECK(m.attachments[2].group == 0);
  CHECK(seconds(m.attachments[2].first) == doctest::Approx(89.2 * 86'400));
  CHECK(m.attachments[2].spread);
  CHECK(m.attachments[3].upkeep == 2);
  CHECK(m.attachments[3].group == 2);
  CHECK(m.attachments[3].first_wafers == 1234.5);
  CHECK(m.attachments[4].first_wafers == 2500);
}

TEST_CASE("autosched: streams and initial lots") {
  const Model m = good(parse(tiny_autosched()));
  CHECK(to_string(m.start) == "2018-01-01T06:00:00Z");
  REQUIRE(m.streams.size() == 3);
  const Stream& a = m.streams[0];
  CHECK(a.name == "Lot_L");
  CHECK(a.product == 0);
  CHECK(a.priority == 10);
  CHECK(a.wafers == 25);
  CHECK(to_string(a.start) == "2018-01-02T00:00:00Z");
  CHECK(a.gap.at(0.5) == 3'101'400_ms);
  CHECK(a.count == 200'000);
  CHECK(a.lots == 1);
  CHECK(to_string(a.due) == "29d7h29m20s");
  CHECK_FALSE(a.reserves);
  const Stream& b = m.streams[1];
  CHECK(seconds(b.gap) == 7200);
  CHECK(b.count == std::numeric_limits<uint64_t>::max());
  CHECK(b.lots == 2);
  CHECK(b.wafers == 24);
  CHECK(b.due < Duration{});
  CHECK(b.reserves);
  const Stream& once = m.streams[2];
  CHECK(once.count == 1);
  CHECK(once.priority == 0);
  CHECK(to_string(once.start) == "2019-12-31T23:59:59Z");

  REQUIRE(m.wip.size() == 2);
  CHECK(m.wip[0].name == "w1");
  CHECK(m.wip[0].product == 0);
  CHECK(m.wip[0].step == 4);
  CHECK(to_string(m.wip[0].due) == "2018-01-01T00:00:00Z");
  CHECK(m.wip[0].released < Time{});
  CHECK(m.wip[1].priority == 20);
  CHECK(m.wip[1].step == 0);
  CHECK(m.wip[1].due == Time::never());
}

TEST_CASE("autosched: options and what the report says") {
  const Model m = good(parse(tiny_autosched(), {.half_spread = true, .spread_first = false}));
  CHECK(m.steps[0].process.at(0.0) == Duration{29'327'805} * 1'000'000);
  CHECK(m.transport[1].at(0.0) == 375_s);
  CHECK_FALSE(m.attachments[2].spread);
  CHECK(m.assumptions ==
        std::vector<std::string>{
            "a uniform time is drawn from mean +- offset / 2",
            "first maintenance is at the same time for all tools of a group",
            "columns not read: tool.txt.1l: STN; part.txt: PARTGRP; order.txt: ORDER"});
  CHECK(good(parse(tiny_autosched())).assumptions[0] ==
        "a uniform time is drawn from mean +- offset");

  AutoschedFiles files = tiny_autosched();
  files["WIP.txt"] = with_tabs("LOT|PART|PIECES|CURSTEP|HOTLOT\nw|logic|1|1|yes\n");
  CHECK(good(parse(files)).assumptions[0] ==
        "1 lot of WIP.txt is HOTLOT, but no tools are kept free for it");
}

TEST_CASE("autosched: tables that need not be there") {
  AutoschedFiles files = tiny_autosched();
  files["tool.txt"] = files["tool.txt.1l"];
  for (const char* name : {"tool.txt.1l", "setup.txt", "setupgrp.txt", "fromto.txt", "downcal.txt",
                           "pmcal.txt", "attach.txt", "WIP.txt"})
    files.erase(name);
  Model m = good(parse(files));
  CHECK(m.groups.size() == 3);
  CHECK(m.setups.size() == 4);
  CHECK(m.transport.empty());
  CHECK(m.upkeeps.empty());
  CHECK(m.wip.empty());
  CHECK(to_string(m.start) == "2018-01-02T00:00:00Z");
  CHECK(m.finish());
}

TEST_CASE("autosched: line ends, a byte order mark, empty rows and cells") {
  AutoschedFiles files = tiny_autosched();
  for (auto& [name, text] : files) {
    std::string other = "\xef\xbb\xbf";
    for (const char c : text) other += c == '\n' ? "\t\r\n\t\t\r\n" : std::string(1, c);
    text = other;
  }
  Model a = good(parse(files)), b = good(parse(tiny_autosched()));
  CHECK(a.digest() == b.digest());
}

TEST_CASE("autosched: several routes in one file") {
  AutoschedFiles files = tiny_autosched();
  files["flow_a.txt"] +=
      with_tabs("Other|1|a|Oven||1||min|per_lot\n|2|b|Beam||1||min|per_lot\nUnused|7|a|None\n");
  files["part.txt"] += with_tabs("g|extra|flow_a.txt|Other\n");
  const Model m = good(parse(files));
  REQUIRE(m.routes.size() == 3);
  CHECK(m.routes[2].name == "Other");
  CHECK(m.routes[2].first == 8);
  CHECK(m.routes[2].steps == 2);
  CHECK(m.products[3].route == 2);
  CHECK(m.steps[9].name == "b");
}

TEST_CASE("autosched: from a folder") {
  const Folder folder(tiny_autosched());
  CHECK(looks_like_autosched(folder.path()));
  CHECK_FALSE(looks_like_autosched(folder.path() + "/nowhere"));
  Model m = good(read_autosched(folder.path()));
  CHECK(m.finish());
  CHECK(m.tools == 6);
  CHECK(m.windows == 1);
  CHECK(m.dedications == 1);
  Model parsed = good(parse(tiny_autosched()));
  REQUIRE(parsed.finish());
  CHECK(m.digest() == parsed.digest());

  REQUIRE(write_file_atomic(folder.path() + "/flow_b.txt", "STEP\n"));
  const auto bad = read_autosched(folder.path());
  REQUIRE_FALSE(bad.ok());
  CHECK(bad.error().file == folder.path() + "/flow_b.txt");
  CHECK(bad.error().text().ends_with(
      "/flow_b.txt:1: ROUTE: expected a column of this name, found \"STEP\""));

  std::filesystem::remove(folder.path() + "/part.txt");
  CHECK_FALSE(looks_like_autosched(folder.path()));
  CHECK(read_autosched(folder.path()).error().text() ==
        folder.path() + "/part.txt: there is no such file, and a fab needs one");
  CHECK(read_autosched(folder.path() + "/order.txt").error().text() ==
        folder.path() + "/order.txt: expected a folder of AutoSched tables, found none");
}
