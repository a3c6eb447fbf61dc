// What the AutoSched reader says about tables that are wrong.
#include <vector>

#include <doctest/doctest.h>

#include "worlds/fab/test_autosched.h"

using namespace dure;
using namespace dure::fab;

namespace {

std::string error_of(const AutoschedFiles& files) {
  const Result<Model> m = parse(files);
  return m ? "no error" : m.error().text();
}

// A wrong text in place of the first right one in a file of the small fab.
struct Mistake {
  const char *file, *right, *wrong;
  std::string error;  // after the name of the file
};

void check(const std::vector<Mistake>& mistakes) {
  for (const Mistake& m : mistakes) {
    AutoschedFiles files = tiny_autosched();
    files[m.file] = edited(files[m.file], m.right, m.wrong);
    CHECK(error_of(files) == std::string(m.file) + m.error);
  }
}

}  // namespace

TEST_CASE("autosched: mistakes in tools") {
  check({
      {"tool.txt.1l", "STNQTY|STNFAM", "STNQTY|STNFAMILY",
       ":1: STNFAM: expected a column of this name, found \"STNQTY\", \"STNFAMILY\", \"STNGRP\", "
       "\"STNFAMLOC\", \"RULE\", \"FWLRANK\", \"WAKERESRANK\", \"BATCHCRITF\", \"BATCHPER\", "
       "\"LTIME\", \"LTUNITS\", \"ULTIME\", \"ULTUNITS\", \"STNCAP\", \"SETUPGRP\", \"IGNORE\", "
       "\"IGNORE\" and \"STN\", did you mean \"STNCAP\"?"},
      {"tool.txt.1l", "IGNORE|IGNORE", "STNFAM|IGNORE",
       ":1:2: STNFAM: expected one column of this name, found another as column 16"},
      {"tool.txt.1l", "rule_LSSU", "rule_LSU",
       ":4:5: RULE: expected \"rule_HotLotFIRST\" or \"rule_LSSU\", or nothing, found "
       "\"rule_LSU\", did you mean \"rule_LSSU\"?"},
      {"tool.txt.1l", "rank_HP;rank_CR", "rank_HP;rank_XX",
       ":2:6: FWLRANK: expected \"rank_HP\", \"rank_RSETUP\", \"rank_FIFO\" or \"rank_CR\", found "
       "\"rank_XX\", did you mean \"rank_HP\"?"},
      {"tool.txt.1l", "wake_LeastSetupTime", "wake_Any",
       ":4:7: WAKERESRANK: expected \"wake_LeastSetupTime\" or nothing, found \"wake_Any\""},
      {"tool.txt.1l", "crit_sameroutestep", "crit_samepartfam",
       ":2:8: BATCHCRITF: expected \"crit_sameroutestep\" or nothing, found \"crit_samepartfam\""},
      {"tool.txt.1l", "|piece|", "|lot|",
       ":2:9: BATCHPER: expected \"piece\" or nothing, found \"lot\""},
      {"tool.txt.1l", "2.0|Oven", "2.5|Oven",
       ":2:1: STNQTY: expected a whole number from 1 to 1000000, found \"2.5\""},
      {"tool.txt.1l", "3|Stepper", "3|Oven",
       ":3:2: STNFAM: expected each tool family once, found \"Oven\" again"},
      {"tool.txt.1l", "|Hot|", "||", ":2:3: STNGRP: expected a name, found nothing"},
      {"tool.txt.1l", "30|sec", "30|s",
       ":4:11: LTUNITS: expected \"sec\", \"min\", \"hr\" or \"day\", found \"s\""},
      {"tool.txt.1l", "30|sec", "-30|sec",
       ":4:10: LTIME: expected a number at least 0, found \"-30\""},
      {"tool.txt.1l", "30|sec", "30|",
       ":4:11: LTUNITS: expected \"sec\", \"min\", \"hr\" or \"day\", found nothing"},
      {"tool.txt.1l", "|Gas", "|Gasses",
       ":4:15: SETUPGRP: expected a setup group of setupgrp.txt, found \"Gasses\""},
      {"tool.txt.1l", "|2.0\n", "|65\n",
       ":3:14: STNCAP: expected a whole number from 1 to 64, found \"65\""},
      {"tool.txt.1l", "note|o\n", "note|o||extra\n",
       ":2:20: expected at most 18 cells, as many as there are columns, found \"extra\" in one "
       "more"},
      {"tool.txt.1l", "Oven",
       "Ov\xe9"
       "n",
       ":2: expected text in ASCII or UTF-8"},
  });
}

