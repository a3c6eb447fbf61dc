// The fab's ports. A world of vehicles (overhead hoist transport) that is linked to `move_request`
// takes the place of Model::transport: it answers each request with `move_done` when the lot is
// there.
#pragma once

#include "kernel/port.h"

namespace dure::fab {

struct MoveRequest {
  uint32_t lot = 0;        // number of the lot in the fab, to be said back
  uint32_t from_tool = 0;  // index; a new lot is at its first step without a move
  uint32_t to_group = 0;
  int32_t priority = 0;
};
inline constexpr Port<MoveRequest> move_request{0, "move request"};

struct MoveDone {
  uint32_t lot = 0;
};
inline constexpr Port<MoveDone> move_done{0, "move done"};

}  // namespace dure::fab
