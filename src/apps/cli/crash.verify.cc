// Oracle crash: runs of `small` are killed with SIGKILL at moments spread over the run, with a
// snapshot every 10 ms so that some die while one is written; each is resumed and must end with the
// digest of the undisturbed run.
#include <filesystem>

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "apps/cli/scenario_file.h"
#include "base/digest.h"
#include "base/file.h"
#include "kernel/verify.h"

namespace dure::cli {
namespace {

// Starts this program with other arguments, silently.
pid_t start(std::vector<std::string> words) {
  const pid_t child = ::fork();
  if (child != 0) return child;
  std::vector<char*> argv{const_cast<char*>("dure")};
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  if (::freopen("/dev/null", "w", stdout) == nullptr ||
      ::freopen("/dev/null", "w", stderr) == nullptr) {
    ::_exit(127);
  }
  ::execv("/proc/self/exe", argv.data());
  ::_exit(127);
}

int wait_for(pid_t child) {
  int status = 0;
  ::waitpid(child, &status, 0);
  return status;
}

// The digest in a run's summary.json; "" when it has none, as a run that has not ended.
std::string digest_in(const std::string& run) {
  const auto text = read_file(run + "/summary.json");
  const size_t at = text ? text->find("\"digest\": \"0x") : std::string::npos;
  return at == std::string::npos ? "no result" : text->substr(at + 11, 18);
}

Result<std::vector<Check>> crash(const std::string&) {
  DURE_TRY(const ScenarioFile small, load_scenario("small"));
  DURE_TRY(const auto session, small.kind->open(small.config, small.folder));
  session->advance(session->end(), nullptr);
  const std::string expected = digest_text(session->digest());

  std::string folder = std::filesystem::temp_directory_path() / "dure-crash-XXXXXX";
  if (::mkdtemp(folder.data()) == nullptr) {
    return Error{.message = "cannot make a temporary folder", .file = folder};
  }
  constexpr int kRuns = 10;
  int killed = 0, right = 0;
  for (int i = 0; i < kRuns; ++i) {
    const std::string run = folder + "/run" + std::to_string(i);
    const pid_t child =
        start({"run", small.file, "--quiet", "--snapshot-every", "0.01", "--out", run});
    // Not before its folder is there: a run that never began cannot be resumed.
    for (int wait = 0; wait < 2000 && !exists(run + "/run.json"); ++wait) ::usleep(500);
    ::usleep(static_cast<useconds_t>(1'000 + 15'000 * i));
    ::kill(child, SIGKILL);
    const int status = wait_for(child);
    killed += WIFSIGNALED(status);
    if (WIFSIGNALED(status)) wait_for(start({"resume", run, "--quiet"}));
    right += digest_in(run) == expected;
  }
  std::filesystem::remove_all(folder);
  return std::vector<Check>{
      {std::to_string(kRuns) + " runs, " + std::to_string(killed) + " of them killed and resumed",
       "digest " + expected, std::to_string(right) + " equal", "all",
       right == kRuns && killed > 0}};
}

DURE_VERIFY("crash", "our own undisturbed run", "", crash);

}  // namespace
}  // namespace dure::cli
