#include "worlds/floor/read_lorr.h"

#include <charconv>
#include <filesystem>
#include <utility>

#include "base/file.h"
#include "base/text.h"
#include "solvers/movingai.h"
#include "worlds/floor/lorr_json.h"

namespace dure::floor {
namespace {

constexpr ReadLimits kLimits{.max_bytes = size_t{1} << 30};
constexpr int64_t kMostEntries = 10'000'000;
constexpr double kMostReveal = 1e6, kMostPool = 1e9;
constexpr int64_t kMostTicks = 1'000'000'000;

// The entries of an agent or task file.
class Entries {
 public:
  Entries(const LorrFolder::File& file, const char* what) : file_(file), what_(what) {}

  // The first line that is no comment.
  Result<int64_t> count() {
    if (!next_line()) return error(std::string("expected the number of ") + what_ + ", found none");
    const Result<int64_t> n = parse_int(line_, 1, kMostEntries);
    if (!n) return error(n.error().message + " as the number of " + what_);
    return count_ = *n;
  }

  // The text of the next entry; false after the last.
  Result<bool> next() {
    if (!next_line()) {
      if (found_ == count_) return false;
      return error("expected " + with_commas(count_) + ' ' + what_ + ", as the file's count says" +
                   ", found " + with_commas(found_));
    }
    if (++found_ > count_)
      return error("expected " + with_commas(count_) + ' ' + what_ + ", as the file's count says" +
                   ", found one more");
    return true;
  }

  std::string_view text() const { return line_; }
  Error error(std::string message) const {
    return {.message = std::move(message), .file = file_.shown, .line = number_};
  }

 private:
  bool next_line() {
    const std::string_view all = file_.text;
    while (at_ < all.size()) {
      const size_t end = std::min(all.find('\n', at_), all.size());
      line_ = trim(all.substr(at_, end - at_));
      at_ = end + 1;
      ++number_;
      if (!line_.empty() && line_.front() != '#') return true;
    }
    return false;
  }

  const LorrFolder::File& file_;
  const char* what_;
  size_t at_ = 0;
  int number_ = 0;
  std::string_view line_;
  int64_t count_ = 0, found_ = 0;
};

// A free cell's vertex.
Result<uint32_t> vertex_at(std::string_view text, const Grid& grid, const Entries& at) {
  int64_t cell = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), cell);
  const auto cells = static_cast<int64_t>(grid.vertex_of.size());
  if (code != std::errc{} || end != text.data() + text.size() || cell < 0 || cell >= cells) {
    const Result<int64_t> read = parse_int(text, 0, cells - 1);
    if (!read) return at.error(read.error().message + " as a cell of the map");
    cell = *read;
  }
  const uint32_t vertex = grid.vertex_of[static_cast<size_t>(cell)];
  if (vertex == kNoVertex) {
    return at.error("expected a free cell, found " + std::to_string(cell) + " (row " +
                    std::to_string(cell / grid.width) + ", column " +
                    std::to_string(cell % grid.width) + "), which is blocked");
  }
  return vertex;
}

Result<void> read_agents(const LorrFolder::File& file, int64_t team, LorrProblem& p) {
  Entries in(file, "agents");
  DURE_TRY(const int64_t count, in.count());
  if (count < team) {
    return in.error("expected at least " + with_commas(team) + " agents, as teamSize says, found " +
                    with_commas(count));
  }
  std::vector<int64_t> robot_at(p.grid.roads.vertices(), -1);
  for (int64_t i = 0;; ++i) {
    DURE_TRY(const bool more, in.next());
    if (!more) return {};
    DURE_TRY(const uint32_t vertex, vertex_at(in.text(), p.grid, in));
    if (i >= team) continue;
    if (robot_at[vertex] >= 0) {
      return in.error("expected a cell of its own for robot " + std::to_string(i) + ", found " +
                      std::string(in.text()) + ", where robot " + std::to_string(robot_at[vertex]) +
                      " stands");
    }
    robot_at[vertex] = i;
    p.starts.push_back(vertex);
  }
}

Result<void> read_tasks(const LorrFolder::File& file, LorrProblem& p) {
  Entries in(file, "tasks");
  DURE_CHECK(in.count());
  p.first_errand.push_back(0);
  for (;;) {
    DURE_TRY(const bool more, in.next());
    if (!more) return {};
    std::string_view rest = in.text();
    for (bool last = false; !last;) {
      const size_t comma = rest.find(',');
      last = comma == std::string_view::npos;
      DURE_TRY(const uint32_t vertex, vertex_at(trim(rest.substr(0, comma)), p.grid, in));
      p.errands.push_back(vertex);
      if (!last) rest.remove_prefix(comma + 1);
    }
    p.first_errand.push_back(static_cast<uint32_t>(p.errands.size()));
  }
}

