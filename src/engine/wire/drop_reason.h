#pragma once

#include <cstdint>

namespace kcs::wire {

// Why a datagram, a packet or a wish was not carried on: one enumeration for the whole engine, so that every
// drop has one name in counters, statistics and metrics.
enum class DropReason : std::uint8_t {
  // Before anything is known of the sender.
  kUnknownDatagram,    // none of the protocols of RFC 7983
  kNoTransport,        // no transport owns this address
  kTupleNotValidated,  // not STUN, from an address that ICE has not validated
  kTooManyTuples,      // the transport keeps no more remote addresses
  kTcpFrameTooLarge,   // RFC 4571 frame above our bound
  // STUN.
  kStunMalformed,
  kStunBadFingerprint,
  kStunBadIntegrity,
  kStunUnknownUfrag,
  kStunRateLimited,
  kStunUnexpected,  // well-formed, but nothing an ICE-lite agent is asked
  // DTLS and SRTP.
  kDtlsNotStarted,
  kDtlsMalformed,
  kHandshakeQueueFull,  // too many handshakes at once; DTLS sends it again
  kSrtpNoKeys,
  kSrtpAuthFailed,
  kSrtpReplayed,
  // RTP and RTCP.
  kRtpMalformed,
  kRtxWithoutPayload,  // padding that probes the path
  kRtpUnknownStream,
  kRtpUnknownPayloadType,
  kRtpDuplicate,
  kRtpTooOld,
  kRtcpMalformed,
  kRtcpUnknownSsrc,
  kPayloadMalformed,
  // Wanted: nobody is to get it now.
  kProducerPaused,
  kLayerNotForwarded,
  kSpeakerNotForwarded,
  // Retransmission.
  kHistoryMiss,
  kNackTooMany,
  kNackObsolete,
  kNackGivenUp,
  // Our own bounds, and sending.
  kReceiveBufferFull,  // by the kernel, media or not, before we came to it: overload
  kReadTooLate,        // media that lay in the kernel's buffer for too long before we came to it: overload
  kOutboxFull,
  kNoPacketSlot,
  kSendFailed,
  kTcpBackpressure,
  kTransportClosed,
  kNewsLost,  // no datagram, but news for a server that does not read its channel, or too long for it
  kCount
};

// snake_case without the k, e.g. "stun_bad_integrity"; never null.
const char* ToString(DropReason reason);

}  // namespace kcs::wire
