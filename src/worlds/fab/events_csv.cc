#include "worlds/fab/events_csv.h"

#include <array>

#include "worlds/fab/line_events.h"
#include "worlds/fab/line_fields.h"

namespace dure::fab {
namespace {

enum class Event { release, move, arrive, start, finish, out, priority, down, service, up, setup };
const std::vector<std::string_view> kEvents = {"release", "move", "arrive",   "start",
                                               "finish",  "out",  "priority", "down",
                                               "service", "up",   "setup"};
const std::vector<std::string_view> kColumns = {"time",  "event",   "lot",     "tool",     "step",
                                                "until", "product", "release", "priority", "wafers",
                                                "due",   "setup",   "service"};
enum Column {
  time_,
  event_,
  lot_,
  tool_,
  step_,
  until_,
  product_,
  release_,
  priority_,
  wafers_,
  due_,
  setup_,
  service_,
  kColumnCount
};

class EventsReader {
 public:
  EventsReader(const Model& m, LineState& line, CsvReader& csv, std::optional<Time> until)
      : m_(m), line_(line), csv_(csv), in_(m, csv), apply_(m, line), watermark_(until) {}

  Result<size_t> read() {
    for (size_t i = 0; i < kColumns.size(); ++i) col_[i] = csv_.optional_column(kColumns[i]);
    DURE_TRY(col_[time_], csv_.column("time"));
    DURE_TRY(col_[event_], csv_.column("event"));
    size_t n = 0;
    for (Time last = line_.time;; ++n) {
      DURE_TRY(const bool more, csv_.next());
      if (!more) break;
      DURE_TRY(const Time time, in_.time_or(col_[time_], Time{-1}));
      if (time.ns < 0) return error(time_, "expected a time, found none");
      if (time < last) {
        return error(time_, n == 0 ? "expected a time from the line's, " + to_string(last) +
                                         ", on, found " + to_string(time)
                                   : "expected events in order of time, found " + to_string(time) +
                                         " after " + to_string(last));
      }
      if (watermark_ && time > *watermark_) {
        return error(time_, "expected events up to " + to_string(*watermark_) + ", found one at " +
                                to_string(time));
      }
      apply_.advance(last = time);
      DURE_TRY(const size_t event, in_.word(col_[event_], kEvents));
      DURE_CHECK(apply(static_cast<Event>(event)));
    }
    if (watermark_) apply_.advance(*watermark_);
    apply_.settle();
    DURE_CHECK(check_jobs(m_, line_));
    return n;
  }

 private:
  std::string_view field(Column c) const { return csv_.field(col_[c]); }

  // At the column, if it is there: a missing one cannot be pointed at.
  Error error(Column c, std::string message) const {
    Error e = csv_.error(col_[c], std::move(message));
    if (col_[c] < 0) e.key = kColumns[c];
    return e;
  }
  Result<void> at(Column c, const Result<void>& done) const {
    if (done) return {};
    return error(c, done.error().message);
  }
  Result<void> needs(Column c) const {
    if (!field(c).empty()) return {};
    return error(c, "expected one, for event " + quoted(field(event_)) + ", found none");
  }

  Result<uint32_t> lot() const {
    DURE_CHECK(needs(lot_));
    const uint32_t i = apply_.find(std::string(field(lot_)));
    if (i == kNone) return error(lot_, "expected a lot in the line, found " + quoted(field(lot_)));
    return i;
  }
  Result<uint32_t> tool() const {
    DURE_CHECK(needs(tool_));
    return in_.tool(col_[tool_]);
  }
  Result<Time> until() const {
    DURE_TRY(const Time t, in_.time_or(col_[until_], Time::never()));
    if (t < line_.time)
      return error(until_, "expected a time after the event's, found " + to_string(t));
    return t;
  }

