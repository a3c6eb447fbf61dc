#include "apps/cli/checkpoint.h"

#include "base/file.h"

namespace dure::cli {
namespace {

// Tells it from a plain snapshot of the world.
constexpr std::string_view kKind = "run of ";

}  // namespace

Result<void> save_checkpoint(const RunFolder& folder, const Checkpoint& checkpoint,
                             const Session& session) {
  Snapshot snapshot = session.snapshot();
  StateWriter w;
  w(checkpoint);
  snapshot.kind.insert(0, kKind);
  snapshot.state.insert(0, w.bytes());
  return save_snapshot(folder.snapshot_file(), snapshot);
}

Result<std::optional<Checkpoint>> load_checkpoint(const RunFolder& folder, Session& session) {
  const std::string file = folder.snapshot_file();
  if (!exists(file)) return std::optional<Checkpoint>();
  DURE_TRY(Snapshot snapshot, load_snapshot(file));
  if (snapshot.kind.starts_with(kKind)) {
    snapshot.kind.erase(0, kKind.size());
  } else {
    snapshot.kind = "no run, but of " + snapshot.kind;  // which restore() refuses
  }
  Checkpoint checkpoint;
  StateReader r(snapshot.state);
  r(checkpoint);
  if (!r.ok()) return Error{.message = "the snapshot is damaged (it is too short)", .file = file};
  snapshot.state.erase(0, snapshot.state.size() - r.left());
  DURE_CHECK(session.restore(snapshot, file));
  return std::optional(checkpoint);
}

}  // namespace dure::cli
