// Reads a fab from a folder of AutoSched AP tables, the form in which the SMT2020 testbed (see
// model.h) is published: part.txt, the route files it names, order.txt, tool.txt.1l (or tool.txt)
// and, where they are there, WIP.txt, setup.txt, setupgrp.txt, downcal.txt, pmcal.txt, attach.txt
// and fromto.txt. gzip is fine.
//
// Columns are found by name; those that are not known are ignored, and the model's assumptions tell
// which. A word that is not known in a known column is an Error. How the tables are taken:
//
//  - tool.txt: a row is a tool group. Areas are the STNGRP there are, locations the STNFAMLOC.
//    STNQTY and STNCAP are 1 when empty, FWLRANK is priority, setup, first in first out.
//  - uniform(mean, offset) is mean +- offset; an empty distribution is constant.
//  - attach.txt: a law for an area becomes an attachment for each group of the area, so there are
//    more attachments than rows. Calendar and counter laws have their first date spread over the
//    tools of a group (Attachment::spread). An empty FOA is the law's own interval.
//  - route files may hold several routes; an empty ROUTE is that of the row above.
//  - order.txt: an empty RPT# never ends, an empty REPEAT is one release.
//  - setupgrp.txt: a setup has one MINRUN for all groups whose RULE is rule_LSSU.
//  - fromto.txt: a pair of locations that is not listed takes no time.
//  - the model starts at the earliest START of order.txt and WIP.txt, read as UTC.
//
// Left out: distributions other than constant, uniform and exponential; batches of several routes
// or steps; a HOTLOT of WIP.txt reserves no tools.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "base/result.h"
#include "worlds/fab/model.h"

namespace dure::fab {

struct AutoschedOptions {
  // uniform(mean, offset) is mean +- offset / 2, as the simulator PySCFabSim draws it.
  bool half_spread = false;
  // Tool k of N has its first maintenance after k/N of FOA; false: all after FOA.
  bool spread_first = true;
  // A breakdown stops the work inside; false: the tool finishes it first, which is closer to the
  // AutoSched results for SMT2020.
  bool breakdowns_interrupt = false;
};

// Files by name.
struct AutoschedFolder {
  std::string path;  // before the names in messages; may be empty
  // The content of a file, or nothing when there is none of that name.
  std::function<Result<std::optional<std::string>>(const std::string& name)> read;
};

// The caller calls Model::finish().
Result<Model> read_autosched(const std::string& folder, const AutoschedOptions& options = {});
Result<Model> parse_autosched(const AutoschedFolder& folder, const AutoschedOptions& options = {});

// Whether it is a folder with part.txt, order.txt and the tools.
bool looks_like_autosched(const std::string& folder);

}  // namespace dure::fab
