#include "server/storage/meeting_store.h"

#include <fcntl.h>
#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

#include "server/storage/schema.h"

namespace kcs::storage {
namespace {

constexpr std::string_view kSqlite = "sqlite:";
constexpr std::string_view kInMemory = ":memory:";
constexpr const char* kColumns = "id, title, host_id, password_hash, max_participants, lobby, created_at";

// What SQLite would say itself is "unable to open database file" for every cause, and it would make the file
// readable for everybody; it holds password hashes.
Result<void> PrepareFile(const std::string& path) {
  const std::filesystem::path parent = std::filesystem::path(path).parent_path();
  std::error_code error;
  if (!parent.empty()) std::filesystem::create_directories(parent, error);
  if (error) return Fail("cannot make the directory " + parent.string() + ": " + error.message());
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0) return Fail(std::string("cannot open it for writing: ") + std::strerror(errno));
  ::close(file);
  return {};
}

// A row on its way from or to the database. Nullable columns have an indicator.
struct Row {
  StoredMeeting meeting;
  std::string password_hash;
  soci::indicator password_state = soci::i_null;
  long long max_participants = 0;
  soci::indicator max_state = soci::i_null;
  int lobby = 0;
  long long created_at = 0;

  Row() = default;
  explicit Row(const StoredMeeting& from)
      : meeting(from),
        password_hash(from.password_hash.value_or("")),
        password_state(from.password_hash ? soci::i_ok : soci::i_null),
        max_participants(from.max_participants.value_or(0)),
        max_state(from.max_participants ? soci::i_ok : soci::i_null),
        lobby(from.lobby ? 1 : 0),
        created_at(from.created_at) {}

  StoredMeeting Take() const {
    StoredMeeting out = meeting;
    out.password_hash.reset();
    out.max_participants.reset();
    if (password_state == soci::i_ok) out.password_hash = password_hash;
    if (max_state == soci::i_ok) out.max_participants = static_cast<std::uint32_t>(max_participants);
    out.lobby = lobby != 0;
    out.created_at = created_at;
    return out;
  }
};

auto Unavailable(const std::exception& error) {
  return Fail(
      StoreError{StoreError::Code::kUnavailable, std::string("the database failed: ") + error.what()});
}
auto NotFound(std::string_view id) {
  return Fail(StoreError{StoreError::Code::kNotFound, "there is no meeting " + std::string(id)});
}

}  // namespace

struct MeetingStore::Database {
  soci::session sql;

  explicit Database(const std::string& path)
      : sql(soci::sqlite3, "dbname=\"" + path + "\" timeout=5") {
  }  // seconds to wait for another process's lock

  std::optional<StoredMeeting> Find(const std::string& id) {
    Row row;
    sql << "SELECT " << kColumns << " FROM meetings WHERE id = :id", soci::use(id),
        soci::into(row.meeting.id), soci::into(row.meeting.title), soci::into(row.meeting.host_id),
        soci::into(row.password_hash, row.password_state), soci::into(row.max_participants, row.max_state),
        soci::into(row.lobby), soci::into(row.created_at);
    if (!sql.got_data()) return std::nullopt;
    return row.Take();
  }

  std::vector<StoredMeeting> Select(const MeetingQuery& query) {
    const std::string host = query.host_id.value_or("");
    const int all = query.host_id ? 0 : 1;
    const auto limit = static_cast<long long>(std::min(query.limit, kMaxPage));
    const auto offset = static_cast<long long>(query.offset);
    Row row;
    std::vector<StoredMeeting> out;
    soci::statement statement =
        (sql.prepare << "SELECT " << kColumns
                     << " FROM meetings WHERE (1 = :everybody OR host_id = :host) "
                        "ORDER BY created_at DESC, id LIMIT :page OFFSET :start",
         soci::use(all), soci::use(host), soci::use(limit), soci::use(offset), soci::into(row.meeting.id),
         soci::into(row.meeting.title), soci::into(row.meeting.host_id),
         soci::into(row.password_hash, row.password_state), soci::into(row.max_participants, row.max_state),
         soci::into(row.lobby), soci::into(row.created_at));
    statement.execute();
    while (statement.fetch()) out.push_back(row.Take());
    return out;
  }

  std::size_t Count(const MeetingQuery& query) {
    const std::string host = query.host_id.value_or("");
    const int all = query.host_id ? 0 : 1;
    long long total = 0;
    sql << "SELECT COUNT(*) FROM meetings WHERE (1 = :everybody OR host_id = :host)", soci::use(all),
        soci::use(host), soci::into(total);
    return static_cast<std::size_t>(total);
  }
};

