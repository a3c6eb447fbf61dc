// The studio's report page, and a run's report made from it: one HTML file that needs nothing else.
#pragma once

#include <string>
#include <string_view>

#include "kernel/report.h"

namespace dure::cli {

extern const std::string_view report_page;  // from studio/dist/report.html, see embed_page.cmake

std::string report_html(const Report& report, const RunInfo& run);

}  // namespace dure::cli
