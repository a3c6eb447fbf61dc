#include "apps/cli/run_index.h"

#include <cstdio>
#include <functional>
#include <map>
#include <memory>
#include <set>

#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include "apps/cli/places.h"
#include "apps/cli/stored_json.h"
#include "base/file.h"

namespace dure::cli {
namespace {

constexpr int kSchema = 1;
constexpr int kBusy_ms = 5000;  // other processes write for milliseconds

constexpr const char* kTables = R"(
  CREATE TABLE IF NOT EXISTS runs (
    id TEXT PRIMARY KEY, folder TEXT, scenario TEXT, world TEXT, policy TEXT, seed INTEGER,
    started TEXT, status TEXT, digest TEXT, cpu_s REAL, events INTEGER,
    stamp TEXT);  -- of the files it was made from
  CREATE TABLE IF NOT EXISTS kpis (
    run TEXT REFERENCES runs(id) ON DELETE CASCADE,
    grp TEXT, key TEXT, label TEXT, unit TEXT, value REAL);
  CREATE INDEX IF NOT EXISTS kpis_run ON kpis(run);
)";

std::string index_file() { return std::string(kRunsFolder) + "/index.sqlite"; }

class Database {
 public:
  // A file that is no database, or of another schema, is replaced by an empty one.
  static Result<Database> open(const std::string& path) {
    Result<Database> db = try_open(path);
    if (db || path == ":memory:" || ::access(path.c_str(), W_OK) != 0) return db;
    if (db.error().key != "damaged") return db;
    ::unlink((path + "-journal").c_str());
    ::unlink(path.c_str());
    return try_open(path);
  }

  Result<void> run(const char* sql) {
    return sqlite3_exec(db_.get(), sql, nullptr, nullptr, nullptr) == SQLITE_OK ? Result<void>()
                                                                                : failed();
  }

  class Statement {
   public:
    explicit Statement(sqlite3_stmt* s) : s_(s) {}
    Statement& operator<<(const std::string& text) {
      sqlite3_bind_text(s_.get(), ++bound_, text.data(), static_cast<int>(text.size()),
                        SQLITE_TRANSIENT);
      return *this;
    }
    Statement& operator<<(uint64_t x) {
      sqlite3_bind_int64(s_.get(), ++bound_, static_cast<int64_t>(x));
      return *this;
    }
    Statement& operator<<(const std::optional<double>& x) {
      x ? sqlite3_bind_double(s_.get(), ++bound_, *x) : sqlite3_bind_null(s_.get(), ++bound_);
      return *this;
    }
    bool row() { return (last_ = sqlite3_step(s_.get())) == SQLITE_ROW; }
    bool good() const { return last_ == SQLITE_ROW || last_ == SQLITE_DONE; }
    std::string text(int column) {
      const auto* bytes = reinterpret_cast<const char*>(sqlite3_column_text(s_.get(), column));
      return bytes == nullptr ? "" : bytes;
    }
    uint64_t integer(int column) {
      return static_cast<uint64_t>(sqlite3_column_int64(s_.get(), column));
    }
    std::optional<double> real(int column) {
      if (sqlite3_column_type(s_.get(), column) == SQLITE_NULL) return std::nullopt;
      return sqlite3_column_double(s_.get(), column);
    }

   private:
    struct Finalize {
      void operator()(sqlite3_stmt* s) const { sqlite3_finalize(s); }
    };
    std::unique_ptr<sqlite3_stmt, Finalize> s_;
    int bound_ = 0;
    int last_ = SQLITE_DONE;
  };

  Result<Statement> prepare(const char* sql) {
    sqlite3_stmt* s = nullptr;
    if (sqlite3_prepare_v2(db_.get(), sql, -1, &s, nullptr) != SQLITE_OK) return failed();
    return Statement(s);
  }
  // One that returns no rows.
  Result<void> run(Statement& s) {
    while (s.row()) {
    }
    return s.good() ? Result<void>() : failed();
  }

