#include "worlds/fleet/read_power.h"

#include <cmath>

#include "base/text.h"
#include "worlds/fleet/read_operations.h"

namespace dure::fleet {
namespace {

constexpr double kMostW = 1'000'000;  // of a node

std::array<double, 24> by_hour(ConfigReader& in, std::string_view key,
                               const std::array<double, 24>& fallback, const NumberKey& about) {
  std::array<double, 24> out = fallback;
  std::vector<double> flat(fallback.begin(), fallback.end());
  if (std::adjacent_find(flat.begin(), flat.end(), std::not_equal_to<>()) == flat.end())
    flat.resize(1);
  const std::vector<double> x = in.numbers(key, flat, about);
  if (in.describing() || in.failed()) return out;
  if (x.size() != 1 && x.size() != 24) {
    in.fail(key, "expected a number, or an array of 24, one for each hour of the day, found " +
                     counted(x.size(), "number"));
    return out;
  }
  for (size_t h = 0; h < 24; ++h) out[h] = x[x.size() == 1 ? 0 : h];
  return out;
}

SitePower read_site(ConfigReader& in, const SitePower& otherwise) {
  SitePower p;
  p.pue_milli = static_cast<uint32_t>(std::lround(
      1000 * in.number("pue", otherwise.pue_milli / 1000.0,
                       {.doc = "power at the meter over that of the nodes", .min = 1, .max = 10})));
  p.carbon_g_kwh =
      by_hour(in, "carbon_g_kwh", otherwise.carbon_g_kwh,
              {.unit = "g CO2 per kWh",
               .doc = "of the electricity: a number, or an array of 24 by hour of the day",
               .min = 0,
               .max = 1e5});
  p.price_kwh =
      by_hour(in, "price_kwh", otherwise.price_kwh,
              {.unit = "money per kWh",
               .doc = "of the electricity: a number, or an array of 24 by hour of the day",
               .min = 0,
               .max = 1e6});
  return p;
}

}  // namespace

void read_node_power(ConfigReader& in, NodeType& type) {
  const auto watts = [&](const char* key, const char* doc) {
    return static_cast<uint32_t>(
        std::lround(in.number(key, 0, {.unit = "W", .doc = doc, .min = 0, .max = kMostW})));
  };
  type.idle_w = watts("idle_w", "that a node draws when none of its GPUs computes");
  type.busy_w = watts("busy_w", "that it draws when all do; in between in proportion. 0: unknown");
  if (type.busy_w < type.idle_w && !in.describing())
    in.fail("busy_w", "expected at least idle_w, " + std::to_string(type.idle_w) + ", found " +
                          std::to_string(type.busy_w));
}

PowerKeys read_power(ConfigReader& in) {
  PowerKeys k;
  in.table("power", "what electricity costs, and clocks", [&](ConfigReader& p) {
    k.everywhere = read_site(p, k.everywhere);
    p.tables("clock",
             "a lower clock of GPUs, for jobs that start or run while a cap leaves too little",
             [&](ConfigReader& c, size_t) {
               Clock x;
               const auto milli = [&](const char* key, const char* doc) {
                 return static_cast<uint32_t>(std::lround(
                     1000 * c.number(key, required, {.doc = doc, .min = 0.05, .max = 0.999})));
               };
               x.pace_milli = milli("pace", "of work, over that at the highest clock");
               x.power_milli = milli("power", "above idle, over that at the highest clock");
               const auto falls = [&](const char* key, uint32_t before, uint32_t now) {
                 if (now >= before)
                   c.fail(key, std::string("expected clocks by falling pace and power, found ") +
                                   shortest(now / 1000.0) + " after " + shortest(before / 1000.0));
               };
               if (!c.describing() && !k.clocks.empty()) {
                 falls("pace", k.clocks.back().pace_milli, x.pace_milli);
                 falls("power", k.clocks.back().power_milli, x.power_milli);
               }
               k.clocks.push_back(x);
             });
  });
  in.tables("site_power", "where a site's electricity differs from [power]",
            [&](ConfigReader& s, size_t) {
              PowerKeys::Site x;
              x.owner = s.text("owner", required, "whose site");
              x.power = read_site(s, k.everywhere);
              for (const PowerKeys::Site& other : k.sites) {
                if (other.owner == x.owner && !s.describing())
                  s.fail("owner", "expected another site than an earlier [[site_power]]'s, found " +
                                      quoted(x.owner));
              }
              k.sites.push_back(std::move(x));
            });
  in.tables("power_cap", "what a site may draw, from a time on", [&](ConfigReader& c, size_t) {
    PowerKeys::Cap x;
    x.owner = c.text("owner", "", "whose site; without it, each of them");
    x.from = read_moment(c, "from", "0s", "a time, or a duration from the start");
    x.megawatts = c.number("megawatts", required,
                           {.unit = "MW", .doc = "at the meter", .min = 0, .max = 1e6});
    for (const PowerKeys::Cap& other : k.caps) {
      if (!c.describing() && other.owner == x.owner &&
          other.from.from(Time{0}) == x.from.from(Time{0}))
        c.fail("from",
               "expected another time than an earlier cap's of the same site, found it again");
    }
    k.caps.push_back(std::move(x));
  });
  return k;
}

Result<void> add_power(const PowerKeys& keys, Model& m) {
  m.clocks = keys.clocks;
  m.site_power.assign(m.pools.size(), keys.everywhere);
  const auto bad_owner = [](const char* table, size_t i, const Error& error) {
    return Error{.message = "owner: " + error.message,
                 .key = std::string(table) + ' ' + std::to_string(i)};
  };
  for (size_t i = 0; i < keys.sites.size(); ++i) {
    const PowerKeys::Site& s = keys.sites[i];
    const auto owner = find_owner(m, s.owner);
    if (!owner) return bad_owner("site_power", i, owner.error());
    for (uint32_t p = 0; p < m.pools.size(); ++p) {
      if (m.pools[p].owner == *owner) m.site_power[p] = s.power;
    }
  }
  if (!keys.caps.empty() && !m.has_power())
    return Error{.message =
                     "expected busy_w in a [[node_type]], or beside a [trace] in a [[site]], "
                     "since there are caps on power",
                 .key = "power_cap"};
  for (size_t i = 0; i < keys.caps.size(); ++i) {
    const PowerKeys::Cap& c = keys.caps[i];
    uint32_t owner = 0;
    if (!c.owner.empty()) {
      const auto found = find_owner(m, c.owner);
      if (!found) return bad_owner("power_cap", i, found.error());
      owner = *found;
    }
    for (uint32_t p = 0; p < m.pools.size(); ++p) {
      if (!c.owner.empty() && m.pools[p].owner != owner) continue;
      m.power_caps.push_back({std::max(m.start, c.from.from(m.start)), p,
                              static_cast<uint64_t>(std::llround(c.megawatts * 1e9))});
    }
  }
  return {};
}

std::vector<std::string> caps_below_idle(const Model& m) {
  std::vector<std::string> out;
  for (const PowerCap& cap : m.power_caps) {
    const Pool& pool = m.pools[cap.pool];
    uint64_t idle_w = 0;
    for (uint32_t n = pool.first_node; n < pool.first_node + pool.nodes; ++n)
      idle_w += m.type_of(n).idle_w;
    for (const Delivery& d : m.deliveries) {  // later ones are not there yet
      for (uint32_t n = d.first_node; d.time > cap.time && n < d.first_node + d.nodes; ++n)
        idle_w -= m.node_pool[n] == cap.pool ? m.type_of(n).idle_w : 0;
    }
    const double megawatts =
        static_cast<double>(idle_w) * 1e-6 * m.site_power[cap.pool].pue_milli / 1000;
    const double limit = static_cast<double>(cap.mw) * 1e-9;
    if (limit >= megawatts) continue;
    out.push_back("The cap of " + shortest(limit) + " MW on " + quoted(pool.name) + " from " +
                  time_text(m, cap.time) + " is below the " +
                  shortest(std::round(megawatts * 1e6) / 1e6) +
                  " MW that its nodes draw when idle: no job that draws power starts under it.");
  }
  return out;
}

}  // namespace dure::fleet
