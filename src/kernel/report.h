// What a run has to say when it ends, as data: KPIs, tables and charts. A world fills a Report; the
// command line prints it, writes summary.json and series.csv from it, and the studio's report page
// draws it. The page knows these shapes (studio/src/schema.ts) and no world.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/time.h"

namespace dure {

// One figure. The same key may stand in several groups (one per owner, say): they form a matrix.
struct Kpi {
  std::string group;            // "All", "Naver"
  std::string key;              // "allocation": stable, for programs
  std::string label;            // "GPU allocation": for people
  std::string unit;             // "%", "h", "GPU-h", "" for counts
  std::optional<double> value;  // nothing: it could not be measured ("no job ended")
  std::string note = {};        // how it is defined, when the label does not say
};

// Values over time; all series share `time`.
struct TimeChart {
  std::string title;
  std::string unit;
  std::vector<Time> time;
  std::vector<std::pair<std::string, std::vector<double>>> series;  // name, [time]
  bool stacked = false;
  std::optional<double> max = {};  // of the axis, when it has a natural end
  std::string note = {};
};

// Cumulative distributions: a share p[i] of all is at most x[i].
struct CdfChart {
  struct Line {
    std::string label;
    std::vector<double> x;
    std::vector<double> p;
  };
  std::string title;
  std::string x_label;
  std::string x_unit;  // "s" gets time ticks
  bool log_x = true;
  std::vector<Line> series;
  std::string note = {};
};

struct BarChart {
  std::string title;
  std::string unit;
  std::vector<std::string> categories;
  std::vector<std::pair<std::string, std::vector<double>>> series;  // name, [categories]
  bool stacked = false;
  std::string note = {};
};

// One coloured cell per thing (a node), in groups (an owner's site).
struct HeatMap {
  struct Group {
    std::string label;
    uint32_t columns = 1;
    std::vector<std::optional<float>> cells;  // row by row; nothing: not there
    std::string cell_label = "cell";
    bool map = false;  // cells lie where they are, and are called by column and row
  };
  std::string title;
  std::string scale_label;
  std::string unit;
  double min = 0;
  double max = 100;
  std::vector<Group> groups;
  std::string note = {};
  std::string null_label = {};  // what a cell is that is not there: "blocked"
};

// Lines of y against x: an operating curve, a trade-off. Points are drawn in their order.
struct XyChart {
  struct Line {
    std::string label;
    std::vector<double> x, y;
    std::vector<double> lo, hi;  // error bars: [x], or empty
  };
  std::string title;
  std::string x_label, x_unit;
  std::string y_label, y_unit;
  std::vector<Line> series;
  std::string note = {};
};

// Who did what when: one row per tool, say, with spans on it. Spans of a row may overlap.
struct GanttChart {
  struct Span {
    uint32_t row = 0;       // index into rows
    uint32_t category = 0;  // index into categories: its colour
    Time start, end;
    std::string label = {};  // "lot r_3/17, step 012_Litho"
  };
  std::string title;
  std::vector<std::string> rows;
  std::vector<std::string> categories;
  std::vector<Span> spans;
  std::string note = {};
};

// Things that move about a floor seen from above, as a film. The floor is width x height units; a
// unit is a cell where there are cells, else whatever the positions are in (metres).
struct Film {
  struct Pose {
    float x = 0,
          y = 0;  // of its centre, from the top left corner; cell (c, r) has (c + .5, r + .5)
    uint8_t heading = 0;  // in sixteenths of a turn, clockwise from east
    uint8_t state = 0;    // index into states: its colour
  };
  std::string title;
  uint32_t width = 0, height = 0;
  std::string cells = {};               // [height x width] '.' floor, '#' wall, 'a' + i: marks[i];
                                        // or empty
  std::vector<std::string> marks = {};  // kinds of marked cells, at most 26: "charger"
  std::vector<std::array<float, 4>> lines = {};  // x and y of both ends: lanes
  std::vector<std::string> states = {};          // at most 16
  float size = 1;                                // of a thing
  std::string thing = "robot";
  uint32_t things = 0;
  std::vector<Time> time = {};   // [frames] ascending
  std::vector<Pose> poses = {};  // [frames x things]
  std::string note = {};
};

struct Table {
  using Cell = std::variant<std::monostate, std::string, double>;
  struct Column {
    std::string label;
    std::string unit = {};
  };
  std::string title;
  std::vector<Column> columns;
  std::vector<std::vector<Cell>> rows;
  std::string note = {};
};

struct Section {
  std::string title;
  std::string intro;
  std::vector<
      std::variant<TimeChart, CdfChart, BarChart, HeatMap, XyChart, GanttChart, Film, Table>>
      items;
};

struct Report {
  std::vector<Kpi> kpis;
  std::vector<Section> sections;
  std::vector<std::string> assumptions;  // what the model leaves out or supposes, for the reader
  bool calendar = true;                  // times are dates; else seconds from 0
};

// About the run itself.
struct RunInfo {
  std::string id, title, scenario, world, policy, digest, version, command;
  uint64_t seed = 0;
  Time start, end;
  uint64_t events = 0;
  double cpu_s = 0, wall_s = 0;
};

// The data of the report page.
std::string report_json(const Report& report, const RunInfo& run);
// The same without the sections, indented: summary.json.
std::string summary_json(const Report& report, const RunInfo& run);
// All time charts, one column per series: "time,<chart>: <series> [unit],...". Times as dates or
// seconds; charts with other times than the first one's get rows of their own.
std::string series_csv(const Report& report);

}  // namespace dure
