// Whole files in and out: gzip read transparently, and writes that leave either the old file or the
// new one, never a part. Every failure is an Error that names the file and says what to do.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"

namespace dure {

struct ReadLimits {
  size_t max_bytes = size_t{4} << 30;  // of the content, after decompression
};

// The content of a file, a pipe or a gzip file (recognised by its first bytes, whatever its name;
// several members one after another are one content). A missing, unreadable, too large, truncated
// or damaged file is an Error.
Result<std::string> read_file(const std::string& path, const ReadLimits& limits = {});

// The content of bytes that may be gzip; `name` is for messages.
Result<std::string> gunzip(std::string_view bytes, const std::string& name,
                           const ReadLimits& limits = {});

// Writes to a temporary file in the same folder, then fsync, rename and fsync of the folder. On
// failure the old file is whole and the temporary is gone. A symbolic link is followed, permissions
// of an existing file are kept; a device or pipe (/dev/stdout) is written to directly.
Result<void> write_file_atomic(const std::string& path, std::string_view bytes);

// The folder and those above it that are missing. A folder that is there already is fine.
Result<void> make_directories(const std::string& path);

bool exists(const std::string& path);

}  // namespace dure
