// Oracle fab-generic: another fab in AutoSched's tables, ours, with nothing of SMT2020 but the
// format: other names, columns and units, three routes, critical ratio, no setups, batches in a
// tool family that holds two of them. It must read and run as it is, and each family must be as
// busy as its tables alone say (static_load.h).
#include <filesystem>

#include <fmt/format.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "kernel/confidence.h"
#include "kernel/parallel.h"
#include "kernel/verify.h"
#include "worlds/fab/scenario.h"
#include "worlds/fab/static_load.h"
#include "worlds/fab/world.h"

namespace dure::fab {
namespace {

constexpr size_t kReplications = 64;
constexpr double kLevel = 0.99, kWidest = 0.02;  // of the mean

// "|" stands for a tab.
constexpr std::pair<const char*, const char*> kFiles[] = {
    {"tool.txt",
     "STNFAM|STNGRP|STNFAMLOC|STNQTY|STNCAP|FWLRANK|BATCHCRITF|BATCHPER|LTIME|LTUNITS|ULTIME|"
     "ULTUNITS\n"
     "Saw|Cut|Hall|1||rank_CR|||45|sec|30|sec\n"
     "Mill|Cut|Hall|3||rank_HP;rank_CR|||0.05|hr|90|sec\n"
     "Kiln|Heat|Annex|5|2|rank_CR;rank_FIFO|crit_sameroutestep|piece\n"
     "Coat|Wet|Annex|2|2|rank_FIFO\n"
     "Gauge|Check|Lab|1||rank_CR|||20|sec\n"},
    {"part.txt",
     "PART|ROUTEFILE|ROUTE\nbowl|bowl.txt|Bowl\nplate|plate.txt|Plate\ncup|cup.txt|Cup\n"},
    {"bowl.txt",
     "ROUTE|STEP|STNFAM|PDIST|PTIME|PTIME2|PTUNITS|PTPER|BATCHMN|BATCHMX|StepPercent|RWKSTEP|"
     "REWORK\n"
     "Bowl|1|Saw|exponential|1||hr|per_lot\n"
     "|2|Mill|uniform|450|150|sec|per_piece\n"
     "|3|Gauge||0.05||day|per_lot|||60|2|8\n"
     "|4|Kiln|uniform|0.35|0.1|day|per_batch|36|36\n"
     "|5|Coat|exponential|1||hr|per_lot\n"
     "|6|Kiln||0.2||day|per_batch|24|24\n"
     "|7|Gauge|exponential|3000||sec|per_lot|||100|5|3\n"},
    {"plate.txt",
     "ROUTE|STEP|STNFAM|PTIME|PTUNITS|PTPER|BATCHMN|BATCHMX\n"
     "Plate|1|Saw|400|sec|per_piece\n"
     "|2|Coat|1.5|hr|per_lot\n"
     "|3|Mill|2|hr|per_lot\n"
     "|4|Kiln|6|hr|per_batch|20|20\n"
     "|5|Gauge|0.4|hr|per_lot\n"},
    {"cup.txt",
     "ROUTE|STEP|STNFAM|PTIME|PTUNITS|PTPER|BATCHMN|BATCHMX|STEP_CQT|CQT|CQTUNITS\n"
     "Cup|1|Mill|0.1|day|per_lot|||3|0.5|day\n"
     "|2|Saw|55|min|per_lot\n"
     "|3|Kiln|0.3|day|per_batch|32|32\n"
     "|4|Coat|240|sec|per_piece\n"},
    {"order.txt",
     "LOT|PART|PRIOR|PIECES|START|RDIST|REPEAT|RUNITS|LOTSPERRPT|DUE\n"
     "Bowls|bowl|1|12|03/02/26 00:00:00|exponential|3.6|hr||03/05/26 00:00:00\n"
     "Plates|plate|1|10|03/02/26 00:00:00|exponential|18000|sec||03/04/26 12:00:00\n"
     "Cups|cup|5|16|03/02/26 06:00:00|exponential|0.4|day|2|03/06/26 00:00:00\n"},
    {"fromto.txt",
     "FROMLOC|TOLOC|DDIST|DTIME|DTIME2|DUNITS\n"
     "Hall|Annex|uniform|600|120|sec\nAnnex|Hall|exponential|0.2||hr\nAnnex|Lab||90||sec\n"},
    {"downcal.txt",
     "DOWNCALNAME|DOWNCALTYPE|MTTFDIST|MTTF|MTTFUNITS|MTTRDIST|MTTR|MTTRUNITS\n"
     "Jam|mttf_by_cal|exponential|2|day|exponential|4|hr\n"
     "Burner|mttf_by_cal|exponential|90|hr|exponential|0.25|day\n"},
    {"pmcal.txt",
     "PMCALNAME|PMCALTYPE|MTBPM|MTBPMUNITS|MTTRDIST|MTTR|MTTR2|MTTRUNITS\n"
     "Blades|mtbpm_by_pieces|300|pieces|uniform|90|30|min\n"
     "Weekly|mtbpm_by_cal|7|day|constant|5||hr\n"},
    {"attach.txt",
     "CALNAME|CALTYPE|RESTYPE|RESNAME|FOADIST|FOA|FOAUNITS\n"
     "Jam|down|stngrp|Cut|exponential|1|day\nBurner|down|stnfam|Kiln|exponential|90|hr\n"
     "Blades|pm|stnfam|Saw|constant|300|\nWeekly|pm|stngrp|Heat|constant|7|day\n"
     "Weekly|pm|stnfam|Mill|constant|100|hr\n"},
};

constexpr const char* kScenario = R"toml(
world = "fab"
end = "2027-03-01"
warm_up = "30d"
[autosched]
folder = "tables"
)toml";

// The tables in a folder of their own, as long as it lives.
class Folder {
 public:
  Folder()
      : path_(std::filesystem::temp_directory_path() /
              ("dure-generic-" + std::to_string(::getpid()))) {}
  ~Folder() {
    std::error_code error;
    std::filesystem::remove_all(path_, error);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  Result<Scenario> scenario() const {
    DURE_CHECK(make_directories(path_ / "tables"));
    for (const auto& [name, content] : kFiles) {
      std::string text = content;
      std::replace(text.begin(), text.end(), '|', '\t');
      DURE_CHECK(write_file_atomic(path_ / "tables" / name, text));
    }
    DURE_TRY(const Config config, Config::parse(kScenario, "generic.toml"));
    return read_scenario(config, path_);
  }

 private:
  std::filesystem::path path_;
};

Result<std::vector<Check>> generic(const std::string&) {
  const Folder folder;
  DURE_TRY(const Scenario s, folder.scenario());
  const Model& m = *s.model;
  const StaticLoad load = static_load(m);
  std::vector<std::vector<double>> busy(m.groups.size()), finished(m.products.size());
  for (auto& x : busy) x.resize(kReplications);
  for (auto& x : finished) x.resize(kReplications);
  for_each_index(
      kReplications, useful_threads(8),
      [&](size_t i, unsigned) {
        Model replication = m;
        replication.seed = i + 1;
        World w(std::make_shared<const Model>(std::move(replication)));
        run(w, Rules(s.policy.rules), m.end);
        for (uint32_t g = 0; g < busy.size(); ++g) {
          const auto state = w.state_s(g);
          const double up = state[static_cast<size_t>(ToolState::busy)] +
                            state[static_cast<size_t>(ToolState::standby)];
          busy[g][i] = state[static_cast<size_t>(ToolState::busy)] / up;
        }
        const double days = (w.now() - w.kpis().since).seconds() / 86400;
        for (size_t p = 0; p < finished.size(); ++p)
          finished[p][i] = static_cast<double>(w.kpis().classes[p].finished) / days;
      },
      [](size_t) {});

  std::vector<Check> out;
  const auto add = [&](std::string what, const char* unit, double factor, double exact,
                       const std::vector<double>& x) {
    const Confidence c = confidence(x, kLevel);
    out.push_back({std::move(what), fmt::format("{:.2f} {}", factor * exact, unit),
                   fmt::format("{:.2f} +- {:.2f} {}", factor * c.mean, factor * c.half_width, unit),
                   "within the interval",
                   std::fabs(c.mean - exact) <= c.half_width && c.half_width < kWidest * c.mean});
  };
  for (size_t g = 0; g < busy.size(); ++g)
    add(m.groups[g].name + " at work while available", "%", 100, load.utilisation[g], busy[g]);
  for (size_t p = 0; p < finished.size(); ++p)
    add(m.products[p].name + " finished", "lots/d", 1, load.lots_per_day[p], finished[p]);
  return out;
}

DURE_VERIFY("fab-generic", "the static load of the same tables", "", generic);

}  // namespace
}  // namespace dure::fab
