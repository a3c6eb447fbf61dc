#include "apps/cli/stored_json.h"

#include <functional>

#include <nlohmann/json.hpp>

#include "base/file.h"

namespace dure::cli {
namespace {

using Json = nlohmann::json;

// Runs `read` on the document; whatever in it is missing or of another type is one Error.
Result<void> read_json(std::string_view text, const std::string& file_name,
                       const std::function<void(const Json&)>& read) {
  try {
    const Json json = Json::parse(text);
    if (json.at("schema") != 1) {
      return Error{.message = "expected schema 1, found " + json.at("schema").dump(),
                   .file = file_name};
    }
    read(json);
    return {};
  } catch (const Json::exception& e) {
    return Error{.message = std::string("expected what dure writes there, found something else (") +
                            e.what() + ")",
                 .file = file_name};
  }
}

RunStatus status_of(const std::string& word) {
  if (word == "done") return RunStatus::done;
  return word == "running" ? RunStatus::running : RunStatus::stopped;
}

}  // namespace

Result<RunRecord> parse_record(std::string_view text, const std::string& file_name) {
  RunRecord record;
  DURE_CHECK(read_json(text, file_name, [&](const Json& json) {
    json.at("id").get_to(record.id);
    json.at("title").get_to(record.title);
    json.at("scenario").get_to(record.scenario);
    json.at("world").get_to(record.world);
    json.at("policy").get_to(record.policy);
    json.at("seed").get_to(record.seed);
    json.at("folder").get_to(record.folder);
    json.at("command").get_to(record.command);
    json.at("version").get_to(record.version);
    json.at("started").get_to(record.started);
    if (json.contains("model")) json.at("model").get_to(record.model);
    if (const Json& until = json.at("until_ns"); !until.is_null())
      record.until = Time{until.get<int64_t>()};
    json.at("recorded").get_to(record.recorded);
    record.status = status_of(json.at("status").get<std::string>());
  }));
  return record;
}

Result<StoredSummary> parse_summary(std::string_view text, const std::string& file_name) {
  StoredSummary summary;
  DURE_CHECK(read_json(text, file_name, [&](const Json& json) {
    const Json& run = json.at("run");
    run.at("digest").get_to(summary.digest);
    run.at("events").get_to(summary.events);
    run.at("cpu_s").get_to(summary.cpu_s);
    for (const Json& entry : json.at("kpis")) {
      Kpi kpi;
      entry.at("group").get_to(kpi.group);
      entry.at("key").get_to(kpi.key);
      entry.at("label").get_to(kpi.label);
      entry.at("unit").get_to(kpi.unit);
      if (const Json& value = entry.at("value"); !value.is_null()) kpi.value = value.get<double>();
      summary.kpis.push_back(std::move(kpi));
    }
  }));
  return summary;
}

Result<StoredSummary> read_summary(const RunFolder& folder) {
  DURE_TRY(const std::string text, read_file(folder.summary_file()));
  return parse_summary(text, folder.summary_file());
}

}  // namespace dure::cli
