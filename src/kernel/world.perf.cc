// Copying a world: 10,000 entities of 64 bytes in several vectors and one pending event each.
#include "kernel/world.h"

#include "base/random.h"
#include "base/text.h"
#include "kernel/bench.h"

namespace dure {
namespace {

class Entities : public EventWorld<Entities> {
 public:
  explicit Entities(uint32_t n) : x_(n), y_(n), speed_(n), load_(n), job_(n), state_(n), site_(n) {
    for (uint32_t i = 0; i < n; ++i) in(gap(), 0, i);
  }
  void handle(const Event& e) {
    x_[e.entity] += 1;
    state_[e.entity] ^= 1;
    in(gap(), 0, e.entity);
  }
  void fields(auto& visit) {
    visit_base(visit);
    visit(random_.counter, x_, y_, speed_, load_, job_, state_, site_);
  }

 private:
  Duration gap() { return from_seconds(random_.exponential(1.0)); }

  Random random_{1, 1, 0};
  std::vector<double> x_, y_, speed_, load_;  // [entities]
  std::vector<std::array<uint32_t, 4>> job_;  // [entities]
  std::vector<uint64_t> state_, site_;        // [entities]
};

Result<std::vector<Figure>> copy(const BenchContext& ctx) {
  const uint32_t n = ctx.smoke ? 100 : 10'000;
  Entities world(n);
  run(world, Time{} + 2_s);
  Entities warm = world;
  const int copies = ctx.smoke ? 1 : 1000;
  const double cpu_s = best_cpu_s(ctx.smoke ? 1 : 25, [&] {
    for (int i = 0; i < copies; ++i) {
      warm = world;
      keep(warm);
    }
  });
  Figure f;
  f.what = "copy a world of " + with_commas(n) + " entities into a warm one";
  f.unit = "us";
  f.value = cpu_s / copies * 1e6;
  f.goal = ctx.smoke ? 0 : 25;
  f.higher_is_better = false;
  f.note = "0.8 MB: 64 bytes and one pending event per entity";
  return std::vector<Figure>{f};
}

DURE_BENCH("copy", "what a branch of a world costs", copy);

}  // namespace
}  // namespace dure
