#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "server/meeting/error.h"
#include "server/meeting/ids.h"

namespace kcs::meeting {

// What is kept of a meeting between its sessions.
struct MeetingRecord {
  std::string id;     // UUID
  std::string title;  // UTF-8
  std::string host_id;
  std::optional<std::string> password_hash;  // Argon2id, libsodium's string form; absent: no password
  std::uint32_t max_participants = 0;        // 0: the server's limit
  bool lobby = false;
  UnixMillis created_at;
};

// What is absent stays as it is.
struct MeetingChange {
  std::optional<std::string> title;
  std::optional<std::optional<std::string>> password_hash;
  std::optional<std::uint32_t> max_participants;  // 0: the server's limit
  std::optional<bool> lobby;
};

struct MeetingPage {
  std::vector<MeetingRecord> meetings;  // the newest first
  std::size_t total = 0;
};

// Where the signalling finds records. Answers come on the server's thread, never from inside the call; errors
// are kNotFound and kUnavailable.
class MeetingDirectory {
 public:
  using Found = std::function<void(Result<MeetingRecord, Error>)>;

  virtual ~MeetingDirectory() = default;
  virtual void Find(const std::string& meeting_id, Found found) = 0;
};

// The same, for those who also make and change them.
class MeetingCatalog : public MeetingDirectory {
 public:
  using Listed = std::function<void(Result<MeetingPage, Error>)>;
  using Removed = std::function<void(Result<void, Error>)>;

  virtual void Create(MeetingRecord record, Found done) = 0;
  // Of one host, or everybody's.
  virtual void List(std::optional<std::string> host_id, std::size_t limit, std::size_t offset,
                    Listed done) = 0;
  virtual void Update(const std::string& meeting_id, MeetingChange change, Found done) = 0;
  virtual void Remove(const std::string& meeting_id, Removed done) = 0;
};

}  // namespace kcs::meeting
