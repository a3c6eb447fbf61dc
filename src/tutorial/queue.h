// The world of docs/your-first-world.md: a counter with a line and a few servers (M/M/c).
#pragma once

#include <memory>

#include "base/random.h"
#include "kernel/fifo.h"
#include "kernel/metrics.h"
#include "kernel/world.h"

namespace dure::tutorial {

struct Model {
  uint64_t seed = 1;
  Duration mean_gap = 50_s;       // between two arrivals
  Duration mean_service = 180_s;  // of one customer
  uint32_t servers = 4;           // open at the start
  Duration review = {};           // how often a policy sets the number of servers; 0: never
};

struct Customer {
  Time arrived;
  Duration service;  // how long it will take
};

struct Review {  // a question: how many servers from now on?
  uint32_t waiting = 0;
  uint32_t open = 0;
};
struct Staff {  // the answer
  uint32_t servers = 0;
};

class Queue : public EventWorld<Queue, Review, Staff> {
 public:
  explicit Queue(const Model& model)
      : model_(std::make_shared<const Model>(model)), seed_(model.seed), open_(model.servers) {
    in(random(kArrival, 0, model.mean_gap), kArrival, 0);
    if (model.review > 0_s) in(model.review, kReview);
    staff_.set(now(), open_);
  }

  void handle(const Event& event) {
    switch (event.kind) {
      case kArrival: {
        const uint32_t next = event.entity + 1;
        line_.push({now(), random(kService, event.entity, model_->mean_service)});
        in(random(kArrival, next, model_->mean_gap), kArrival, next);
      } break;
      case kDeparture:
        --busy_;
        break;
      case kReview:
        ask({static_cast<uint32_t>(line_.size()), open_});
        in(model_->review, kReview);
        break;
    }
    serve();
  }

  void act(const Staff& staff) {
    open_ = staff.servers;
    staff_.set(now(), open_);
    serve();
  }

  // From here on other customers come: a branch must not know the future.
  void reseed(uint64_t seed) { seed_ = seed; }

  const Quantiles& waits() const { return waits_; }  // ns, of customers served or in service
  double mean_line() const { return waiting_.mean(now()); }  // customers
  double mean_staff() const { return staff_.mean(now()); }   // servers

  void fields(auto& visit) {
    visit_base(visit);
    visit(seed_, line_, open_, busy_, waits_, waiting_, staff_);
  }

 private:
  enum Kind : uint32_t { kArrival, kDeparture, kReview, kService };

  // The same for customer number n in every run with this seed, whoever is served when.
  Duration random(Kind kind, uint64_t n, Duration mean) const {
    const double ns = Random{seed_, kind, n}.exponential(static_cast<double>(mean.ns));
    return Duration{static_cast<int64_t>(ns)};
  }

  void serve() {
    while (busy_ < open_ && !line_.empty()) {
      const Customer customer = line_.pop();
      waits_.add((now() - customer.arrived).ns);
      ++busy_;
      in(customer.service, kDeparture);
    }
    waiting_.set(now(), static_cast<double>(line_.size()));
  }

  std::shared_ptr<const Model> model_;
  uint64_t seed_ = 0;
  Fifo<Customer> line_;
  uint32_t open_ = 0;
  uint32_t busy_ = 0;
  Quantiles waits_;       // ns
  TimeWeighted waiting_;  // customers
  TimeWeighted staff_;    // servers
};

}  // namespace dure::tutorial
