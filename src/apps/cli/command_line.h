// Texts around the command line.
#pragma once

#include <string>

namespace dure::cli {

std::string overview();     // what `dure` alone prints
std::string import_help();  // examples, and the formats
// The command as it was typed, quoted for a shell.
std::string typed_command(int argc, char** argv);

}  // namespace dure::cli
