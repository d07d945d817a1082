#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/entropy.h"
#include "base/socket_address.h"
#include "base/time.h"
#include "engine/transport/ice_tuples.h"
#include "engine/wire/drop_reason.h"
#include "engine/wire/stun.h"

namespace kcs::transport {

struct IceParameters {
  std::string username_fragment;
  std::string password;

  friend bool operator==(const IceParameters&, const IceParameters&) = default;
};

enum class IceState : std::uint8_t {
  kNew,           // no valid check yet
  kConnected,     // a tuple is validated, none nominated
  kCompleted,     // a tuple is nominated
  kDisconnected,  // consent expired everywhere; the next valid check brings it back
};
const char* ToString(IceState state);

// The ufrag of ours that a check is for: the part of USERNAME before the colon (RFC 8445 7.2.2: "the username
// for the credential is formed by concatenating the username fragment provided by the peer with the username
// fragment of the ICE agent sending the request, separated by a colon"). Empty when there is none.
std::string_view LocalUfrag(const wire::StunMessage& message);

// What became of a STUN message.
struct StunResult {
  std::optional<wire::DropReason> drop;  // why it was not taken or not answered
  TupleChanges tuples;
  std::vector<std::string> retired_ufrags;  // local ufrags that are no longer accepted (after an ICE restart)
};

// The lite agent of RFC 8445 for one component: answers authenticated checks and learns from them where the
// peer is. It never sends a check. What is not authenticated gets no answer at all, so that nobody is
// reflected to.
class IceLite {
 public:
  static constexpr std::size_t kUfragLength = 32;
  static constexpr std::size_t kPasswordLength = 32;
  // Restarts whose credentials are remembered until the newest are used.
  static constexpr std::size_t kMaxPrevious = 2;
  // Answers a second that one transport may cause, with bursts of twice as many.
  static constexpr int kMaxAnswersPerSecond = 100;
  // Memory for any answer.
  static constexpr std::size_t kMaxAnswer = 256;

  explicit IceLite(Entropy& entropy);

  const IceParameters& local() const { return credentials_.front().parameters; }
  // All local ufrags that a check may use now, the newest first.
  std::vector<std::string_view> ufrags() const;

  // New credentials at once; the old ones work until the first check with the new ones. Returns also the
  // ufrags that are forgotten at once because there were too many restarts without a check.
  const IceParameters& Restart(Entropy& entropy, std::vector<std::string>& retired_ufrags);

  struct Answer {
    StunResult result;
    Bytes datagram;  // to be sent to the tuple of the request; a part of `out`, maybe empty
  };
  // `raw` is the datagram `message` was parsed from.
  Answer OnStun(Bytes raw, const wire::StunMessage& message, const Tuple& tuple, Timestamp now,
                MutableBytes out);

  // The TCP connection behind a tuple is gone.
  TupleChanges OnTupleClosed(const Tuple& tuple);
  TupleChanges OnTimeout(Timestamp now);
  Timestamp NextDeadline() const { return tuples_.NextDeadline(); }

  IceState state() const { return state_; }
  bool IsValid(const Tuple& tuple) const { return tuples_.Contains(tuple); }
  std::vector<Tuple> tuples() const { return tuples_.all(); }
  // Where to send: the nominated tuple or, before any nomination, the first validated one. nullptr: nowhere.
  const Tuple* selected() const { return tuples_.selected(); }

 private:
  struct Credentials {
    IceParameters parameters;
    std::uint32_t generation = 0;
  };

  const Credentials* Find(std::string_view ufrag) const;
  // What an authenticated request is to be answered; 0 is success.
  static std::uint16_t ErrorOf(const wire::StunMessage& message);
  bool TakeAnswerCredit(Timestamp now);
  void RetireOlderThan(std::uint32_t generation, std::vector<std::string>& retired);
  void UpdateState();

  std::vector<Credentials> credentials_;  // the newest first
  IceTuples tuples_;
  IceState state_ = IceState::kNew;
  Duration answer_credit_;
  Timestamp answer_credit_at_{};
};

}  // namespace kcs::transport
