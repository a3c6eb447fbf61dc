// Small worlds for the kernel's own tests: a Sender and an Echo that talk through ports, and a
// Guesser that asks a question at random times.
#pragma once

#include "base/random.h"
#include "kernel/fifo.h"
#include "kernel/world.h"

namespace dure::test {

struct Ball {
  uint64_t number = 0;
};
inline constexpr Port<Ball> ball_out{0, "ball out"};
inline constexpr Port<Ball> ball_in{1, "ball in"};

// Throws a ball every `every`, counts those that come back, and digests their order.
class Sender : public EventWorld<Sender> {
 public:
  explicit Sender(Duration every) : every_(every) { in(every, 0); }
  void handle(const Event&) {
    outbox_.send(now(), ball_out, Ball{thrown_++});
    in(every_, 0);
  }
  void handle(const Message& m) {
    caught_.push_back(m.as(ball_in).number);
    caught_at_.push_back(now());
  }
  Outbox& outbox() { return outbox_; }
  const std::vector<uint64_t>& caught() const { return caught_; }
  const std::vector<Time>& caught_at() const { return caught_at_; }
  void fields(auto& visit) {
    visit_base(visit);
    visit(every_, thrown_, caught_, caught_at_, outbox_);
  }

 private:
  Duration every_;
  uint64_t thrown_ = 0;
  std::vector<uint64_t> caught_;
  std::vector<Time> caught_at_;
  Outbox outbox_;
};

// Throws each ball back after a random while.
class Echo : public EventWorld<Echo> {
 public:
  explicit Echo(uint64_t seed) : random_{seed, 7, 0} {}
  void handle(const Message& m) {
    balls_.push(m.as(ball_in));
    in(Duration{static_cast<int64_t>(random_.below(3)) * 500'000'000}, 0);
  }
  void handle(const Event&) { outbox_.send(now(), ball_out, balls_.pop()); }
  Outbox& outbox() { return outbox_; }
  void fields(auto& visit) {
    visit_base(visit);
    visit(random_.counter, balls_, outbox_);
  }

 private:
  Random random_;
  Fifo<Ball> balls_;
  Outbox outbox_;
};

struct Question {
  uint64_t number = 0;
};
struct Answer {
  int64_t change = 0;
};

// Asks at random times; an answer and a message both change its score.
class Guesser : public EventWorld<Guesser, Question, Answer> {
 public:
  explicit Guesser(uint64_t seed) : random_{seed, 3, 0} { in(1_s, 0); }
  void handle(const Event& e) {
    if (e.kind == 0) {
      ask({asked_count_++});
      in(from_seconds(random_.exponential(1.0)), 0);
    } else {
      score_ = score_ * 3 + e.entity;
    }
  }
  void handle(const Message& m) {
    if (m.port != ball_in.number || m.size != sizeof(Ball)) return;  // from a fuzzer
    score_ = score_ * 31 + m.as(ball_in).number + static_cast<uint64_t>(now().ns);
    in(1_s, 1, 5);
  }
  void act(const Answer& a) {
    const auto change = static_cast<uint64_t>(a.change);
    score_ = score_ * 7 + change;
    if (change % 3 == 0) in(Duration{static_cast<int64_t>(change % 1'000'000) * 1000}, 1, 9);
  }
  uint64_t score() const { return score_; }
  void fields(auto& visit) {
    visit_base(visit);
    visit(random_.counter, asked_count_, score_);
  }

 private:
  Random random_;
  uint64_t asked_count_ = 0;
  uint64_t score_ = 0;
};

struct AnswerByNumber {
  int64_t salt = 0;
  Answer decide(const Guesser&, const Question& q) {
    return {static_cast<int64_t>(q.number * q.number % 101) + salt};
  }
};

}  // namespace dure::test
