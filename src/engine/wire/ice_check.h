#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "engine/wire/stun.h"

namespace kcs::wire {

// What a connectivity check says of the agent that sends it (RFC 8445 7.2.2).
struct IceCheck {
  std::string_view username;  // "theirs:ours", the user name fragments
  std::uint64_t tie_breaker = 0;
  std::optional<std::uint32_t> priority;  // of the local candidate; left out only by what is no agent
  bool controlled = false;                // claims ICE-CONTROLLED, else ICE-CONTROLLING
  bool use_candidate = false;
};

// Begins the Binding request and adds the check's attributes; Finish() of the writer, with the password of
// the agent that is asked, is the caller's.
void BeginIceCheck(const IceCheck& check, const TransactionId& transaction, StunWriter& writer);

// The priority of a peer-reflexive candidate, which is what an agent without candidates of its own to tell is
// learnt as. `path`: 0 for the best of its paths, 1 for the next; at most 65,535.
constexpr std::uint32_t PeerReflexivePriority(std::size_t path) {
  // RFC 8445 5.1.2.1: (2^24)*(type preference) + (2^8)*(local preference) + (256 - component ID),
  // and 5.1.2.2: 110 for peer-reflexive candidates.
  return (110U << 24) | ((65535U - static_cast<std::uint32_t>(path)) << 8) | 255U;
}

}  // namespace kcs::wire
