// Scenarios for the tests of this folder.
#pragma once

#include <filesystem>
#include <string>

#include <doctest/doctest.h>

#include "base/file.h"
#include "worlds/fab/scenario.h"

namespace dure::fab {

// A line with every key of the hand-written form.
inline const std::string kFullLine = R"toml(world = "fab"
title = "full"
start = "2026-01-05"
end = "2026-03-02"
warm_up = "7d"
seed = 9
samples = 200
load = 1.0
areas = ["Photo", "Hot", "Idle"]
locations = ["North", "South"]

[policy]
dispatch = "cr"
batch = "wait"
batch_wait = "2h"
release = "constant"

[trace]
from = "10d"
to = "2026-01-20"
groups = ["Scan"]
follow = "A_7"

[[tool_group]]
name = "Furnace"
area = "Hot"
location = "South"
tools = 3
load = "5min"
unload = "4min"
ranking = ["critical-ratio", "fifo"]

[[tool_group]]
name = "Scan"
area = "Photo"
location = "North"
tools = 2
load = "1min"
unload = "1min"
capacity = 2
wakes_least_setup = true
keeps_setup = true

[[setup]]
name = "x"
minimum_run = 4
[[setup]]
name = "y"

[[setup_change]]
to = "y"
time = "20min"
[[setup_change]]
from = "x"
to = "y"
time = "7min30s"

[[route]]
name = "R"
step = [
  { name = "clean", tools = "Scan", time = "uniform(0.5min, 0.7min)", per = "wafer", gap = "24s", gap_per = "wafer", queue_time_to = "grow", queue_time = "3h" },
  { name = "grow", tools = "Furnace", time = "normal(mean=6h, sd=5min, min=0s)", batch = [50, 100] },
  { tools = "Scan", time = "lognormal(median=40min, sigma=0.25)", gap = "20min", setup = "x", same_tool_at = "again" },
  { name = "look", tools = "Furnace", time = "9min", sampled = 0.4, rework_to = 3, rework = 0.02 },
  { name = "again", tools = "Scan", time = "empirical(10min:0.3, 20min:0.7)", setup = "y", setup_time = "4min" },
]
[[route]]
name = "Q"
step = [{ name = "only", tools = "Scan", time = "exponential(mean=30min)" }]

[[product]]
name = "A"
route = "R"
[[product]]
name = "B"
route = "Q"

[[breakdown]]
name = "stops"
every = "weibull(scale=3d, shape=1.5)"
takes = "exponential(mean=2h)"
on = ["Photo", "Furnace"]
[[maintenance]]
name = "monthly"
every = "30d"
takes = "uniform(4h, 6h)"
first = "12d"
spread = false
on = ["Furnace"]
[[maintenance]]
name = "counted"
wafers = 500
takes = "triangular(1h, 2h, 4h)"
first_wafers = 120.5
[[attachment]]
upkeep = "counted"
on = ["Scan"]
[[attachment]]
upkeep = "monthly"
first = "3d"
on = ["Scan"]

[[transport]]
time = "uniform(3min, 6min)"
[[transport]]
from = "North"
to = "South"
time = "11min"

[[release]]
name = "A"
product = "A"
priority = 10
lots_per_week = 30
due = "6d"
[[release]]
name = "B"
product = "B"
priority = 20
wafers = 12
every = "exponential(mean=9h)"
count = 50
lots = 2
start = "1d"
reserves = true

[[lot]]
name = "old"
product = "A"
step = "look"
due = "-2d"
age = "5d6h"
[[lot]]
name = "new"
product = "B"
priority = 3
wafers = 7
step = 1
)toml";

inline Result<Scenario> read_text(const std::string& text) {
  DURE_TRY(const Config config, Config::parse(text, "fab.toml"));
  return read_scenario(config, ".");
}

inline Scenario read_shipped(const std::string& name) {
  const auto path =
      std::filesystem::path(__FILE__).parent_path() / "../../../scenarios" / (name + ".toml");
  const auto text = read_file(path.string());
  REQUIRE_MESSAGE(text.ok(), text.error().text());
  const auto config = Config::parse(*text, name);
  REQUIRE_MESSAGE(config.ok(), config.error().text());
  auto s = read_scenario(*config, ".");
  REQUIRE_MESSAGE(s.ok(), s.error().text());
  return *std::move(s);
}

inline std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const size_t i = text.find(from);
  REQUIRE_MESSAGE(i != std::string::npos, from);
  return text.replace(i, from.size(), to);
}

}  // namespace dure::fab
