#include "base/file.h"

#include <filesystem>

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

using namespace dure;

namespace {

// A folder of its own for each test case.
struct Folder {
  std::string path;
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "dure_file_XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path = name;
  }
  ~Folder() { std::filesystem::remove_all(path); }
  std::string operator/(const std::string& name) const { return path + "/" + name; }
  size_t entries() const {
    size_t n = 0;
    for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(path)) ++n;
    return n;
  }
};

std::string gzip(const std::string& text) {
  z_stream stream{};
  REQUIRE(deflateInit2(&stream, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  std::string out(deflateBound(&stream, text.size()), 0);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  REQUIRE(deflate(&stream, Z_FINISH) == Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

std::string text_of(size_t size) {
  std::string text;
  for (uint32_t x = 1; text.size() < size; x = x * 1664525 + 1013904223) {
    text += std::to_string(x) + ',';
  }
  return text;
}

}  // namespace

TEST_CASE("file: written content reads back") {
  const Folder folder;
  const std::string text = text_of(3'000'000);
  REQUIRE(write_file_atomic(folder / "a", text));
  CHECK(*read_file(folder / "a") == text);
  REQUIRE(write_file_atomic(folder / "a", ""));
  CHECK(*read_file(folder / "a") == "");
  CHECK(folder.entries() == 1);
  CHECK(exists(folder / "a"));
  CHECK(!exists(folder / "b"));
}

TEST_CASE("file: gzip reads as its content") {
  const Folder folder;
  const std::string text = text_of(3'000'000);
  const std::string packed = gzip(text);
  REQUIRE(write_file_atomic(folder / "a.csv", packed));  // whatever the name
  CHECK(*read_file(folder / "a.csv") == text);
  REQUIRE(write_file_atomic(folder / "b", packed + gzip("") + gzip("end") + std::string(512, 0)));
  CHECK(*read_file(folder / "b") == text + "end");
  CHECK(*gunzip("plain", "x") == "plain");
  CHECK(*gunzip("", "x") == "");
}

TEST_CASE("file: a damaged gzip is an error") {
  const std::string packed = gzip(text_of(100'000));
  const auto message = [](const std::string& bytes) {
    return gunzip(bytes, "a.gz").error().text();
  };
  for (size_t n = 2; n < packed.size(); n += n < 100 ? 1 : 997) {
    CHECK(message(packed.substr(0, n)) ==
          "a.gz: the gzip data is cut off: the download or copy did not finish");
  }
  CHECK(message(packed.substr(0, packed.size() - 1)).find("cut off") != std::string::npos);
  std::string flipped = packed;
  flipped[packed.size() - 6] ^= 1;  // in the checksum
  CHECK(message(flipped) == "a.gz: the gzip data is damaged: incorrect data check");
  CHECK(message(packed + "trailing") ==
        "a.gz: the gzip data is followed by bytes that are not gzip");
}

TEST_CASE("file: the limit holds for content, packed or not") {
  const Folder folder;
  REQUIRE(write_file_atomic(folder / "bomb.gz", gzip(std::string(50'000'000, 'x'))));
  CHECK(std::filesystem::file_size(folder / "bomb.gz") < 60'000);
  CHECK(read_file(folder / "bomb.gz", {.max_bytes = 1'000'000}).error().message ==
        "expected at most 1 MB of content, found more");
  REQUIRE(write_file_atomic(folder / "plain", "12345"));
  CHECK(read_file(folder / "plain", {.max_bytes = 5}).ok());
  CHECK(!read_file(folder / "plain", {.max_bytes = 4}));
  CHECK(!read_file("/dev/zero", {.max_bytes = 100'000}));
}

TEST_CASE("file: missing, a folder, unreadable") {
  const Folder folder;
  CHECK(read_file(folder / "none").error().text() == folder / "none: there is no such file");
  CHECK(read_file(folder.path).error().message == "expected a file, found a folder");
  CHECK(!read_file(""));
  CHECK(!read_file(folder / std::string(300, 'x')));
}

TEST_CASE("file: a failed write leaves the old file and no temporary") {
  const Folder folder;
  CHECK(write_file_atomic(folder / "no/such/a", "x").error().message ==
        "cannot write: the folder does not exist");
  CHECK(!write_file_atomic(folder.path, "x"));
  REQUIRE(write_file_atomic(folder / "a", "old"));
  // The name fits, the temporary's longer one does not.
  CHECK(!write_file_atomic(folder / std::string(250, 'x'), "x"));
  CHECK(*read_file(folder / "a") == "old");
  CHECK(folder.entries() == 1);
}

TEST_CASE("file: links, permissions and devices") {
  const Folder folder;
  REQUIRE(write_file_atomic(folder / "a", "1"));
  REQUIRE(::chmod((folder / "a").c_str(), 0640) == 0);
  REQUIRE(::symlink("a", (folder / "link").c_str()) == 0);
  REQUIRE(write_file_atomic(folder / "link", "2"));
  CHECK(std::filesystem::is_symlink(folder / "link"));
  CHECK(*read_file(folder / "a") == "2");
  struct stat status {};
  REQUIRE(::stat((folder / "a").c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0640);
  CHECK(write_file_atomic("/dev/null", "x").ok());
  CHECK(std::filesystem::is_character_file("/dev/null"));
  CHECK(!write_file_atomic("/dev/full", "x"));
}

TEST_CASE("file: folders") {
  const Folder folder;
  CHECK(make_directories(folder / "x/y/z").ok());
  CHECK(make_directories(folder / "x/y/z").ok());
  CHECK(std::filesystem::is_directory(folder / "x/y/z"));
  REQUIRE(write_file_atomic(folder / "file", ""));
  CHECK(!make_directories(folder / "file"));
  CHECK(!make_directories(folder / "file/x"));
}
