#include "kernel/session.h"

#include <algorithm>

#include "base/text.h"

namespace dure {

Result<void> WorldKind::set_policy(Config& config, std::string_view words) const {
  std::vector<const Policy*> given;
  for (const std::string_view part : split(words, '+')) {
    const std::string_view word = trim(part);
    const auto policy = std::find_if(policies.begin(), policies.end(),
                                     [&](const Policy& p) { return p.name == word; });
    if (policy == policies.end()) {
      std::vector<std::string_view> names;
      for (const Policy& p : policies) names.push_back(p.name);
      return Error{.message = "expected " + join_quoted(names, "or") + ", found " + quoted(word) +
                              did_you_mean(word, names),
                   .key = "--policy"};
    }
    for (const Policy* other : given) {
      if (other->key == policy->key)
        return Error{.message = "expected one word for " + policy->key + ", found " +
                                quoted(other->name) + " and " + quoted(policy->name),
                     .key = "--policy"};
    }
    given.push_back(&*policy);
  }
  for (const Policy* p : given) DURE_CHECK(config.set(p->key, p->name));
  return {};
}

}  // namespace dure
