#include "apps/cli/results.h"

#include <fmt/format.h>

#include "apps/cli/figures.h"
#include "apps/cli/kpi_table.h"
#include "apps/cli/report_page.h"
#include "apps/cli/terminal.h"
#include "base/digest.h"
#include "base/file.h"
#include "base/text.h"

namespace dure::cli {

std::string record_time(const Session& session) {
  return session.start().ns == 0 ? to_human(session.now() - session.start())
                                 : to_string(session.now());
}

RunInfo run_info(const RunRecord& record, const Session& session, double cpu_s, double wall_s) {
  RunInfo info;
  info.id = record.id;
  info.title = record.title;
  info.scenario = record.scenario;
  info.world = record.world;
  info.policy = record.policy;
  info.digest = digest_text(session.digest());
  info.version = record.version;
  info.command = record.command;
  info.seed = record.seed;
  info.start = session.start();
  info.end = session.now();
  info.events = session.events_handled();
  info.cpu_s = cpu_s;
  info.wall_s = wall_s;
  return info;
}

Result<void> write_results(const RunFolder& folder, const Report& report, const RunInfo& run) {
  DURE_CHECK(write_file_atomic(folder.series_file(), series_csv(report)));
  DURE_CHECK(write_file_atomic(folder.report_file(), report_html(report, run)));
  return write_file_atomic(folder.summary_file(), summary_json(report, run));
}

void print_results(const RunFolder& folder, const Report& report, const RunInfo& run) {
  std::string out = run.title + '\n';
  out += fmt::format("policy {}, seed {}\n\n", run.policy, run.seed);
  out += kpi_table(report.kpis, terminal_width());
  out += fmt::format("\n{} events in {} of CPU time ({} events/s), digest {}\n",
                     with_commas(static_cast<int64_t>(run.events)), seconds(run.cpu_s),
                     to_si(run.cpu_s > 0 ? static_cast<double>(run.events) / run.cpu_s : 0),
                     run.digest);
  out += fmt::format("report  {}\nrun     {}\n", folder.report_file(), folder.path);
  print(out);
}

}  // namespace dure::cli