  Error failed() const {
    const int code = sqlite3_errcode(db_.get());
    const bool damaged = code == SQLITE_NOTADB || code == SQLITE_CORRUPT;
    return {.message = sqlite3_errmsg(db_.get()),
            .file = index_file(),
            .key = damaged ? "damaged" : ""};
  }

 private:
  static Result<Database> try_open(const std::string& path) {
    Database db;
    sqlite3* handle = nullptr;
    const int code =
        sqlite3_open_v2(path.c_str(), &handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, nullptr);
    db.db_.reset(handle);
    if (code != SQLITE_OK) return db.failed();
    sqlite3_busy_timeout(handle, kBusy_ms);
    int schema = 0;
    {
      DURE_TRY(Statement version, db.prepare("PRAGMA user_version"));
      if (version.row()) schema = static_cast<int>(version.integer(0));
      if (!version.good()) return db.failed();
    }
    if (schema != 0 && schema != kSchema) {
      return Error{.message = "has another schema", .file = path, .key = "damaged"};
    }
    DURE_CHECK(db.run("PRAGMA foreign_keys = ON"));
    if (schema == 0) {
      DURE_CHECK(db.run("BEGIN IMMEDIATE"));
      DURE_CHECK(db.run(kTables));
      DURE_CHECK(db.run("PRAGMA user_version = 1"));
      DURE_CHECK(db.run("COMMIT"));
    }
    return db;
  }

