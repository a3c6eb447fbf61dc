// What an event queue holds, for a world that checks a state it has read: events in no order.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "kernel/event_queue.h"

namespace dure {

template <class Event>
struct PendingEvents {
  int64_t last = -1;  // the time of the last pop
  std::vector<Event> events;

  explicit PendingEvents(EventQueue<Event> queue) { queue.fields(*this); }

  // What EventQueue::fields() hands out: first the time of the last pop.
  void operator()(const auto& first, const auto&...) {
    if (last < 0) last = static_cast<int64_t>(first);
  }
  void raw(const void* data, size_t bytes) {
    const auto* first = static_cast<const Event*>(data);
    events.insert(events.end(), first, first + bytes / sizeof(Event));
  }
};

}  // namespace dure
