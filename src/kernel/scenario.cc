#include "kernel/scenario.h"

#include "base/text.h"

namespace dure {
namespace {

constexpr Duration kLongest = 60 * 365 * 1_d;

Result<Moment> parse_moment(std::string_view text) {
  if (const auto after = parse_duration(text); after && *after >= Duration{} && *after <= kLongest)
    return Moment{std::nullopt, *after};
  if (const auto date = parse_time(text)) return Moment{*date, {}};
  return Error{
      "expected a time such as 2030-01-01T12:00:00, or a duration from the start such as "
      "\"30d\", found " +
      quoted(text)};
}

}  // namespace

Moment read_moment(ConfigReader& in, std::string_view key, std::optional<std::string_view> fallback,
                   std::string_view doc) {
  return in.parsed<Moment>(key, fallback, parse_moment, doc, "time or duration");
}

ScenarioHead read_scenario_head(ConfigReader& in) {
  ScenarioHead head;
  head.world = in.text("world", required, "which world this scenario is of, see `dure list`");
  head.title = in.text("title", "", "one line that names the scenario in reports");
  head.about = in.text("about", "", "what the scenario is for and where its figures come from");
  head.start =
      in.time("start", Time{0}, "when the simulation starts; without it, times count from 0");
  const auto until = [](std::string_view text) -> Result<Moment> {
    return text == "never" ? Result<Moment>(Moment{Time::never(), {}}) : parse_moment(text);
  };
  head.until = in.parsed<Moment>(
      "end", "never", until,
      "when it ends: a time, or a duration from the start; without it, when nothing is left to "
      "happen",
      "time or duration");
  head.seed = static_cast<uint64_t>(in.integer(
      "seed", 1,
      {.doc = "of all random numbers; runs with equal seeds meet equal luck", .min = 0}));
  // What the calendar of a run can hold: Time ends in 2262.
  const Time last = *from_civil(2200, 1, 1);
  if (head.start < Time{0})
    in.fail("start", "expected a time from 1970 on, found " + to_string(head.start));
  if (head.start >= last)
    in.fail("start", "expected a time before 2200, found " + to_string(head.start));
  head.end = in.failed() ? Time::never() : head.until.from(head.start);
  if (!in.describing() && head.end <= head.start)
    in.fail("end",
            "expected a time after start, found " +
                (head.start > Time{0} ? to_string(head.end) : to_string(head.end - Time{0})));
  if (head.end > last && head.end < Time::never())
    in.fail("end", "expected a time before 2200, found " + to_string(head.end));
  return head;
}

Error in_scenario(const Config& config, const Error& error, std::span<const ModelPart> parts) {
  if (!error.file.empty()) return error;
  const size_t space = error.key.find(' ');
  const std::string_view word = std::string_view(error.key).substr(0, space);
  const std::string_view name =
      space == std::string::npos ? "" : std::string_view(error.key).substr(space + 1);
  const size_t colon = error.message.find(": ");
  const auto fail_in = [&](ConfigReader& entry) {
    const std::string key = colon == std::string::npos ? "" : error.message.substr(0, colon);
    const bool is_key = !key.empty() && entry.has(key);
    entry.fail(is_key ? key : "", is_key ? error.message.substr(colon + 2) : error.message);
  };
  const auto place = [&](ConfigReader& in) {
    for (const ModelPart& part : parts) {
      if (part.word != word) continue;
      in.tables(part.table, "", [&](ConfigReader& entry, size_t i) {
        const std::string own = entry.has("name") ? entry.text("name", "", "") : std::to_string(i);
        if (own == name) fail_in(entry);
      });
    }
    const size_t dot = error.key.find('.');
    if (const std::string table = error.key.substr(0, dot);
        dot != table.npos && in.has_table(table)) {
      const std::string below = error.key.substr(dot + 1);
      in.table(table, "", [&](ConfigReader& inside) {
        if (inside.has(below)) inside.fail(below, error.message);
      });
    }
    const bool is_key = error.key == "end" || (!error.key.empty() && in.has(error.key));
    in.fail(is_key ? error.key : "",
            is_key || error.key.empty() ? error.message : error.key + ": " + error.message);
  };
  return config.read(place).error();
}

}  // namespace dure
