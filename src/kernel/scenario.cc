#include "kernel/scenario.h"

namespace dure {

ScenarioHead read_scenario_head(ConfigReader& in) {
  ScenarioHead head;
  head.world = in.text("world", required, "which world this scenario is of, see `dure list`");
  head.title = in.text("title", "", "one line that names the scenario in reports");
  head.about = in.text("about", "", "what the scenario is for and where its figures come from");
  head.start =
      in.time("start", Time{0}, "when the simulation starts; without it, times count from 0");
  head.end =
      in.time("end", Time::never(), "when it ends; without it, when nothing is left to happen");
  head.seed = static_cast<uint64_t>(in.integer(
      "seed", 1,
      {.doc = "of all random numbers; runs with equal seeds meet equal luck", .min = 0}));
  if (!in.describing() && head.end <= head.start) {
    in.fail("end", "expected a time after start, found " + to_string(head.end));
  }
  // What the calendar of a run can hold: Time ends in 2262.
  const Time last = *from_civil(2200, 1, 1);
  if (head.start < Time{0})
    in.fail("start", "expected a time from 1970 on, found " + to_string(head.start));
  if (head.start >= last)
    in.fail("start", "expected a time before 2200, found " + to_string(head.start));
  if (head.end > last && head.end < Time::never())
    in.fail("end", "expected a time before 2200, found " + to_string(head.end));
  return head;
}

}  // namespace dure
