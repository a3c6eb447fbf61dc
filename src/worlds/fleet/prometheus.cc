#include "worlds/fleet/prometheus.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <string_view>
#include <utility>
#include <vector>

#include "base/text.h"
#include "worlds/fleet/account_tree.h"
#include "worlds/fleet/names.h"

namespace dure::fleet {
namespace {

// A value of a label, in quotes.
std::string label(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '\\' || c == '"')
      (out += '\\') += c;
    else if (c == '\n')
      out += "\\n";
    else
      out += c;
  }
  return out += '"';
}

void head(std::string& out, std::string_view name, std::string_view type, std::string_view help) {
  for (const std::string_view part :
       {std::string_view("# HELP "), name, std::string_view(" "), help,
        std::string_view("\n# TYPE "), name, std::string_view(" "), type, std::string_view("\n")})
    out += part;
}

void append(std::string& out, uint64_t x) {
  char digits[24];
  out.append(digits, std::to_chars(digits, digits + sizeof digits, x).ptr);
}

// Thousandths, exactly.
void append_milli(std::string& out, uint64_t milli) {
  append(out, milli / 1000);
  if (milli % 1000 == 0) return;
  char digits[] = {'.', static_cast<char>('0' + milli / 100 % 10),
                   static_cast<char>('0' + milli / 10 % 10), static_cast<char>('0' + milli % 10)};
  out.append(digits, digits[3] != '0' ? 4 : digits[2] != '0' ? 3 : 2);
}

// A metric whose lines are told apart by up to two labels. Parts of equal names add up, so that no
// line comes twice.
class Sums {
 public:
  Sums(std::string_view first, std::string_view second = {}) : first_(first), second_(second) {}
  void add(const std::string& first, const std::string& second, double x) {
    sums_[{first, second}] += x;
  }
  void write(std::string& out, std::string_view name, std::string_view type,
             std::string_view help) const {
    head(out, name, type, help);
    for (const auto& [key, x] : sums_) {
      (((out += name) += '{') += first_) += '=';
      out += label(key.first);
      if (!second_.empty()) ((out += ',') += second_) += '=' + label(key.second);
      (out += "} ") += shortest(x) + '\n';
    }
  }

 private:
  std::string_view first_, second_;
  std::map<std::pair<std::string, std::string>, double> sums_;
};

// Whether an attempt does its job's work, and not what stands beside it.
bool works(const JobSlot& s, Time now) {
  const AttemptPlan& plan = s.plan;
  const Duration ran = std::min(now - s.start, plan.length());
  if (ran < plan.handover + plan.startup) return false;
  const bool has_checkpoints = plan.interval.ns > 0 && plan.interval < plan.work;
  // More than an interval that is not safe: the rest is its checkpoint, half written.
  return !has_checkpoints || divide(plan, ran).lost < plan.interval;
}

struct GpuState {
  uint32_t busy_milli = 0;  // sum over its jobs: milli of the GPU x share of time
  uint32_t jobs = 0;
  uint32_t slot = kNoSlot;  // of one of them
};

class Gpus {
 public:
  explicit Gpus(const World& world)
      : world_(world), model_(world.model()), state_(model_.total_gpus()) {
    for (uint32_t i = 0; i < world_.slots(); ++i) {
      const JobSlot& s = world_.slot(i);
      if (s.state != JobSlot::State::running || s.job.gpus == 0) continue;
      const uint32_t busy =
          works(s, world_.now()) ? s.job.gpu_milli * s.job.busy_milli / kWholeGpu : 0;
      const Place* places = world_.places(s);
      for (uint32_t t = 0; t < s.job.tasks; ++t) {
        const uint32_t first = model_.gpu_offset[places[t].node];
        for (uint32_t bits = places[t].gpus; bits != 0; bits &= bits - 1) {
          GpuState& g = state_[first + static_cast<uint32_t>(__builtin_ctz(bits))];
          g.busy_milli += busy;
          ++g.jobs;
          g.slot = i;
        }
      }
    }
    make_labels();
  }

  // percent: else a share.
  void write(std::string& out, std::string_view name, std::string_view help, bool percent) const {
    head(out, name, "gauge", help);
    for (uint32_t g = 0; g < state_.size(); ++g) {
      if (ends_[g] == ends_[g + 1]) continue;
      (out += name) += std::string_view(labels_).substr(ends_[g], ends_[g + 1] - ends_[g]);
      append_milli(out, uint64_t{state_[g].busy_milli} * (percent ? 100 : 1));
      out += '\n';
    }
  }
  size_t bytes() const { return labels_.size(); }

