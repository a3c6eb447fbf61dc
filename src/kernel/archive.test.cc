#include "kernel/archive.h"

#include <doctest/doctest.h>

#include "base/time.h"

using namespace dure;

namespace {

struct Inner {
  double x = 0;
  uint32_t n = 0;
  void fields(auto& visit) { visit(x, n); }
  bool operator==(const Inner&) const = default;
};

enum class Colour : uint8_t { red, green };

struct Everything {
  bool flag = false;
  Colour colour = Colour::red;
  int64_t whole = 0;
  double real = 0;
  float narrow = 0;
  Time time;
  std::string text;
  std::array<uint16_t, 3> three{};
  std::array<Inner, 2> two{};
  std::optional<Inner> maybe;
  std::optional<uint32_t> maybe_not;
  std::variant<uint32_t, Inner, std::string> any;
  std::vector<uint32_t> numbers;
  std::vector<Inner> inners;
  std::vector<std::string> texts;
  std::vector<std::vector<uint64_t>> nested;
  Inner inner;

  void fields(auto& visit) {
    visit(flag, colour, whole, real, narrow, time, text, three, two, maybe, maybe_not, any, numbers,
          inners, texts, nested, inner);
  }
  bool operator==(const Everything&) const = default;
};

Everything example() {
  Everything e;
  e.flag = true;
  e.colour = Colour::green;
  e.whole = -5;
  e.real = 0.1;
  e.narrow = 2.5f;
  e.time = Time{123456789};
  e.text = "두레";
  e.three = {1, 2, 3};
  e.two = {Inner{1.5, 1}, Inner{2.5, 2}};
  e.maybe = Inner{3.5, 3};
  e.any = std::string("third");
  e.numbers = {7, 8, 9};
  e.inners = {{4.5, 4}, {5.5, 5}};
  e.texts = {"", "a", "bc"};
  e.nested = {{}, {1}, {2, 3}};
  e.inner = {6.5, 6};
  return e;
}

std::string bytes_of(const Everything& e) {
  StateWriter w;
  w(e);
  return w.bytes();
}

}  // namespace

TEST_CASE("archive: every kind of field comes back") {
  const Everything before = example();
  const std::string bytes = bytes_of(before);
  for (Everything after : {Everything{}, example()}) {
    StateReader r(bytes);
    r(after);
    CHECK(r.finished());
    CHECK((after == before));
    CHECK(digest_of(after) == digest_of(before));
  }
}

TEST_CASE("archive: a change of any field changes the digest") {
  const uint64_t digest = digest_of(example());
  auto changed = [&](auto change) {
    Everything e = example();
    change(e);
    return digest_of(e) != digest;
  };
  CHECK(changed([](auto& e) { e.flag = false; }));
  CHECK(changed([](auto& e) { e.real += 1e-16; }));
  CHECK(changed([](auto& e) { e.maybe.reset(); }));
  CHECK(changed([](auto& e) { e.any = 5u; }));
  CHECK(changed([](auto& e) { e.inners[1].n = 0; }));
  CHECK(changed([](auto& e) { e.texts = {"a", "", "bc"}; }));
  CHECK(changed([](auto& e) { e.nested = {{1}, {}, {2, 3}}; }));
}

TEST_CASE("archive: truncated input is noticed at every byte") {
  const std::string bytes = bytes_of(example());
  for (size_t n = 0; n < bytes.size(); ++n) {
    Everything e;
    StateReader r(std::string_view(bytes).substr(0, n));
    r(e);
    REQUIRE(!r.ok());
    REQUIRE(!r.finished());
  }
  Everything e;
  const std::string longer = bytes + "x";
  StateReader r(longer);
  r(e);
  CHECK(r.ok());
  CHECK(!r.finished());
}

TEST_CASE("archive: damaged input never crashes nor allocates without bound") {
  const std::string bytes = bytes_of(example());
  for (size_t i = 0; i < bytes.size(); ++i) {
    for (const unsigned char flip : {0x01, 0x80, 0xff}) {
      std::string damaged = bytes;
      damaged[i] = static_cast<char>(damaged[i] ^ flip);
      Everything e;
      StateReader r(damaged);
      r(e);
      REQUIRE(e.numbers.size() <= bytes.size());
    }
  }
}

TEST_CASE("archive: a reader that has failed stays so and changes nothing more") {
  StateReader r(std::string_view("ab"));
  uint32_t x = 5;
  uint16_t y = 6;
  r(x, y);
  CHECK(!r.ok());
  CHECK(y == 6);
}