Result<void> read_map(const LorrFolder::File& file, LorrProblem& p) {
  DURE_TRY(MovingAiMap map, read_movingai_map(file.text, file.shown));
  std::vector<uint8_t> free(map.letters.size());
  for (size_t i = 0; i < free.size(); ++i) free[i] = map.letters[i] != '@' && map.letters[i] != 'T';
  p.grid = make_grid(map.width, map.height, free);
  p.letters = std::move(map.letters);
  return {};
}

Result<Delays> read_delays(const JsonObject& in) {
  const auto one_of = [&](const char* key, const char* first,
                          const char* second) -> Result<bool> {  // whether it is the second
    DURE_TRY(const std::string word, in.text(key));
    if (word == first || word == second) return word == second;
    return in.error(key, "expected " + dure::quoted(first) + " or " + dure::quoted(second) +
                             ", found " + dure::quoted(word));
  };
  Delays d;
  DURE_TRY(const int64_t seed, in.integer("seed", 0, std::numeric_limits<uint32_t>::max()));
  DURE_TRY(const int64_t min, in.integer("minDelay", 1, kMostTicks));
  DURE_TRY(const int64_t max, in.integer("maxDelay", min, kMostTicks));
  d.seed = static_cast<uint32_t>(seed);
  d.min = static_cast<int32_t>(min);
  d.max = static_cast<int32_t>(max);
  DURE_TRY(d.chance, in.number("pDelay", 0, 1));
  DURE_TRY(const bool poisson, one_of("eventModel", "bernoulli", "poisson"));
  d.events = poisson ? Delays::Events::poisson : Delays::Events::bernoulli;
  DURE_TRY(const bool gaussian, one_of("durationModel", "uniform", "gaussian"));
  if (!gaussian) return d;
  d.durations = Delays::Durations::gaussian;
  DURE_TRY(d.mean_ratio, in.number("gaussMeanRatio", 0, 1));
  DURE_TRY(d.sd_ratio, in.number("gaussStdRatio", 0, 1000));
  return d;
}

Result<LorrFolder::File> named_file(const JsonObject& in, const char* key,
                                    const LorrFolder& folder) {
  DURE_TRY(const std::string name, in.text(key));
  DURE_TRY(std::optional<LorrFolder::File> file, folder.read(name));
  if (!file) return in.error(key, "expected a file, found none at " + dure::quoted(name));
  return *std::move(file);
}

std::string stem(const std::string& path) {
  std::filesystem::path name = std::filesystem::path(path).filename();
  while (name.extension() == ".gz" || name.extension() == ".json") name = name.stem();
  return name.string();
}

}  // namespace

Result<LorrProblem> parse_lorr(std::string_view json, const std::string& path,
                               const LorrFolder& folder) {
  DURE_TRY(const Json document, parse_json(json, path));
  DURE_TRY(const JsonObject in, JsonObject::of(document, path));
  LorrProblem p;
  p.name = stem(path);
  DURE_TRY(const int64_t team, in.integer("teamSize", 1, kMostRobots));
  if (in.has("numTasksReveal")) {
    DURE_TRY(p.reveal, in.number("numTasksReveal", 0, kMostReveal));
  }
  const double pool = p.reveal * static_cast<double>(team);
  if (!(pool >= 1 && pool <= kMostPool)) {
    return in.error("numTasksReveal", "expected a number that reveals from 1 to 1,000,000,000 " +
                                          ("tasks to " + with_commas(team)) + " robots, found " +
                                          shortest(p.reveal));
  }
  if (in.has("agentCounter")) {
    DURE_TRY(const int64_t ticks, in.integer("agentCounter", 1, kMostTicks));
    p.ticks_per_move = static_cast<uint32_t>(ticks);
  }
  if (in.has("delayConfig")) {
    DURE_TRY(const JsonObject delays, in.object("delayConfig"));
    DURE_TRY(p.delays, read_delays(delays));
  }
  {
    DURE_TRY(const LorrFolder::File map, named_file(in, "mapFile", folder));
    DURE_CHECK(read_map(map, p));
  }
  {
    DURE_TRY(const LorrFolder::File agents, named_file(in, "agentFile", folder));
    DURE_CHECK(read_agents(agents, team, p));
  }
  DURE_TRY(const LorrFolder::File tasks, named_file(in, "taskFile", folder));
  DURE_CHECK(read_tasks(tasks, p));
  return p;
}

Result<LorrProblem> read_lorr(const std::string& path) {
  DURE_TRY(const std::string json, read_file(path, kLimits));
  const std::filesystem::path folder = std::filesystem::path(path).parent_path();
  const auto read = [&](const std::string& name) -> Result<std::optional<LorrFolder::File>> {
    std::string at = (folder / name).string();
    if (!exists(at)) at += ".gz";
    if (name.empty() || !exists(at)) return std::optional<LorrFolder::File>();
    DURE_TRY(std::string text, read_file(at, kLimits));
    return std::optional<LorrFolder::File>({std::move(at), std::move(text)});
  };
  return parse_lorr(json, path, {read});
}

}  // namespace dure::floor
