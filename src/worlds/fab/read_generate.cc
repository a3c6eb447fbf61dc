#include <set>

#include "base/text.h"
#include "worlds/fab/fab_keys.h"
#include "worlds/fab/generate.h"

namespace dure::fab {
namespace {

constexpr int64_t kMostSteps = 50'000;  // of a product

// Plain numbers from lo to hi, such as uniform(0.3, 0.7).
Distribution read_share(ConfigReader& in, std::string_view key, std::string_view fallback,
                        std::string_view doc) {
  const auto parse = [](std::string_view text) -> Result<Distribution> {
    DURE_TRY(const Distribution d, Distribution::parse(text));
    if (d.in_seconds() || !(d.lowest() >= 0 && d.highest() <= 1))
      return Error{"expected shares from 0 to 1, such as uniform(0.3, 0.7), found " + quoted(text)};
    return d;
  };
  return in.parsed<Distribution>(key, fallback, parse, doc, "distribution");
}

// What takes tools out of service; `fallback` holds those of areas that state none of a kind.
std::vector<Upkeep> read_upkeeps(ConfigReader& in, const std::vector<Upkeep>& fallback,
                                 std::string_view whose) {
  std::vector<Upkeep> out;
  for (const bool breaks : {true, false}) {
    const size_t before = out.size();
    in.tables(breaks ? "breakdown" : "maintenance",
              std::string(breaks ? "interrupts each tool's work, " : "each tool's service, ") +
                  std::string(whose),
              [&](ConfigReader& u, size_t) {
                Upkeep x;
                const bool counts = !breaks && !u.describing() && u.has("wafers");
                x.kind = breaks   ? Upkeep::Kind::breakdown
                         : counts ? Upkeep::Kind::counter
                                  : Upkeep::Kind::calendar;
                if (breaks) {
                  x.interval =
                      read_law(u, "every", required,
                               "time from a repair to the next, such as exponential(mean=7d)");
                } else {
                  x.interval = read_law(u, "every", "0s", "time from one to the next");
                  x.wafers = static_cast<uint64_t>(
                      u.integer("wafers", 0,
                                {.unit = "wafers",
                                 .doc = "in place of `every`: processed by a tool between two",
                                 .min = 0,
                                 .max = 1'000'000'000}));
                  if (!u.describing() && !u.failed() && u.has("every") == counts)
                    u.fail(counts ? "wafers" : "every",
                           std::string("expected either every or wafers, found ") +
                               (counts ? "both" : "neither"));
                }
                if (counts && x.wafers == 0)
                  u.fail("wafers", "expected a whole number of at least 1 wafers, found 0");
                if (!counts && x.interval.mean_ns() < 1e9)
                  u.fail("every", "expected a mean of at least 1 s, found less");
                x.duration = read_law(u, "takes", required, "time that a tool is out");
                out.push_back(x);
              });
    if (out.size() > before) continue;
    for (const Upkeep& u : fallback) {
      if ((u.kind == Upkeep::Kind::breakdown) == breaks) out.push_back(u);
    }
  }
  return out;
}

AreaKeys read_area(ConfigReader& in, const FabKeys& k, Names& names) {
  AreaKeys a;
  a.name = names.read_new(in, "of the area; its groups are numbered: \"Etch_FE_1\", \"Etch_BE_5\"");
  a.work = in.choice<Work>("work", required,
                           {{"litho", Work::litho},
                            {"litho-metrology", Work::litho_metrology},
                            {"etch", Work::etch},
                            {"implant", Work::implant},
                            {"wet", Work::wet},
                            {"furnace", Work::furnace},
                            {"film", Work::film},
                            {"polish", Work::polish},
                            {"metrology", Work::metrology}},
                           "what it does: where in a layer its steps stand");
  a.groups = read_count(in, "groups", required,
                        {.unit = "tool groups",
                         .doc = "half of them for the first part of the routes (FE), half for the "
                                "last (BE)",
                         .min = 1,
                         .max = 1000});
  a.steps_per_layer = in.number(
      "steps_per_layer", required,
      {.unit = "steps", .doc = "on average over the whole route", .min = 0.01, .max = 50});
  a.from = in.number("from", 0,
                     {.doc = "share of the route before its first step", .min = 0, .max = 0.99});
  a.to =
      in.number("to", 1, {.doc = "share of the route up to its last step", .min = 0.01, .max = 1});
  if (!in.describing() && !in.failed() && a.to - a.from < 0.01)
    in.fail("to", "expected a share above from, found " + shortest(a.to));
  a.time = read_law(in, "time", required, "of which each step draws its mean process time")
               .distribution();
  const std::vector<int64_t> batch = in.integers(
      "batch", std::vector<int64_t>{},
      {.unit = "wafers", .doc = "[smallest, largest] batch", .min = 1, .max = kMostWafers});
  if (!batch.empty() && (batch.size() != 2 || batch[0] > batch[1])) {
    in.fail("batch", "expected [smallest, largest] in wafers, such as [75, 150]");
  } else if (!batch.empty()) {
    a.batch_min = static_cast<uint32_t>(batch[0]);
    a.batch_max = static_cast<uint32_t>(batch[1]);
  }
  a.per = in.choice<Per>("per", !batch.empty() ? Per::batch : Per::lot,
                         {{"lot", Per::lot}, {"wafer", Per::wafer}, {"batch", Per::batch}},
                         "what `time` is for; batch where there is a batch");
  if (a.per == Per::batch && batch.empty() && !in.describing())
    in.fail("per", "expected batch = [smallest, largest] with a time per batch, found none");
  if (!in.failed() &&
      DurationLaw::of(a.time).at(1 - 1e-6).seconds() > (a.per == Per::wafer ? 4e4 : 3e6))
    in.fail("time", "expected at most 10 h per wafer, or 30 days");
  a.load = read_maybe(in, "load", "without it, as [generate] says", {}, 1_d).value_or(k.load);
  a.unload = read_maybe(in, "unload", "without it, as [generate] says", {}, 1_d).value_or(k.unload);
  a.cascade = in.number("cascade", 0,
                        {.doc = "the next lot begins after this share of the process time; 0: "
                                "when the last has left",
                         .min = 0,
                         .max = 1});
  if (a.cascade > 0 && a.cascade < 0.05)
    in.fail("cascade", "expected 0, or at least 0.05, found " + shortest(a.cascade));
  a.utilisation = in.number("utilisation", 0.85,
                            {.doc = "of the time its tools are available, at most; without setups "
                                    "and with full batches",
                             .min = 0.05,
                             .max = 0.99});
  a.sampled =
      read_share(in, "sampled", "1", "of which each step draws the share of lots that do it");
  a.setups = read_count(in, "setups", 0,
                        {.doc = "states of each group's tools, one of which each step needs; 0: "
                                "none",
                         .min = 0,
                         .max = 100});
  a.setup_time = in.duration("setup_time", Duration{}, {.doc = "of a change", .max = 1_d});
  a.minimum_run = read_count(in, "minimum_run", 0,
                             {.unit = "lots", .doc = "before a change", .min = 0, .max = 10'000});
  a.dedicated = in.number("dedicated", 0,
                          {.doc = "share of its steps whose tool the lot's next step at the same "
                                  "group must use",
                           .min = 0,
                           .max = 1});
  a.rework = in.number("rework", 0,
                       {.doc = "litho-metrology: share of the lots measured that are exposed again",
                        .min = 0,
                        .max = 0.5});
  if (a.rework > 0 && a.work != Work::litho_metrology)
    in.fail("rework", "expected work = \"litho-metrology\" with rework");
  a.queue_time_to =
      in.text("queue_time_to", "",
              "area whose step must start in time, when it is the next but for measurements");
  a.queue_time =
      read_law(in, "queue_time", "6h", "of which each such pair of steps draws its limit")
          .distribution();
  a.upkeeps = read_upkeeps(in, k.upkeeps, "in place of what [generate] says");
  return a;
}

ProductKeys read_product(ConfigReader& in, Names& names) {
  ProductKeys p;
  p.name = names.read_new(in, "of the product, its route and its releases");
  p.layers = read_count(in, "layers", required, {.doc = "mask layers", .min = 1, .max = 200});
  p.lots_per_week =
      in.number("lots_per_week", required,
                {.unit = "lots", .doc = "started, at even gaps", .min = 0.01, .max = 1e5});
  p.hot = in.number("hot", 0,
                    {.doc = "share of them that are hot: served first", .min = 0, .max = 0.5});
  p.super_hot = in.number(
      "super_hot", 0,
      {.doc = "share that are super hot: tools are kept free for them", .min = 0, .max = 0.1});
  return p;
}

}  // namespace

FabKeys read_generate(ConfigReader& in) {
  FabKeys k;
  k.seed = static_cast<uint64_t>(
      in.integer("seed", 1, {.doc = "of the fab; the scenario's own is of the run", .min = 0}));
  k.wafers =
      read_count(in, "wafers", 25, {.unit = "wafers", .doc = "in a lot", .min = 1, .max = 1000});
  k.variation = in.number(
      "variation", 0.05,
      {.doc = "process times are uniform within this share of their mean", .min = 0, .max = 1});
  k.x_factor =
      in.number("x_factor", 1.8,
                {.doc = "cycle time over raw process time that the initial lots are placed "
                        "for; 0: an empty line",
                 .min = 0,
                 .max = 20});
  k.due_factor =
      in.number("due_factor", 2,
                {.doc = "due dates over raw process time, from release", .min = 0.1, .max = 100});
  k.hot_due_factor =
      in.number("hot_due_factor", 1.5,
                {.doc = "the same for hot and super hot lots", .min = 0.1, .max = 100});
  k.transport = read_law(in, "transport", "0s", "time of each move, such as uniform(5min, 10min)");
  k.load = in.duration("load", Duration{}, {.doc = "time to put a lot into a tool", .max = 1_d});
  k.unload = in.duration("unload", Duration{}, {.doc = "time to take a lot out", .max = 1_d});
  k.upkeeps = read_upkeeps(in, {}, "for areas that state none");
  Names areas("[[generate.area]]"), products("[[generate.product]]");
  in.tables("area", "a part of the fab: tool groups for one kind of work",
            [&](ConfigReader& a, size_t) { k.areas.push_back(read_area(a, k, areas)); });
  // A later area may be meant.
  in.tables("area", "", [&](ConfigReader& a, size_t i) {
    if (a.describing() || a.failed()) return;
    const std::string& to = k.areas[i].queue_time_to;
    if (!to.empty() && areas.find(to) == kNone) a.fail("queue_time_to", areas.not_found(to));
  });
  in.tables("product", "what is made", [&](ConfigReader& p, size_t) {
    k.products.push_back(read_product(p, products));
    double steps = 0;
    for (const AreaKeys& a : k.areas) steps += a.steps_per_layer * k.products.back().layers;
    if (!p.describing() && steps > kMostSteps)
      p.fail("layers", "expected at most " + with_commas(kMostSteps) + " steps, found " +
                           with_commas(static_cast<int64_t>(steps)));
    if (!p.describing() && steps < 1 && !k.areas.empty())
      p.fail("layers", "expected at least one step, found none");
  });
  if (in.describing() || in.failed()) return k;
  if (k.areas.empty()) in.fail("area", "expected at least one area, found none");
  if (k.products.empty()) in.fail("product", "expected at least one product, found none");
  std::set<std::string> made;
  for (const AreaKeys& a : k.areas) {
    for (uint32_t i = 0; i < a.groups; ++i) {
      if (!made.insert(group_name(a, i)).second)
        in.fail("area", "expected areas whose groups have different names, found " +
                            quoted(group_name(a, i)) + " twice");
    }
  }
  made.clear();
  for (const ProductKeys& p : k.products) {
    for (const char* suffix : kReleaseSuffixes) {
      if (!made.insert(p.name + suffix).second)
        in.fail("product", "expected products whose releases have different names, found " +
                               quoted(p.name + suffix) + " twice");
    }
  }
  double setups = 0;
  for (const AreaKeys& a : k.areas) setups += a.setups * a.groups;
  if (setups > kMostSetups)
    in.fail("area", "expected at most " + with_commas(kMostSetups) + " setups in all, found " +
                        with_commas(static_cast<int64_t>(setups)));
  return k;
}

}  // namespace dure::fab