TEST_CASE("autosched: mistakes in parts and routes") {
  check({
      {"part.txt", "flow_b.txt", "flow_c.txt",
       ":3:3: ROUTEFILE: expected a file in the same folder, found \"flow_c.txt\", which is not "
       "there"},
      {"part.txt", "flow_b.txt", "../flow_b.txt",
       ":3:3: ROUTEFILE: expected the name of a file in the same folder, found \"../flow_b.txt\""},
      {"part.txt", "|Short", "|Shrt",
       ":3:4: ROUTE: expected a route of flow_b.txt, found \"Shrt\", did you mean \"Short\"?"},
      {"part.txt", "probe", "logic", ":4:2: PART: expected each part once, found \"logic\" again"},
      {"flow_a.txt", "Long|1", "|1", ":2:1: ROUTE: expected the name of a route, found nothing"},
      {"flow_a.txt", "|2|coat", "|3|coat",
       ":3:2: STEP: expected step 2, since the rows of a route are its steps in order, found "
       "\"3\""},
      {"flow_a.txt", "|Stepper|uniform", "|Steper|uniform",
       ":3:4: STNFAM: expected a tool family of tool.txt.1l, found \"Steper\", did you mean "
       "\"Stepper\"?"},
      {"flow_a.txt", "exponential", "normal",
       ":5:5: PDIST: expected \"constant\", \"uniform\" or \"exponential\", or nothing, found "
       "\"normal\""},
      {"flow_a.txt", "constant|4||min", "constant|||min",
       ":4:6: PTIME: expected a process time, found nothing"},
      {"flow_a.txt", "constant|4||min", "constant|4||",
       ":4:8: PTUNITS: expected \"sec\", \"min\", \"hr\" or \"day\", found nothing"},
      {"flow_a.txt", "uniform|2|0.5", "uniform|2|2.5",
       ":3:7: PTIME2: expected a spread that leaves the time at 0 or more, found \"2.5\""},
      {"flow_a.txt", "exponential|90", "exponential|0",
       ":5:6: PTIME: expected a time above 0, found \"0\""},
      {"flow_a.txt", "constant|4||min", "constant|4e9||min",
       ":4:6: PTIME: expected a time of at most 36500 days, found \"4e9\""},
      {"flow_a.txt", "per_piece", "per_wafer",
       ":3:9: PTPER: expected \"per_lot\", \"per_piece\" or \"per_batch\", found \"per_wafer\""},
      {"flow_a.txt", "|50|100|", "|150|100|",
       ":2:10: BATCHMN: expected a whole number from 1 to 100, found \"150\""},
      {"flow_a.txt", "per_batch|50", "per_lot|50",
       ":2:10: BATCHMN: expected nothing, since PTPER is not per_batch, found \"50\""},
      {"flow_a.txt", "||0.639|min", "1|min|0.639|min",
       ":3:20: PartInterval: expected nothing, since BatchInterval is set, found \"0.639\""},
      {"flow_a.txt", "|need|8", "|always|8",
       ":5:13: WHEN: expected \"need\" or nothing, found \"always\""},
      {"flow_a.txt", "mask|need", "|need",
       ":5:14: STIME: expected nothing, since SETUP is empty, found \"8\""},
      {"flow_a.txt", "|yes|4", "|yes|2",
       ":3:17: FORSTEP: expected a step from 3 to 5 (a later one of this route), found \"2\""},
      {"flow_a.txt", "|yes|4", "|yes|",
       ":3:17: FORSTEP: expected a step from 3 to 5 (a later one of this route), found nothing"},
      {"flow_a.txt", "|yes|4", "|no|4",
       ":3:17: FORSTEP: expected nothing, since SVESTN is not yes, found \"4\""},
      {"flow_a.txt", "|yes|4", "|yes|5",
       ":3:17: FORSTEP: expected a step of the same tool family, \"Stepper\", found \"5\", a step "
       "of \"Beam\""},
      {"flow_a.txt", "|yes|4", "|maybe|4",
       ":3:16: SVESTN: expected \"no\" or \"yes\", or nothing, found \"maybe\""},
      {"flow_a.txt", "2|1.7|lot", "4|1.7|lot",
       ":4:22: RWKSTEP: expected a step from 1 to 3 (this or an earlier one), found \"4\""},
      {"flow_a.txt", "2|1.7|lot", "|1.7|lot",
       ":4:22: RWKSTEP: expected a step from 1 to 3 (this or an earlier one), found nothing"},
      {"flow_a.txt", "2|1.7|lot", "2|100|lot",
       ":4:23: REWORK: expected a percentage below 100, found \"100\""},
      {"flow_a.txt", "2|1.7|lot", "2|1.7|wafer",
       ":4:24: RWKTYPE: expected \"lot\" or nothing, found \"wafer\""},
      {"flow_a.txt", "|lot|25", "|lot|125",
       ":4:25: StepPercent: expected a number from 0 to 100, found \"125\""},
      {"flow_a.txt", "|2|1.5|hr", "|6|1.5|hr",
       ":2:26: STEP_CQT: expected a step from 2 to 5 (a later one of this route), found \"6\""},
      {"flow_a.txt", "|2|1.5|hr", "|2||hr", ":2:27: CQT: expected a time above 0, found nothing"},
  });
}

