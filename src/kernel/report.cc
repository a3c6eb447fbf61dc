#include "kernel/report.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "base/assert.h"
#include "base/csv.h"
#include "base/json.h"
#include "base/text.h"
#include "kernel/delta_text.h"

namespace dure {
namespace {

constexpr uint64_t kExactInDouble = uint64_t{1} << 53;  // JavaScript's numbers

// Left out when empty: the page has its own defaults.
void optional_field(JsonWriter& json, std::string_view name, const std::string& text) {
  if (!text.empty()) json.field(name, text);
}

// A float's shortest form: as a double it would show digits that it does not have.
void float_value(JsonWriter& json, float x) {
  if (!std::isfinite(x)) {
    json.null();
    return;
  }
  std::array<char, 24> buffer;
  const auto [end, code] = std::to_chars(buffer.data(), buffer.data() + buffer.size(), x);
  DURE_ASSERT(code == std::errc{}, "24 characters hold any float");
  json.raw(std::string_view(buffer.data(), static_cast<size_t>(end - buffer.data())));
}

void numbers(JsonWriter& json, std::string_view name, const std::vector<double>& values) {
  json.key(name).begin_array();
  for (const double x : values) json.value(x);
  json.end_array();
}

void named_series(JsonWriter& json,
                  const std::vector<std::pair<std::string, std::vector<double>>>& series) {
  json.key("series").begin_array();
  for (const auto& [label, values] : series) {
    json.begin_object().field("label", label);
    numbers(json, "values", values);
    json.end_object();
  }
  json.end_array();
}

void time_value(JsonWriter& json, Time time, bool calendar) {
  if (calendar) {
    json.value(to_string(time));
  } else {
    json.value(time.seconds());
  }
}

// One function per kind of item writes what stands between its braces.
void write(JsonWriter& json, const TimeChart& chart) {
  json.field("kind", "time").field("title", chart.title);
  optional_field(json, "unit", chart.unit);
  json.key("time").begin_array();
  for (const Time t : chart.time) json.value(t.seconds());
  json.end_array();
  named_series(json, chart.series);
  if (chart.stacked) json.field("stacked", true);
  if (chart.max) json.field("max", *chart.max);
  optional_field(json, "note", chart.note);
}

void write(JsonWriter& json, const CdfChart& chart) {
  json.field("kind", "cdf").field("title", chart.title);
  optional_field(json, "x_label", chart.x_label);
  optional_field(json, "x_unit", chart.x_unit);
  json.field("log_x", chart.log_x).key("series").begin_array();
  for (const CdfChart::Line& line : chart.series) {
    json.begin_object().field("label", line.label);
    numbers(json, "x", line.x);
    numbers(json, "p", line.p);
    json.end_object();
  }
  json.end_array();
  optional_field(json, "note", chart.note);
}

void write(JsonWriter& json, const BarChart& chart) {
  json.field("kind", "bars").field("title", chart.title);
  optional_field(json, "unit", chart.unit);
  json.key("categories").begin_array();
  for (const std::string& category : chart.categories) json.value(category);
  json.end_array();
  named_series(json, chart.series);
  if (chart.stacked) json.field("stacked", true);
  optional_field(json, "note", chart.note);
}

void write(JsonWriter& json, const HeatMap& map) {
  json.field("kind", "heatmap").field("title", map.title);
  json.key("scale").begin_object().field("label", map.scale_label);
  optional_field(json, "unit", map.unit);
  optional_field(json, "null_label", map.null_label);
  json.field("min", map.min).field("max", map.max).end_object();
  json.key("groups").begin_array();
  for (const HeatMap::Group& group : map.groups) {
    json.begin_object().field("label", group.label).field("columns", group.columns);
    if (group.map) json.field("map", true);
    json.field("cell_label", group.cell_label).key("cells").begin_array();
    for (const std::optional<float>& cell : group.cells) {
      cell ? float_value(json, *cell) : void(json.null());
    }
    json.end_array().end_object();
  }
  json.end_array();
  optional_field(json, "note", map.note);
}

void write(JsonWriter& json, const XyChart& chart) {
  json.field("kind", "xy").field("title", chart.title);
  optional_field(json, "x_label", chart.x_label);
  optional_field(json, "x_unit", chart.x_unit);
  optional_field(json, "y_label", chart.y_label);
  optional_field(json, "y_unit", chart.y_unit);
  json.key("series").begin_array();
  for (const XyChart::Line& line : chart.series) {
    DURE_ASSERT(line.x.size() == line.y.size(), "a line has as many y as x");
    DURE_ASSERT(line.lo.size() == line.hi.size(), "an error bar has two ends");
    DURE_ASSERT(line.lo.empty() || line.lo.size() == line.x.size(), "error bars for all points");
    json.begin_object().field("label", line.label);
    numbers(json, "x", line.x);
    numbers(json, "y", line.y);
    if (!line.lo.empty()) {
      numbers(json, "lo", line.lo);
      numbers(json, "hi", line.hi);
    }
    json.end_object();
  }
  json.end_array();
  optional_field(json, "note", chart.note);
}

void names(JsonWriter& json, std::string_view name, const std::vector<std::string>& values) {
  json.key(name).begin_array();
  for (const std::string& value : values) json.value(value);
  json.end_array();
}

// Spans as parallel arrays: there may be tens of thousands.
void write(JsonWriter& json, const GanttChart& chart) {
  json.field("kind", "gantt").field("title", chart.title);
  const auto each = [&](std::string_view key, auto&& value_of) {
    json.key(key).begin_array();
    for (const GanttChart::Span& span : chart.spans) json.value(value_of(span));
    json.end_array();
  };
  names(json, "rows", chart.rows);
  names(json, "categories", chart.categories);
  json.key("spans").begin_object();
  each("row", [](const GanttChart::Span& s) { return s.row; });
  each("category", [](const GanttChart::Span& s) { return s.category; });
  each("start", [](const GanttChart::Span& s) { return s.start.seconds(); });
  each("end", [](const GanttChart::Span& s) { return s.end.seconds(); });
  each("label", [](const GanttChart::Span& s) -> const std::string& { return s.label; });
  json.end_object();
  optional_field(json, "note", chart.note);
}

// Runs of equal cells: "12#3.a".
std::string cell_runs(std::string_view cells) {
  std::string out;
  for (size_t i = 0; i < cells.size();) {
    const size_t end = std::min(cells.find_first_not_of(cells[i], i), cells.size());
    if (end - i > 1) out += std::to_string(end - i);
    out += cells[i];
    i = end;
  }
  return out;
}

// Positions in sixteenths of a unit, thing by thing, for a thing that stands then costs nothing.
void write(JsonWriter& json, const Film& film) {
  constexpr int32_t per_unit = 16;
  const size_t frames = film.time.size();
  DURE_ASSERT(film.poses.size() == frames * film.things, "a pose for each thing in each frame");
  DURE_ASSERT(film.cells.empty() || film.cells.size() == size_t{film.width} * film.height,
              "a letter for each cell");
  DURE_ASSERT(film.states.size() <= 16 && film.marks.size() <= 26, "states and marks are few");
  json.field("kind", "film").field("title", film.title);
  json.field("width", film.width).field("height", film.height);
  json.field("cells", cell_runs(film.cells));
  names(json, "marks", film.marks);
  json.key("lines").begin_array();
  for (const std::array<float, 4>& line : film.lines) {
    for (const float x : line) float_value(json, x);
  }
  json.end_array();
  names(json, "states", film.states);
  json.key("size");
  float_value(json, film.size);
  json.field("thing", film.thing).field("things", film.things).field("per_unit", per_unit);
  json.key("time").begin_array();
  for (const Time t : film.time) json.value(t.seconds());
  json.end_array();
  const auto each = [&](std::string_view name, auto&& value_of) {
    std::vector<int32_t> values;
    values.reserve(film.poses.size());
    for (uint32_t thing = 0; thing < film.things; ++thing) {
      for (size_t frame = 0; frame < frames; ++frame)
        values.push_back(value_of(film.poses[frame * film.things + thing]));
    }
    json.field(name, delta_text(values));
  };
  const auto rounded = [](float x) { return static_cast<int32_t>(std::lround(x * per_unit)); };
  each("x", [&](const Film::Pose& p) { return rounded(p.x); });
  each("y", [&](const Film::Pose& p) { return rounded(p.y); });
  each("heading", [](const Film::Pose& p) { return int32_t{p.heading}; });
  each("state", [](const Film::Pose& p) { return int32_t{p.state}; });
  optional_field(json, "note", film.note);
}

void write(JsonWriter& json, const Table& table) {
  json.field("kind", "table").field("title", table.title).key("columns").begin_array();
  for (const Table::Column& column : table.columns) {
    json.begin_object().field("label", column.label);
    optional_field(json, "unit", column.unit);
    json.end_object();
  }
  json.end_array().key("rows").begin_array();
  for (const std::vector<Table::Cell>& row : table.rows) {
    json.begin_array();
    for (const Table::Cell& cell : row) {
      if (const auto* text = std::get_if<std::string>(&cell)) {
        json.value(*text);
      } else if (const auto* number = std::get_if<double>(&cell)) {
        json.value(*number);
      } else {
        json.null();
      }
    }
    json.end_array();
  }
  json.end_array();
  optional_field(json, "note", table.note);
}

void write_run(JsonWriter& json, const RunInfo& run, bool calendar) {
  json.key("run").begin_object();
  json.field("id", run.id).field("title", run.title).field("scenario", run.scenario);
  json.field("world", run.world).field("policy", run.policy).key("seed");
  if (run.seed < kExactInDouble) {
    json.value(run.seed);
  } else {
    json.value(std::to_string(run.seed));
  }
  json.key("start");
  time_value(json, run.start, calendar);
  json.key("end");
  time_value(json, run.end, calendar);
  json.field("events", run.events).field("cpu_s", run.cpu_s).field("wall_s", run.wall_s);
  json.field("digest", run.digest).field("version", run.version).field("command", run.command);
  json.field("calendar", calendar).end_object();
}

void write_kpis(JsonWriter& json, const std::vector<Kpi>& kpis) {
  json.key("kpis").begin_array();
  for (const Kpi& kpi : kpis) {
    json.begin_object().field("group", kpi.group).field("key", kpi.key).field("label", kpi.label);
    json.field("unit", kpi.unit).key("value");
    if (kpi.value) {
      json.value(*kpi.value);
    } else {
      json.null();
    }
    optional_field(json, "note", kpi.note);
    json.end_object();
  }
  json.end_array();
}

// All but the sections; leaves the object open.
void write_head(JsonWriter& json, const Report& report, const RunInfo& run) {
  json.begin_object().field("schema", 1);
  write_run(json, run, report.calendar);
  json.key("assumptions").begin_array();
  for (const std::string& assumption : report.assumptions) json.value(assumption);
  json.end_array();
  write_kpis(json, report.kpis);
}

}  // namespace

std::string report_json(const Report& report, const RunInfo& run) {
  JsonWriter json;
  write_head(json, report, run);
  json.key("sections").begin_array();
  for (const Section& section : report.sections) {
    json.begin_object().field("title", section.title);
    optional_field(json, "intro", section.intro);
    json.key("items").begin_array();
    for (const auto& item : section.items) {
      json.begin_object();
      std::visit([&](const auto& one) { write(json, one); }, item);
      json.end_object();
    }
    json.end_array().end_object();
  }
  return json.end_array().end_object().take();
}

std::string summary_json(const Report& report, const RunInfo& run) {
  JsonWriter json(JsonWriter::Style::pretty);
  write_head(json, report, run);
  return json.end_object().take();
}

std::string series_csv(const Report& report) {
  std::vector<const TimeChart*> charts;
  for (const Section& section : report.sections) {
    for (const auto& item : section.items) {
      if (const auto* chart = std::get_if<TimeChart>(&item)) charts.push_back(chart);
    }
  }
  std::string out = "time";
  for (const TimeChart* chart : charts) {
    for (const auto& [label, values] : chart->series) {
      DURE_ASSERT(values.size() == chart->time.size(), "a series has another length than its time");
      const std::string unit = chart->unit.empty() ? "" : " [" + chart->unit + ']';
      out += ',' + csv_field(chart->title + ": " + label + unit);
    }
  }
  out += '\n';

  // Charts with equal times share rows.
  std::vector<const TimeChart*> left = charts;
  while (!left.empty()) {
    const std::vector<Time>& time = left.front()->time;
    const auto shares = [&](const TimeChart* chart) { return chart->time == time; };
    for (size_t i = 0; i < time.size(); ++i) {
      out += report.calendar ? to_string(time[i]) : shortest(time[i].seconds());
      for (const TimeChart* chart : charts) {
        const bool here = shares(chart);
        for (const auto& [label, values] : chart->series) {
          out += ',';
          if (here && std::isfinite(values[i])) out += shortest(values[i]);
        }
      }
      out += '\n';
    }
    std::erase_if(left, shares);
  }
  return out;
}

}  // namespace dure
