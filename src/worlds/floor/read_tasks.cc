#include "worlds/floor/read_tasks.h"

#include <algorithm>

#include "base/csv.h"
#include "base/text.h"

namespace dure::floor {
namespace {

constexpr uint32_t kMostTasks = 100'000'000;

Result<Stop> parse_stop(std::string_view text, const Sites& sites) {
  const Result<std::vector<uint32_t>> stations = sites.stations(text);
  if (stations && stations->size() == 1) return Stop{kNoVertex, (*stations)[0]};
  if (stations) {
    return Error{"expected one station, found " + quoted(text) + ", which stands for " +
                 with_commas(static_cast<int64_t>(stations->size()))};
  }
  std::string place(text);
  std::replace(place.begin(), place.end(), ' ', ',');
  Result<uint32_t> vertex = sites.vertex(text);
  if (!vertex) vertex = sites.vertex(place);
  if (vertex) return Stop{*vertex, kNone};
  return sites.no_place(place.find_first_not_of("0123456789,") == std::string::npos ? place : text);
}

// All that the file may have.
Result<void> check_columns(const CsvReader& csv, const std::string& file) {
  constexpr std::string_view known[] = {"id", "release", "stops", "priority", "due", "payload_kg"};
  for (size_t i = 0; i < csv.columns().size(); ++i) {
    const std::string& name = csv.columns()[i];
    if (name.empty() || std::find(std::begin(known), std::end(known), name) != std::end(known))
      continue;
    const std::string hint = did_you_mean(name, known);
    return Error{
        .message = "unknown column" + (hint.empty() ? "; known are " + join_quoted(known) : hint),
        .file = file,
        .line = 1,
        .column = static_cast<int>(i + 1),
        .key = name};
  }
  return {};
}

// A duration or a number of seconds.
Result<Duration> parse_span(std::string_view text) {
  Result<Duration> span = parse_duration(text);
  if (const Result<double> seconds = parse_double(text); !span && seconds) {
    if (!(*seconds >= 0 && *seconds <= kLongest.seconds()))
      return Error{"expected 0 seconds to 60 years, found " + quoted(text)};
    return from_seconds(*seconds);
  }
  if (span && (*span < Duration{} || *span > kLongest))
    return Error{"expected 0 seconds to 60 years, found " + quoted(text)};
  return span;
}

}  // namespace

Result<void> read_tasks(std::string_view text, const std::string& file, const Sites& sites,
                        Model& m) {
  DURE_TRY(CsvReader csv, CsvReader::open(text, file));
  DURE_CHECK(check_columns(csv, file));
  DURE_TRY(const int stops, csv.column("stops"));
  const int release = csv.optional_column("release"), due = csv.optional_column("due");
  const int priority = csv.optional_column("priority");
  const int payload = csv.optional_column("payload_kg");
  for (;;) {
    DURE_TRY(const bool more, csv.next());
    if (!more) return {};
    if (m.lines.size() >= kMostTasks || m.stops.size() >= kMostTasks)
      return csv.error(-1, "expected at most " + with_commas(kMostTasks) + " tasks, found more");
    TaskLine line;
    line.first = static_cast<uint32_t>(m.stops.size());
    line.release = m.start;
    DURE_TRY(const std::string_view list, csv.text(stops));
    const std::vector<std::string_view> parts = split(list, ';');
    for (size_t i = 0; i < parts.size(); ++i) {
      const Result<Stop> stop = parse_stop(trim(parts[i]), sites);
      if (!stop) return csv.error(stops, stop.error().message);
      if (stop->station != kNone) {
        const Result<void> fits = check_stop(m.stations[stop->station], i, parts.size());
        if (!fits) return csv.error(stops, fits.error().message);
      }
      m.stops.push_back(*stop);
    }
    line.stops = static_cast<uint32_t>(m.stops.size()) - line.first;
    if (const std::string_view when = trim(csv.field(release)); !when.empty()) {
      const Result<Duration> after = parse_span(when);
      const Result<Time> date = parse_time(when);
      if (!after && !date) {
        return csv.error(
            release, "expected a duration from the start, a number of seconds or a date, found " +
                         quoted(when));
      }
      line.release = after ? m.start + *after : *date;
      if (line.release < m.start) {
        return csv.error(release, "expected a time from the start, " + to_string(m.start) +
                                      ", on, found " + to_string(line.release));
      }
      if (line.release >= *from_civil(2200, 1, 1)) {
        return csv.error(release, "expected a time before 2200, found " + to_string(line.release));
      }
    }
    if (const std::string_view span = trim(csv.field(due)); !span.empty()) {
      const Result<Duration> after = parse_span(span);
      if (!after) return csv.error(due, after.error().message);
      line.due = *after;
    }
    DURE_TRY(const int64_t rank, csv.integer_or(priority, 0, -1'000'000, 1'000'000));
    line.priority = static_cast<int32_t>(rank);
    DURE_TRY(line.payload_kg, csv.number_or(payload, 0, 0, 1e9));
    m.lines.push_back(line);
  }
}

}  // namespace dure::floor
