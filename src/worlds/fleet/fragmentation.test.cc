// The worked example is from the replay of hkust-adsl/kubernetes-scheduler-simulator that
// fleet.verify.cc checks in full: the typical shapes of openb_pod_list_default and its first
// events.
#include "worlds/fleet/fragmentation.h"

#include <algorithm>

#include <doctest/doctest.h>

#include "base/random.h"

namespace dure::fleet {
namespace {

// The 35 most frequent of 91 shapes, 7,766 of 8,152 pods; then the next two.
std::vector<ShapeCount> openb_shapes() {
  struct Row {
    uint32_t cpu, milli;
    uint64_t count;
  };
  const Row rows[] = {
      {3152, 810, 1047},  {11300, 1000, 874}, {11400, 1000, 599}, {3152, 1000, 470},
      {11908, 470, 388},  {12500, 0, 366},    {8000, 470, 360},   {12000, 1000, 326},
      {32000, 0, 290},    {18708, 1000, 255}, {11908, 650, 237},  {4000, 320, 232},
      {9810, 1000, 195},  {8000, 0, 185},     {8000, 1000, 164},  {4000, 1000, 159},
      {15700, 1000, 158}, {11908, 1000, 153}, {16000, 1000, 150}, {4000, 230, 122},
      {15400, 0, 120},    {6000, 460, 120},   {16500, 0, 95},     {14200, 1000, 93},
      {24200, 1000, 84},  {3152, 590, 75},    {8000, 320, 72},    {4152, 550, 72},
      {11900, 1000, 55},  {4000, 160, 54},    {4152, 370, 45},    {4000, 220, 43},
      {8200, 1000, 41},   {15200, 1000, 36},  {4152, 810, 31},    {16400, 1000, 29},
      {1000, 320, 22}};
  std::vector<ShapeCount> out;
  uint64_t sum = 0;
  for (const Row& r : rows) {
    out.push_back({r.cpu, r.milli, r.milli > 0 ? 1u : 0u, 0, "", r.count});
    sum += r.count;
  }
  // The rest of the 91 are rare: they matter only for the total. Each is rarer than any above.
  for (uint32_t i = 0; sum < 8152; ++i) {
    const uint64_t n = std::min<uint64_t>(20, 8152 - sum);
    out.push_back({100'000 + i, 1000, 8, 0, "", n});
    sum += n;
  }
  return out;
}

double milli(const TargetWorkload& t, uint32_t cpu, std::vector<uint16_t> left) {
  return t.fragmented(cpu, left.data(), static_cast<uint32_t>(left.size()), 0);
}

TEST_CASE("fragmentation: the worked example of openb") {
  auto shapes = openb_shapes();
  Random r{1, 0, 0};
  r.shuffle(std::span(shapes));  // typical_shapes() sorts
  const TargetWorkload t = typical_shapes(shapes);
  REQUIRE(t.shapes().size() == 35);
  CHECK(t.shapes()[0].cpu_milli == 3152);
  CHECK(t.shapes()[0].gpu_milli == 810);
  CHECK(t.shapes()[0].weight == doctest::Approx(0.134818).epsilon(1e-5));
  CHECK(t.shapes()[34].cpu_milli == 4152);

  const auto near = [](double x) { return doctest::Approx(x).epsilon(1e-6); };
  CHECK(milli(t, 104'000, {1000, 1000}) == near(271.9547));  // empty T4 x 2
  CHECK(milli(t, 16'000, {1000, 1000}) == near(359.2583));   // empty P100 x 2: two shapes lack CPU
  CHECK(milli(t, 128'000, std::vector<uint16_t>(8, 1000)) == near(1087.8187));
  CHECK(milli(t, 104'000 - 8200, {0, 1000}) == near(135.9773));  // after pod 4463
  CHECK(milli(t, 16'000 - 8200, {0, 1000}) == near(681.9469));
  CHECK(milli(t, 83'892, {0, 350}) == near(326.4293));  // after pod 7257
  CHECK(milli(t, 79'892, {0, 120}) == near(120.0));     // nothing typical fits
}

TEST_CASE("fragmentation: by its definition, shape by shape") {
  Random r{2, 0, 0};
  for (int round = 0; round < 300; ++round) {
    std::vector<TargetShape> shapes;
    for (uint64_t n = 1 + r.below(12), i = 0; i < n; ++i) {
      TargetShape s;
      s.cpu_milli = static_cast<uint32_t>(r.below(5));
      s.gpus = static_cast<uint32_t>(r.below(4));
      s.gpu_milli = s.gpus == 0   ? 0
                    : s.gpus == 1 ? 100 * static_cast<uint32_t>(1 + r.below(10))
                                  : 1000;
      s.gpu_models = static_cast<uint32_t>(r.below(4));
      s.weight = r.uniform();
      shapes.push_back(s);
    }
    const TargetWorkload t(shapes);
    std::vector<uint16_t> left;
    for (uint64_t g = r.below(9); g > 0; --g)
      left.push_back(static_cast<uint16_t>(r.chance(0.3) ? 1000 : 100 * r.below(11)));
    const auto cpu = static_cast<uint32_t>(r.below(5));
    const auto model = static_cast<uint32_t>(r.below(2));
    double total = 0, expected = 0;
    for (const auto x : left) total += x;
    for (const TargetShape& s : shapes) {
      uint32_t enough = 0;
      double too_small = 0;
      for (const auto x : left) x >= s.gpu_milli ? void(++enough) : void(too_small += x);
      const bool usable = s.gpus > 0 && cpu >= s.cpu_milli && enough >= s.gpus &&
                          (s.gpu_models == 0 || (s.gpu_models >> model & 1));
      expected += s.weight * (usable ? too_small : total);
    }
    REQUIRE(t.fragmented(cpu, left.data(), static_cast<uint32_t>(left.size()), model) ==
            doctest::Approx(expected).epsilon(1e-12));
  }
}

TEST_CASE("fragmentation: nothing left, no GPU or no target counts nothing") {
  const TargetWorkload t = typical_shapes(openb_shapes());
  CHECK(milli(t, 104'000, {0, 0}) == 0);
  CHECK(milli(t, 104'000, {}) == 0);
  CHECK(milli(TargetWorkload(), 104'000, {1000}) == 0);
  CHECK(typical_shapes({}).empty());
}

TEST_CASE("fragmentation: typical shapes stop at 95 % and break ties downwards") {
  // 60 + 20 + 10 = 90 of 100; one of the five equal ones more makes 92, 94, 96: three.
  std::vector<ShapeCount> shapes = {{1, 500, 1, 0, "", 2},   {2, 400, 1, 0, "", 2},
                                    {2, 500, 1, 0, "", 2},   {2, 500, 1, 0, "B", 2},
                                    {2, 500, 1, 0, "A", 2},  {9, 0, 0, 0, "", 60},
                                    {8, 1000, 4, 0, "", 20}, {7, 1000, 8, 0, "", 10}};
  const TargetWorkload t = typical_shapes(shapes);
  REQUIRE(t.shapes().size() == 6);
  CHECK(t.shapes()[0].cpu_milli == 9);
  CHECK(t.shapes()[0].weight == doctest::Approx(60.0 / 96));
  CHECK(t.shapes()[2].gpus == 8);
  for (int i = 3; i < 6; ++i) {  // (2, 500, "B"), (2, 500, "A"), (2, 500, "")
    CHECK(t.shapes()[i].cpu_milli == 2);
    CHECK(t.shapes()[i].gpu_milli == 500);
  }
  double sum = 0;
  for (const TargetShape& s : t.shapes()) sum += s.weight;
  CHECK(sum == doctest::Approx(1));
  // Exactly 95 % is enough.
  CHECK(typical_shapes({{1, 0, 0, 0, "", 95}, {2, 0, 0, 0, "", 5}}).shapes().size() == 1);
}

}  // namespace
}  // namespace dure::fleet
