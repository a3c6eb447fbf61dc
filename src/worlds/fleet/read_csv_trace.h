// Our own form of a trace: a folder of two tables, as write_trace() writes it and people may.
//
// nodes.csv  node, pool, gpu_model, gpus, cpu_milli, memory_mib
// jobs.csv   job, pool, owner, submit, duration_s, limit_s, tasks, gpus, gpu_milli, cpu_milli,
//            memory_mib, gpu_models, priority, account, kind, start, nodes
//
// account is a path such as "project/user" (account_paths.h), kind a word that a scenario's
// [[job_kind]] may have as its name. start and nodes ("n1|n2") are what its cluster has recorded,
// for trace.as_recorded_until. Only node, gpus, job and submit are needed. Missing columns and
// empty fields mean: the only pool, no name, for ever (duration_s, limit_s), 1 (tasks, gpus of a
// job), 1000 (gpu_milli), 0 (the rest). A column of another name is an Error, so that a typing
// mistake does not go unseen. submit and start are seconds
// ("12.5") or a date-time ("2026-01-01T12:00:00Z"); all are exact to the nanosecond.
#pragma once

#include <string>
#include <vector>

#include "worlds/fleet/read_common.h"

namespace dure::fleet {

// FOLDER/nodes.csv and FOLDER/jobs.csv, or the same with .gz.
Result<Trace> read_csv_trace(const std::string& folder);
Result<Trace> parse_csv_trace(const TraceText& nodes, const TraceText& jobs);
Result<std::vector<TraceNode>> parse_csv_nodes(const TraceText& text);

}  // namespace dure::fleet
