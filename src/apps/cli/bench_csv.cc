#include "apps/cli/bench_csv.h"

#include "apps/cli/places.h"
#include "apps/cli/wall_clock.h"
#include "base/csv.h"
#include "base/file.h"
#include "base/text.h"

namespace dure::cli {
namespace {

constexpr const char* kHeader =
    "date,cpu,version,bench,figure,unit,value,goal,better,peer,peer_value,ratio,goal_ratio,met,"
    "note\n";

std::string number_or_empty(double x) { return x == 0 ? "" : shortest(x); }

std::string line(const BenchRow& row) {
  const Figure& f = row.figure;
  const PeerResult peer = f.peer.value_or(PeerResult{});
  const bool has_goal = f.goal != 0 || peer.goal_ratio != 0;
  std::string out;
  for (const std::string& text :
       {today(), cpu_name(), std::string(version()), row.bench, f.what, f.unit, shortest(f.value),
        number_or_empty(f.goal), std::string(f.higher_is_better ? "higher" : "lower"), peer.name,
        number_or_empty(peer.value), number_or_empty(f.ratio()), number_or_empty(peer.goal_ratio),
        std::string(!has_goal ? ""
                    : f.met() ? "yes"
                              : "no"),
        f.note}) {
    out += (out.empty() ? "" : ",") + csv_field(text);
  }
  return out + '\n';
}

}  // namespace

std::string cpu_name() {
  const Result<std::string> info = read_file("/proc/cpuinfo");
  if (info) {
    for (const std::string_view text : split(*info, '\n')) {
      const size_t colon = text.find(':');
      if (text.starts_with("model name") && colon != std::string_view::npos) {
        return std::string(trim(text.substr(colon + 1)));
      }
    }
  }
  return "unknown CPU";
}

std::string slug(const std::string& name) {
  std::string out;
  for (const char c : to_lower(name)) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    if (plain) out += c;
    if (!plain && !out.empty() && out.back() != '-') out += '-';
  }
  while (!out.empty() && out.back() == '-') out.pop_back();
  return out;
}

Result<std::string> append_bench_csv(const std::string& folder, const std::vector<BenchRow>& rows) {
  const std::string path = folder + '/' + slug(cpu_name()) + ".csv";
  DURE_CHECK(make_directories(folder));
  std::string text = kHeader;
  if (exists(path)) {
    DURE_TRY(text, read_file(path));
  }
  for (const BenchRow& row : rows) text += line(row);
  DURE_CHECK(write_file_atomic(path, text));
  return path;
}

}  // namespace dure::cli
