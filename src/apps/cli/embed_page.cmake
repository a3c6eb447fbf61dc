# cmake -DPAGE=report.html -DOUT=report_page_data.cc -P embed_page.cmake: the page as a C++ string.
file(READ "${PAGE}" page)
set(mark "dure_page")
string(FIND "${page}" ")${mark}\"" found)
if(NOT found EQUAL -1)
  message(FATAL_ERROR "${PAGE} holds )${mark}\", which ends the C++ string")
endif()
file(WRITE "${OUT}" "// Made by embed_page.cmake from ${PAGE}.
#include \"apps/cli/report_page.h\"

namespace dure::cli {
const std::string_view report_page = R\"${mark}(${page})${mark}\";
}  // namespace dure::cli
")
