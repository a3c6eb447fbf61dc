// Any text as a problem's files: a line "@NAME" starts the file of that name, and what is before
// the first is the JSON. As an output file too, put before the auditor.
#include "worlds/floor/read_lorr.h"

#include <map>

#include "base/text.h"
#include "worlds/floor/audit_lorr.h"

using namespace dure;
using namespace dure::floor;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::map<std::string, std::string> files;
  std::string* file = &files[""];
  for (const std::string_view line : split({reinterpret_cast<const char*>(data), size}, '\n')) {
    if (line.starts_with('@') && line.size() > 1) {
      file = &files[std::string(line.substr(1))];
    } else {
      file->append(line).append("\n");
    }
  }
  const auto read = [&](const std::string& name) -> Result<std::optional<LorrFolder::File>> {
    const auto it = files.find(name);
    if (it == files.end()) return std::optional<LorrFolder::File>();
    return std::optional<LorrFolder::File>({name, it->second});
  };
  const Result<LorrProblem> p = parse_lorr(files[""], "problem.json", {read});
  const Result<LorrOutputFile> out = parse_lorr_output(files["output.json"], "output.json");
  constexpr uint32_t few = 10'000;  // only for speed
  if (p && out && p->pool() < few) (void)audit_lorr(*p, *out);
  return 0;
}
