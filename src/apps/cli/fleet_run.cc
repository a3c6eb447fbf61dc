#include "apps/cli/fleet_run.h"

#include <algorithm>

#include "apps/cli/checkpoint.h"
#include "apps/cli/fab_scenario.h"
#include "apps/cli/figures.h"
#include "apps/cli/progress.h"
#include "base/text.h"

namespace dure::cli {

Result<FleetRun> find_fleet_run(const std::string& name) {
  FleetRun run;
  DURE_TRY(run.folder, find_run(name));
  DURE_TRY(run.record, read_record(run.folder));
  if (run.record.world != "fleet") {
    return Error{.message = "expected a run of world \"fleet\", found one of " +
                            dure::quoted(run.record.world),
                 .file = run.folder.path};
  }
  DURE_TRY(run.file, load_scenario_file(run.folder.scenario_file(), run.record.folder));
  return run;
}

Result<std::unique_ptr<Session>> FleetRun::open() const {
  DURE_TRY(std::unique_ptr<Session> session, file.kind->open(file.config, file.folder));
  DURE_ASSERT(dynamic_cast<FleetSession*>(session.get()) != nullptr, "a session of a fleet");
  DURE_CHECK(check_model(folder, record, *session));
  return session;
}

namespace {

// "now", a date, or a duration from the start, up to the run's end.
Result<Time> time_of(const std::string& at, const Session& session, const RunRecord& record) {
  Time time = fleet_of(session).model().as_recorded_until;
  if (at != "now") {
    DURE_TRY(time, parse_moment(at, session.start(), "--at"));
  } else if (time <= session.start()) {
    return Error{.message =
                     "expected a time, found \"now\", which only a scenario with "
                     "trace.as_recorded_until has",
                 .key = "--at"};
  }
  const Time end = end_of(session, record);
  if (time <= end) return time;
  return Error{.message = "expected a time up to the run's end, " + to_string(end) + ", found " +
                          (at == "now" ? to_string(time) : dure::quoted(at)),
               .key = "--at"};
}

}  // namespace

Result<std::unique_ptr<Session>> FleetRun::open_at(const std::optional<std::string>& at,
                                                   bool quiet) const {
  DURE_TRY(std::unique_ptr<Session> session, open());
  std::optional<Time> time;
  if (at) {
    DURE_TRY(time, time_of(*at, *session, record));
  }
  DURE_TRY(const std::optional<Checkpoint> checkpoint, load_checkpoint(folder, *session));
  if (!checkpoint && !time) {
    return Error{.message = "the run has no snapshot yet; --at TIME needs none",
                 .file = folder.path};
  }
  if (!time) return session;
  if (session->now() > *time) {
    DURE_TRY(session, open());
  }
  Progress progress(session->now(), *time, session->events_handled(), quiet);
  while (session->now() < *time) {
    session->advance(std::min(*time, session->now() + 6_h), nullptr);
    progress.update(session->now(), session->events_handled());
  }
  progress.clear();
  return session;
}

}  // namespace dure::cli
