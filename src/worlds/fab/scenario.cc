#include "worlds/fab/scenario.h"

#include <algorithm>
#include <optional>

#include "base/text.h"
#include "kernel/scenario.h"
#include "worlds/fab/fab_keys.h"
#include "worlds/fab/generate.h"
#include "worlds/fab/read_autosched.h"
#include "worlds/fab/read_fab.h"

namespace dure::fab {
namespace {

struct TraceKeys {
  bool given = false;
  Moment from, to;
  std::vector<std::string> groups;
  std::string follow;
};

struct Keys {
  ScenarioHead head;
  PolicyKeys policy;
  double load = 1;
  TraceKeys trace;
  std::string autosched;  // folder; "": none
  AutoschedOptions autosched_options;
  bool generated = false;
  FabKeys fab;
  Model model;  // with the line, when it is written out
};

TraceKeys read_trace(ConfigReader& in) {
  TraceKeys t;
  t.given = true;
  t.from = read_moment(in, "from", required,
                       "start of the span that is drawn: a time, or a duration from the start");
  t.to = read_moment(in, "to", required, "its end");
  t.groups = in.texts("groups", std::vector<std::string>{},
                      "names of the tool groups whose tools the report draws (Gantt chart)");
  t.follow = in.text("follow", "", "name of a lot whose history the report tells");
  return t;
}

void read_autosched_keys(ConfigReader& in, Keys& k) {
  k.autosched = in.text("folder", required, "of the AutoSched tables, relative to the scenario");
  if (k.autosched.empty() && !in.describing()) in.fail("folder", "expected a folder, found none");
  k.autosched_options.half_spread = in.boolean(
      "half_spread", false,
      "uniform(mean, spread) is mean +- spread / 2, as PySCFabSim has it, not mean +- spread");
  k.autosched_options.spread_first =
      in.boolean("spread_first", true,
                 "the first services of a group's tools do not all come at the same time");
  k.autosched_options.breakdowns_interrupt =
      in.boolean("breakdowns_interrupt", false,
                 "a breakdown stops the work inside; false: the tool finishes it first");
}

// Which of the three places the line comes from; Errors when it is none or several.
struct Sources {
  bool autosched = false, generated = false, written = false;
};
Sources check_sources(ConfigReader& in) {
  Sources s{in.has("autosched"), in.has("generate"), !line_key_given(in).empty()};
  if (in.describing()) return s;
  const std::string_view key = s.written ? line_key_given(in) : "generate";
  const std::string all =
      "[autosched], [generate] and a line written out ([[tool_group]] and what belongs to it)";
  if (s.autosched + s.generated + s.written > 1)
    in.fail(key, "expected one of " + all + ", found several");
  if (s.autosched + s.generated + s.written == 0)
    in.fail("", "expected one of " + all + ", found none");
  return s;
}

Keys read_keys(ConfigReader& in) {
  Keys k;
  k.head = read_scenario_head(in);
  k.model.start = k.head.start;
  k.model.end = k.head.end;
  k.model.seed = k.head.seed;
  k.model.warm_up = in.duration(
      "warm_up", Duration{}, {.doc = "from the start; KPIs count from then on", .max = kLongest});
  k.model.samples =
      read_count(in, "samples", 500,
                 {.doc = "points of the time series in the report", .min = 1, .max = 1000});
  k.model.assumptions = in.texts("assumptions", std::vector<std::string>{},
                                 "sentences that the report shows with the results");
  k.load = in.number(
      "load", 1,
      {.doc = "factor on all release rates, for operating curves", .min = 0.01, .max = 100});
  in.table("policy", "how lots are taken, batched and released",
           [&](ConfigReader& p) { k.policy = read_policy(p); });
  in.optional_table("trace", "a span of tools' and lots' histories for the report",
                    [&](ConfigReader& t) { k.trace = read_trace(t); });

  const Sources from = check_sources(in);
  in.optional_table("autosched", "the line as tables of AutoSched AP, such as SMT2020's",
                    [&](ConfigReader& a) { read_autosched_keys(a, k); });
  k.generated = in.optional_table("generate", "the line from a short description",
                                  [&](ConfigReader& g) { k.fab = read_generate(g); });
  if (from.written) read_line(in, k.model);
  if (in.describing() || in.failed()) return k;

  if (from.autosched && in.has("start"))
    in.fail("start",
            "expected no start beside [autosched], which starts on the first day of its tables");
  if (!from.autosched && k.head.end < Time::never() && k.head.start + k.model.warm_up >= k.head.end)
    in.fail("warm_up",
            "expected a warm-up that is over before the end, found " + to_string(k.model.warm_up));
  if (from.written && k.model.groups.empty())
    in.fail("", "expected at least one [[tool_group]], found none");
  if (from.written && k.model.products.empty())
    in.fail("", "expected at least one [[product]], found none");
  if (k.head.end == Time::never() &&
      (!from.written || std::any_of(k.model.streams.begin(), k.model.streams.end(),
                                    [](const Stream& s) { return s.count == Stream{}.count; }))) {
    in.fail("end", "expected a date or a duration, since releases go on for ever");
  }
  return k;
}

Error in_trace(const Config& config, std::string_view key, const std::string& message) {
  return config
      .read([&](ConfigReader& in) {
        in.table("trace", "", [&](ConfigReader& t) { t.fail(key, message); });
      })
      .error();
}

Result<void> set_trace(const Config& config, const TraceKeys& t, Model& m) {
  if (!t.given) return {};
  m.trace.from = t.from.from(m.start);
  m.trace.to = t.to.from(m.start);
  m.follow = t.follow;
  if (m.trace.to <= m.trace.from) {
    return in_trace(config, "to",
                    "expected a time after from, " + to_string(m.trace.from) + ", found " +
                        to_string(m.trace.to));
  }
  for (const std::string& name : t.groups) {
    const uint32_t g = m.find_group(name);
    if (g == kNone) {
      std::vector<std::string_view> known;
      for (const ToolGroup& x : m.groups) known.push_back(x.name);
      return in_trace(
          config, "groups",
          "expected the name of a tool group, found " + quoted(name) + did_you_mean(name, known));
    }
    if (std::find(m.trace.groups.begin(), m.trace.groups.end(), g) == m.trace.groups.end())
      m.trace.groups.push_back(g);
  }
  if (m.follow.empty()) return {};
  for (const InitialLot& lot : m.wip) {
    if (lot.name == m.follow) return {};
  }
  for (const Stream& s : m.streams) {
    const std::string_view follow = m.follow;
    if (follow.starts_with(s.name + "_") && parse_int(follow.substr(s.name.size() + 1), 1))
      return {};
  }
  return in_trace(config, "follow",
                  "expected a lot's name, a release and a number such as " +
                      quoted((m.streams.empty() ? "A" : m.streams[0].name) + "_1") + ", found " +
                      quoted(m.follow));
}

}  // namespace

void describe_scenario(ConfigReader& in) { read_keys(in); }

Result<Scenario> read_scenario(const Config& config, const std::string& folder) {
  DURE_TRY(Keys k, config.read(read_keys));
  Model m;
  if (!k.autosched.empty()) {
    const std::string path =
        k.autosched.starts_with('/') ? k.autosched : folder + "/" + k.autosched;
    DURE_TRY(m, read_autosched(path, k.autosched_options));
    m.end = k.head.until.from(m.start);
    m.seed = k.head.seed;
    m.warm_up = k.model.warm_up;
    m.samples = k.model.samples;
    m.assumptions.insert(m.assumptions.begin(), k.model.assumptions.begin(),
                         k.model.assumptions.end());
    if (m.end <= m.start + m.warm_up) {
      return in_scenario(
          config, Error{.message = "expected a time after the tables' first day and the "
                                   "warm-up, " +
                                   to_string(m.start + m.warm_up) + ", found " + to_string(m.end),
                        .key = "end"});
    }
  } else {
    m = std::move(k.model);
    if (k.generated) generate(k.fab, m);
  }
  scale_load(m, k.load);
  DURE_CHECK(set_trace(config, k.trace, m));
  m.asks_release = k.policy.rules.releasing != Releasing::constant;
  if (const auto finished = m.finish(); !finished) return in_scenario(config, finished.error());

  Scenario out;
  out.model = std::make_shared<const Model>(std::move(m));
  out.policy = k.policy;
  out.policy_name =
      k.policy.dispatch_name + ", " + k.policy.batch_name + ", " + k.policy.release_name;
  return out;
}

}  // namespace dure::fab
