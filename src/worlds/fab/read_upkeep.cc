#include "worlds/fab/read_upkeep.h"

#include <algorithm>

#include "base/text.h"

namespace dure::fab {
namespace {

// Tool groups by their names or areas.
std::vector<uint32_t> read_on(ConfigReader& in, bool is_required, const Names& groups,
                              const Names& areas, const Model& m) {
  std::vector<uint32_t> out;
  using Texts = std::vector<std::string>;
  for (const std::string& name :
       in.texts("on", is_required ? std::optional<Texts>() : std::optional<Texts>(Texts{}),
                "names of tool groups or areas whose tools it is for; each tool on its own")) {
    if (in.failed()) break;
    const uint32_t group = groups.find(name), area = areas.find(name);
    if (group != kNone) {
      out.push_back(group);
    } else if (area != kNone) {
      for (uint32_t g = 0; g < m.groups.size(); ++g) {
        if (m.groups[g].area == area) out.push_back(g);
      }
    } else {
      std::vector<std::string_view> known(groups.list().begin(), groups.list().end());
      known.insert(known.end(), areas.list().begin(), areas.list().end());
      in.fail("on", "expected the name of a [[tool_group]] or area, found " + quoted(name) +
                        did_you_mean(name, known));
    }
  }
  return out;
}

// When the first one comes, and the tools it comes to.
void read_attachments(ConfigReader& in, bool is_required, uint32_t upkeep, const Upkeep* u,
                      const Names& groups, const Names& areas, Model& m) {
  Attachment a;
  a.upkeep = upkeep;
  const bool counts = u != nullptr && u->kind == Upkeep::Kind::counter;
  const bool breaks = u != nullptr && u->kind == Upkeep::Kind::breakdown;
  const bool has_first = in.has("first"), has_wafers = in.has("first_wafers");
  const DurationLaw first =
      read_law(in, "first", "0s",
               "time to the first one, if it is not `every`; a breakdown draws it for each tool");
  if (has_first) a.first = first;
  if (!has_first && u != nullptr && !counts) a.first = u->interval;
  a.first_wafers = in.number("first_wafers", 0,
                             {.unit = "wafers",
                              .doc = "processed until the first one, if it is not `wafers`",
                              .min = 0,
                              .max = 1e12});
  if (!has_wafers && counts) a.first_wafers = static_cast<double>(u->wafers);
  a.spread = in.boolean("spread", true,
                        "tool k of a group's N has its first service at k/N of `first`, so that "
                        "not all are serviced at once; false: all at `first`. Not for breakdowns");
  if (!in.describing() && !in.failed()) {
    if (counts && has_first)
      in.fail("first", "expected first_wafers, since this is counted in wafers, found first");
    if (!counts && has_wafers)
      in.fail("first_wafers",
              "expected first, since this is not counted in wafers, found first_wafers");
    if (breaks && !a.spread)
      in.fail("spread", "expected no spread: each tool draws its breakdowns");
  }
  for (const uint32_t g : read_on(in, is_required, groups, areas, m)) {
    a.group = g;
    m.attachments.push_back(a);
  }
}

Upkeep read_one(ConfigReader& in, bool breaks, Names& names) {
  Upkeep u;
  u.name = names.read_new(in, breaks ? "of the breakdown" : "of the maintenance");
  if (breaks) {
    u.interval = read_law(in, "every", required,
                          "time from a repair to the next breakdown, such as exponential(mean=7d)");
  } else {
    const bool has_every = in.has("every"), has_wafers = in.has("wafers");
    u.interval = read_law(in, "every", "0s", "time from the start of one to the start of the next");
    u.wafers = static_cast<uint64_t>(
        in.integer("wafers", 0,
                   {.unit = "wafers",
                    .doc = "in place of `every`: processed by a tool from one to the next",
                    .min = 0,
                    .max = 1'000'000'000}));
    if (!in.describing() && !in.failed() && has_every == has_wafers)
      in.fail(has_wafers ? "wafers" : "every",
              std::string("expected either every or wafers, found ") +
                  (has_every ? "both" : "neither"));
    u.kind = has_wafers && !in.describing() ? Upkeep::Kind::counter : Upkeep::Kind::calendar;
    if (u.kind == Upkeep::Kind::counter && u.wafers == 0)
      in.fail("wafers", "expected a whole number of at least 1 wafers, found 0");
  }
  if (u.kind != Upkeep::Kind::counter && u.interval.mean_ns() < 1e9)
    in.fail("every", "expected a mean of at least 1 s, found less");
  u.duration =
      read_law(in, "takes", required, breaks ? "time to repair" : "time a tool is out of service");
  if (breaks)
    u.interrupts = in.boolean("interrupts", true,
                              "stops the work inside, which goes on after the repair; false: the "
                              "tool finishes it first");
  return u;
}

}  // namespace

void read_upkeep(ConfigReader& in, const Names& groups, const Names& areas, Model& m) {
  Names names("[[breakdown]] or [[maintenance]]");
  for (const bool breaks : {true, false}) {
    in.tables(breaks ? "breakdown" : "maintenance",
              breaks ? "interrupts a tool's work, which goes on after the repair"
                     : "takes a tool out of service when it is empty",
              [&](ConfigReader& entry, size_t) {
                const Upkeep u = read_one(entry, breaks, names);
                const auto index = static_cast<uint32_t>(m.upkeeps.size());
                read_attachments(entry, false, index, &u, groups, areas, m);
                m.upkeeps.push_back(u);
              });
  }
  in.tables("attachment", "what `on` cannot say: the same upkeep with several first times",
            [&](ConfigReader& entry, size_t) {
              const uint32_t upkeep =
                  names.read(entry, "upkeep", true, "name of a [[breakdown]] or [[maintenance]]");
              const Upkeep* u = upkeep == kNone ? nullptr : &m.upkeeps[upkeep];
              read_attachments(entry, true, upkeep, u, groups, areas, m);
            });
  if (in.describing() || in.failed()) return;
  for (uint32_t u = 0; u < m.upkeeps.size(); ++u) {
    if (std::none_of(m.attachments.begin(), m.attachments.end(),
                     [&](const Attachment& a) { return a.upkeep == u; }))
      in.fail(m.upkeeps[u].kind == Upkeep::Kind::breakdown ? "breakdown" : "maintenance",
              quoted(m.upkeeps[u].name) +
                  ": expected `on`, or an [[attachment]], to say for which tool groups");
  }
}

}  // namespace dure::fab
