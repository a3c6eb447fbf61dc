#include "apps/cli/report_page.h"

#include "base/assert.h"

namespace dure::cli {

std::string report_html(const Report& report, const RunInfo& run) {
  constexpr std::string_view placeholder = R"({"dure":"data"})";
  const size_t at = report_page.find(placeholder);
  DURE_ASSERT(at != std::string_view::npos, "the report page holds no placeholder");
  std::string out(report_page.substr(0, at));
  // Nothing in the data may look like a tag to the browser. In JSON, '<' stands only inside text.
  for (const char c : report_json(report, run)) {
    if (c == '<') {
      out += "\\u003c";
    } else {
      out += c;
    }
  }
  out += report_page.substr(at + placeholder.size());
  return out;
}

}  // namespace dure::cli
