#include "base/file.h"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <memory>
#include <system_error>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "base/text.h"

namespace dure {

namespace {

Error at(const std::string& path, std::string message) {
  return {std::move(message), path, 0, 0, {}};
}

Error failed(const std::string& path, const char* what, int code) {
  return at(path, std::string(what) + ": " + std::generic_category().message(code));
}

Error too_large(const std::string& path, size_t max_bytes) {
  return at(path, "expected at most " + to_si(static_cast<double>(max_bytes)) +
                      "B of content, found more");
}

// Owns a file descriptor; close() reports what the destructor would swallow.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  bool open() const { return fd_ >= 0; }
  int get() const { return fd_; }
  int close() { return ::close(std::exchange(fd_, -1)); }

 private:
  int fd_;
};

int open_retrying(const char* path, int flags, mode_t mode = 0) {
  int fd = -1;
  do {
    fd = ::open(path, flags | O_CLOEXEC, mode);
  } while (fd < 0 && errno == EINTR);
  return fd;
}

// 0, or errno.
int write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return errno;
    bytes.remove_prefix(static_cast<size_t>(n));
  }
  return 0;
}

bool is_gzip(std::string_view bytes) {
  return bytes.size() >= 2 && bytes[0] == '\x1f' && bytes[1] == '\x8b';
}

// Folder of a path, "." when it names none.
std::string folder_of(const std::string& path) {
  const size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

Result<void> write_direct(const std::string& path, std::string_view bytes) {
  Descriptor file(open_retrying(path.c_str(), O_WRONLY));
  if (!file.open()) return failed(path, "cannot write", errno);
  if (const int code = write_all(file.get(), bytes)) return failed(path, "cannot write", code);
  return {};
}

// Removes the temporary file unless it has been renamed into place.
class Temporary {
 public:
  explicit Temporary(std::string path) : path_(std::move(path)) {}
  Temporary(const Temporary&) = delete;
  Temporary& operator=(const Temporary&) = delete;
  ~Temporary() {
    if (!renamed_) ::unlink(path_.c_str());
  }
  const char* c_str() const { return path_.c_str(); }
  void keep() { renamed_ = true; }

 private:
  std::string path_;
  bool renamed_ = false;
};

}  // namespace

Result<std::string> read_file(const std::string& path, const ReadLimits& limits) {
  Descriptor file(open_retrying(path.c_str(), O_RDONLY));
  if (!file.open()) {
    if (errno == ENOENT) return at(path, "there is no such file");
    return failed(path, "cannot read", errno);
  }
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) return failed(path, "cannot read", errno);
  if (S_ISDIR(status.st_mode)) return at(path, "expected a file, found a folder");

  std::string bytes;
  // A pipe has no size: grow as it comes. A file that grows while being read is read to its end.
  // One byte more than the size lets the loop see the end without growing.
  const size_t room = std::max<size_t>(
      65'536, S_ISREG(status.st_mode) ? static_cast<size_t>(status.st_size) + 1 : 0);
  if (S_ISREG(status.st_mode) && static_cast<size_t>(status.st_size) > limits.max_bytes) {
    return too_large(path, limits.max_bytes);
  }
  size_t size = 0;
  for (;;) {
    if (size == bytes.size()) {
      bytes.resize(bytes.empty() ? room : bytes.size() * 2);
    }
    const ssize_t n = ::read(file.get(), bytes.data() + size, bytes.size() - size);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return failed(path, "cannot read", errno);
    if (n == 0) break;
    size += static_cast<size_t>(n);
    if (size > limits.max_bytes) return too_large(path, limits.max_bytes);
  }
  bytes.resize(size);
  if (is_gzip(bytes)) return gunzip(bytes, path, limits);
  return bytes;
}

