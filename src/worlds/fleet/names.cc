#include "worlds/fleet/names.h"

#include "base/text.h"
#include "worlds/fleet/account_tree.h"

namespace dure::fleet {
namespace {

constexpr uint32_t kCountBits = 40;  // of Job::number, below 1 + the index of

// a source, or of a service behind them.
std::string path(const Model& m, uint32_t i) {
  if (i < m.sources.size()) return account_path(m, m.sources[i].account) + '/' + m.sources[i].name;
  const Service& s = m.services[i - m.sources.size()];
  return account_path(m, s.replica.account) + '/' + s.name;
}

// Whether a job can have the number.
bool is_of(const World& world, uint64_t number) {
  const Model& m = world.model();
  for (const Job& j : m.jobs) {
    if (j.number == number) return true;
  }
  const uint64_t i = number >> kCountBits;
  if (i > 0 && i <= m.sources.size() + m.services.size()) return true;
  for (uint32_t i = 0; i < world.slots(); ++i) {  // one that another world sent
    const JobSlot& s = world.slot(i);
    if (s.state != JobSlot::State::free && s.job.number == number) return true;
  }
  return false;
}

}  // namespace

std::string job_name(const Model& m, uint64_t number) {
  if (number < m.job_name.size() && !m.job_name[number].empty()) return m.job_name[number];
  const uint64_t i = number >> kCountBits;
  if (i == 0 || i > m.sources.size() + m.services.size()) return std::to_string(number);
  return path(m, static_cast<uint32_t>(i - 1)) + '#' +
         std::to_string(number & ((uint64_t{1} << kCountBits) - 1));
}

std::optional<uint64_t> find_job(const World& world, std::string_view name) {
  const Model& m = world.model();
  std::optional<uint64_t> running;
  for (uint32_t i = 0; i < world.slots(); ++i) {
    const JobSlot& s = world.slot(i);
    if (s.state == JobSlot::State::free || job_name(m, s.job.number) != name) continue;
    if (s.state == JobSlot::State::waiting) return s.job.number;
    if (!running) running = s.job.number;
  }
  if (running) return running;
  for (uint64_t n = 0; n < m.job_name.size(); ++n) {
    if (m.job_name[n] == name) return n;
  }
  if (const size_t mark = name.rfind('#'); mark != std::string_view::npos) {
    const auto count = parse_int(name.substr(mark + 1), 0, (int64_t{1} << kCountBits) - 1);
    for (uint32_t i = 0; count.ok() && i < m.sources.size() + m.services.size(); ++i) {
      if (path(m, i) == name.substr(0, mark))
        return (uint64_t{i} + 1) << kCountBits | static_cast<uint64_t>(*count);
    }
  }
  const auto number = parse_int(name, 0);
  if (!number || !is_of(world, static_cast<uint64_t>(*number))) return std::nullopt;
  return static_cast<uint64_t>(*number);
}

}  // namespace dure::fleet
