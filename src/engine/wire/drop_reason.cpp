#include "engine/wire/drop_reason.h"

namespace kcs::wire {

const char* ToString(DropReason reason) {
  switch (reason) {
    case DropReason::kUnknownDatagram:
      return "unknown_datagram";
    case DropReason::kNoTransport:
      return "no_transport";
    case DropReason::kTupleNotValidated:
      return "tuple_not_validated";
    case DropReason::kTooManyTuples:
      return "too_many_tuples";
    case DropReason::kTcpFrameTooLarge:
      return "tcp_frame_too_large";
    case DropReason::kStunMalformed:
      return "stun_malformed";
    case DropReason::kStunBadFingerprint:
      return "stun_bad_fingerprint";
    case DropReason::kStunBadIntegrity:
      return "stun_bad_integrity";
    case DropReason::kStunUnknownUfrag:
      return "stun_unknown_ufrag";
    case DropReason::kStunRateLimited:
      return "stun_rate_limited";
    case DropReason::kStunUnexpected:
      return "stun_unexpected";
    case DropReason::kDtlsNotStarted:
      return "dtls_not_started";
    case DropReason::kDtlsMalformed:
      return "dtls_malformed";
    case DropReason::kSrtpNoKeys:
      return "srtp_no_keys";
    case DropReason::kSrtpAuthFailed:
      return "srtp_auth_failed";
    case DropReason::kSrtpReplayed:
      return "srtp_replayed";
    case DropReason::kSrtpTooManyStreams:
      return "srtp_too_many_streams";
    case DropReason::kRtxWithoutPayload:
      return "rtx_without_payload";
    case DropReason::kRtpMalformed:
      return "rtp_malformed";
    case DropReason::kRtpUnknownStream:
      return "rtp_unknown_stream";
    case DropReason::kRtpUnknownPayloadType:
      return "rtp_unknown_payload_type";
    case DropReason::kRtpDuplicate:
      return "rtp_duplicate";
    case DropReason::kRtpTooOld:
      return "rtp_too_old";
    case DropReason::kRtcpMalformed:
      return "rtcp_malformed";
    case DropReason::kRtcpUnknownSsrc:
      return "rtcp_unknown_ssrc";
    case DropReason::kPayloadMalformed:
      return "payload_malformed";
    case DropReason::kProducerPaused:
      return "producer_paused";
    case DropReason::kLayerNotForwarded:
      return "layer_not_forwarded";
    case DropReason::kHistoryMiss:
      return "history_miss";
    case DropReason::kNackTooMany:
      return "nack_too_many";
    case DropReason::kNackGivenUp:
      return "nack_given_up";
    case DropReason::kOutboxFull:
      return "outbox_full";
    case DropReason::kNoPacketSlot:
      return "no_packet_slot";
    case DropReason::kSendFailed:
      return "send_failed";
    case DropReason::kTcpBackpressure:
      return "tcp_backpressure";
    case DropReason::kTransportClosed:
      return "transport_closed";
    case DropReason::kCount:
      break;
  }
  return "unknown";
}

}  // namespace kcs::wire
