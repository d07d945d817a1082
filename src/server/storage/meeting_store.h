#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

// Where meetings outlive the process. Every call blocks on the database, and calls must not overlap: the
// owner makes them on one thread at a time (a strand of the pool). Times are Unix milliseconds.
namespace kcs::storage {

struct StoredMeeting {
  std::string id;  // UUID, chosen by the caller
  std::string title;
  std::string host_id;
  std::optional<std::string> password_hash;
  std::optional<std::uint32_t> max_participants;
  bool lobby = false;
  std::int64_t created_at = 0;

  friend bool operator==(const StoredMeeting&, const StoredMeeting&) = default;
};

// What an update changes; what is absent stays. An inner nullopt removes the value.
struct MeetingChange {
  std::optional<std::string> title;
  std::optional<std::string> host_id;
  std::optional<std::optional<std::string>> password_hash;
  std::optional<std::optional<std::uint32_t>> max_participants;
  std::optional<bool> lobby;
};

struct MeetingQuery {
  std::optional<std::string> host_id;  // absent: everybody's
  std::size_t limit = 100;             // at most kMaxPage
  std::size_t offset = 0;
};
inline constexpr std::size_t kMaxPage = 500;

struct MeetingPage {
  std::vector<StoredMeeting> meetings;  // the newest first
  std::size_t total = 0;                // without limit and offset
};

struct StoreError {
  enum class Code : std::uint8_t { kNotFound, kAlreadyExists, kUnavailable };
  Code code = Code::kUnavailable;
  std::string message;
};

class MeetingStore {
 public:
  // Makes or opens the database and brings its schema up to date. `url`: "sqlite:PATH". The error names the
  // path and what is wrong with it (not writable, not a database, made by a newer version).
  static Result<MeetingStore> Open(std::string_view url);

  MeetingStore(MeetingStore&&) noexcept;
  MeetingStore& operator=(MeetingStore&&) noexcept;
  ~MeetingStore();

  Result<void, StoreError> Create(const StoredMeeting& meeting);
  Result<StoredMeeting, StoreError> Get(std::string_view id);
  Result<MeetingPage, StoreError> List(const MeetingQuery& query);
  Result<StoredMeeting, StoreError> Update(std::string_view id, const MeetingChange& change);
  Result<void, StoreError> Delete(std::string_view id);

 private:
  struct Database;
  explicit MeetingStore(std::unique_ptr<Database> database);

  std::unique_ptr<Database> database_;
};

}  // namespace kcs::storage
