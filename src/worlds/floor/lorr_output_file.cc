#include "worlds/floor/lorr_output_file.h"

#include <limits>

#include "base/file.h"
#include "base/text.h"
#include "worlds/floor/lorr_json.h"

namespace dure::floor {
namespace {

constexpr int64_t kMost = std::numeric_limits<int64_t>::max();
constexpr size_t kMostMoves = size_t{1} << 33;

using File = LorrOutputFile;

class Reader {
 public:
  Reader(const JsonObject& in, const std::string& name) : in_(in), name_(name) {}

  Result<File> read() {
    DURE_CHECK(check_rules());
    DURE_CHECK(read_numbers());
    DURE_CHECK(read_list("start", out_.start, [this](const Json& j) { return start(j); }));
    DURE_CHECK(read_paths("actualPaths", out_.actual));
    if (present("plannerPaths")) {
      out_.planned.emplace();
      DURE_CHECK(read_paths("plannerPaths", *out_.planned));
    }
    DURE_CHECK(read_schedule("actualSchedule", out_.given));
    if (present("plannerSchedule")) {
      out_.proposed.emplace();
      DURE_CHECK(read_schedule("plannerSchedule", *out_.proposed));
    }
    if (present("plannerTimes")) {
      DURE_TRY(const Json* const times, in_.array("plannerTimes"));
      out_.planner_times = times->size();
    }
    DURE_CHECK(read_list("errors", out_.errors, [this](const Json& j) { return move_error(j); }));
    DURE_CHECK(read_list("scheduleErrors", out_.refusals,
                         [this](const Json& j) { return schedule_error(j); }));
    DURE_CHECK(read_list("events", out_.events, [this](const Json& j) { return event(j); }));
    DURE_CHECK(read_list("tasks", out_.tasks, [this](const Json& j) { return task(j); }));
    return std::move(out_);
  }

 private:
  bool present(const char* key) {
    if (in_.has(key)) return true;
    out_.absent.emplace_back(key);
    return false;
  }

  Error error(const std::string& key, std::string message) const {
    return {.message = std::move(message), .file = name_, .key = key};
  }
  static std::string item(const char* key, size_t i) {
    return std::string(key) + '[' + std::to_string(i) + ']';
  }

  // What the file says of the rules that it was made by.
  Result<void> check_rules() const {
    for (const char* key : {"actionModel", "version"}) {
      if (!in_.has(key)) continue;
      DURE_TRY(const std::string text, in_.text(key));
      if (key == std::string_view("actionModel") && text != "MAPF_T")
        return error(key, "expected \"MAPF_T\", found " + dure::quoted(text));
    }
    return {};
  }

  Result<void> read_numbers() {
    const auto read = [this](const char* key, std::optional<int64_t>& to) -> Result<void> {
      if (!present(key)) return {};
      DURE_TRY(to, in_.integer(key, 0, kMost));
      return {};
    };
    DURE_CHECK(read("teamSize", out_.team_size));
    DURE_CHECK(read("numTaskFinished", out_.finished));
    DURE_CHECK(read("makespan", out_.makespan));
    DURE_CHECK(read("numPlannerErrors", out_.planner_errors));
    DURE_CHECK(read("numScheduleErrors", out_.schedule_errors));
    return read("numEntryTimeouts", out_.timeouts);
  }

  // Each entry of the list by `read`, which says what it expected when it gives nothing.
  template <class T, class Read>
  Result<void> read_list(const char* key, std::optional<std::vector<T>>& to, const Read& read) {
    if (!present(key)) return {};
    DURE_TRY(const Json* const list, in_.array(key));
    to.emplace().reserve(list->size());
    for (const Json& json : *list) {
      std::optional<T> one = read(json);
      if (!one) {
        return error(item(key, to->size()), std::string("expected ") + expected_ + ", found " +
                                                dure::quoted(json.dump(-1, ' ', false, kReplace)));
      }
      to->push_back(*std::move(one));
    }
    return {};
  }
  static constexpr auto kReplace = Json::error_handler_t::replace;

  // The whole numbers that a list begins with.
  template <size_t N>
  static std::optional<std::array<int64_t, N>> numbers(const Json& json, size_t size) {
    if (!json.is_array() || json.size() != size) return std::nullopt;
    std::array<int64_t, N> out{};
    for (size_t i = 0; i < N; ++i) {
      if (!json[i].is_number_integer()) return std::nullopt;
      out[i] = json[i].get<int64_t>();
    }
    return out;
  }

