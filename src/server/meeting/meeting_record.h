#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

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

// Where the signalling finds records. The answer comes on the server's thread, never from inside Find.
class MeetingDirectory {
 public:
  using Found = std::function<void(Result<MeetingRecord, Error>)>;  // kNotFound, kUnavailable

  virtual ~MeetingDirectory() = default;
  virtual void Find(const std::string& meeting_id, Found found) = 0;
};

}  // namespace kcs::meeting
