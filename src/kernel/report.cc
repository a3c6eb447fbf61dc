#include "kernel/report.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "base/assert.h"
#include "base/csv.h"
#include "base/json.h"
#include "base/text.h"

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
  json.field("min", map.min).field("max", map.max).end_object();
  json.key("groups").begin_array();
  for (const HeatMap::Group& group : map.groups) {
    json.begin_object().field("label", group.label).field("columns", group.columns);
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

// Spans as parallel arrays: there may be tens of thousands.
void write(JsonWriter& json, const GanttChart& chart) {
  json.field("kind", "gantt").field("title", chart.title);
  const auto names = [&](std::string_view key, const std::vector<std::string>& values) {
    json.key(key).begin_array();
    for (const std::string& name : values) json.value(name);
    json.end_array();
  };
  const auto each = [&](std::string_view key, auto&& value_of) {
    json.key(key).begin_array();
    for (const GanttChart::Span& span : chart.spans) json.value(value_of(span));
    json.end_array();
  };
  names("rows", chart.rows);
  names("categories", chart.categories);
  json.key("spans").begin_object();
  each("row", [](const GanttChart::Span& s) { return s.row; });
  each("category", [](const GanttChart::Span& s) { return s.category; });
  each("start", [](const GanttChart::Span& s) { return s.start.seconds(); });
  each("end", [](const GanttChart::Span& s) { return s.end.seconds(); });
  each("label", [](const GanttChart::Span& s) -> const std::string& { return s.label; });
  json.end_object();
  optional_field(json, "note", chart.note);
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
