// Where dure finds what it did not get by name: reference data, scenarios, benchmark peers. Folders
// are searched from the working directory first, then where dure was installed or built.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace dure::cli {

const char* version();

// `given` (--data), else $DURE_DATA, else shared/data in the working directory or above it, else
// beside the source tree. It may not exist.
std::string data_folder(const std::optional<std::string>& given);

// Existing ones, in the order they are searched.
std::vector<std::string> scenario_folders();

std::string peers_folder();    // built peer programs; "" when there are none
std::string peers_source();    // bench/peers
std::string results_folder();  // bench/results

// A file that is to be written at the end of some work: better told before that work.
// `option` is the one that gave it.
Result<void> check_out_file(const std::string& path, const char* option = "--out");

// The same, of one that people may have edited since it was written: it must not be there.
Result<void> check_new_file(const std::string& path, const char* option);

// To the file, whole or not at all; without one to standard output.
Result<void> write_or_print(const std::optional<std::string>& path, std::string_view text);

std::string absolute(const std::string& path);
std::string file_name(const std::string& path);  // without folders; "runs/a/" gives "a"

}  // namespace dure::cli