TEST_CASE("autosched: mistakes in setups and transport") {
  check({
      {"setup.txt", "|gas3", "|", ":4:2: NEWSETUP: expected a name, found nothing"},
      {"setup.txt", "|gas3", "|gas1",
       ":4:2: NEWSETUP: expected each setup change once, found the one from any to \"gas1\" again"},
      {"setupgrp.txt", "|gas2", "|gas22",
       ":3:2: SETUP: expected a setup of the routes or of setup.txt, found \"gas22\", did you mean "
       "\"gas2\"?"},
      {"setupgrp.txt", "|gas2", "|gas1",
       ":3:3: MINRUN: expected 7 as before, since a setup has one minimum run, found \"3.0\""},
      {"fromto.txt", "East|West", "East|Wset",
       ":2:2: TOLOC: expected a location (STNFAMLOC) of tool.txt.1l, found \"Wset\", did you mean "
       "\"West\"?"},
      {"fromto.txt", "East|East", "East|West",
       ":3:2: TOLOC: expected each pair of locations once, found \"East\" to \"West\" again"},
  });
}

TEST_CASE("autosched: mistakes in breakdowns and maintenance") {
  check({
      {"downcal.txt", "mttf_by_cal", "mttf_by_pieces",
       ":2:2: DOWNCALTYPE: expected \"mttf_by_cal\", found \"mttf_by_pieces\""},
      {"downcal.txt", "exponential|10080", "exponential|0.01",
       ":2:4: MTTF: expected a time of at least 1 s, found \"0.01\""},
      {"pmcal.txt", "mtbpm_by_pieces", "mtbpm_by_piece",
       ":3:2: PMCALTYPE: expected \"mtbpm_by_cal\" or \"mtbpm_by_pieces\", found "
       "\"mtbpm_by_piece\", did you mean \"mtbpm_by_pieces\"?"},
      {"pmcal.txt", "2500|pieces", "2500|day",
       ":3:4: MTBPMUNITS: expected \"pieces\" or nothing, found \"day\""},
      {"pmcal.txt", "2500|pieces", "0|pieces",
       ":3:3: MTBPM: expected a whole number from 1 to 1000000000000, found \"0\""},
      {"pmcal.txt", "30|day", "30|pieces",
       ":2:4: MTBPMUNITS: expected \"sec\", \"min\", \"hr\" or \"day\", found \"pieces\""},
      {"attach.txt", "down|", "pm|",
       ":2:1: CALNAME: expected a maintenance of pmcal.txt, found \"Fail\""},
      {"attach.txt", "down|", "dwn|",
       ":2:2: CALTYPE: expected \"down\" or \"pm\", found \"dwn\", did you mean \"down\"?"},
      {"attach.txt", "stngrp|Photo", "stn|Photo",
       ":2:3: RESTYPE: expected \"stngrp\" or \"stnfam\", found \"stn\""},
      {"attach.txt", "stngrp|Photo", "stngrp|Foto",
       ":2:4: RESNAME: expected an area (STNGRP) of tool.txt.1l, found \"Foto\""},
      {"attach.txt", "stnfam|Beam", "stnfam|Beem",
       ":4:4: RESNAME: expected a tool family of tool.txt.1l, found \"Beem\", did you mean "
       "\"Beam\"?"},
      {"attach.txt", "Count|pm|stnfam|Oven", "Month|pm|stnfam|Oven",
       ":5:4: RESNAME: expected each law at a tool family once, found \"Month\" at \"Oven\" again"},
      {"attach.txt", "1234.5|", "1234.5|day",
       ":4:7: FOAUNITS: expected \"pieces\" or nothing, found \"day\""},
  });
}

