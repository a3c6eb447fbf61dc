#include "worlds/fab/read_lots.h"

#include <cmath>

#include "base/text.h"

namespace dure::fab {
namespace {

constexpr double kWeek = 7 * 86400;

int32_t read_priority(ConfigReader& in) {
  return static_cast<int32_t>(
      in.integer("priority", 0, {.doc = "larger goes first", .min = -1'000'000, .max = 1'000'000}));
}

uint32_t read_wafers(ConfigReader& in) {
  return read_count(in, "wafers", 25,
                    {.unit = "wafers", .doc = "in a lot", .min = 1, .max = kMostWafers});
}

DurationLaw read_gap(ConfigReader& in, uint32_t lots) {
  const bool has_every = in.has("every"), has_rate = in.has("lots_per_week");
  const DurationLaw every = read_law(in, "every", "0s", "time from one release to the next");
  const double rate =
      in.number("lots_per_week", 0,
                {.unit = "lots", .doc = "in place of `every`: at even gaps", .min = 0, .max = 1e6});
  if (in.describing() || in.failed()) return every;
  if (has_every == has_rate) {
    in.fail(has_rate ? "lots_per_week" : "every",
            std::string("expected either every or lots_per_week, found ") +
                (has_every ? "both" : "neither"));
  }
  if (has_rate && rate < 1e-3)
    in.fail("lots_per_week", "expected at least 0.001 lots a week, found " + shortest(rate));
  if (has_every && every.mean_ns() < 1e6)
    in.fail("every", "expected a mean of at least 1 ms, found less");
  if (in.failed() || !has_rate) return every;
  return DurationLaw::constant(from_seconds(kWeek * lots / rate));
}

}  // namespace

void read_releases(ConfigReader& in, const RouteNames& names, Model& m) {
  Names releases("[[release]]");
  in.tables("release", "starts lots of a product again and again", [&](ConfigReader& r, size_t) {
    Stream s;
    s.name = releases.read_new(r, "of the releases, and of their lots' class in reports");
    s.product = names.products.read(r, "product", true, "name of a [[product]]");
    s.priority = read_priority(r);
    s.wafers = read_wafers(r);
    s.lots =
        read_count(r, "lots", 1, {.unit = "lots", .doc = "at a time", .min = 1, .max = 10'000});
    s.gap = read_gap(r, s.lots);
    s.start = m.start + r.duration("start", Duration{},
                                   {.doc = "of the first release after the scenario's start",
                                    .max = kLongest});
    if (const int64_t count = r.integer("count", 0,
                                        {.unit = "releases",
                                         .doc = "how many in all; 0: without end",
                                         .min = 0,
                                         .max = 1'000'000'000'000});
        count > 0)
      s.count = static_cast<uint64_t>(count);
    if (const auto due = read_maybe(r, "due", "due date, counted from a lot's release"))
      s.due = *due;
    s.reserves = r.boolean("reserves", false,
                           "super hot: tools are kept free for its lots ahead of their arrival");
    if (s.product == kNone) s.product = 0;
    m.streams.push_back(s);
  });
}

void read_lots(ConfigReader& in, const RouteNames& names, Model& m) {
  Names lots("[[lot]]");
  in.tables("lot", "a lot that is in the line at the start", [&](ConfigReader& l, size_t) {
    InitialLot lot;
    lot.name = lots.read_new(l, "of the lot");
    const uint32_t product = names.products.read(l, "product", true, "name of a [[product]]");
    lot.product = product == kNone ? 0 : product;
    lot.priority = read_priority(l);
    lot.wafers = read_wafers(l);
    static const Names none("step of this route");
    const Names& steps =
        product == kNone || l.failed() ? none : names.steps[m.products[product].route];
    lot.step =
        read_step(l, "step", true, steps, "that it waits for: its number from 1, or its name");
    if (const auto due = read_maybe(
            l, "due", "due date, counted from the scenario's start; negative: late", -kLongest))
      lot.due = m.start + *due;
    if (const auto age = read_maybe(
            l, "age", "how long ago it was released; without it, its cycle time is not counted");
        age && !l.failed()) {
      lot.released = m.start - *age;
      if (lot.released < Time{0}) {
        l.fail("age", "expected a release in 1970 or later, found " + to_string(lot.released) +
                          ": set the scenario's start");
      }
    }
    if (!l.describing() && !l.failed()) m.wip.push_back(lot);
  });
}

}  // namespace dure::fab
