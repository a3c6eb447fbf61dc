// The AutoSched reader on the published testbed.
#include <doctest/doctest.h>

#include "../tests/reference_data.h"
#include "worlds/fab/read_autosched.h"

using namespace dure;
using namespace dure::fab;

TEST_CASE("autosched: the high-volume fab of SMT2020") {
  const auto path = reference_data("smt2020/hvlm");
  if (!path) return;
  CHECK(looks_like_autosched(*path));
  Result<Model> read = read_autosched(*path);
  REQUIRE_MESSAGE(read.ok(), (read.ok() ? "" : read.error().text()));
  Model& m = *read;
  CHECK(m.groups.size() == 106);
  CHECK(m.areas.size() == 12);
  CHECK(m.locations.size() == 2);
  uint32_t tools = 0, delays = 0, cascading = 0, keep = 0, wake = 0;
  for (const ToolGroup& g : m.groups) {
    (g.name == "Delay_32" ? delays : tools) += g.tools;
    cascading += g.capacity == 2;
    keep += g.keeps_setup;
    wake += g.wakes_least_setup;
  }
  CHECK(tools == 1043);
  CHECK(delays == 400);
  CHECK(cascading == 45);
  CHECK(keep == 3);
  CHECK(wake == 9);

  REQUIRE(m.routes.size() == 2);
  CHECK(m.routes[0].steps == 583);
  CHECK(m.routes[1].steps == 343);
  uint32_t dedicated = 0, windows = 0, reworks = 0, batches = 0, setup_times = 0;
  for (const Step& s : m.steps) {
    dedicated += s.same_tool_at != kNone;
    windows += s.queue_time_to != kNone;
    reworks += s.rework_to != kNone;
    batches += s.batch_max > 0;
    setup_times += s.setup_time >= Duration{};
  }
  CHECK(dedicated == 18);
  CHECK(windows == 66);
  CHECK(reworks == 14);
  CHECK(batches == 28);
  CHECK(setup_times == 44);
  CHECK(m.setup_changes.size() == 13);

  CHECK(m.upkeeps.size() == 303);
  CHECK(m.attachments.size() == 292 + 105);  // rows of attach.txt: 292 for a group, 11 for areas
  CHECK(m.transport.size() == 4);
  CHECK(m.streams.size() == 5);
  CHECK(m.wip.size() == 2255);
  CHECK(to_string(m.start) == "2018-01-01T00:00:00Z");
  CHECK(m.streams[4].priority == 30);
  CHECK_FALSE(m.streams[4].reserves);
  const auto finished = m.finish();
  REQUIRE_MESSAGE(finished.ok(), (finished.ok() ? "" : finished.error().text()));
  CHECK(m.tools == 1443);
}
