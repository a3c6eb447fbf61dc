#include "kernel/recording.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/digest.h"
#include "base/file.h"
#include "kernel/compress.h"

namespace dure {
namespace {

constexpr std::string_view kMagic = "DUREREC1";

struct FrameHeader {
  uint64_t packed_size;
  uint64_t size;
  uint64_t checksum;  // of the uncompressed bytes
};

uint64_t checksum(std::string_view bytes) {
  Digest d;
  d.text(bytes);
  return d.finish();
}

// True when all bytes were written.
bool write_all(int file, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(file, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(n));
  }
  return true;
}

}  // namespace

RecordingWriter& RecordingWriter::operator=(RecordingWriter&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(file_, other.file_);
  std::swap(position_, other.position_);
  std::swap(failure_, other.failure_);
  std::swap(buffer_, other.buffer_);
  return *this;
}

RecordingWriter::~RecordingWriter() {
  if (file_ >= 0) ::close(file_);
}

Result<RecordingWriter> RecordingWriter::open(const std::string& path, uint64_t position) {
  RecordingWriter w;
  w.path_ = path;
  const auto failed = [&] { return Error{.message = std::strerror(errno), .file = path}; };
  w.file_ = ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
  if (w.file_ < 0) return failed();
  const off_t size = ::lseek(w.file_, 0, SEEK_END);
  if (static_cast<uint64_t>(size) < position) {
    return Error{.message = "the recording is shorter than its snapshot says; run the scenario again",
                 .file = path};
  }
  if (::ftruncate(w.file_, static_cast<off_t>(position)) != 0) return failed();
  if (::lseek(w.file_, 0, SEEK_END) < 0) return failed();
  w.position_ = position;
  if (position == 0) {
    if (!write_all(w.file_, kMagic)) return failed();
    w.position_ = kMagic.size();
  }
  return w;
}

void RecordingWriter::write_frame() {
  std::string& bytes = buffer_.bytes();
  if (bytes.empty() || !failure_.empty()) return;
  const std::string packed = compress(bytes);
  const FrameHeader header{packed.size(), bytes.size(), checksum(bytes)};
  std::string frame(reinterpret_cast<const char*>(&header), sizeof header);
  frame += packed;
  if (!write_all(file_, frame)) failure_ = std::strerror(errno);
  position_ += frame.size();
  bytes.clear();
}

Result<uint64_t> RecordingWriter::flush() {
  write_frame();
  if (failure_.empty() && ::fsync(file_) != 0) failure_ = std::strerror(errno);
  if (!failure_.empty()) return Error{.message = "cannot write: " + failure_, .file = path_};
  return position_;
}

Result<RecordingReader> RecordingReader::open(const std::string& path) {
  RecordingReader r;
  r.path_ = path;
  DURE_TRY(r.file_, read_file(path));
  if (!std::string_view(r.file_).starts_with(kMagic)) {
    return Error{.message = "expected a dure recording, found another kind of file", .file = path};
  }
  r.position_ = kMagic.size();
  return r;
}

Error RecordingReader::damaged() const {
  return Error{.message = "the recording is damaged or of another run after byte " +
                          std::to_string(position_) + "; run the scenario again",
               .file = path_};
}

Result<void> RecordingReader::load_frame() {
  FrameHeader header;
  const std::string_view rest = std::string_view(file_).substr(position_);
  if (rest.size() < sizeof header) return damaged();
  std::memcpy(&header, rest.data(), sizeof header);
  if (header.packed_size > rest.size() - sizeof header) return damaged();
  std::string frame;
  if (!decompress(rest.substr(sizeof header, header.packed_size), header.size, frame) ||
      checksum(frame) != header.checksum) {
    return damaged();
  }
  frame_ = std::move(frame);
  offset_ = 0;
  position_ += sizeof header + header.packed_size;
  return {};
}

RecordingReader::Next RecordingReader::next() {
  if (offset_ == frame_.size()) {
    if (position_ == file_.size()) return Next::kEnd;
    if (!load_frame()) return Next::kAction;  // reading it reports the damage
  }
  if (offset_ == frame_.size()) return Next::kEnd;
  return frame_[offset_] == RecordingWriter::kMessage ? Next::kMessage : Next::kAction;
}

Result<Message> RecordingReader::peek_message() {
  const size_t before = offset_;
  Message m;
  DURE_CHECK(read(RecordingWriter::kMessage, m));
  message_bytes_ = offset_ - before;
  offset_ = before;
  return m;
}

}  // namespace dure
