#include "base/csv.h"

#include <doctest/doctest.h>

using namespace dure;

namespace {

CsvReader opened(std::string_view text, const CsvOptions& options = {}) {
  Result<CsvReader> csv = CsvReader::open(text, "t.csv", options);
  REQUIRE_MESSAGE(csv.ok(), (csv.ok() ? "" : csv.error().text()));
  return *std::move(csv);
}

bool next(CsvReader& csv) {
  const Result<bool> more = csv.next();
  REQUIRE_MESSAGE(more.ok(), (more.ok() ? "" : more.error().text()));
  return *more;
}

// Every row, fields joined with '|' and rows with '\n'.
std::string all(std::string_view text, const CsvOptions& options = {}) {
  CsvReader csv = opened(text, options);
  std::string out;
  while (next(csv)) {
    for (size_t i = 0; i < csv.columns().size(); ++i) {
      if (i > 0) out += '|';
      out += csv.field(static_cast<int>(i));
    }
    out += '\n';
  }
  return out;
}

std::string error_of(std::string_view text, const CsvOptions& options = {}) {
  Result<CsvReader> csv = CsvReader::open(text, "t.csv", options);
  if (!csv) return csv.error().text();
  for (;;) {
    const Result<bool> more = csv->next();
    if (!more) return more.error().text();
    REQUIRE(*more);
  }
}

}  // namespace

TEST_CASE("csv: plain rows") {
  CHECK(all("a,b\n1,2\n3,4\n") == "1|2\n3|4\n");
  CHECK(all("a,b\n1,2\n3,4") == "1|2\n3|4\n");
  CHECK(all("a,b\r\n1,2\r\n3,\r\n") == "1|2\n3|\n");
  CHECK(all("\xEF\xBB\xBF"
            "a,b\n1,2\n\n\r\n\n") == "1|2\n");
  CHECK(all("a,b\n,\n") == "|\n");
  CHECK(all("a,b\n1,") == "1|\n");
  CHECK(all("a|b\n1,5|2\n", {.separator = '|'}) == "1,5|2\n");
  CHECK(all("a\n1\n\n2\n") == "1\n\n2\n");  // with one column an empty line is an empty field
  CHECK(all("a,b\n") == "");
  CHECK(all("a,b\n x , \"\n") == " x | \"\n");
  CHECK(all("1,2\n3,4\n", {.columns = {"x", "y"}}) == "1|2\n3|4\n");
  CHECK(all("", {.columns = {"x", "y"}}) == "");
}

TEST_CASE("csv: quoted fields") {
  CHECK(all("a,b\n\"1,5\",\"x\"\n") == "1,5|x\n");
  CHECK(all("a,b\n\"\",\"\"\n") == "|\n");
  CHECK(all("a,b\n\"say \"\"hi\"\"\",\"\"\"\"\n") == "say \"hi\"|\"\n");
  CHECK(all("a,b\n\"two\nlines\",2\r\n\"x\",\"y\"\r\n") == "two\nlines|2\nx|y\n");
  CHECK(all("\"a\",\"b,c\"\r\n\"1\",\"2\"\r\n") == "1|2\n");
  CHECK(opened("\"a\",\"b,c\"\n").columns() == std::vector<std::string>{"a", "b,c"});
  // Many rewritten fields in one row: views stay good while the buffer grows.
  std::string header = "c0", row = "\"\"\"0\"", expected = "\"0";
  for (int i = 1; i < 200; ++i) {
    const std::string n = std::to_string(i);
    header.append(",c").append(n);
    row.append(",\"\"\"").append(n).append("\"");
    expected.append("|\"").append(n);
  }
  CHECK(all(header + "\n" + row + "\n" + row) == expected + "\n" + expected + "\n");
}

