#include "worlds/fab/read_routes.h"

#include "base/text.h"

namespace dure::fab {
namespace {

void read_batch(ConfigReader& in, Step& s) {
  const std::vector<int64_t> batch =
      in.integers("batch", std::vector<int64_t>{},
                  {.unit = "wafers",
                   .doc = "[smallest, largest] batch: lots of this step that a tool takes together",
                   .min = 1,
                   .max = kMostWafers});
  if (batch.empty() || in.failed()) return;
  if (batch.size() != 2) {
    in.fail("batch", "expected [smallest, largest] in wafers, such as [75, 150], found " +
                         std::to_string(batch.size()) + " numbers");
    return;
  }
  if (batch[0] > batch[1]) {
    in.fail("batch", "expected a smallest batch of at most the largest, found " +
                         std::to_string(batch[0]) + " and " + std::to_string(batch[1]));
  }
  s.batch_min = static_cast<uint32_t>(batch[0]);
  s.batch_max = static_cast<uint32_t>(batch[1]);
}

// Two keys of which neither means anything alone.
bool read_pair(ConfigReader& in, std::string_view a, std::string_view b) {
  if (in.describing() || in.has(a) == in.has(b)) return in.has(a);
  const std::string_view there = in.has(a) ? a : b, missing = in.has(a) ? b : a;
  in.fail(there, "expected " + std::string(missing) + " beside it, found none");
  return false;
}

// `number` counts from 0; `steps` holds the names of the whole route.
Step read_one_step(ConfigReader& in, uint32_t number, const Names& groups, const Names& setups,
                   const Names& steps, const Model& m) {
  Step s;
  s.group = groups.read(in, "tools", true, "name of the [[tool_group]] that does it");
  s.name = in.text("name", "", "of the step; without one, its number and tools: \"3 Litho\"");
  if (s.name.empty() && s.group != kNone)
    s.name = std::to_string(number + 1) + " " + m.groups[s.group].name;
  s.process = read_law(in, "time", required,
                       "process time, such as uniform(28min, 32min); drawn anew for each lot");
  read_batch(in, s);
  s.per = in.choice<Per>("per", in.has("batch") && !in.describing() ? Per::batch : Per::lot,
                         {{"lot", Per::lot}, {"wafer", Per::wafer}, {"batch", Per::batch}},
                         "what `time` is for: lot, wafer (one after the other) or batch (the "
                         "default where there is a batch)");
  if (s.per == Per::batch && s.batch_max == 0 && !in.failed())
    in.fail("per", "expected batch = [smallest, largest] with a time per batch, found none");
  if (s.per == Per::wafer && s.process.at(1 - 1e-6) > 40_h)
    in.fail("time", "expected at most 40 h per wafer, found " + to_string(s.process.at(1 - 1e-6)));
  s.gap = in.duration(
      "gap", Duration{},
      {.doc = "cascading: how long after this lot the next may begin in the same tool; 0: when "
              "this one has left. Needs a tool group with a capacity above 1",
       .max = 7_d});
  s.gap_per = in.choice<Per>("gap_per", Per::lot, {{"lot", Per::lot}, {"wafer", Per::wafer}},
                             "whether `gap` is for the lot (or batch) or for each of its wafers");
  const uint32_t setup = setups.read(in, "setup", false, "name of the [[setup]] the tool needs");
  s.setup = setup == kNone ? 0 : setup;
  if (const auto time = read_maybe(in, "setup_time",
                                   "of a change to that setup from any other; without it, as "
                                   "[[setup_change]] says")) {
    s.setup_time = *time;
    if (s.setup == 0 && !in.failed()) in.fail("setup_time", "expected setup beside it, found none");
  }
  s.same_tool_at = read_step(in, "same_tool_at", false, steps,
                             "later step that must use the very tool used here (lot-to-lens "
                             "dedication): its number from 1, or its name");
  if (read_pair(in, "rework_to", "rework")) {
    s.rework_to = read_step(in, "rework_to", true, steps,
                            "step that a bad lot goes back to after this one: number or name");
    s.rework_chance =
        in.number("rework", required,
                  {.doc = "share of the lots that are bad after this step", .min = 0, .max = 0.99});
  }
  s.sampled = in.number(
      "sampled", 1,
      {.doc = "share of the lots that do the step; the others skip it", .min = 0, .max = 1});
  if (read_pair(in, "queue_time_to", "queue_time")) {
    s.queue_time_to = read_step(in, "queue_time_to", true, steps,
                                "later step that must begin in time: number or name");
    s.queue_time = in.duration("queue_time", required,
                               {.doc = "from the end of this step to the start of that one",
                                .min = Duration{1},
                                .max = kLongest});
  }
  return s;
}

// Relations between steps, told at the step that states them.
void check_step(ConfigReader& in, uint32_t number, const Step& s,
                const std::vector<uint32_t>& groups, const Model& m) {
  if (in.describing() || in.failed()) return;
  const auto found = [](uint32_t step) { return ", found step " + std::to_string(step + 1); };
  if (s.same_tool_at != kNone) {
    if (s.same_tool_at <= number)
      in.fail("same_tool_at", "expected a later step" + found(s.same_tool_at));
    else if (groups[s.same_tool_at] != s.group && groups[s.same_tool_at] != kNone)
      in.fail("same_tool_at", "expected a step of the same tools, " +
                                  quoted(m.groups[s.group].name) + ", found step " +
                                  std::to_string(s.same_tool_at + 1) + " of " +
                                  quoted(m.groups[groups[s.same_tool_at]].name));
  }
  if (s.rework_to != kNone && s.rework_to > number)
    in.fail("rework_to", "expected this step or an earlier one" + found(s.rework_to));
  if (s.queue_time_to != kNone && s.queue_time_to <= number)
    in.fail("queue_time_to", "expected a later step" + found(s.queue_time_to));
  if (s.gap.ns > 0 && m.groups[s.group].capacity == 1)
    in.fail("gap", "expected a tool group with a capacity above 1, found " +
                       quoted(m.groups[s.group].name) + " with 1");
}

void read_route(ConfigReader& in, const Names& groups, const Names& setups, Names& steps,
                Model& m) {
  // Steps refer to later ones: names and tools first.
  std::vector<uint32_t> group_of;
  size_t count = 0;
  in.tables("step", "a step of the route, in order", [&](ConfigReader& s, size_t i) {
    if (s.describing()) return;
    const uint32_t group = groups.read(s, "tools", true, "");
    std::string name = s.text("name", "", "");
    if (name.empty() && group != kNone) name = std::to_string(i + 1) + " " + m.groups[group].name;
    group_of.push_back(group);
    // Step i must have place i, so a name's second step gets one that nobody can write.
    if (steps.find(name) != kNone) name = std::string(1, '\0') + std::to_string(i);
    steps.place(name);
    ++count;
  });
  if (in.failed()) return;
  if (count == 0 && !in.describing()) {
    in.fail("step", "expected at least one step, found none");
    return;
  }
  in.tables("step", "a step of the route, in order", [&](ConfigReader& s, size_t i) {
    const auto number = static_cast<uint32_t>(i);
    const Step step = read_one_step(s, number, groups, setups, steps, m);
    if (s.describing() || s.failed()) return;
    check_step(s, number, step, group_of, m);
    m.steps.push_back(step);
  });
}

}  // namespace

uint32_t read_step(ConfigReader& in, std::string_view key, bool is_required, const Names& steps,
                   std::string_view doc) {
  const bool given = in.has(key);
  const auto parse = [&](std::string_view text) -> Result<uint32_t> {
    if (text.empty()) return kNone;
    if (const auto number = parse_int(text)) {
      const auto last = static_cast<int64_t>(steps.size());
      if (*number >= 1 && *number <= last) return static_cast<uint32_t>(*number - 1);
      return Error{"expected a step of the route from 1 to " + std::to_string(last) + ", found " +
                   std::string(text)};
    }
    if (const uint32_t at = steps.find(text); at != kNone) return at;
    return Error{steps.not_found(text)};
  };
  const uint32_t at = in.parsed<uint32_t>(
      key, is_required ? std::optional<std::string_view>() : std::optional<std::string_view>(""),
      parse, doc, "step");
  return given && !in.describing() ? at : kNone;
}

RouteNames read_routes(ConfigReader& in, const Names& groups, const Names& setups, Model& m) {
  RouteNames names;
  in.tables("route", "a sequence of steps that lots follow", [&](ConfigReader& r, size_t) {
    Route route;
    route.name = names.routes.read_new(r, "of the route, for [[product]]");
    route.first = static_cast<uint32_t>(m.steps.size());
    Names& steps = names.steps.emplace_back("step of this route");
    read_route(r, groups, setups, steps, m);
    route.steps = static_cast<uint32_t>(m.steps.size()) - route.first;
    m.routes.push_back(route);
  });
  in.tables("product", "what is made", [&](ConfigReader& p, size_t) {
    Product product;
    product.name = names.products.read_new(p, "of the product, for [[release]] and [[lot]]");
    product.route = names.routes.read(p, "route", true, "name of the [[route]] its lots follow");
    if (product.route == kNone) product.route = 0;
    m.products.push_back(product);
  });
  return names;
}

}  // namespace dure::fab
