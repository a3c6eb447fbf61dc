#include "worlds/fleet/read_resources.h"

#include <algorithm>

#include "base/text.h"
#include "worlds/fleet/attempt.h"
#include "worlds/fleet/read_operations.h"

namespace dure::fleet {

std::vector<Resource> read_resources(ConfigReader& in) {
  std::vector<Resource> out;
  in.tables(
      "resource", "what jobs need besides nodes, such as a quantum processor",
      [&](ConfigReader& r, size_t) {
        Resource x;
        x.name = read_name(r, "of the resource, for [[workload]]");
        x.units = static_cast<uint32_t>(
            r.integer("units", 1, {.doc = "that there are", .min = 1, .max = 1'000'000}));
        x.calibrate_every = r.duration(
            "calibrate_every", Duration{0},
            {.doc = "from the start of one calibration to the next; 0: never", .max = 3650_d});
        x.calibration =
            r.duration("calibration", Duration{0},
                       {.doc = "how long it takes: no call runs meanwhile", .max = 365_d});
        if (!r.describing() && x.calibrate_every > 0_s && x.calibration >= x.calibrate_every)
          r.fail("calibration", "expected less than calibrate_every, " +
                                    to_string(x.calibrate_every) + ", found " +
                                    to_string(x.calibration));
        for (const Resource& other : out) {
          if (other.name == x.name)
            r.fail("name",
                   "expected another name than an earlier resource's, found " + quoted(x.name));
        }
        out.push_back(std::move(x));
      });
  return out;
}

ResourceUse read_resource_use(ConfigReader& in) {
  ResourceUse use;
  use.resource = in.text("resource", "", "name of a [[resource]] that its jobs call");
  use.units = static_cast<uint32_t>(
      in.integer("units", 1, {.doc = "of it, that a call takes", .min = 1, .max = 1'000'000}));
  use.calls = static_cast<uint32_t>(in.integer(
      "calls", 1, {.doc = "to it, evenly over a job's work", .min = 1, .max = 1'000'000}));
  const int64_t shots = in.integer(
      "shots", 1, {.doc = "in a call, one after another", .min = 1, .max = 1'000'000'000});
  const Duration each =
      in.duration("shot_time", 1_s, {.doc = "how long a shot takes", .min = 1_ns, .max = 30_d});
  use.call_time = scaled(each, static_cast<uint64_t>(shots), 1);
  if (!in.describing() && use.call_time > 3650_d)
    in.fail("shots", "expected a call of at most ten years");
  if (use.resource.empty() && !in.describing()) {
    for (const char* key : {"units", "calls", "shots", "shot_time"}) {
      if (in.has(key)) in.fail(key, "expected resource with it");
    }
    use.calls = 0;
  }
  return use;
}

Result<void> add_use(const ResourceUse& use, const std::string& part, const Model& m,
                     JobKind& kind) {
  if (use.resource.empty()) return {};
  const auto it = std::find_if(m.resources.begin(), m.resources.end(),
                               [&](const Resource& r) { return r.name == use.resource; });
  if (it == m.resources.end())
    return Error{
        .message = "resource: expected the name of a [[resource]], found " + quoted(use.resource),
        .key = part};
  kind.resource = static_cast<uint32_t>(it - m.resources.begin());
  kind.units = use.units;
  kind.calls = use.calls;
  kind.call_time = use.call_time;
  return {};
}

}  // namespace dure::fleet
