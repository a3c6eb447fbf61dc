#include "base/digest.h"

#include <set>
#include <string>

#include "doctest/doctest.h"

using dure::Digest;

namespace {

uint64_t digest_of(const std::string& s) {
  Digest d;
  d.bytes(s.data(), s.size());
  return d.finish();
}

}  // namespace

TEST_CASE("digest: does not depend on how the bytes were cut") {
  std::string s;
  for (int i = 0; i < 500; ++i) s += static_cast<char>(i * 37);
  const uint64_t whole = digest_of(s);
  for (size_t cut = 0; cut <= 100; ++cut) {
    Digest d;
    d.bytes(s.data(), cut);
    d.bytes(s.data() + cut, 7);
    d.bytes(s.data() + cut + 7, s.size() - cut - 7);
    CHECK(d.finish() == whole);
  }
}

TEST_CASE("digest: every bit and the length count") {
  std::set<uint64_t> seen;
  std::string s(67, '\0');
  for (size_t n = 0; n <= s.size(); ++n) seen.insert(digest_of(s.substr(0, n)));
  CHECK(seen.size() == s.size() + 1);
  for (size_t bit = 0; bit < 8 * s.size(); ++bit) {
    std::string t = s;
    t[bit / 8] = static_cast<char>(1 << (bit % 8));
    seen.insert(digest_of(t));
  }
  CHECK(seen.size() == s.size() + 1 + 8 * s.size());
}

TEST_CASE("digest: pinned, so that a change of the function is noticed") {
  CHECK(dure::digest_text(digest_of("dure")) == "0x168cdcfde135814a");
}