  struct Close {
    void operator()(sqlite3* db) const { sqlite3_close(db); }
  };
  std::unique_ptr<sqlite3, Close> db_;
};

// Changes whenever the files that a row is made from do.
std::string stamp_of(const RunFolder& folder) {
  std::string out;
  for (const std::string& file : {folder.record_file(), folder.summary_file()}) {
    struct stat status {};
    if (::stat(file.c_str(), &status) != 0) continue;
    out += std::to_string(status.st_ino) + '.' + std::to_string(status.st_mtim.tv_sec) + '.' +
           std::to_string(status.st_mtim.tv_nsec) + ' ';
  }
  return out;
}

Result<void> remove_run(Database& db, const std::string& id) {
  DURE_TRY(auto remove, db.prepare("DELETE FROM runs WHERE id = ?"));
  remove << id;
  return db.run(remove);
}

// The row of one run, in a transaction of the caller's.
Result<void> put_run(Database& db, const RunFolder& folder) {
  const std::string stamp = stamp_of(folder);
  const Result<RunRecord> record = read_record(folder);
  if (!record) return remove_run(db, folder.id());
  StoredSummary summary;
  if (record->status == RunStatus::done) {
    if (Result<StoredSummary> stored = read_summary(folder); stored) summary = *std::move(stored);
  }
  DURE_CHECK(remove_run(db, folder.id()));
  DURE_TRY(auto run, db.prepare("INSERT INTO runs VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"));
  run << folder.id() << absolute(folder.path) << record->scenario << record->world << record->policy
      << record->seed << record->started << std::string(to_string(record->status)) << summary.digest
      << std::optional(summary.cpu_s) << summary.events << stamp;
  DURE_CHECK(db.run(run));
  for (const Kpi& kpi : summary.kpis) {
    DURE_TRY(auto row, db.prepare("INSERT INTO kpis VALUES (?, ?, ?, ?, ?, ?)"));
    row << folder.id() << kpi.group << kpi.key << kpi.label << kpi.unit << kpi.value;
    DURE_CHECK(db.run(row));
  }
  return {};
}

Result<void> in_transaction(Database& db, const std::function<Result<void>()>& work) {
  DURE_CHECK(db.run("BEGIN IMMEDIATE"));
  Result<void> done = work();
  if (done) done = db.run("COMMIT");
  if (!done) (void)db.run("ROLLBACK");
  return done;
}

// Makes the rows agree with the folders; reads only what has changed.
Result<void> sync(Database& db) {
  std::map<std::string, std::string> known;  // id -> stamp
  {
    DURE_TRY(auto rows, db.prepare("SELECT id, stamp FROM runs"));
    while (rows.row()) known[rows.text(0)] = rows.text(1);
    if (!rows.good()) return db.failed();
  }
  std::vector<RunFolder> changed;
  for (const RunFolder& folder : all_runs()) {
    const auto at = known.find(folder.id());
    if (at == known.end() || at->second != stamp_of(folder)) changed.push_back(folder);
    if (at != known.end()) known.erase(at);
  }
  if (changed.empty() && known.empty()) return {};
  return in_transaction(db, [&]() -> Result<void> {
    for (const RunFolder& folder : changed) DURE_CHECK(put_run(db, folder));
    for (const auto& [gone, stamp] : known) DURE_CHECK(remove_run(db, gone));
    return {};
  });
}

void warn(const Error& error) {
  std::fprintf(stderr, "warning: the list of runs: %s: %s (the runs themselves are fine)\n",
               error.file.c_str(), error.message.c_str());
}

Result<std::vector<IndexedRun>> query(Database& db, size_t limit, size_t& total) {
  {
    DURE_TRY(auto count, db.prepare("SELECT count(*) FROM runs"));
    if (count.row()) total = count.integer(0);
  }
  std::vector<IndexedRun> out;
  DURE_TRY(auto rows,
           db.prepare("SELECT id, folder, scenario, policy, seed, started, status FROM runs "
                      "ORDER BY started DESC, id DESC LIMIT ?"));
  rows << uint64_t{limit};
  while (rows.row()) {
    IndexedRun run;
    run.id = rows.text(0);
    run.folder = rows.text(1);
    run.scenario = rows.text(2);
    run.policy = rows.text(3);
    run.seed = rows.integer(4);
    run.started = rows.text(5);
    run.status = rows.text(6);
    out.push_back(std::move(run));
  }
  if (!rows.good()) return db.failed();
  for (IndexedRun& run : out) {
    DURE_TRY(
        auto kpis,
        db.prepare("SELECT grp, key, label, unit, value FROM kpis WHERE run = ?1 AND grp = "
                   "(SELECT grp FROM kpis WHERE run = ?1 ORDER BY rowid LIMIT 1) ORDER BY rowid"));
    kpis << run.id;
    while (kpis.row()) {
      run.headline.push_back(
          {kpis.text(0), kpis.text(1), kpis.text(2), kpis.text(3), kpis.real(4)});
    }
    if (!kpis.good()) return db.failed();
  }
  return out;
}

Result<std::vector<IndexedRun>> query_file(const std::string& path, size_t limit, size_t& total) {
  DURE_TRY(Database db, Database::open(path));
  DURE_CHECK(sync(db));
  return query(db, limit, total);
}

}  // namespace

void index_run(const RunFolder& folder) {
  if (absolute(folder.path) != absolute(std::string(kRunsFolder) + '/' + folder.id())) return;
  Result<Database> db = Database::open(index_file());
  if (!db) return warn(db.error());
  const Result<void> done = in_transaction(*db, [&] { return put_run(*db, folder); });
  if (!done) warn(done.error());
}

Result<std::vector<IndexedRun>> indexed_runs(size_t limit, size_t& total) {
  if (!exists(kRunsFolder)) return std::vector<IndexedRun>();
  Result<std::vector<IndexedRun>> runs = query_file(index_file(), limit, total);
  if (runs) return runs;
  // Damage that shows only now, or a folder that cannot be written: without the file.
  warn(runs.error());
  if (runs.error().key == "damaged") {
    ::unlink((index_file() + "-journal").c_str());
    ::unlink(index_file().c_str());
  }
  return query_file(":memory:", limit, total);
}

}  // namespace dure::cli
