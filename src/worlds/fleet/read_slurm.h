// The small texts inside Slurm's reports (sacct, scontrol), as its manual pages give them:
// trackable resources, generic resources of a node, durations, sizes. Errors carry only a message.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace dure::fleet {

struct SlurmResources {
  int64_t cpus = 0;
  int64_t memory_mib = 0;  // rounded up
  int64_t nodes = 0;       // 0 = not said
  int64_t gpus = 0;
  std::vector<std::string> gpu_types;  // in lower case, as Slurm's database has them
};

// "billing=8,cpu=64,gres/gpu:h100=8,gres/gpu=8,mem=480G,node=2": trackable resources of a job. What
// has no place above (billing, energy, licences, other gres) is passed over.
Result<SlurmResources> parse_tres(std::string_view text);

// "gpu:h100:8(S:0-1)", "gpu:2,mps:200", "(null)": GPUs of a node, types with their counts.
struct SlurmGres {
  int64_t gpus = 0;
  std::vector<std::string> gpu_types;  // as written; empty when none has a type
};
Result<SlurmGres> parse_gres(std::string_view text);

// "480G", "1.5T", "4000M", "0": MiB, rounded up; no unit = MiB. What old versions of sacct append
// to ReqMem ("c" per CPU, "n" per node) is not taken.
Result<int64_t> parse_slurm_memory(std::string_view text);

// "1-02:03:04", "02:03:04", "03:04", "1-02", "90" (minutes), each with decimals of a second.
Result<Duration> parse_slurm_duration(std::string_view text);

// "gpu[001-003,7],login1", "r[1-2]n[1-4]": names of hosts, at most a million. None for "", "None
// assigned" and the like.
Result<std::vector<std::string>> parse_hostlist(std::string_view text);

// Nothing for "", "Unknown", "None", "N/A"; else a date-time.
Result<std::optional<Time>> parse_slurm_time(std::string_view text);

// Nothing for "", "UNLIMITED", "Partition_Limit", "INVALID" and the like; else a duration.
Result<std::optional<Duration>> parse_slurm_limit(std::string_view text);

}  // namespace dure::fleet
