#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/time.h"
#include "engine/crypto/certificate.h"
#include "engine/crypto/srtp_key.h"

// DTLS 1.2 (RFC 6347) with use_srtp (RFC 5764), over memory: datagrams in and out are values, time is an
// argument.
namespace kcs::crypto {

// As signalled: the hash function's name in any case ("sha-256", "sha-384", "sha-512"; others never match)
// and the digest in hexadecimal with colons (RFC 8122 section 5).
struct Fingerprint {
  std::string algorithm;
  std::string value;
};

enum class DtlsRole : std::uint8_t { kClient, kServer };
enum class DtlsState : std::uint8_t { kNew, kConnecting, kConnected, kFailed, kClosed };
const char* ToString(DtlsState state);

enum class DtlsFailure : std::uint8_t {
  kNone,
  kTimeout,         // no handshake within kHandshakeTimeout
  kBadFingerprint,  // the peer's certificate matches none of the signalled fingerprints
  kAlert,           // the peer sent a fatal alert
  kNoSrtpProfile,   // no protection profile in common
  kProtocol,        // the peer broke the protocol, or nothing else was in common
};
const char* ToString(DtlsFailure failure);

// What the sessions of a worker share: certificate, ciphers, groups, profiles. Outlives its sessions.
class DtlsContext {
 public:
  // `only`: no other profile is offered or taken; without it, all are.
  explicit DtlsContext(const Certificate& certificate, std::optional<SrtpProfile> only = std::nullopt);
  ~DtlsContext();
  DtlsContext(const DtlsContext&) = delete;
  DtlsContext& operator=(const DtlsContext&) = delete;

  const Certificate& certificate() const { return certificate_; }

  struct Impl;  // known to this room only
  const Impl& impl() const { return *impl_; }

 private:
  Certificate certificate_;
  std::unique_ptr<Impl> impl_;
};

// One association. After every call that takes `now` the owner sends TakeOutgoing() and re-files
// NextDeadline().
class DtlsSession {
 public:
  static constexpr std::size_t kMtu = 1200;  // bytes of a UDP payload
  static constexpr std::size_t kMaxOutgoing =
      32;  // datagrams that wait to be taken; more are dropped, as if lost
  static constexpr Duration kFirstRetransmission = 100ms;  // doubles with each retransmission up to
  static constexpr Duration kLastRetransmission = 3200ms;
  static constexpr Duration kHandshakeTimeout = 30s;  // from Start; as server, from the first datagram
  // For so long after the last record of a connected peer our last flight can still be repeated. Then what
  // the handshake needed is let go: 40 kB of it, for an association that will only ever hear an alert.
  static constexpr Duration kLastFlightKept = 30s;

  using Datagrams = std::vector<std::vector<std::uint8_t>>;

  explicit DtlsSession(const DtlsContext& context);
  ~DtlsSession();
  DtlsSession(DtlsSession&&) noexcept;
  DtlsSession& operator=(DtlsSession&&) noexcept;

  // Once, in state kNew. The client's first flight is outgoing at once; a server waits.
  void Start(DtlsRole role, const std::vector<Fingerprint>& remote, Timestamp now);
  // One UDP payload. False when it was dropped unread: not started, already over, no DTLS record at all, or,
  // when the last flight is no longer kept, no alert of the peer's.
  bool OnDatagram(Bytes datagram, Timestamp now);
  void OnTimeout(Timestamp now);
  // kNever when nothing is due.
  Timestamp NextDeadline() const;
  // Sends close_notify if connected (RFC 5246 7.2.1); then, and in every other state, kClosed.
  void Close();

  // Moves out what is to be sent, in order, each at most kMtu bytes.
  [[nodiscard]] Datagrams TakeOutgoing();

  DtlsState state() const;
  DtlsFailure failure() const;
  // From kConnected on; nullptr before, and after a failure before that.
  const SrtpKeys* srtp_keys() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace kcs::crypto
