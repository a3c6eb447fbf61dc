// What happened in a line, as a CSV file, and its effect on the line's state. In order of time,
// from the line's own time on, up to a watermark: the time until which everything is known.
//
//   time,event,lot,tool,step,until,product,release,priority,wafers,due,setup,service
//
//   release   a new lot of `release` or `product` waits at its first step, or at `step`
//   move      the lot leaves for `step`, to be there at `until`; without `until`: it is there
//   arrive    the lot is there and waits (a lot under way arrives at its `until` by itself)
//   start     the lot goes into `tool`; `until`: expected end. Lots of a batch start at one time
//   finish    its processing ends, and it waits for the next step of its route, unless a move
//             follows; after the last step it leaves the line
//   out       the lot leaves the line, wherever it is
//   priority  the lot's priority is now `priority`
//   down      the tool is down, until the expected `until`; what is inside ends that much later
//   service   the tool is in service until `until`; `service` names which
//   up        the tool is up
//   setup     the tool is set up for `setup` (a start on it sets it up by itself)
//
// The events say all that happens: nothing is simulated in between. Queue times and bound tools
// follow from them as in the world.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "worlds/fab/line_state.h"
#include "worlds/fab/rules.h"

namespace dure::fab {

// The line is at the watermark then: `until`, or the last event. Events before the line's time, out
// of order or after `until`, and those that cannot be, are Errors; the line is of no use then.
// Returns how many there were.
Result<size_t> apply_events(const Model& model, LineState& line, std::string_view text,
                            const std::string& file, std::optional<Time> until);

// Runs a world to `until` and writes down what happens, as such a file.
std::string record_events(World& world, const RuleOptions& rules, Time until);

}  // namespace dure::fab
