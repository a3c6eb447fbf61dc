// Ranges of numbers on the command line, whose mistakes are told like those of scenarios. Only
// command lines that dure.main.cc sees include it: CLI11 is seen there alone.
#pragma once

#include <cmath>
#include <string>

#include <CLI/CLI.hpp>

#include "base/text.h"

namespace dure::cli {

// For transform(): also "1e4" is a whole number.
inline CLI::Validator whole_number(int64_t least, int64_t most) {
  return CLI::Validator(
      [least, most](std::string& text) -> std::string {
        const Result<double> x = parse_double(text);
        if (!x || *x != std::floor(*x) || *x < static_cast<double>(least) ||
            *x > static_cast<double>(most))
          return "expected a whole number " + range_text(least, most) + ", found " +
                 dure::quoted(text);
        text = std::to_string(static_cast<int64_t>(*x));
        return "";
      },
      "");
}

// For check().
inline CLI::Validator number(double least, double most) {
  return CLI::Validator(
      [least, most](std::string& text) -> std::string {
        const Result<double> x = parse_double(text);
        if (x && *x >= least && *x <= most) return "";
        return "expected a number " + range_text(least, most) + ", found " + dure::quoted(text);
      },
      "");
}

}  // namespace dure::cli
