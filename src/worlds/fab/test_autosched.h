// For tests of the AutoSched reader: a small fab that uses all of the format. Three tool families,
// two routes with eight steps, and every table. A "|" in these texts stands for a tab.
#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/assert.h"
#include "worlds/fab/read_autosched.h"

namespace dure::fab {

using AutoschedFiles = std::map<std::string, std::string>;

inline std::string with_tabs(std::string text) {
  std::replace(text.begin(), text.end(), '|', '\t');
  return text;
}

inline AutoschedFiles tiny_autosched() {
  AutoschedFiles files = {
      {"tool.txt.1l",
       "STNQTY|STNFAM|STNGRP|STNFAMLOC|RULE|FWLRANK|WAKERESRANK|BATCHCRITF|BATCHPER|LTIME|LTUNITS|"
       "ULTIME|ULTUNITS|STNCAP|SETUPGRP|IGNORE|IGNORE|STN\n"
       "2.0|Oven|Hot|East|rule_HotLotFIRST|rank_HP;rank_CR||crit_sameroutestep|piece|1.0|min|2.5|"
       "min||||note|o\n"
       "3|Stepper|Photo|East||||||||||2.0\n"
       "|Beam|Photo|West|rule_LSSU|rank_HP;rank_RSETUP;rank_FIFO|wake_LeastSetupTime|||30|sec||||"
       "Gas|||||||\n"},
      {"part.txt",
       "PARTGRP|PART|ROUTEFILE|ROUTE\n"
       "g|logic|flow_a.txt|Long\n"
       "g|memory|flow_b.txt|Short\n"
       "g|probe|flow_b.txt|Short\n"},
      {"flow_a.txt",
       "ROUTE|STEP|DESC|STNFAM|PDIST|PTIME|PTIME2|PTUNITS|PTPER|BATCHMN|BATCHMX|SETUP|WHEN|STIME|"
       "STUNITS|SVESTN|FORSTEP|BatchInterval|BatchIntUnits|PartInterval|PartIntUnits|RWKSTEP|"
       "REWORK|RWKTYPE|StepPercent|STEP_CQT|CQT|CQTUNITS|IGNORE\n"
       "Long|1|bake|Oven|uniform|501.33|25.0665|min|per_batch|50|100|||||||||||||||2|1.5|hr\n"
       "|2|coat|Stepper|uniform|2|0.5|min|per_piece|||||||yes|4|||0.639|min\n"
       "|3|measure|Stepper|constant|4||min|per_lot|||||||no||1.5|min|||2|1.7|lot|25\n"
       "|4|expose|Stepper|exponential|90||sec|per_lot|||mask|need|8|min\n"
       "|5|implant|Beam||10||min|per_lot|||gas1|need||||||||||||100\n"},
      {"flow_b.txt",
       "STEP|ROUTE|STNFAM|PTIME|PTUNITS|PTPER|BATCHMN|BATCHMX|SETUP\n"
       "1|Short|Beam|10|min|per_lot|||gas2\n"
       "2|Short|Oven|0.5|hr|per_batch|25|75\n"
       "3|Short|Beam|1|day|per_lot|||gas1\n"},
      {"setup.txt",
       "CURSETUP|NEWSETUP|STIME|STUNITS\ngas1|gas2|7|min\n|gas1|72|min\n|gas3|1.5|hr\n"},
      {"setupgrp.txt", "SETUPGRP|SETUP|MINRUN\nGas|gas1|7\n|gas2|3.0\n"},
      {"fromto.txt",
       "FROMLOC|TOLOC|DDIST|DTIME|DTIME2|DUNITS\n"
       "East|West|uniform|7.5|2.5|min\nEast|East|constant|5||min\n"},
      {"downcal.txt",
       "DOWNCALNAME|DOWNCALTYPE|MTTFDIST|MTTF|MTTFUNITS|MTTRDIST|MTTR|MTTRUNITS\n"
       "Fail|mttf_by_cal|exponential|10080|min|exponential|35.28|min\n"},
      {"pmcal.txt",
       "PMCALNAME|PMCALTYPE|MTBPM|MTBPMUNITS|MTTRDIST|MTTR|MTTR2|MTTRUNITS\n"
       "Month|mtbpm_by_cal|30|day|uniform|13.76|2.75|hr\n"
       "Count|mtbpm_by_pieces|2500|pieces|constant|2||hr\n"},
      {"attach.txt",
       "CALNAME|CALTYPE|RESTYPE|RESNAME|FOADIST|FOA|FOAUNITS\n"
       "Fail|down|stngrp|Photo|exponential|5000|min\n"
       "Month|pm|stnfam|Oven|constant|89.2|day\n"
       "Count|pm|stnfam|Beam|constant|1234.5|\n"
       "Count|pm|stnfam|Oven\n"},
      {"order.txt",
       "LOT|PART|PRIOR|PIECES|START|RDIST|REPEAT|RUNITS|RPT#|LOTSPERRPT|DUE|ORDER|HOTLOT\n"
       "Lot_L|logic|10|25|01/02/18 00:00:00|constant|51.69|min|200000|1|01/31/18 07:29:20|o|no\n"
       "Hot_M|memory|30|24|01/03/18 00:00:00|exponential|2|hr||2|||yes\n"
       "Once|probe||1|12/31/19 23:59:59\n"},
      {"WIP.txt",
       "LOT|PART|PRIOR|PIECES|START|CURSTEP|DUE\n"
       "w1|logic|10|25|01/01/18 06:00:00|5|01/01/18 00:00:00\n"
       "w2|memory|20|25|01/01/18 06:00:00|1|\n"},
  };
  for (auto& [name, text] : files) text = with_tabs(text);
  return files;
}

// The text with its first `old` replaced; both may hold "|".
inline std::string edited(std::string text, const std::string& old, const std::string& by) {
  const size_t at = text.find(with_tabs(old));
  DURE_ASSERT(at != std::string::npos, "nothing to replace in a test's table");
  return text.replace(at, old.size(), with_tabs(by));
}

inline Result<Model> parse(const AutoschedFiles& files, const AutoschedOptions& options = {}) {
  const auto read = [&](const std::string& name) -> Result<std::optional<std::string>> {
    const auto it = files.find(name);
    return it == files.end() ? std::optional<std::string>() : it->second;
  };
  return parse_autosched({"", read}, options);
}

}  // namespace dure::fab
