// Reads a floor's tasks from a CSV file, one a row:
//
//   id,release,stops,priority,due,payload_kg
//   A1,90s,receiving;rack 7,0,15min,12
//
//  - stops: in their order, with ';' between them: names of stations, cells "column row" from 0
//    (a comma is fine inside quotes), or names of a road map's vertices
//  - release: a duration from the scenario's start, a number of seconds from it, or a date
//  - due: a duration or a number of seconds from release, or nothing
//  - id is for people, and ignored; of all columns only stops must be there, and others than these
//    are an Error
//
// Rows need not be in order. Left out: stops that are one of several stations at random, which
// [[source]] has, and time windows.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "worlds/floor/model.h"
#include "worlds/floor/sites.h"

namespace dure::floor {

// Adds to the model's lines and stops. `file` is for messages.
Result<void> read_tasks(std::string_view text, const std::string& file, const Sites& sites,
                        Model& model);

}  // namespace dure::floor
