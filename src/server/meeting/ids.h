#pragma once

#include <cstdint>

#include "base/strong_type.h"

// Who and what a meeting talks about. Objects that clients know have UUIDs; towards the media workers the
// same objects have numbers, which are never reused in a server's life.
namespace kcs::meeting {

// One connected socket. The signalling numbers its sockets and never reuses a number.
using ClientId = StrongType<std::uint64_t, struct ClientIdTag>;

// One request of a client; comes back in exactly one Reply.
using RequestId = StrongType<std::uint64_t, struct RequestIdTag>;

// One media command whose outcome the meeting waits for; comes back in exactly one MediaDone.
using OperationId = StrongType<std::uint64_t, struct OperationIdTag>;

// A router, transport, producer or consumer, as the workers know it.
using MediaId = StrongType<std::uint64_t, struct MediaIdTag>;

// Wall-clock time in Unix milliseconds, as events carry it.
using UnixMillis = StrongType<std::int64_t, struct UnixMillisTag>;

// The lower half of a media id counts the objects of one router, and is 0 for the router itself.
inline constexpr std::uint64_t kObjectMask = 0xffffffff;
constexpr MediaId RouterOf(MediaId object) { return MediaId{object.value() & ~kObjectMask}; }

// Numbers the routers; one for the whole server, so that no two meetings share an id on a worker.
class RouterIdSource {
 public:
  MediaId Next() { return MediaId{++last_ << 32}; }

 private:
  std::uint64_t last_ = 0;
};

}  // namespace kcs::meeting
