#include "worlds/floor/operations.h"

#include <set>
#include <string>

#include <doctest/doctest.h>

namespace dure::floor {
namespace {

std::string text(uint16_t moves, uint32_t length) {
  std::string out;
  for (uint32_t i = 0; i < length; ++i) out += "FRCW"[moves >> (2 * i) & 3];
  return out;
}

// The header's rules, on text: waits only at the ends, no turn undone, at most two turns in a row,
// a turn about clockwise.
bool kept(const std::string& s) {
  const size_t first = s.find_first_not_of('W'), last = s.find_last_not_of('W');
  if (first == std::string::npos) return true;
  const std::string middle = s.substr(first, last - first + 1);
  for (const char* pointless : {"W", "RC", "CR", "CC", "RRR"}) {
    if (middle.find(pointless) != std::string::npos) return false;
  }
  return true;
}

TEST_CASE("operations: of all sequences, those that are not pointless, each once") {
  for (uint32_t length = 1; length <= Operations::kMaxLength; ++length) {
    const Operations o(length);
    CHECK(o.length() == length);
    std::set<std::string> found, expected;
    for (uint32_t i = 0; i < o.size(); ++i) found.insert(text(o.moves(i), length));
    CHECK(found.size() == o.size());
    for (uint32_t moves = 0; moves < 1u << (2 * length); ++moves) {
      const std::string s = text(static_cast<uint16_t>(moves), length);
      if (kept(s)) expected.insert(s);
    }
    CHECK(found == expected);
    CHECK(text(o.moves(o.all_waits()), length) == std::string(length, 'W'));
  }
}

TEST_CASE("operations: the tree is in preorder, and every leaf is its path") {
  const Operations o(5);
  const auto& nodes = o.nodes();
  std::string path;
  uint32_t leaves = 0;
  for (size_t i = 0; i < nodes.size(); ++i) {
    const Operations::Node& n = nodes[i];
    REQUIRE(n.depth >= 1);
    REQUIRE(n.depth <= path.size() + 1);
    path.resize(n.depth - 1u);
    path += "FRCW"[static_cast<int>(n.move)];
    // What is below it, and no more, is skipped.
    size_t end = i + 1;
    while (end < nodes.size() && nodes[end].depth > n.depth) ++end;
    CHECK(n.skip == end);
    uint32_t waits = 0;
    for (uint32_t k = 0; k < path.size(); ++k) waits += path[k] == 'W' ? 5 - k : 0;
    CHECK(n.waits == waits);
    if (n.depth < 5) continue;
    CHECK(n.leaf == leaves++);
    CHECK(text(o.moves(n.leaf), 5) == path);
  }
  CHECK(leaves == o.size());
}

TEST_CASE("operations: what is left of one, and a wait at the end, is one again") {
  for (uint32_t length = 1; length <= 6; ++length) {
    const Operations o(length);
    std::set<uint16_t> all;
    for (uint32_t i = 0; i < o.size(); ++i) all.insert(o.moves(i));
    for (const uint16_t moves : all) {
      const uint32_t rest = moves >> 2 | static_cast<uint32_t>(Move::wait) << (2 * (length - 1));
      CHECK(all.count(static_cast<uint16_t>(rest)) == 1);
    }
  }
}

}  // namespace
}  // namespace dure::floor