  Result<void> apply(Event event) {
    switch (event) {
      case Event::release:
        return release();
      case Event::move: {
        DURE_TRY(const uint32_t i, lot());
        DURE_CHECK(needs(step_));
        DURE_TRY(const uint32_t step, in_.step(col_[step_], line_.lots[i].product));
        DURE_TRY(const Time t, until());
        apply_.move(i, step, t == Time::never() ? std::nullopt : std::optional(t));
        return {};
      }
      case Event::arrive: {
        DURE_TRY(const uint32_t i, lot());
        return at(lot_, apply_.arrive(i));
      }
      case Event::start: {
        DURE_TRY(const uint32_t i, lot());
        DURE_TRY(const uint32_t t, tool());
        DURE_TRY(const Time end, until());
        return at(tool_, apply_.start(i, t, end));
      }
      case Event::finish: {
        DURE_TRY(const uint32_t i, lot());
        return at(lot_, apply_.finish(i));
      }
      case Event::out: {
        DURE_TRY(const uint32_t i, lot());
        apply_.out(i);
        return {};
      }
      case Event::priority: {
        DURE_TRY(const uint32_t i, lot());
        DURE_CHECK(needs(priority_));
        DURE_TRY(line_.lots[i].priority, in_.priority_or(col_[priority_], 0));
        return {};
      }
      default:
        return apply_to_tool(event);
    }
  }

  Result<void> apply_to_tool(Event event) {
    DURE_TRY(const uint32_t t, tool());
    DURE_TRY(const Time end, until());
    if (event == Event::down) apply_.down(t, end);
    if (event == Event::up) apply_.up(t);
    if (event == Event::setup) {
      DURE_TRY(const uint32_t setup, in_.setup(col_[setup_]));
      apply_.set_up(t, setup);
    }
    if (event == Event::service) {
      DURE_TRY(const std::optional<uint32_t> upkeep, service(t));
      apply_.service(t, end, upkeep);
    }
    return {};
  }

  Result<std::optional<uint32_t>> service(uint32_t tool) const {
    if (field(service_).empty()) return std::optional<uint32_t>();
    std::vector<std::string_view> known;
    for (uint32_t u = m_.upkeeps_of[tool]; u < m_.upkeeps_of[tool + 1]; ++u) {
      const Upkeep& law = m_.upkeeps[m_.attachments[m_.tool_upkeeps[u].attachment].upkeep];
      if (law.kind == Upkeep::Kind::breakdown) continue;
      if (law.name == field(service_)) return std::optional<uint32_t>(u);
      known.push_back(law.name);
    }
    return error(service_,
                 "expected a maintenance of the tool" +
                     (known.empty() ? ", which has none" : ", " + join_quoted(known, "or")) +
                     ", found " + quoted(field(service_)));
  }

  Result<void> release() {
    DURE_CHECK(needs(lot_));
    if (field(release_).empty() && field(product_).empty()) return needs(release_);
    uint32_t stream = kNone, product = 0;
    if (!field(release_).empty()) {
      DURE_TRY(stream, in_.stream(col_[release_]));
      product = m_.streams[stream].product;
    } else {
      DURE_TRY(product, in_.product(col_[product_]));
    }
    LineLot lot = blank_lot(m_, std::string(field(lot_)), product);
    lot.stream = stream;
    lot.released = line_.time;
    if (stream != kNone) {
      const Stream& s = m_.streams[stream];
      lot.priority = s.priority;
      lot.wafers = s.wafers;
      if (s.due.ns >= 0) lot.due = line_.time + s.due;
    }
    DURE_TRY(lot.priority, in_.priority_or(col_[priority_], lot.priority));
    DURE_TRY(lot.wafers, in_.wafers_or(col_[wafers_], lot.wafers));
    DURE_TRY(lot.due, in_.time_or(col_[due_], lot.due));
    if (!field(step_).empty()) {
      DURE_TRY(lot.step, in_.step(col_[step_], product));
    }
    if (line_.lots.size() >= 2'000'000) return error(lot_, "expected at most two million lots");
    return at(lot_, apply_.release(std::move(lot)));
  }

  const Model& m_;
  LineState& line_;
  CsvReader& csv_;
  LineFields in_;
  LineEvents apply_;
  std::optional<Time> watermark_;
  std::array<int, kColumnCount> col_{};
};

}  // namespace

Result<size_t> apply_events(const Model& m, LineState& line, std::string_view text,
                            const std::string& file, std::optional<Time> until) {
  if (until && *until < line.time) {
    return Error{.message = "expected a time from the line's, " + to_string(line.time) +
                            ", on, found " + to_string(*until),
                 .key = "--until"};
  }
  DURE_TRY(CsvReader csv, CsvReader::open(text, file));
  DURE_CHECK(check_columns(csv, kColumns, file));
  return EventsReader(m, line, csv, until).read();
}

}  // namespace dure::fab
