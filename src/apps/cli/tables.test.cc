#include <doctest/doctest.h>

#include "apps/cli/figures.h"
#include "apps/cli/kpi_table.h"
#include "apps/cli/terminal.h"
#include "apps/cli/text_table.h"

using namespace dure;
using namespace dure::cli;

TEST_CASE("Korean takes two columns") {
  CHECK(display_width("abc") == 3);
  CHECK(display_width("두레") == 4);
  CHECK(display_width("é…") == 2);
  CHECK(pad_left("두레", 6) == "  두레");
  CHECK(cut_to("abcdef", 4) == "abc…");
  CHECK(cut_to("두레두레", 6) == "두레…");
}

TEST_CASE("text is wrapped at spaces") {
  CHECK(wrap("a bb ccc dddd", 6) == std::vector<std::string>{"a bb", "ccc", "dddd"});
  CHECK(wrap("", 6).empty());
  CHECK(wrapped("one two", 2, 80) == "  one two\n");
}

TEST_CASE("a table aligns its columns and wraps the last") {
  TextTable table({TextTable::Align::left, TextTable::Align::right});
  table.row({"name", "n", "note"});
  table.row({"x", "1,000", "short"});
  CHECK(table.text() == "name      n  note\nx     1,000  short\n");
  CHECK(table.width(2) == 20);
}

TEST_CASE("figures for people") {
  CHECK(number(1234567) == "1,234,567");
  CHECK(number(84.984) == "84.98");
  CHECK(number(12345.6) == "12,346");
  CHECK(number(0) == "0");
  CHECK(number(0.5525) == "0.5525");
  CHECK(figure(5472.0, "s") == "1.52 h");
  CHECK(figure(85.5, "%") == "85.50 %");
  CHECK(figure(std::nullopt, "%") == "-");
}

TEST_CASE("KPIs: the first group as a list, others as a matrix of whichever form fits") {
  std::vector<Kpi> kpis;
  for (const char* group : {"All", "Naver", "SK"}) {
    kpis.push_back({group, "gpus", "GPUs", "GPUs", 1000});
    kpis.push_back({group, "wait", "Wait", "s", 60});
  }
  CHECK(kpi_table(kpis, 80) ==
        "All\n  GPUs  1,000 GPUs\n  Wait       1 min\n\n"
        "              Naver     SK\n"
        "  GPUs  GPUs  1,000  1,000\n"
        "  Wait        1 min  1 min\n");
  CHECK(kpi_table({}, 80).empty());
}
