#include "worlds/fleet/wait_slo.h"

#include <vector>

#include "base/text.h"

namespace dure::fleet {

std::string read_wait_slo(ConfigReader& in, WaitSlo& slo) {
  const std::string size = in.text(
      "size", "", "jobs of this size, as in the report (\"8-64 GPUs\"); without it, of all");
  const Duration wait =
      in.duration("wait", required, {.doc = "from submission to the first start", .max = 3650_d});
  std::vector<std::string_view> names;
  bool found = false;
  for (uint32_t c = 0; c < kSizeClasses; ++c) {
    names.push_back(size_class_name(c));
    if (!size.empty() && size != names.back()) continue;
    slo[c] = wait;
    found = true;
  }
  if (!found)
    in.fail("size", "expected " + join_quoted(names, "or") + ", found " + quoted(size) +
                        did_you_mean(size, names));
  return size;
}

}  // namespace dure::fleet