TEST_CASE("csv: line numbers are those of the file") {
  CsvReader csv = opened("a,b\n1,2\n\"x\ny\n\",3\n4,five\n");
  REQUIRE(next(csv));
  CHECK(csv.line() == 2);
  REQUIRE(next(csv));
  CHECK(csv.line() == 3);
  CHECK(csv.field(0) == "x\ny\n");
  REQUIRE(next(csv));
  CHECK(csv.line() == 6);
  CHECK(csv.integer(1).error().text() == "t.csv:6:2: b: expected a whole number, found \"five\"");
  CHECK(!next(csv));
  CHECK(!next(csv));
  CHECK(csv.field(0) == "");
}

TEST_CASE("csv: columns by name") {
  const CsvReader csv = opened(" job ,gpus,,\n");
  CHECK(*csv.column("job") == 0);
  CHECK(*csv.column("gpus") == 1);
  CHECK(csv.optional_column("user") == -1);
  CHECK(csv.optional_column("") == -1);
  CHECK(csv.field(-1) == "");
  CHECK(csv.column("gpu").error().text() ==
        "t.csv:1: gpu: expected a column of this name, found \"job\", \"gpus\", \"\" and \"\", did "
        "you "
        "mean \"gpus\"?");
}

TEST_CASE("csv: values") {
  CsvReader csv = opened("n,x,t,d,s\n 12 ,1.5,2030-01-01,90s,\n,1e400,noon,90,y\n-1,nan,,,\n");
  REQUIRE(next(csv));
  CHECK(*csv.integer(0) == 12);
  CHECK(*csv.number(0) == 12.0);
  CHECK(*csv.number(1, 0, 2) == 1.5);
  CHECK(*csv.time(2) == *parse_time("2030-01-01"));
  CHECK(*csv.duration(3) == 90_s);
  CHECK(csv.text(4).error().text() == "t.csv:2:5: s: expected text, found an empty field");
  CHECK(csv.number(1, 0, 1).error().text() ==
        "t.csv:2:2: x: expected a number from 0 to 1, found \"1.5\"");
  CHECK(csv.integer(0, 0, 8).error().text() ==
        "t.csv:2:1: n: expected a whole number from 0 to 8, found \"12\"");
  REQUIRE(next(csv));
  CHECK(!csv.integer(0));
  CHECK(*csv.integer_or(0, 7) == 7);
  CHECK(*csv.integer_or(-1, 7) == 7);
  CHECK(*csv.number_or(0, 0.5) == 0.5);
  CHECK(!csv.number(1));
  CHECK(!csv.number_or(1, 0.5));
  CHECK(!csv.time(2));
  CHECK(csv.duration(3).error().key == "d");
  CHECK(*csv.text(4) == "y");
  REQUIRE(next(csv));
  CHECK(!csv.integer(0, 0));
  CHECK(!csv.number(1));
  CHECK(csv.error(-1, "no").text() == "t.csv:4: no");
}

TEST_CASE("csv: what is wrong is said with its place") {
  CHECK(error_of("") == "t.csv:1: expected a header row, found an empty file");
  CHECK(error_of("\n\n") == "t.csv:1: expected a header row, found an empty file");
  CHECK(error_of("a,b\n1,2\n1\n") ==
        "t.csv:3: expected 2 fields, as many as there are columns, found 1");
  CHECK(error_of("a,b\n1,2,3\n") ==
        "t.csv:2: expected 2 fields, as many as there are columns, found 3");
  CHECK(error_of("a,b\n\n1,2\n") ==
        "t.csv:2: expected 2 fields, as many as there are columns, found 1");
  CHECK(error_of("a,b\n1,\"x\n2,3\n4,5") ==
        "t.csv:2:2: b: a quoted field starts here and never ends");
  CHECK(error_of("a,b\n1,\"x\"y\n")
            .starts_with("t.csv:2:2: b: expected a separator or a line end after a closing quote, "
                         "found \"y\""));
  CHECK(error_of("a,b,a\n") ==
        "t.csv:1:3: a: expected each column once, found it as columns 1 and 3");
  CHECK(error_of("\xFF\xFE"
                 "a")
            .find("UTF-16") != std::string::npos);
  CHECK(error_of("\"a\n\",b\n1,2") ==
        "t.csv:1: expected a header row on one line, found a quoted line end in it");
}
