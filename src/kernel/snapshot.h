// Snapshots on disk: one world's state in a file that is versioned, compressed (zstd), checksummed
// and bound to its model. A damaged file, another version's or another model's is refused with a
// sentence that says which; a file is replaced by rename, so a crash leaves the previous one whole.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace dure {

struct Snapshot {
  std::string kind;           // the world's name, "fleet"
  uint64_t model_digest = 0;  // of the immutable Model the state belongs to
  std::string state;          // a StateWriter's bytes
};

// The file's bytes, and back. `file_name` is for the error only.
std::string encode_snapshot(const Snapshot& snapshot);
Result<Snapshot> decode_snapshot(std::string_view bytes, const std::string& file_name);

Result<void> save_snapshot(const std::string& path, const Snapshot& snapshot);
Result<Snapshot> load_snapshot(const std::string& path);

}  // namespace dure
