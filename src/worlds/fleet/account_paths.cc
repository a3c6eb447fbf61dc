#include "worlds/fleet/account_paths.h"

#include <algorithm>

#include "base/text.h"

namespace dure::fleet {

bool is_account_path(std::string_view path) {
  if (path.empty()) return true;
  const std::vector<std::string_view> names = split(path, '/');
  return names.size() <= kMostAccountNames &&
         std::none_of(names.begin(), names.end(),
                      [](std::string_view name) { return trim(name).empty(); });
}

std::string account_path_of(std::string_view first, std::string_view second) {
  std::string out(trim(first));
  std::replace(out.begin(), out.end(), '/', '_');
  std::string last(trim(second));
  std::replace(last.begin(), last.end(), '/', '_');
  return out.empty() || last.empty() ? out + last : out + '/' + last;
}

AccountPaths::AccountPaths(Model& model, uint32_t below) : m_(model), below_(below) {
  for (uint32_t a = 0; a < m_.accounts.size(); ++a) {
    named_.try_emplace(m_.accounts[a].name, a);
    children_.try_emplace({m_.accounts[a].parent, m_.accounts[a].name}, a);
  }
}

uint32_t AccountPaths::child(uint32_t parent, std::string_view name, uint32_t owner) {
  const auto it = children_.find(std::pair(parent, name));
  if (it != children_.end()) return it->second;
  const auto a = static_cast<uint32_t>(m_.accounts.size());
  m_.accounts.push_back({.name = std::string(name), .parent = parent, .owner = owner});
  children_.try_emplace({parent, std::string(name)}, a);
  return a;
}

uint32_t AccountPaths::find_or_make(std::string_view path, uint32_t owner) {
  if (path.empty()) {
    const auto it = named_.find(m_.owners[owner]);
    return it != named_.end() ? it->second : child(below_, m_.owners[owner], owner);
  }
  if (const auto it = known_.find(std::pair(owner, path)); it != known_.end()) return it->second;
  uint32_t a = kNoAccount;
  for (std::string_view name : split(path, '/')) {
    name = trim(name);
    if (a != kNoAccount) {
      a = child(a, name, owner);
    } else if (const auto it = named_.find(name); it != named_.end()) {
      a = it->second;
    } else {
      const auto of_owner = named_.find(m_.owners[owner]);
      a = child(of_owner != named_.end() ? of_owner->second : below_, name, owner);
    }
  }
  known_.try_emplace({owner, std::string(path)}, a);
  return a;
}

void AccountPaths::charge(const std::vector<TraceJob>& jobs) {
  if (m_.accounts.empty() &&
      std::all_of(jobs.begin(), jobs.end(), [](const TraceJob& j) { return j.account.empty(); }))
    return;
  for (size_t i = 0; i < jobs.size(); ++i) {
    m_.jobs[i].account = find_or_make(jobs[i].account, m_.jobs[i].owner);
  }
}

}  // namespace dure::fleet