  std::optional<File::Start> start(const Json& json) {
    expected_ = "[row, column, heading]";
    const auto n = numbers<2>(json, 3);
    if (!n || !json[2].is_string()) return std::nullopt;
    return File::Start{(*n)[0], (*n)[1], json[2].get<std::string>()};
  }
  std::optional<File::MoveError> move_error(const Json& json) {
    expected_ = "[robot, other, time, text]";
    const auto n = numbers<3>(json, 4);
    if (!n || !json[3].is_string()) return std::nullopt;
    return File::MoveError{(*n)[0], (*n)[1], (*n)[2], json[3].get<std::string>()};
  }
  std::optional<File::ScheduleError> schedule_error(const Json& json) {
    expected_ = "[task, robot, other, time, text]";
    const auto n = numbers<4>(json, 5);
    if (!n || !json[4].is_string()) return std::nullopt;
    return File::ScheduleError{(*n)[0], (*n)[1], (*n)[2], (*n)[3], json[4].get<std::string>()};
  }
  std::optional<File::Event> event(const Json& json) {
    expected_ = "[time, robot, task, errand]";
    const auto n = numbers<4>(json, 4);
    if (!n) return std::nullopt;
    return File::Event{(*n)[0], (*n)[1], (*n)[2], (*n)[3]};
  }
  std::optional<File::Task> task(const Json& json) {
    expected_ = "[task, time, [row, column, ...]]";
    const auto n = numbers<2>(json, 3);
    if (!n || !json[2].is_array()) return std::nullopt;
    File::Task out{(*n)[0], (*n)[1], {}};
    for (const Json& number : json[2]) {
      if (!number.is_number_integer()) return std::nullopt;
      out.cells.push_back(number.get<int64_t>());
    }
    return out;
  }

  // "F,R,W" for each robot, all equally long.
  Result<void> read_paths(const char* key, std::string& to) {
    DURE_TRY(const Json* const list, in_.array(key));
    const bool first = key == std::string_view("actualPaths");
    if (first) out_.robots = static_cast<uint32_t>(list->size());
    if (list->size() != out_.robots) {
      return error(key, "expected " + std::to_string(out_.robots) + " paths, as in actualPaths, " +
                            "found " + std::to_string(list->size()));
    }
    for (size_t i = 0; i < list->size(); ++i) {
      const Json& json = (*list)[i];
      if (!json.is_string())
        return error(item(key, i), "expected a text such as \"F,R,W\", found " + shown(json));
      const auto& path = json.get_ref<const std::string&>();
      const size_t steps = (path.size() + 1) / 2;
      if (first && i == 0) out_.steps = static_cast<uint32_t>(steps);
      if (steps != out_.steps) {
        return error(item(key, i), "expected " + with_commas(out_.steps) +
                                       " actions, as the first robot has, found " +
                                       with_commas(static_cast<int64_t>(steps)));
      }
      if (i == 0) {
        if (steps * list->size() > kMostMoves) return error(key, "expected fewer actions");
        to.resize(steps * list->size());
      }
      for (size_t t = 0; t < steps; ++t) {
        const char letter = path[2 * t];
        const bool ended = 2 * t + 1 == path.size();
        if (std::string_view("FRCWT").find(letter) == std::string_view::npos ||
            (ended ? t + 1 != steps : path[2 * t + 1] != ',' || t + 1 == steps)) {
          Error e = error(item(key, i),
                          "expected letters of F, R, C, W and T with commas between them, found " +
                              dure::quoted(std::string_view(path).substr(2 * t)));
          return e;
        }
        to[t * list->size() + i] = letter;
      }
    }
    return {};
  }

  // "time:task,time:task" for each robot.
  Result<void> read_schedule(const char* key, std::vector<File::Entry>& to) {
    DURE_TRY(const Json* const list, in_.array(key));
    if (list->size() != out_.robots) {
      return error(key, "expected " + std::to_string(out_.robots) + " texts, as in actualPaths, " +
                            "found " + std::to_string(list->size()));
    }
    for (size_t i = 0; i < list->size(); ++i) {
      const Json& json = (*list)[i];
      if (!json.is_string())
        return error(item(key, i), "expected a text such as \"1:0,7:3\", found " + shown(json));
      const auto& text = json.get_ref<const std::string&>();
      if (text.empty()) continue;
      for (const std::string_view entry : split(text, ',')) {
        const size_t colon = entry.find(':');
        const Result<int64_t> time = parse_int(entry.substr(0, colon));
        const Result<int64_t> id =
            parse_int(colon == std::string_view::npos ? "" : entry.substr(colon + 1));
        if (!time || !id)
          return error(item(key, i), "expected time:task, found " + dure::quoted(entry));
        to.push_back({*time, static_cast<uint32_t>(i), *id});
      }
    }
    return {};
  }

  const JsonObject& in_;
  const std::string& name_;
  File out_;
  const char* expected_ = "";
};

}  // namespace

Result<LorrOutputFile> parse_lorr_output(std::string_view json, const std::string& file) {
  DURE_TRY(const Json document, parse_json(json, file));
  DURE_TRY(const JsonObject in, JsonObject::of(document, file));
  return Reader(in, file).read();
}

Result<LorrOutputFile> read_lorr_output(const std::string& path) {
  DURE_TRY(const std::string text, read_file(path));
  return parse_lorr_output(text, path);
}

}  // namespace dure::floor
