#include "kernel/report.h"

#include <cmath>

#include <doctest/doctest.h>

#include "base/time.h"
#include "kernel/delta_text.h"

using namespace dure;

namespace {

Report small_report() {
  Report report;
  report.kpis = {{"All", "allocation", "GPU allocation", "%", 84.5, "of those in service"},
                 {"All", "wait", "Wait", "s", std::nullopt}};
  TimeChart chart{
      "Use", "%", {Time{0}, Time{Duration(1_h).ns}}, {{"a, b", {1, std::nan("")}}, {"c", {2, 3}}}};
  TimeChart other{"Queue", "", {Time{Duration(2_h).ns}}, {{"jobs", {7}}}};
  HeatMap map;
  map.title = "Nodes";
  map.scale_label = "in use";
  map.unit = "%";
  map.groups.push_back({"site", 2, {0.1f, std::nullopt}, "node"});
  Table table{
      "Worst", {{"name"}, {"wait", "s"}}, {{std::string("x"), 1.5}, {std::monostate{}, 2.0}}};
  report.sections.push_back({"First", "", {chart, other, map, table}});
  report.assumptions = {"None </script>"};
  report.calendar = false;
  return report;
}

RunInfo small_run() {
  RunInfo run;
  run.id = "r-1";
  run.title = "Test";
  run.digest = "0x01";
  run.seed = 3;
  run.end = Time{Duration(1_h).ns};
  return run;
}

bool holds(const std::string& text, const std::string& part) {
  if (text.find(part) != std::string::npos) return true;
  MESSAGE(text);
  return false;
}

}  // namespace

TEST_CASE("a report is JSON in the page's shapes") {
  const std::string json = report_json(small_report(), small_run());
  CHECK(holds(json, R"({"schema":1,"run":{"id":"r-1","title":"Test")"));
  CHECK(holds(json, R"("seed":3,"start":0,"end":3600,)"));
  CHECK(holds(json, R"("calendar":false})"));
  CHECK(holds(json, R"("assumptions":["None <\/script>"])"));
  CHECK(holds(
      json,
      R"({"group":"All","key":"allocation","label":"GPU allocation","unit":"%","value":84.5,"note":"of those in service"})"));
  CHECK(holds(json, R"("unit":"s","value":null})"));
  CHECK(holds(
      json,
      R"({"kind":"time","title":"Use","unit":"%","time":[0,3600],"series":[{"label":"a, b","values":[1,null]},)"));
  CHECK(holds(json,
              R"("groups":[{"label":"site","columns":2,"cell_label":"node","cells":[0.1,null]}])"));
  CHECK(holds(
      json,
      R"("columns":[{"label":"name"},{"label":"wait","unit":"s"}],"rows":[["x",1.5],[null,2]])"));
}

TEST_CASE("curves and Gantt charts are arrays of points and spans") {
  XyChart curve{
      "Operating curve",
      "load",
      "%",
      "X-factor",
      "",
      {{"fifo", {80, 90}, {1.5, 2}, {1.4, 1.8}, {1.6, 2.2}}, {"cr", {80}, {1.25}, {}, {}}}};
  GanttChart gantt{"Tools", {"a#1", "a#2"}, {"down"}, {}};
  gantt.spans.push_back({1, 0, Time{500'000'000}, Time{Duration(1_h).ns}, "repair"});
  gantt.spans.push_back({0, 0, Time{0}, Time{1}});
  Report report;
  report.sections.push_back({"First", "", {curve, gantt}});
  const std::string json = report_json(report, small_run());
  CHECK(holds(
      json,
      R"({"kind":"xy","title":"Operating curve","x_label":"load","x_unit":"%","y_label":"X-factor","series":[{"label":"fifo","x":[80,90],"y":[1.5,2],"lo":[1.4,1.8],"hi":[1.6,2.2]},{"label":"cr","x":[80],"y":[1.25]}]})"));
  CHECK(holds(
      json,
      R"({"kind":"gantt","title":"Tools","rows":["a#1","a#2"],"categories":["down"],"spans":{"row":[1,0],"category":[0,0],"start":[0.5,0],"end":[3600,1e-09],"label":["repair",""]}})"));
}

TEST_CASE("a film has the floor's cells in runs and each robot's way in differences") {
  Film film{"Floor", 3, 2, "#...a#", {"dock"}, {{0, 0.5f, 3, 0.5f}}, {"driving", "waiting"}};
  film.things = 2;
  film.time = {Time{0}, Time{500'000'000}, Time{1'000'000'000}};
  film.poses = {{1.5f, 0.5f, 0, 0}, {0.5f, 1.5f, 12, 1},   //
                {2.0f, 0.5f, 0, 0}, {0.5f, 1.5f, 12, 1},   //
                {2.5f, 0.5f, 4, 0}, {0.5f, 0.5f, 12, 0}};  // the first turned, the second drove
  HeatMap heat;
  heat.null_label = "blocked";
  heat.groups.push_back({"Floor", 3, {1.0f, std::nullopt}, "cell", true});
  Report report;
  report.sections.push_back({"First", "", {film, heat}});
  const std::string json = report_json(report, small_run());
  // x: 24 32 40 8 8 8, so differences 24 8 8 -32 0 and one more 0.
  CHECK(holds(
      json,
      R"({"kind":"film","title":"Floor","width":3,"height":2,"cells":"#3.a#","marks":["dock"],"lines":[0,0.5,3,0.5],"states":["driving","waiting"],"size":1,"thing":"robot","things":2,"per_unit":16,"time":[0,0.5,1],"x":"MBAQPwAB","y":"EAABIAAAHw==","heading":"AAEIEAAB","state":"AAICAAAB"})"));
  CHECK(holds(json, R"("null_label":"blocked")"));
  CHECK(holds(json, R"("columns":3,"map":true,"cell_label":"cell")"));
}

TEST_CASE("differences of any size come out as text") {
  const std::vector<int32_t> none, zero = {0}, large = {2147483647, -2147483647 - 1};
  CHECK(delta_text(none).empty());
  CHECK(delta_text(zero) == "AAA=");
  CHECK(delta_text(large) == "/v///w/9////Hw==");
}

TEST_CASE("times of a calendar are dates, and a seed that JavaScript cannot hold is text") {
  Report report;
  RunInfo run = small_run();
  run.seed = uint64_t{1} << 60;
  const std::string json = report_json(report, run);
  CHECK(holds(json, R"("start":"1970-01-01T00:00:00Z","end":"1970-01-01T01:00:00Z")"));
  CHECK(holds(json, R"("seed":"1152921504606846976")"));
}

TEST_CASE("a summary has the KPIs and no sections") {
  const std::string json = summary_json(small_report(), small_run());
  CHECK(holds(json, "\"digest\": \"0x01\""));
  CHECK(holds(json, "\"value\": 84.5"));
  CHECK(json.find("sections") == std::string::npos);
  CHECK(json.ends_with("}\n"));
}

TEST_CASE("series are columns; charts with other times have rows of their own") {
  CHECK(series_csv(small_report()) ==
        "time,\"Use: a, b [%]\",Use: c [%],Queue: jobs\n"
        "0,1,2,\n"
        "3600,,3,\n"
        "7200,,,7\n");
  CHECK(series_csv(Report{}) == "time\n");
}