MeetingStore::MeetingStore(std::unique_ptr<Database> database) : database_(std::move(database)) {}
MeetingStore::MeetingStore(MeetingStore&&) noexcept = default;
MeetingStore& MeetingStore::operator=(MeetingStore&&) noexcept = default;
MeetingStore::~MeetingStore() = default;

Result<MeetingStore> MeetingStore::Open(std::string_view url) {
  if (!url.starts_with(kSqlite) || url.size() == kSqlite.size()) {
    return Fail("the database " + std::string(url) + " is not of the form sqlite:PATH");
  }
  const std::string path(url.substr(kSqlite.size()));
  const auto failed = [&](const std::string& why) { return Fail("the database " + path + ": " + why); };
  if (path.find('"') != std::string::npos) return failed("the path contains a quotation mark");
  if (path != kInMemory) {
    if (auto prepared = PrepareFile(path); !prepared) return failed(prepared.error());
  }
  try {
    auto database = std::make_unique<Database>(path);
    // Readers do not wait for the writer, and a commit is one write; it survives a crash of the process, and
    // a power failure but for the last moments.
    std::string mode;
    database->sql << "PRAGMA journal_mode = WAL", soci::into(mode);
    database->sql << "PRAGMA synchronous = NORMAL";
    if (auto migrated = Migrate(database->sql); !migrated) return failed(migrated.error());
    return MeetingStore(std::move(database));
  } catch (const std::exception& error) {
    return failed(error.what());
  }
}

Result<void, StoreError> MeetingStore::Create(const StoredMeeting& meeting) {
  try {
    soci::transaction transaction(database_->sql);
    if (database_->Find(meeting.id)) {
      return Fail(StoreError{StoreError::Code::kAlreadyExists, "there is a meeting " + meeting.id});
    }
    Row row(meeting);
    database_->sql << "INSERT INTO meetings (" << kColumns
                   << ") VALUES (:id, :title, :host, :password, :max, :lobby, :created)",
        soci::use(row.meeting.id), soci::use(row.meeting.title), soci::use(row.meeting.host_id),
        soci::use(row.password_hash, row.password_state), soci::use(row.max_participants, row.max_state),
        soci::use(row.lobby), soci::use(row.created_at);
    transaction.commit();
    return {};
  } catch (const std::exception& error) {
    return Unavailable(error);
  }
}

Result<StoredMeeting, StoreError> MeetingStore::Get(std::string_view id) {
  try {
    auto found = database_->Find(std::string(id));
    if (!found) return NotFound(id);
    return *std::move(found);
  } catch (const std::exception& error) {
    return Unavailable(error);
  }
}

Result<MeetingPage, StoreError> MeetingStore::List(const MeetingQuery& query) {
  try {
    return MeetingPage{database_->Select(query), database_->Count(query)};
  } catch (const std::exception& error) {
    return Unavailable(error);
  }
}

Result<StoredMeeting, StoreError> MeetingStore::Update(std::string_view id, const MeetingChange& change) {
  try {
    soci::transaction transaction(database_->sql);
    auto meeting = database_->Find(std::string(id));
    if (!meeting) return NotFound(id);
    if (change.title) meeting->title = *change.title;
    if (change.host_id) meeting->host_id = *change.host_id;
    if (change.password_hash) meeting->password_hash = *change.password_hash;
    if (change.max_participants) meeting->max_participants = *change.max_participants;
    if (change.lobby) meeting->lobby = *change.lobby;
    Row row(*meeting);
    database_->sql << "UPDATE meetings SET title = :title, host_id = :host, password_hash = :password, "
                      "max_participants = :max, lobby = :lobby WHERE id = :id",
        soci::use(row.meeting.title), soci::use(row.meeting.host_id),
        soci::use(row.password_hash, row.password_state), soci::use(row.max_participants, row.max_state),
        soci::use(row.lobby), soci::use(row.meeting.id);
    transaction.commit();
    return *std::move(meeting);
  } catch (const std::exception& error) {
    return Unavailable(error);
  }
}

Result<void, StoreError> MeetingStore::Delete(std::string_view id) {
  try {
    soci::transaction transaction(database_->sql);
    const std::string key(id);
    if (!database_->Find(key)) return NotFound(id);
    database_->sql << "DELETE FROM meetings WHERE id = :id", soci::use(key);
    transaction.commit();
    return {};
  } catch (const std::exception& error) {
    return Unavailable(error);
  }
}

}  // namespace kcs::storage