TEST_CASE("autosched: mistakes in orders and initial lots") {
  check({
      {"order.txt", "|logic", "|logik",
       ":2:2: PART: expected a part of part.txt, found \"logik\", did you mean \"logic\"?"},
      {"order.txt", "01/02/18 00:00:00", "2018-01-02",
       ":2:5: START: expected a date as MM/DD/YY HH:MM:SS, found \"2018-01-02\""},
      {"order.txt", "01/02/18 00:00:00", "13/02/18 00:00:00",
       ":2:5: START: expected a date as MM/DD/YY HH:MM:SS, found \"13/02/18 00:00:00\""},
      {"order.txt", "01/31/18 07", "01/01/18 07",
       ":2:11: DUE: expected a date that is not before START, found \"01/01/18 07:29:20\""},
      {"order.txt", "||yes", "||hot",
       ":3:13: HOTLOT: expected \"no\" or \"yes\", or nothing, found \"hot\""},
      {"order.txt", "|51.69|min", "||min",
       ":2:7: REPEAT: expected a time between the 200,000 releases of RPT#, found nothing"},
      {"order.txt", "|51.69|min", "|0|min",
       ":2:7: REPEAT: expected a time of at least 1 ms, found \"0\""},
      {"order.txt", "|25|", "|2.5|",
       ":2:4: PIECES: expected a whole number from 1 to 10000, found \"2.5\""},
      {"order.txt", "Hot_M", "Lot_L", ":3:1: LOT: expected each name once, found \"Lot_L\" again"},
      {"WIP.txt", "|5|", "|6|",
       ":2:6: CURSTEP: expected a step of route \"Long\", from 1 to 5, found \"6\""},
      {"WIP.txt", "w2", "w1", ":3:1: LOT: expected each name once, found \"w1\" again"},
      {"WIP.txt", "LOT", "LOTS",
       ":1: LOT: expected a column of this name, found \"LOTS\", \"PART\", \"PRIOR\", \"PIECES\", "
       "\"START\", \"CURSTEP\" and \"DUE\", did you mean \"LOTS\"?"},
  });
}

TEST_CASE("autosched: mistakes in the folder") {
  for (const char* name : {"part.txt", "order.txt"}) {
    AutoschedFiles files = tiny_autosched();
    files.erase(name);
    CHECK(error_of(files) == std::string(name) + ": there is no such file, and a fab needs one");
  }
  AutoschedFiles files = tiny_autosched();
  files.erase("tool.txt.1l");
  CHECK(error_of(files) ==
        "tool.txt: there is no such file and no tool.txt.1l either, and a fab needs one");
  files["tool.txt"] = with_tabs("STNFAM|STNGRP|STNFAMLOC|STNQTY\n");
  CHECK(error_of(files) ==
        "tool.txt:1: expected at least one tool family, found only a header row");
  files["tool.txt"] = "";
  CHECK(error_of(files) == "tool.txt:1: expected a header row, found an empty file");
  files = tiny_autosched();
  files["part.txt"] = with_tabs("PART|ROUTEFILE|ROUTE\n");
  CHECK(error_of(files) == "part.txt:1: expected at least one part, found only a header row");
}

TEST_CASE("autosched: mistakes between files") {
  AutoschedFiles files = tiny_autosched();
  // A route's name stands for one route.
  files["part.txt"] = edited(files["part.txt"], "probe|flow_b.txt|Short", "probe|flow_c.txt|Short");
  files["flow_c.txt"] = files["flow_b.txt"];
  CHECK(error_of(files) ==
        "part.txt:4:3: ROUTEFILE: expected \"flow_b.txt\", where route \"Short\" "
        "was above, found \"flow_c.txt\"");

  // The last step has none after it.
  files = tiny_autosched();
  files["flow_b.txt"] = with_tabs(
      "ROUTE|STEP|STNFAM|PTIME|PTUNITS|PTPER|STEP_CQT|CQT|CQTUNITS\n"
      "Short|1|Oven|1|min|per_lot|2|1|hr\n");
  CHECK(error_of(files) ==
        "flow_b.txt:2:7: STEP_CQT: expected nothing in the last step, as a later one "
        "of this route, found \"2\"");

  // A time without a column for its unit.
  files["flow_b.txt"] = with_tabs("ROUTE|STEP|STNFAM|PTIME|PTPER\nShort|1|Oven|1|per_lot\n");
  CHECK(error_of(files) ==
        "flow_b.txt:2:4: PTIME: expected a column with this time's unit beside it, "
        "found \"1\"");
}
