#include "worlds/fleet/read_services.h"

#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "worlds/fleet/read_operations.h"
#include "worlds/fleet/sources.h"

namespace dure::fleet {
namespace {

ServiceKeys read_service(ConfigReader& in) {
  ServiceKeys k;
  Service& s = k.service;
  s.name = read_name(in, "of the service");
  k.owner = in.text("owner", required, "who runs it, on the site of that name");
  k.site = in.text("site", "", "the site that it runs on, if that is another");
  k.account =
      in.text("account", "", "that is charged; without it, the [[account]] of the owner's name");
  k.gpus = in.number("gpus", 1,
                     {.unit = "GPUs",
                      .doc = "of a replica; below 1 a share of one, above a node's whole nodes",
                      .min = 0.001,
                      .max = 1e6});
  k.cpus_per_gpu =
      in.number("cpus_per_gpu", 8,
                {.unit = "cores", .doc = "that a replica takes per GPU", .min = 0, .max = 4000});
  k.memory_gib_per_gpu =
      in.number("memory_gib_per_gpu", 64,
                {.unit = "GiB", .doc = "that a replica takes per GPU", .min = 0, .max = 100'000});
  s.replicas = in.number("replicas", 0,
                         {.doc = "that its load fills at the peak", .min = 0, .max = 1'000'000});
  s.share = in.number("share", 0,
                      {.unit = "GPU-s per GPU-s",
                       .doc = "in place of replicas: of the GPUs in service at the owner's site "
                              "that its load fills at the peak",
                       .min = 0,
                       .max = 10});
  const std::vector<double> hours = in.numbers(
      "by_hour", std::vector<double>{1},
      {.doc = "load over the peak: a number, or an array of 24, from 0 to 23 h; straight between",
       .min = 0,
       .max = 100});
  s.weekend =
      in.number("weekend", 1,
                {.doc = "load on Saturdays and Sundays over other days'", .min = 0, .max = 100});
  s.headroom = in.number(
      "headroom", 1.1, {.doc = "replicas over those that the load fills", .min = 0.01, .max = 100});
  s.fewest = static_cast<uint32_t>(in.integer(
      "fewest", 1, {.unit = "replicas", .doc = "whatever the load", .min = 0, .max = 1'000'000}));
  s.most = static_cast<uint32_t>(
      in.integer("most", 1'000'000,
                 {.unit = "replicas", .doc = "whatever the load", .min = 1, .max = 1'000'000}));
  s.every = in.duration("every", 15_min,
                        {.doc = "that replicas follow the load", .min = 1_s, .max = 30_d});
  s.replica.busy_milli = static_cast<uint16_t>(std::lround(
      1000 *
      in.number("busy", 0.6,
                {.doc = "share of its GPU time that a replica computes", .min = 0, .max = 1})));
  s.replica.priority = static_cast<int32_t>(
      in.integer("priority", 100, {.doc = "as a workload's", .min = -1'000'000, .max = 1'000'000}));
  k.kind.name = s.name;
  k.kind.preemptible = in.boolean("preemptible", false, "replicas may be stopped for other jobs");
  k.kind.clockable = in.boolean("clockable", false, "replicas may run slower when power is short");
  k.kind.startup = in.duration("startup", 2_min,
                               {.doc = "until a replica serves: its model is loaded", .max = 30_d});
  k.kind.faults_per_gpu_day = in.number(
      "faults_per_gpu_day", 0, {.doc = "of a replica, for each of its GPUs", .min = 0, .max = 1e6});
  if (in.describing() || in.failed()) return k;
  if (k.gpus > 1 && k.gpus != std::floor(k.gpus))
    in.fail("gpus", "expected a whole number, or a share below 1, found " + shortest(k.gpus));
  if (hours.size() != 1 && hours.size() != 24)
    in.fail("by_hour",
            "expected a number, or an array of 24, found " + counted(hours.size(), "number"));
  else if (std::all_of(hours.begin(), hours.end(), [](double x) { return x == 0; }))
    in.fail("by_hour", "expected a load above 0 at some hour, found none");
  for (size_t h = 0; h < 24 && !in.failed(); ++h) s.by_hour[h] = hours[hours.size() == 1 ? 0 : h];
  if ((s.replicas > 0) == (s.share > 0))
    in.fail(s.replicas > 0 || !in.has("share") ? "replicas" : "share",
            std::string("expected either replicas or share above 0, found ") +
                (s.replicas > 0 ? "both" : "neither"));
  if (s.fewest > s.most)
    in.fail("fewest", "expected at most " + std::to_string(s.most) + " as most, found " +
                          std::to_string(s.fewest));
  return k;
}

}  // namespace

std::vector<ServiceKeys> read_services(ConfigReader& in,
                                       const std::vector<std::string>& other_kinds) {
  std::vector<ServiceKeys> out;
  in.tables("service", "what runs all the time, with as many replicas as its load asks for",
            [&](ConfigReader& s, size_t) {
              out.push_back(read_service(s));
              for (size_t i = 0; i + 1 < out.size(); ++i) {
                if (out[i].service.name == out.back().service.name)
                  s.fail("name", "expected another name than an earlier service's, found " +
                                     quoted(out.back().service.name));
              }
              const auto& name = out.back().service.name;
              if (std::find(other_kinds.begin(), other_kinds.end(), name) != other_kinds.end())
                s.fail("name", "expected another name than a workload's or job kind's, found " +
                                   quoted(name));
            });
  return out;
}

Result<void> add_services(const std::vector<ServiceKeys>& keys, const FindAccount& account,
                          Model& m) {
  for (const ServiceKeys& k : keys) {
    const auto bad = [&](std::string message) {
      return Error{.message = std::move(message), .key = "service " + k.service.name};
    };
    const auto owner = find_owner(m, k.owner);
    if (!owner) return bad("owner: " + owner.error().message);
    Service s = k.service;
    Job& job = s.replica;
    job.owner = *owner;
    const auto queue = queue_of(k.site, k.owner, m);
    if (!queue) return bad(queue.error().message);
    job.queue = *queue;
    const uint32_t per_node = gpus_of_nodes(m, m.queues[job.queue].pool, 0);
    if (per_node == 0)
      return bad("expected a site with GPUs, found none on " + quoted(m.queues[job.queue].name));
    const JobSize size = size_of(k.gpus, per_node);
    job.tasks = size.tasks;
    job.gpus = size.gpus;
    job.gpu_milli = static_cast<uint16_t>(size.gpu_milli);
    const double gpus = job.gpus * job.gpu_milli / double{kWholeGpu};
    job.cpu_milli = static_cast<uint32_t>(1000 * k.cpus_per_gpu * gpus);
    job.memory_mib = static_cast<uint32_t>(std::min(4e9, 1024 * k.memory_gib_per_gpu * gpus));
    job.account = account(k.account, job.owner);
    if (job.account == kNoAccount)
      return bad(std::string(k.account.empty() ? "" : "account: ") +
                 "expected the name of an [[account]], found " +
                 quoted(k.account.empty() ? k.owner : k.account));
    job.kind = static_cast<uint32_t>(m.kinds.size());
    m.kinds.push_back(k.kind);
    m.services.push_back(std::move(s));
  }
  return {};
}

}  // namespace dure::fleet
