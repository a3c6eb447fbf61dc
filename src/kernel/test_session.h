// For tests of worlds' kinds: what every session has to do.
#pragma once

#include <string>

#include <doctest/doctest.h>

#include "kernel/session.h"
#include "kernel/snapshot.h"

namespace dure {

// A session goes on from its snapshot as if it had not stopped.
inline void check_goes_on(const WorldKind& kind, const Config& config, Duration stop) {
  const auto straight = kind.open(config, ".");
  const auto before = kind.open(config, ".");
  const auto after = kind.open(config, ".");
  REQUIRE(straight.ok());
  REQUIRE(before.ok());
  REQUIRE(after.ok());
  (*straight)->advance((*straight)->end(), nullptr);
  (*before)->advance((*before)->start() + stop, nullptr);
  const auto decoded = decode_snapshot(encode_snapshot((*before)->snapshot()), "snapshot");
  REQUIRE(decoded.ok());
  REQUIRE((*after)->restore(*decoded, "snapshot").ok());
  (*after)->advance((*after)->end(), nullptr);
  CHECK((*after)->digest() == (*straight)->digest());
  CHECK((*after)->events_handled() == (*straight)->events_handled());
}

}  // namespace dure
