#include "kernel/recording.h"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/file.h"
#include "kernel/compress.h"

namespace dure {
namespace {

constexpr std::string_view kMagic = "DUREREC1";

struct FrameHeader {
  uint64_t packed_size;
  uint64_t size;
  uint64_t checksum;  // of the other sizes and the compressed bytes
};

uint64_t checksum(std::string_view packed, uint64_t size) {
  Digest d;
  d.value(size);
  d.text(packed);
  return d.finish();
}

Error not_a_recording(const std::string& path) {
  return Error{.message = "expected a dure recording, found another kind of file", .file = path};
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

std::string recording_frame(std::string_view bytes) {
  const std::string packed = compress(bytes);
  const FrameHeader header{packed.size(), bytes.size(), checksum(packed, bytes.size())};
  return std::string(reinterpret_cast<const char*>(&header), sizeof header) + packed;
}

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
  w.file_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (w.file_ < 0) return failed();
  const off_t size = ::lseek(w.file_, 0, SEEK_END);
  if (static_cast<uint64_t>(size) < position) {
    return Error{
        .message = "the recording is shorter than its snapshot says; run the scenario again",
        .file = path};
  }
  if (position > 0) {
    char magic[kMagic.size()];
    if (::pread(w.file_, magic, sizeof magic, 0) != static_cast<ssize_t>(sizeof magic) ||
        std::string_view(magic, sizeof magic) != kMagic) {
      return not_a_recording(path);
    }
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
  const std::string frame = recording_frame(bytes);
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
  DURE_TRY(std::string bytes, read_file(path));
  return from_bytes(std::move(bytes), path);
}

Result<RecordingReader> RecordingReader::from_bytes(std::string bytes, const std::string& name) {
  RecordingReader r;
  r.path_ = name;
  r.file_ = std::move(bytes);
  if (!std::string_view(r.file_).starts_with(kMagic)) return not_a_recording(name);
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
  const std::string_view packed = rest.substr(sizeof header, header.packed_size);
  std::string frame;
  if (checksum(packed, header.size) != header.checksum || !decompress(packed, header.size, frame)) {
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
    if (!load_frame()) return Next::kDamaged;
  }
  if (offset_ == frame_.size()) return Next::kEnd;
  return frame_[offset_] == RecordingWriter::kMessage ? Next::kMessage : Next::kAction;
}

Result<Message> RecordingReader::peek_message() {
  const size_t before = offset_;
  Message m;
  DURE_CHECK(read(RecordingWriter::kMessage, m));
  if (m.size > m.payload.size() || m.time < Time{0} || m.time == Time::never()) return damaged();
  message_bytes_ = offset_ - before;
  offset_ = before;
  return m;
}

}  // namespace dure
