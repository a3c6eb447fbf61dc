#include "worlds/fleet/read_formats.h"

#include <doctest/doctest.h>

#include "../tests/reference_data.h"

using namespace dure;
using namespace dure::fleet;

namespace {

std::string error_of(std::string_view format, const std::vector<std::string>& files,
                     const std::map<std::string, std::string>& options = {}) {
  const Result<const TraceFormat*> found = find_trace_format(format);
  if (!found) return found.error().text();
  const Result<Trace> trace = (*found)->read(files, options);
  return trace ? "no error" : trace.error().text();
}

}  // namespace

TEST_CASE("formats: the table") {
  std::vector<std::string> names;
  for (const TraceFormat& f : trace_formats()) names.push_back(f.name);
  CHECK(names == std::vector<std::string>{"openb", "philly", "swf", "sacct", "dure"});
  for (const TraceFormat& f : trace_formats()) CHECK(f.min_files <= f.max_files);
}

TEST_CASE("formats: bad names, files and options") {
  CHECK(error_of("swff", {}) ==
        "expected a format among \"openb\", \"philly\", \"swf\", \"sacct\" and \"dure\", found "
        "\"swff\", "
        "did you mean \"swf\"?");
  CHECK(error_of("openb", {"a"}) == "format openb: expected 2 paths (NODES PODS), found 1");
  CHECK(error_of("sacct", {}) == "format sacct: expected 1 to 2 paths (JOBS [NODES]), found 0");
  CHECK(error_of("swf", {"a", "b"}) == "format swf: expected 1 path (JOBS), found 2");
  CHECK(error_of("dure", {"a"}, {{"x", "1"}}) == "format dure: expected no options, found \"x\"");
  CHECK(error_of("philly", {"a", "b"}, {{"devide", "4"}}) ==
        "format philly: expected an option among \"divide\", found \"devide\", did you mean "
        "\"divide\"?");
  CHECK(error_of("philly", {"a", "b"}, {{"divide", "0"}})
            .starts_with("divide: expected a whole number"));
  CHECK(error_of("openb", {"a", "b"}, {{"arrivals", "one-per-minute"}})
            .starts_with(
                "arrivals: expected \"creation\" or \"one-per-second\", found \"one-per-minute\""));
  CHECK(error_of("swf", {"a"}, {{"processor", "tpu"}}).starts_with("processor: expected"));
  CHECK(error_of("swf", {"a"}, {{"processor", "gpu"}, {"per_node", "64"}}) ==
        "per_node: expected a whole number from 1 to 32, found \"64\"");
  CHECK(error_of("sacct", {"a"}, {{"delimiter", "||"}}) ==
        "delimiter: expected one character or \\t, found \"||\"");
  CHECK(error_of("sacct", {"a"}, {{"unfinished", ""}}).starts_with("unfinished: expected"));
  CHECK(error_of("swf", {"/nonexistent/log.swf"}) == "/nonexistent/log.swf: there is no such file");
}

TEST_CASE("formats: read by name") {
  const auto folder = reference_data("fleet");
  if (!folder) return;
  CHECK(error_of("philly",
                 {*folder + "/philly-vc/jobs.csv.gz", *folder + "/philly-vc/vc_nodes.csv"},
                 {{"divide", "4"}}) == "no error");
  CHECK(error_of("openb",
                 {*folder + "/openb/openb_node_list_gpu_node.csv",
                  *folder + "/openb/openb_pod_list_gpuspec10.csv.gz"},
                 {{"arrivals", "one-per-second"}}) == "no error");
}
