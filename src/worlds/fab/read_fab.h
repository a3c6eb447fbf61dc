// Reads a fab written by hand, in TOML: tool groups, setups, routes, products, breakdowns,
// maintenance, transport, releases and initial lots. scenarios/minifab.toml is the example;
// `dure describe fab` lists the keys; write_fab.h writes the same form.
//
// Things refer to each other by name. What other formats leave open is settled here: a breakdown's
// first interval is a draw like any other; the first calendar service of a group's tools is spread
// over one interval, that counted in wafers over one count; a step without a name is called by its
// number and tools.
#pragma once

#include "base/config.h"
#include "worlds/fab/model.h"

namespace dure::fab {

// Times of releases and lots count from model.start, which must be set. The model is not finished.
void read_line(ConfigReader& in, Model& model);

// Any of the keys that read_line() asks for is there; the first of them, or "".
std::string_view line_key_given(const ConfigReader& in);

}  // namespace dure::fab
