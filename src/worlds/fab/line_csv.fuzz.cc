// Any text as the line's files, one after the other with '\0' between (lots, tools, events):
// Errors, or a line that is written and read as the same, and a world that runs on from it.
#include "worlds/fab/line_csv.h"

#include <array>
#include <string>

#include "worlds/fab/events_csv.h"
#include "worlds/fab/scenario.h"
#include "worlds/fab/world.h"

using namespace dure;
using namespace dure::fab;

namespace {

const Scenario& line_of_all() {
  static const Scenario s = [] {
    const auto config = Config::parse(R"toml(world = "fab"
start = "2026-01-05"
end = "2026-06-01"
[[tool_group]]
name = "W"
capacity = 2
[[tool_group]]
name = "F"
tools = 2
load = "5min"
[[setup]]
name = "a"
[[transport]]
time = "7min"
[[route]]
name = "A"
step = [
  { name = "wet", tools = "W", time = "40min", gap = "20min", queue_time_to = 2, queue_time = "4h" },
  { name = "grow", tools = "F", time = "3h", batch = [25, 100], same_tool_at = 4 },
  { name = "look", tools = "W", time = "9min", setup = "a", sampled = 0.5, rework_to = 2, rework = 0.1 },
  { name = "again", tools = "F", time = "50min" },
]
[[product]]
name = "P"
route = "A"
[[breakdown]]
name = "b"
every = "exponential(mean=3d)"
takes = "exponential(mean=2h)"
on = ["F"]
[[maintenance]]
name = "d"
every = "2d"
takes = "3h"
on = ["F"]
[[maintenance]]
name = "c"
wafers = 300
takes = "1h"
on = ["W"]
[[release]]
name = "R"
product = "P"
every = "170min"
)toml",
                                      "fuzz.toml");
    DURE_ASSERT(config.ok(), "the fuzzer's scenario");
    auto scenario = read_scenario(*config, "/nowhere");
    DURE_ASSERT(scenario.ok(), scenario.ok() ? "" : scenario.error().text().c_str());
    return *std::move(scenario);
  }();
  return s;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::array<std::string, 3> part;
  size_t n = 0;
  for (size_t i = 0; i < size; ++i) {
    if (data[i] == 0 && n < 2) {
      ++n;
    } else {
      part[n] += static_cast<char>(data[i]);
    }
  }
  const Scenario& s = line_of_all();
  const Model& m = *s.model;
  auto line = parse_line(m, {"time = 2026-02-14T06:00:00Z", part[0], part[1], ""});
  if (!line) {
    DURE_ASSERT(!line.error().message.empty(), "an Error that says nothing");
    return 0;
  }
  if (!part[2].empty() && !apply_events(m, *line, part[2], "events.csv", std::nullopt)) return 0;
  const LineText text{line_toml(m, *line), lots_csv(m, *line), tools_csv(m, *line), ""};
  const auto again = parse_line(m, text);
  DURE_ASSERT(again.ok(), again.ok() ? "" : again.error().text().c_str());
  DURE_ASSERT(lots_csv(m, *again) == text.lots && tools_csv(m, *again) == text.tools,
              "what is written is read as the same line");
  const auto world = world_from(m, *line);
  if (!world) return 0;
  if (line->time < *parse_time("2026-03-01")) {
    run(**world, Rules(s.policy.rules), (*world)->now() + 1_d);
  }
  return 0;
}
