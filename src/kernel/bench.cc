#include "kernel/bench.h"

#include <algorithm>
#include <cstdlib>
#include <ctime>

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace dure {
namespace {

// The text or number after "key": in one flat JSON object that our own peer programs print.
std::string json_field(const std::string& line, const std::string& key) {
  const std::string quoted = "\"" + key + "\":";
  size_t at = line.find(quoted);
  if (at == std::string::npos) return "";
  at += quoted.size();
  while (at < line.size() && line[at] == ' ') ++at;
  if (at < line.size() && line[at] == '"') {
    const size_t end = line.find('"', at + 1);
    return end == std::string::npos ? "" : line.substr(at + 1, end - at - 1);
  }
  return line.substr(at, line.find_first_of(",}", at) - at);
}

}  // namespace

std::vector<Bench>& benches() {
  static std::vector<Bench> all;
  return all;
}

double user_cpu_s() {
  rusage u{};
  getrusage(RUSAGE_SELF, &u);
  return static_cast<double>(u.ru_utime.tv_sec) + static_cast<double>(u.ru_utime.tv_usec) * 1e-6;
}

double thread_cpu_s() {
  timespec t{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
}

double best_cpu_s(int repeats, const std::function<void()>& work) {
  double best = 1e300;
  for (int i = 0; i < repeats; ++i) {
    const double start = user_cpu_s();
    work();
    best = std::min(best, user_cpu_s() - start);
  }
  return best;
}

double peak_memory_mib() {
  rusage u{};
  getrusage(RUSAGE_SELF, &u);
  return static_cast<double>(u.ru_maxrss) / 1024;
}

std::optional<PeerLine> run_peer(const std::vector<std::string>& command) {
  int fds[2];
  if (pipe(fds) != 0) return std::nullopt;
  const pid_t child = fork();
  if (child < 0) return std::nullopt;
  if (child == 0) {
    dup2(fds[1], STDOUT_FILENO);
    close(fds[0]);
    close(fds[1]);
    std::vector<char*> argv;
    for (const auto& word : command) argv.push_back(const_cast<char*>(word.c_str()));
    argv.push_back(nullptr);
    execvp(argv[0], argv.data());
    _exit(127);
  }
  close(fds[1]);
  std::string out;
  char chunk[4096];
  for (ssize_t n; (n = read(fds[0], chunk, sizeof chunk)) > 0;)
    out.append(chunk, static_cast<size_t>(n));
  close(fds[0]);
  int status = 0;
  waitpid(child, &status, 0);
  if (status != 0 || out.find('{') == std::string::npos) return std::nullopt;
  const std::string line = out.substr(out.find('{'));
  PeerLine p;
  p.peer = json_field(line, "peer");
  p.version = json_field(line, "version");
  p.note = json_field(line, "note");
  p.rate_per_s = std::atof(json_field(line, "rate_per_s").c_str());
  p.cpu_s = std::atof(json_field(line, "cpu_s").c_str());
  return p;
}

}  // namespace dure
