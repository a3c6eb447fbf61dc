// World::consistent(): whether a state that was read can be one of its model's. Everything that the
// world would else rely on without a further look is reckoned anew, in one pass over the state.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "worlds/fleet/world.h"

namespace dure::fleet {

struct World::Consistency {
  const World& w;
  const Model& m;
  std::vector<uint32_t> running{};  // slots
  std::vector<uint32_t> absent{};   // [nodes] deliveries that are to come
  std::vector<uint32_t> reasons{};  // [nodes] to be down, whose end is among the events
  std::vector<uint8_t> stepped{};   // [quotas] 1: not yet
  std::vector<uint8_t> to_fall{};   // [power_caps] 1: not yet in force

  explicit Consistency(const World& world) : w(world), m(*world.model_) {}

  bool all();

  // ---- world_consistent.cc ----
  bool sizes() const;
  // What is asked about, and when samples are taken. A world that waits for an answer is not saved.
  bool times() const;
  bool between(Time t) const { return m.start <= t && t <= w.now_; }
  // Levels are sums of whole numbers, so exact. Without `value`: any.
  bool is_level(const TimeWeighted& t, std::optional<uint64_t> value) const;
  bool is_series(const Series& s) const;
  static bool is_quantiles(const Quantiles& q);

  // ---- world_consistent_jobs.cc ----
  bool jobs();
  // On nodes that are up, of one pool that its queue may use.
  bool is_attempt(const JobSlot& s) const;
  // How far it has come.
  bool is_under_way(const JobSlot& s) const;
  // Every place is one job's or free, and links lead through the tasks of each node.
  bool blocks() const;
  bool queues() const;
  // Every running job once, in order.
  bool ends() const;

  // ---- world_consistent_events.cc ----
  bool events();
  static bool is_of_attempt(Event::Kind kind);
  // The state is one in which the event may come, at its time.
  bool expected(const Event& e) const;
  void count_reasons(const std::vector<uint8_t>& delivery, const std::vector<uint8_t>& repaired,
                     const std::vector<uint8_t>& over, const std::vector<uint8_t>& begins,
                     const std::vector<uint8_t>& ends);

  // ---- world_consistent_nodes.cc ----
  // As the running jobs leave them.
  bool nodes() const;
  bool give(World& to, const Place& p, const Job& job) const;
  bool accounts() const;
  bool owners() const;
  bool pools() const;

  // ---- world_consistent_parts.cc ----
  bool elastic() const;
  // A running job that no list before names.
  bool is_listed(uint32_t i, std::vector<uint8_t>& seen) const;
  bool services() const;
  bool resources() const;
  bool power() const;
};

}  // namespace dure::fleet
