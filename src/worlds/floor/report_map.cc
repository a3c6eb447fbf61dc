// The pictures of a floor seen from above, and what its stations did.
#include <algorithm>
#include <cmath>
#include <map>

#include "base/text.h"
#include "worlds/floor/report_parts.h"
#include "worlds/floor/sites.h"

namespace dure::floor {
namespace {

constexpr uint32_t kMostColumns = 640;  // of a heat map
constexpr size_t kMostStations = 60;    // in a table, before those of one group are put together
constexpr double kShown = 0.99;         // of the cells that have any are inside the scale

// The floor's extent in metres, half a cell around all places.
struct Extent {
  double left = 0, top = 0, width = 0, height = 0;
};

Extent extent_of(const Model& m) {
  if (!m.cell_of.empty()) return {0, 0, m.width * m.cell_m, m.height * m.cell_m};
  double left = INFINITY, top = INFINITY, right = -INFINITY, bottom = -INFINITY;
  for (const Point& p : m.places) {
    left = std::min(left, p.x);
    right = std::max(right, p.x);
    top = std::min(top, p.y);
    bottom = std::max(bottom, p.y);
  }
  const double margin = m.cell_m;
  return {left - margin, top - margin, right - left + 2 * margin, bottom - top + 2 * margin};
}

// Cells, or blocks of them where the floor is wide, with the sums over their vertices.
HeatMap heat_map(const Model& m, std::string title, std::string label, std::string unit,
                 const std::vector<double>& of_vertex, const std::string& note) {
  const Extent e = extent_of(m);
  const double cells = std::max(1.0, std::ceil(e.width / m.cell_m - 1e-9));
  const double block = std::ceil(cells / kMostColumns);
  const double side = block * m.cell_m;
  HeatMap::Group g;
  g.label = "Floor";
  g.map = true;
  g.cell_label = block > 1 ? "block" : "cell";
  g.columns = static_cast<uint32_t>(std::max(1.0, std::ceil(e.width / side - 1e-9)));
  const auto rows = static_cast<uint32_t>(
      std::clamp(std::ceil(e.height / side - 1e-9), 1.0, 16.0 * kMostColumns));
  g.cells.resize(size_t{g.columns} * rows);
  for (uint32_t v = 0; v < m.vertices(); ++v) {
    const auto column =
        std::min(g.columns - 1, static_cast<uint32_t>((m.places[v].x - e.left) / side));
    const auto row = std::min(rows - 1, static_cast<uint32_t>((m.places[v].y - e.top) / side));
    std::optional<float>& cell = g.cells[size_t{row} * g.columns + column];
    cell = cell.value_or(0) + static_cast<float>(of_vertex[v]);
  }
  std::vector<float> some;
  for (const std::optional<float>& c : g.cells) {
    if (c && *c > 0) some.push_back(*c);
  }
  HeatMap map;
  map.max = 1;
  if (!some.empty()) {
    const auto at =
        some.begin() + static_cast<std::ptrdiff_t>(kShown * static_cast<double>(some.size() - 1));
    std::nth_element(some.begin(), at, some.end());
    map.max = *at;
  }
  map.title = std::move(title);
  map.scale_label = std::move(label);
  map.unit = std::move(unit);
  map.null_label = "no road";
  map.note = note;
  if (block > 1) map.note += " A block is " + shortest(block) + " x " + shortest(block) + " cells.";
  map.groups.push_back(std::move(g));
  return map;
}

dure::Film film_of(const ReportInput& in) {
  const Model& m = in.model;
  const Film& from = in.kpis.film;
  const Extent e = extent_of(m);
  const bool grid = !m.cell_of.empty();
  const double unit = grid ? m.cell_m : 1;
  dure::Film film;
  film.title = "The floor from above";
  film.width = static_cast<uint32_t>(std::ceil(e.width / unit - 1e-9));
  film.height = static_cast<uint32_t>(std::ceil(e.height / unit - 1e-9));
  film.size = static_cast<float>(0.8 * m.cell_m / unit);
  if (grid) {
    film.cells.assign(size_t{m.width} * m.height, '#');
    for (uint32_t v = 0; v < m.vertices(); ++v) {
      char letter = '.';
      if (m.station_of[v] != kNone) {
        const std::string name = kinds_text(m.stations[m.station_of[v]].kinds);
        auto at = std::find(film.marks.begin(), film.marks.end(), name);
        if (at == film.marks.end()) at = film.marks.insert(at, name);
        letter = static_cast<char>('a' + (at - film.marks.begin()));
      }
      film.cells[m.cell_of[v]] = letter;
    }
  } else {
    for (uint32_t v = 0; v < m.vertices(); ++v) {
      for (uint32_t h = 0; h < kHeadings; ++h) {
        const uint32_t to = m.roads.to(v, h);
        if (to == kNoVertex) continue;
        const auto at = [&](double x, double from_x) {
          return static_cast<float>((x - from_x) / unit);
        };
        film.lines.push_back({at(m.places[v].x, e.left), at(m.places[v].y, e.top),
                              at(m.places[to].x, e.left), at(m.places[to].y, e.top)});
      }
    }
  }
  film.states = state_names();
  film.things = in.world.robots();
  const size_t frames = from.spots.size() / std::max<size_t>(1, film.things);
  for (size_t f = 0; f < frames; ++f)
    film.time.push_back(from.start + static_cast<int64_t>(f) * from.interval);
  film.poses.reserve(from.spots.size());
  for (const Film::Spot& s : from.spots) {
    film.poses.push_back({static_cast<float>((s.x_mm / 1e3 - e.left) / unit),
                          static_cast<float>((s.y_mm / 1e3 - e.top) / unit),
                          static_cast<uint8_t>(s.heading % kHeadings * 4),
                          static_cast<uint8_t>(std::min<uint16_t>(s.state, kRobotStates - 1))});
  }
  film.note = "A frame every " + to_string(from.interval) +
              "; in between robots are drawn on their "
              "straight way from one to the next.";
  return film;
}

// "rack" of "rack 17"; a name without a number stays.
std::string group_of(const std::string& name) {
  const size_t space = name.rfind(' ');
  if (space == std::string::npos || space == 0) return name;
  return parse_int(std::string_view(name).substr(space + 1), 0) ? name.substr(0, space) : name;
}

}  // namespace

Section map_section(const ReportInput& in) {
  const Model& m = in.model;
  Section section{"Floor", "", {}};
  if (!in.kpis.film.spots.empty()) section.items.push_back(film_of(in));
  const std::vector<uint32_t> until_now = in.world.waited();
  std::vector<double> waited(m.vertices()), visits(m.vertices());
  for (uint32_t v = 0; v < m.vertices(); ++v) {
    waited[v] = until_now[v] * in.kpis.wait_unit.seconds();
    visits[v] = in.kpis.visits[v];
  }
  const std::string scale = " The scale ends where 99 % of the places that have any are.";
  section.items.push_back(heat_map(m, "Where robots waited", "waiting", "s", waited,
                                   "Time that robots on their way stood there for others, in "
                                   "all, from the end of the warm-up on." +
                                       scale));
  section.items.push_back(heat_map(m, "Where robots drove", "visits", "", visits,
                                   "How often a robot came there, from the end of the warm-up "
                                   "on." +
                                       scale));
  return section;
}

Section stations_section(const ReportInput& in) {
  const Model& m = in.model;
  const std::vector<uint32_t> waited = in.world.waited();
  Section section{"Stations", "", {}};
  struct Row {
    std::string name;
    std::string kinds;
    double stations = 0, docks = 0, visits = 0, waited_s = 0;
  };
  std::vector<Row> rows;
  std::map<std::string, size_t> of_name;
  const bool together = m.stations.size() > kMostStations;
  for (const Station& s : m.stations) {
    const std::string name = together ? group_of(s.name) : s.name;
    const auto [it, is_new] = of_name.emplace(name, rows.size());
    if (is_new) rows.push_back({name, kinds_text(s.kinds)});
    Row& row = rows[it->second];
    row.stations += 1;
    row.docks += static_cast<double>(s.docks.size());
    for (const uint32_t dock : s.docks) {
      row.visits += in.kpis.visits[dock];
      row.waited_s += waited[dock] * in.kpis.wait_unit.seconds();
    }
  }
  if (!rows.empty()) {
    Table table{together ? "Stations by group" : "Stations",
                {{"Station"},
                 {"For"},
                 {"Stations"},
                 {"Docks"},
                 {"Arrivals", "/h"},
                 {"Arrivals per dock", "/h"},
                 {"Waiting there", "min/h"}},
                {},
                "Arrivals are robots that came to one of its docks, those that drove through among "
                "them. Waiting there is time that robots stood on a dock without being served."};
    for (const Row& r : rows) {
      table.rows.push_back({r.name, r.kinds, r.stations, r.docks,
                            cell(ratio(r.visits, in.span_s, 3600)),
                            cell(ratio(r.visits, in.span_s * r.docks, 3600)),
                            cell(ratio(r.waited_s, in.span_s, 60))});
    }
    section.items.push_back(std::move(table));
  }
  if (!m.sources.empty()) {
    Table table{"Sources of tasks",
                {{"Source"}, {"Stops"}, {"Offered", "tasks/h"}, {"Priority"}, {"Due after", "min"}},
                {},
                "As the scenario has them."};
    for (const Source& s : m.sources) {
      Table::Cell due;
      if (s.due >= Duration{}) due = s.due.seconds() / 60;
      table.rows.push_back({s.name, static_cast<double>(s.chain.size()),
                            cell(ratio(1, s.gap.mean(), 3600)), static_cast<double>(s.priority),
                            due});
    }
    section.items.push_back(std::move(table));
  }
  return section;
}

std::optional<TimeChart> states_over_time(const ReportInput& in) {
  const Film& film = in.kpis.film;
  const size_t robots = in.world.robots();
  if (film.spots.empty() || robots == 0) return std::nullopt;
  const size_t frames = film.spots.size() / robots;
  TimeChart chart;
  chart.title = "What robots did over time";
  chart.unit = "%";
  for (const std::string& name : state_names())
    chart.series.push_back({name, std::vector<double>(frames)});
  for (size_t f = 0; f < frames; ++f) {
    chart.time.push_back(film.start + static_cast<int64_t>(f) * film.interval);
    for (size_t r = 0; r < robots; ++r) {
      const size_t state = std::min<size_t>(film.spots[f * robots + r].state, kRobotStates - 1);
      chart.series[state].second[f] += 100.0 / static_cast<double>(robots);
    }
  }
  std::erase_if(chart.series, [](const auto& s) {
    return std::all_of(s.second.begin(), s.second.end(), [](double x) { return x == 0; });
  });
  chart.stacked = true;
  chart.max = 100;
  chart.note = "At the film's frames.";
  return chart;
}

}  // namespace dure::floor
