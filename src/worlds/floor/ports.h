// The floor's ports: what robots see goes out, commands come in. A world of networks and servers
// that is linked to both decides how old a command is when it arrives; with nothing linked commands
// are always fresh.
#pragma once

#include "base/time.h"
#include "kernel/port.h"

namespace dure::floor {

struct SensorFrame {
  uint64_t frame = 0;  // of this robot, 0, 1, ...
  Time sensed;
  uint32_t robot = 0;
  uint32_t bytes = 0;
};
inline constexpr Port<SensorFrame> sensor_frame_out{0, "sensor frame out"};

// Says the frame back that the command was worked out from.
struct Command {
  uint64_t frame = 0;
  Time sensed;
  uint32_t robot = 0;
  uint32_t reserved = 0;
};
inline constexpr Port<Command> command_in{0, "command in"};

}  // namespace dure::floor