 private:
  void make_labels() {
    std::vector<std::string> models;
    for (const std::string& model : model_.gpu_models) models.push_back(label(model));
    std::vector<std::string> jobs(world_.slots());  // made when needed
    ends_.push_back(0);
    for (uint32_t n = 0; n < model_.nodes(); ++n) {
      std::string host;
      if (world_.in_service(n))
        host = ",modelName=" + models[model_.type_of(n).gpu_model] +
               ",Hostname=" + label(model_.name_of_node(n));
      for (uint32_t g = model_.gpu_offset[n]; g < model_.gpu_offset[n + 1]; ++g) {
        if (world_.in_service(n)) add(g, g - model_.gpu_offset[n], host, jobs);
        ends_.push_back(labels_.size());
      }
    }
  }
  void add(uint32_t g, uint32_t on_node, const std::string& host, std::vector<std::string>& jobs) {
    labels_ += "{gpu=\"";
    append(labels_, on_node);
    // Fixed by the GPU's place in the fleet.
    char digits[] = "000000000000";
    for (uint32_t x = g, i = 12; x != 0; x >>= 4) digits[--i] = "0123456789abcdef"[x & 15];
    ((labels_ += "\",UUID=\"GPU-00000000-0000-0000-0000-") += digits) += "\",device=\"nvidia";
    append(labels_, on_node);
    (labels_ += '"') += host;
    if (state_[g].jobs == 1) {
      const uint32_t slot = state_[g].slot;
      const Job& job = world_.slot(slot).job;
      if (jobs[slot].empty())
        jobs[slot] = ",namespace=" + label(account_path(model_, job.account)) +
                     ",pod=" + label(job_name(model_, job.number));
      labels_ += jobs[slot];
    }
    labels_ += "} ";
  }

  const World& world_;
  const Model& model_;
  std::vector<GpuState> state_;  // [GPUs]
  std::string labels_;
  std::vector<size_t> ends_;  // [GPUs + 1] of labels_; nothing between: no line
};

double gpus(uint64_t milli) { return static_cast<double>(milli) / kWholeGpu; }

// name_of(Use) as a label that a query can be written with.
const char* label_of(Use use) {
  static constexpr const char* names[kUses] = {"productive", "idle",       "checkpoint",
                                               "startup",    "lost_fault", "lost_stop",
                                               "handover",   "waiting",    "slowed"};
  return names[static_cast<size_t>(use)];
}

void write_fleet(const World& w, std::string& out) {
  const Model& m = w.model();
  Sums held("account"), used("account", "use"), of_site("site", "state"), jobs("queue", "state");
  std::vector<std::string> account(m.accounts.size());
  for (uint32_t a = 0; a < account.size(); ++a) {
    account[a] = account_path(m, a);
    held.add(account[a], "", 0);
  }
  for (const Queue& q : m.queues) {
    for (const char* state : {"running", "waiting"}) jobs.add(q.name, state, 0);
  }
  for (uint32_t i = 0; i < w.slots(); ++i) {
    const JobSlot& s = w.slot(i);
    if (s.state == JobSlot::State::free) continue;
    const bool runs = s.state == JobSlot::State::running;
    jobs.add(m.queues[s.job.queue].name, runs ? "running" : "waiting", 1);
    if (runs) held.add(account[s.job.account], "", gpus(s.job.total_gpu_milli()));
  }
  for (uint32_t p = 0; p < m.pools.size(); ++p) {
    uint64_t held_milli = 0, free_milli = 0, spare = 0, down = 0;
    for (uint32_t n = m.pools[p].first_node; n < m.pools[p].first_node + m.pools[p].nodes; ++n) {
      const uint64_t milli = uint64_t{m.type_of(n).gpus} * kWholeGpu;
      switch (w.node_status(n)) {
        case NodeState::absent:
          break;
        case NodeState::up:
          free_milli += w.gpu_milli_left(n);
          held_milli += milli - w.gpu_milli_left(n);
          break;
        case NodeState::spare:
          spare += milli;
          break;
        case NodeState::down:
          down += milli;
          break;
      }
    }
    for (const auto& [state, milli] :
         {std::pair{"held", held_milli}, {"free", free_milli}, {"spare", spare}, {"down", down}})
      of_site.add(m.pools[p].name, state, gpus(milli));
  }
  const std::vector<AccountKpis>& accounts = w.kpis().accounts;
  for (uint32_t a = 0; a < accounts.size(); ++a) {
    for (size_t u = 0; u < kUses; ++u)
      used.add(account[a], label_of(static_cast<Use>(u)), accounts[a].uses[u].gpu_hours() * 3600);
  }
  held.write(out, "dure_fleet_account_gpus", "gauge",
             "GPUs that the account's own jobs hold, without those of accounts below it.");
  used.write(out, "dure_fleet_gpu_seconds_total", "counter",
             "GPU seconds that attempts of the account's own jobs held, counted when they end.");
  of_site.write(out, "dure_fleet_gpus", "gauge",
                "GPUs of a site's nodes that are installed, by what becomes of them.");
  jobs.write(out, "dure_fleet_jobs", "gauge", "Jobs in the fleet.");
  head(out, "dure_fleet_time_seconds", "gauge", "Simulated time, since 1970.");
  out += "dure_fleet_time_seconds " + shortest(static_cast<double>((w.now() - Time{0}).ns) / 1e9) +
         '\n';
}

}  // namespace

std::string prometheus_text(const World& world) {
  const Gpus of_gpus(world);
  std::string out;
  out.reserve(2 * of_gpus.bytes() + 100 * world.model().total_gpus());
  of_gpus.write(out, "DCGM_FI_DEV_GPU_UTIL", "GPU utilization (in %).", true);
  of_gpus.write(out, "DCGM_FI_PROF_GR_ENGINE_ACTIVE",
                "Ratio of time the graphics engine is active.", false);
  write_fleet(world, out);
  return out;
}

}  // namespace dure::fleet
