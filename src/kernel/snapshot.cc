#include "kernel/snapshot.h"

#include "base/digest.h"
#include "base/file.h"
#include "kernel/archive.h"
#include "kernel/compress.h"

namespace dure {
namespace {

constexpr std::string_view kMagic = "DURESNAP";
constexpr uint32_t kVersion = 1;

struct Header {
  uint32_t version = kVersion;
  std::string kind;
  uint64_t model_digest = 0;
  uint64_t state_size = 0;  // uncompressed
  uint64_t checksum = 0;    // of everything else

  void fields(auto& visit) { visit(version, kind, model_digest, state_size, checksum); }
};

uint64_t checksum(const Header& h, std::string_view packed) {
  Digest d;
  d.value(h.version);
  d.text(h.kind);
  d.value(h.model_digest);
  d.value(h.state_size);
  d.text(packed);
  return d.finish();
}

}  // namespace

std::string encode_snapshot(const Snapshot& snapshot) {
  Header header;
  header.kind = snapshot.kind;
  header.model_digest = snapshot.model_digest;
  header.state_size = snapshot.state.size();
  const std::string packed = compress(snapshot.state);
  header.checksum = checksum(header, packed);
  StateWriter w;
  w(header, packed);
  return std::string(kMagic) + w.bytes();
}

Result<Snapshot> decode_snapshot(std::string_view bytes, const std::string& file_name) {
  const auto damaged = [&](const char* how) {
    return Error{.message = std::string("the snapshot is damaged (") + how +
                            "); use an earlier one or run the scenario again",
                 .file = file_name};
  };
  if (!bytes.starts_with(kMagic)) {
    return Error{.message = "expected a dure snapshot, found another kind of file",
                 .file = file_name};
  }
  StateReader r(bytes.substr(kMagic.size()));
  Header header;
  r(header.version);
  if (r.ok() && header.version != kVersion) {
    return Error{.message = "the snapshot has format version " + std::to_string(header.version) +
                            ", this dure reads version " + std::to_string(kVersion) +
                            "; run the scenario again",
                 .file = file_name};
  }
  std::string packed;
  r(header.kind, header.model_digest, header.state_size, header.checksum, packed);
  if (!r.finished()) return damaged("it is cut short or has bytes to spare");
  if (checksum(header, packed) != header.checksum) return damaged("its checksum is wrong");
  Snapshot out{header.kind, header.model_digest, {}};
  if (!decompress(packed, header.state_size, out.state)) return damaged("it does not decompress");
  return out;
}

Result<void> save_snapshot(const std::string& path, const Snapshot& snapshot) {
  return write_file_atomic(path, encode_snapshot(snapshot));
}

Result<Snapshot> load_snapshot(const std::string& path) {
  DURE_TRY(const std::string bytes, read_file(path));
  return decode_snapshot(bytes, path);
}

}  // namespace dure
