#include "apps/cli/run_folder.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <filesystem>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "apps/cli/places.h"
#include "apps/cli/stored_json.h"
#include "base/file.h"
#include "base/json.h"
#include "base/text.h"

namespace fs = std::filesystem;

namespace dure::cli {
namespace {

std::string local_time_stamp() {
  const std::time_t now = std::time(nullptr);
  std::tm local{};
  localtime_r(&now, &local);
  char text[32];
  std::strftime(text, sizeof text, "%Y%m%d-%H%M%S", &local);
  return text;
}

bool is_run(const fs::path& path) { return exists(path / "run.json"); }

std::string lock_file(const RunFolder& folder) { return folder.path + "/.lock"; }

Result<RunFolder> use_folder(const std::string& out) {
  std::error_code error;
  if (is_run(out)) {
    return Error{.message = "holds a run already; `" + resume_hint({out}) +
                            "` goes on with it, another --out starts a new one",
                 .file = out,
                 .key = "--out"};
  }
  if (exists(out) && !fs::is_directory(out, error)) {
    return Error{.message = "expected a folder, found a file", .file = out, .key = "--out"};
  }
  if (exists(out) && !fs::is_empty(out, error)) {
    return Error{.message = "expected a new or empty folder, found files in it",
                 .file = out,
                 .key = "--out"};
  }
  DURE_CHECK(make_directories(out));
  if (::access(out.c_str(), W_OK) != 0) {
    return Error{.message = std::string("cannot write in this folder: ") + std::strerror(errno),
                 .file = out,
                 .key = "--out"};
  }
  return RunFolder{out};
}

}  // namespace

const char* to_string(RunStatus status) {
  switch (status) {
    case RunStatus::running:
      return "running";
    case RunStatus::done:
      return "done";
    case RunStatus::stopped:
      return "stopped";
  }
  return "";
}

std::string RunFolder::id() const { return file_name(absolute(path)); }

Result<RunFolder> make_run_folder(const std::optional<std::string>& out,
                                  const std::string& scenario) {
  if (out) return use_folder(*out);
  DURE_CHECK(make_directories(kRunsFolder));
  const std::string base = std::string(kRunsFolder) + '/' + scenario + '-' + local_time_stamp();
  for (int n = 1;; ++n) {
    const std::string path = n == 1 ? base : base + '-' + std::to_string(n);
    if (::mkdir(path.c_str(), 0777) == 0) return RunFolder{path};
    if (errno != EEXIST) {
      return Error{.message = std::string("cannot make this folder: ") + std::strerror(errno) +
                              "; --out puts the run elsewhere",
                   .file = path};
    }
  }
}

Result<void> write_record(const RunFolder& folder, const RunRecord& record) {
  JsonWriter json(JsonWriter::Style::pretty);
  json.begin_object().field("schema", 1).field("id", record.id).field("title", record.title);
  json.field("scenario", record.scenario).field("world", record.world);
  json.field("policy", record.policy).field("seed", record.seed).field("folder", record.folder);
  json.field("command", record.command).field("version", record.version);
  json.field("started", record.started).field("model", record.model).key("until_ns");
  record.until ? json.value(record.until->ns) : json.null();
  json.field("recorded", record.recorded).field("status", to_string(record.status));
  return write_file_atomic(folder.record_file(), json.end_object().take());
}

Result<RunRecord> read_record(const RunFolder& folder) {
  DURE_TRY(const std::string text, read_file(folder.record_file()));
  return parse_record(text, folder.record_file());
}

std::vector<RunFolder> all_runs() {
  std::vector<RunFolder> out;
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(kRunsFolder, error)) {
    if (is_run(entry.path())) out.push_back({entry.path()});
  }
  std::sort(out.begin(), out.end(),
            [](const RunFolder& a, const RunFolder& b) { return a.path < b.path; });
  return out;
}

Result<RunFolder> find_run(const std::string& name) {
  if (is_run(name)) return RunFolder{name};
  if (name.find('/') != std::string::npos) {
    return Error{.message = exists(name)
                                ? "expected the folder of a run, found one without run.json"
                                : "there is no such folder",
                 .file = name};
  }
  const std::vector<RunFolder> runs = all_runs();
  if (runs.empty()) {
    return Error{.message = "there is no run " + dure::quoted(name) + ": the folder " +
                            kRunsFolder + " holds none; `dure run SCENARIO` makes one"};
  }
  if (name == "last") {
    const RunFolder* last = nullptr;
    std::string last_started;
    for (const RunFolder& run : runs) {
      const Result<RunRecord> record = read_record(run);
      if (!record || record->started < last_started) continue;
      last = &run;
      last_started = record->started;
    }
    if (last == nullptr)
      return Error{.message = "no run.json in " + std::string(kRunsFolder) + " can be read"};
    return *last;
  }
  const RunFolder* found = nullptr;
  for (const RunFolder& run : runs) {
    const std::string id = run.id();
    if (id == name) return run;
    if (!id.starts_with(name)) continue;
    if (found != nullptr) {
      return Error{.message = "more than one run starts with " + dure::quoted(name) + ": " +
                              dure::quoted(found->id()) + " and " + dure::quoted(id)};
    }
    found = &run;
  }
  if (found != nullptr) return *found;
  std::vector<std::string> ids;
  for (const RunFolder& run : runs) ids.push_back(run.id());
  const std::vector<std::string_view> views(ids.begin(), ids.end());
  const std::string hint = did_you_mean(name, views);
  return Error{
      .message =
          "there is no run " + dure::quoted(name) +
          (hint.empty() ? "; `dure runs --all` lists those in " + std::string(kRunsFolder) : hint)};
}

Result<RunLock> RunLock::take(const RunFolder& folder) {
  const int file = ::open(lock_file(folder).c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (file < 0) {
    return Error{.message = std::string("cannot write in this folder: ") + std::strerror(errno),
                 .file = folder.path};
  }
  RunLock lock(file);
  for (int tries = 0; tries < 20; ++tries) {  // is_held() holds it for a moment
    if (::flock(file, LOCK_EX | LOCK_NB) == 0) return lock;
    ::usleep(10'000);
  }
  return Error{.message = "another process is running this run", .file = folder.path};
}

bool RunLock::is_held(const RunFolder& folder) {
  const int file = ::open(lock_file(folder).c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return false;
  const bool free = ::flock(file, LOCK_SH | LOCK_NB) == 0;
  ::close(file);
  return !free;
}

RunLock::~RunLock() {
  if (file_ >= 0) ::close(file_);
}

RunStatus actual_status(const RunFolder& folder, const RunRecord& record) {
  if (record.status == RunStatus::running && !RunLock::is_held(folder)) return RunStatus::stopped;
  return record.status;
}

std::string resume_hint(const RunFolder& folder) {
  const bool by_id =
      absolute(folder.path) == absolute(std::string(kRunsFolder) + '/' + folder.id());
  return "dure resume " + (by_id ? folder.id() : folder.path);
}

}  // namespace dure::cli
