#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/entropy.h"
#include "base/socket_address.h"
#include "base/time.h"
#include "engine/wire/stun.h"

namespace kcs::load {

// What the server tells of its end of a transport.
struct IceServer {
  std::string username_fragment;
  std::string password;
  std::vector<SocketAddress> candidates;  // over UDP, the best first
  // What this end has signalled of itself; empty where signalling has no place for it.
  std::string client_username_fragment{};
  std::string client_password{};
};

// The controlling agent of RFC 8445 against a lite one: checks to every candidate until one answers, then
// with USE-CANDIDATE to that one, and from then on for its consent. Servers that check in turn, though lite
// agents do not, are answered if they were told how.
class IceAgent {
 public:
  static constexpr std::size_t kMaxCandidates = 8;
  // Until an unanswered check is repeated; doubles each time.
  static constexpr Duration kFirstRepetition = 50ms;
  static constexpr Duration kLastRepetition = 1600ms;
  // Of RFC 7675 5.1's checks for consent; browsers take half of the five seconds it suggests.
  static constexpr Duration kConsentInterval = 2500ms;

  IceAgent(IceServer server, Entropy& entropy, Timestamp now);

  void OnStun(const SocketAddress& from, Bytes datagram, Timestamp now);

  struct Check {
    SocketAddress to;
    Bytes datagram;  // in the memory given
  };
  // The next check or answer that is due, written into `memory` (512 bytes suffice); call it until there is
  // none.
  std::optional<Check> NextCheck(Timestamp now, MutableBytes memory);
  Timestamp NextDeadline() const;

  // Where the server answers; nullptr before.
  const SocketAddress* selected() const { return selected_ ? &*selected_ : nullptr; }

 private:
  struct Candidate {
    SocketAddress address;
    std::uint32_t priority = 0;
    Timestamp next_check;
    wire::TransactionId transaction{};
    Duration repetition{};  // zero: the next check is a new one
  };
  struct Question {
    SocketAddress from;
    wire::TransactionId transaction{};
  };
  void OnRequest(const SocketAddress& from, Bytes datagram, const wire::StunMessage& message);
  Check Answer(const Question& question, MutableBytes memory) const;

  IceServer server_;
  Entropy& entropy_;
  std::string username_;
  std::uint64_t tie_breaker_;
  std::vector<Candidate> candidates_;
  std::optional<SocketAddress> selected_;
  std::optional<Question> question_;  // the last one: who is not answered asks again
};

}  // namespace kcs::load
