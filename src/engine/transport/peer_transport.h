#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/entropy.h"
#include "base/result.h"
#include "base/socket_address.h"
#include "base/time.h"
#include "engine/crypto/dtls.h"
#include "engine/crypto/srtp.h"
#include "engine/transport/ice_lite.h"
#include "engine/transport/outbox.h"
#include "engine/wire/drop_reason.h"
#include "engine/wire/stun.h"
#include "engine/wire/types.h"

namespace kcs::transport {

// What signalling says of the remote's DTLS role (RFC 5763, a=setup).
enum class RemoteDtlsRole : std::uint8_t { kAuto, kClient, kServer };

enum class ConnectError : std::uint8_t { kAlreadyConnected, kNoFingerprint, kClosed };
const char* ToString(ConnectError error);

struct TrafficCounters {
  std::uint64_t packets_received = 0;  // of any kind, that were taken
  std::uint64_t bytes_received = 0;    // UDP payload
  std::uint64_t packets_sent = 0;
  std::uint64_t bytes_sent = 0;
};

// The secure path to one remote peer: ICE-lite, then DTLS, then SRTP. Sans-IO and single-threaded: datagrams
// and time come in as arguments, answers go to the Outbox.
class PeerTransport {
 public:
  // DTLS datagrams kept from before Connect (the remote's fingerprint comes by signalling, often later).
  static constexpr std::size_t kMaxEarlyDatagrams = 4;
  // DTLS datagrams kept while there is no tuple to send them to.
  static constexpr std::size_t kMaxPendingDatagrams = 8;

  // `dtls` must outlive the transport.
  PeerTransport(const crypto::DtlsContext& dtls, Entropy& entropy);
  ~PeerTransport();
  PeerTransport(const PeerTransport&) = delete;
  PeerTransport& operator=(const PeerTransport&) = delete;

  // --- control ---
  const IceParameters& local_ice() const { return ice_.local(); }
  // Every local ufrag that a check may carry now; the caller's ufrag -> transport map holds these.
  std::vector<std::string_view> ufrags() const { return ice_.ufrags(); }
  // New credentials. Old ones stay valid until the new are used (StunResult::retired_ufrags tells when);
  // ufrags that are forgotten at once are appended to `retired_ufrags`.
  IceParameters RestartIce(Entropy& entropy, std::vector<std::string>& retired_ufrags);
  // Starts DTLS (as server unless the remote is one) and handles what came earlier.
  Result<void, ConnectError> Connect(RemoteDtlsRole remote_role,
                                     std::vector<crypto::Fingerprint> fingerprints, Timestamp now,
                                     Outbox& out);
  // Sends close_notify and goes to DtlsState::kClosed; nothing works afterwards.
  void Close(Timestamp now, Outbox& out);

  // --- datagrams in ---
  StunResult OnStun(Bytes raw, const wire::StunMessage& message, const Tuple& tuple, Timestamp now,
                    Outbox& out);
  // The reason when it was dropped. RFC 8445 12: media and DTLS count only from a validated tuple (checked
  // here).
  std::optional<wire::DropReason> OnDtls(MutableBytes datagram, const Tuple& tuple, Timestamp now,
                                         Outbox& out);
  // Decrypt in place; the caller has checked IsValidTuple. The result is a part of `packet`.
  Result<MutableBytes, wire::DropReason> OpenRtp(MutableBytes packet);
  Result<MutableBytes, wire::DropReason> OpenRtcp(MutableBytes packet);
  // The TCP connection behind a tuple is gone.
  TupleChanges OnTupleClosed(const Tuple& tuple, Timestamp now);

  // --- datagrams out ---
  bool IsValidTuple(const Tuple& tuple) const { return ice_.IsValid(tuple); }
  // All that are valid now.
  std::vector<Tuple> tuples() const { return ice_.tuples(); }
  // Where to send: the nominated tuple, or the first validated one before a nomination; nullptr when there is
  // none.
  const Tuple* selected_tuple() const { return ice_.selected(); }
  // nullptr until DTLS is connected, and again when it is closed or failed. The same object all the time
  // between.
  const crypto::SrtpSealer* sealer() const { return sealer_ ? &*sealer_ : nullptr; }
  // A packet of the peer will be opened soon: fetches what that takes, in two steps, since the first has
  // where that of the second is.
  void PrefetchOpener() const {
    if (opener_) opener_->Prefetch();
  }
  void PrefetchOpenerKeys(crypto::SrtpPacketKind kind) const {
    if (opener_) opener_->PrefetchKeys(kind);
  }
  // Seals a compound packet to the selected tuple. False when there is no key, no tuple or no room.
  bool SendRtcp(Bytes compound, Outbox& out);
  // The caller has sealed and sent RTP by itself.
  void CountSent(std::uint64_t packets, std::uint64_t bytes) {
    counters_.packets_sent += packets;
    counters_.bytes_sent += bytes;
  }

  // --- time and state ---
  TupleChanges OnTimeout(Timestamp now, Outbox& out);
  // Cached; changes only within calls of non-const methods.
  Timestamp NextDeadline() const { return next_deadline_; }
  IceState ice_state() const { return ice_.state(); }
  crypto::DtlsState dtls_state() const { return dtls_state_; }
  // Why dtls_state() is kFailed; for logs.
  crypto::DtlsFailure dtls_failure() const { return dtls_.failure(); }
  struct States {
    IceState ice = IceState::kNew;
    crypto::DtlsState dtls = crypto::DtlsState::kNew;
    friend bool operator==(const States&, const States&) = default;
  };
  // What ice_state() and dtls_state() were at the last call, if one of them has changed since.
  std::optional<States> TakeStateChanged();
  // The next DTLS datagram goes on with a handshake, which costs.
  bool shakes_hands() const { return dtls_started_ && dtls_.state() == crypto::DtlsState::kConnecting; }
  // Connect() will begin with what has come already.
  bool has_early_datagrams() const { return !early_.empty(); }
  const TrafficCounters& counters() const { return counters_; }

 private:
  void CountReceived(std::size_t bytes) {
    ++counters_.packets_received;
    counters_.bytes_received += bytes;
  }
  // After anything that may have moved ICE or DTLS: starts DTLS when it can, sends what it has to send, takes
  // or drops keys.
  void Settle(Timestamp now, Outbox& out);
  void StartDtls(Timestamp now);
  void SendDtls(Outbox& out);
  void UpdateKeys();
  void Refile();

  IceLite ice_;
  crypto::DtlsSession dtls_;
  crypto::DtlsState dtls_state_ = crypto::DtlsState::kNew;
  std::vector<crypto::Fingerprint> remote_fingerprints_;  // not empty once connected
  crypto::DtlsRole dtls_role_ = crypto::DtlsRole::kServer;
  bool dtls_started_ = false;
  bool closed_ = false;
  std::vector<std::vector<std::uint8_t>> early_;
  std::vector<std::vector<std::uint8_t>> pending_;
  std::optional<crypto::SrtpSealer> sealer_;
  std::optional<crypto::SrtpOpener> opener_;
  Timestamp next_deadline_ = kNever;
  States reported_;
  TrafficCounters counters_;
};

}  // namespace kcs::transport