Result<std::string> gunzip(std::string_view bytes, const std::string& name,
                           const ReadLimits& limits) {
  if (!is_gzip(bytes)) {
    if (bytes.size() > limits.max_bytes) return too_large(name, limits.max_bytes);
    return std::string(bytes);
  }
  z_stream stream{};
  constexpr int gzip_only = 16 + MAX_WBITS;
  const int init = inflateInit2(&stream, gzip_only);
  DURE_ASSERT(init == Z_OK, "zlib does not start");
  const std::unique_ptr<z_stream, int (*)(z_stream*)> end(&stream, inflateEnd);

  // zlib counts in 32 bits, so input and output pass in chunks.
  constexpr size_t chunk = size_t{1} << 20;
  std::vector<char> buffer(256 << 10);
  std::string out;
  size_t used = 0;
  for (;;) {
    if (stream.avail_in == 0 && used < bytes.size()) {
      const size_t n = std::min(chunk, bytes.size() - used);
      // zlib does not write through next_in; its type predates const.
      stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data() + used));
      stream.avail_in = static_cast<uInt>(n);
      used += n;
    }
    stream.next_out = reinterpret_cast<Bytef*>(buffer.data());
    stream.avail_out = static_cast<uInt>(buffer.size());
    const int code = inflate(&stream, Z_NO_FLUSH);
    const size_t n = buffer.size() - stream.avail_out;
    if (n > limits.max_bytes - out.size()) return too_large(name, limits.max_bytes);
    out.append(buffer.data(), n);

    if (code == Z_STREAM_END) {
      const std::string_view rest = bytes.substr(used - stream.avail_in);
      // Padding with zeros is usual on tapes and in block storage; gzip(1) ignores it too.
      if (rest.find_first_not_of('\0') == std::string_view::npos) return out;
      if (!is_gzip(rest)) return at(name, "the gzip data is followed by bytes that are not gzip");
      inflateReset(&stream);
      continue;
    }
    if (code == Z_BUF_ERROR ||
        (code == Z_OK && stream.avail_in == 0 && used == bytes.size() && n == 0)) {
      return at(name, "the gzip data is cut off: the download or copy did not finish");
    }
    if (code != Z_OK) {
      return at(name, std::string("the gzip data is damaged: ") +
                          (stream.msg != nullptr ? stream.msg : zError(code)));
    }
  }
}

Result<void> write_file_atomic(const std::string& path, std::string_view bytes) {
  // Write through a link instead of replacing it; a file that is not there yet has no real path.
  std::string target = path;
  struct stat status {};
  const bool there = ::stat(path.c_str(), &status) == 0;
  if (there && S_ISDIR(status.st_mode)) return at(path, "expected a file, found a folder");
  if (there && !S_ISREG(status.st_mode)) return write_direct(path, bytes);
  if (there) {
    const std::unique_ptr<char, void (*)(void*)> real(::realpath(path.c_str(), nullptr), std::free);
    if (real != nullptr) target = real.get();
  }

  // Unique between threads by the counter and between processes by the id.
  static std::atomic<unsigned> counter{0};
  Temporary temporary(target + ".tmp." + std::to_string(::getpid()) + "." +
                      std::to_string(counter.fetch_add(1)));
  ::unlink(temporary.c_str());  // a leftover of a killed run that had the same id
  Descriptor file(open_retrying(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL, 0666));
  if (!file.open()) {
    if (errno == ENOENT) return at(path, "cannot write: the folder does not exist");
    return failed(path, "cannot write", errno);
  }
  if (const int code = write_all(file.get(), bytes)) return failed(path, "cannot write", code);
  if (there && ::fchmod(file.get(), status.st_mode & 07777) != 0) {
    return failed(path, "cannot keep the permissions", errno);
  }
  if (::fsync(file.get()) != 0) return failed(path, "cannot write", errno);
  if (file.close() != 0) return failed(path, "cannot write", errno);
  if (::rename(temporary.c_str(), target.c_str()) != 0) return failed(path, "cannot write", errno);
  temporary.keep();

  // The rename itself must reach the disk. Some file systems refuse fsync of a folder; the content
  // is whole either way.
  const Descriptor folder(open_retrying(folder_of(target).c_str(), O_RDONLY | O_DIRECTORY));
  if (folder.open() && ::fsync(folder.get()) != 0 && errno == EIO) {
    return failed(path, "cannot write", errno);
  }
  return {};
}

Result<void> make_directories(const std::string& path) {
  std::error_code code;
  std::filesystem::create_directories(path, code);
  if (code) return at(path, "cannot make the folder: " + code.message());
  // create_directories() is silent about a file in the way on some libraries.
  if (!std::filesystem::is_directory(path, code))
    return at(path, "expected a folder, found a file");
  return {};
}

bool exists(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0;
}

}  // namespace dure
