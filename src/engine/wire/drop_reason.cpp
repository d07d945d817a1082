#include "engine/wire/drop_reason.h"

#include <array>
#include <cstddef>

namespace kcs::wire {
namespace {

struct Named {
  DropReason reason;
  const char* name;
};

constexpr std::array kNames{
    Named{DropReason::kUnknownDatagram, "unknown_datagram"},
    Named{DropReason::kNoTransport, "no_transport"},
    Named{DropReason::kTupleNotValidated, "tuple_not_validated"},
    Named{DropReason::kTooManyTuples, "too_many_tuples"},
    Named{DropReason::kTcpFrameTooLarge, "tcp_frame_too_large"},
    Named{DropReason::kStunMalformed, "stun_malformed"},
    Named{DropReason::kStunBadFingerprint, "stun_bad_fingerprint"},
    Named{DropReason::kStunBadIntegrity, "stun_bad_integrity"},
    Named{DropReason::kStunUnknownUfrag, "stun_unknown_ufrag"},
    Named{DropReason::kStunRateLimited, "stun_rate_limited"},
    Named{DropReason::kStunUnexpected, "stun_unexpected"},
    Named{DropReason::kDtlsNotStarted, "dtls_not_started"},
    Named{DropReason::kDtlsMalformed, "dtls_malformed"},
    Named{DropReason::kHandshakeQueueFull, "handshake_queue_full"},
    Named{DropReason::kSrtpNoKeys, "srtp_no_keys"},
    Named{DropReason::kSrtpAuthFailed, "srtp_auth_failed"},
    Named{DropReason::kSrtpReplayed, "srtp_replayed"},
    Named{DropReason::kRtpMalformed, "rtp_malformed"},
    Named{DropReason::kRtxWithoutPayload, "rtx_without_payload"},
    Named{DropReason::kRtpUnknownStream, "rtp_unknown_stream"},
    Named{DropReason::kRtpUnknownPayloadType, "rtp_unknown_payload_type"},
    Named{DropReason::kRtpDuplicate, "rtp_duplicate"},
    Named{DropReason::kRtpTooOld, "rtp_too_old"},
    Named{DropReason::kRtcpMalformed, "rtcp_malformed"},
    Named{DropReason::kRtcpUnknownSsrc, "rtcp_unknown_ssrc"},
    Named{DropReason::kPayloadMalformed, "payload_malformed"},
    Named{DropReason::kProducerPaused, "producer_paused"},
    Named{DropReason::kLayerNotForwarded, "layer_not_forwarded"},
    Named{DropReason::kSpeakerNotForwarded, "speaker_not_forwarded"},
    Named{DropReason::kHistoryMiss, "history_miss"},
    Named{DropReason::kNackTooMany, "nack_too_many"},
    Named{DropReason::kNackObsolete, "nack_obsolete"},
    Named{DropReason::kNackGivenUp, "nack_given_up"},
    Named{DropReason::kReceiveBufferFull, "receive_buffer_full"},
    Named{DropReason::kReadTooLate, "read_too_late"},
    Named{DropReason::kOutboxFull, "outbox_full"},
    Named{DropReason::kNoPacketSlot, "no_packet_slot"},
    Named{DropReason::kSendFailed, "send_failed"},
    Named{DropReason::kTcpBackpressure, "tcp_backpressure"},
    Named{DropReason::kTransportClosed, "transport_closed"},
    Named{DropReason::kNewsLost, "news_lost"},
};

constexpr bool IsInOrder() {
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (kNames[i].reason != static_cast<DropReason>(i)) return false;
  }
  return kNames.size() == static_cast<std::size_t>(DropReason::kCount);
}
static_assert(IsInOrder());

}  // namespace

const char* ToString(DropReason reason) {
  const auto index = static_cast<std::size_t>(reason);
  return index < kNames.size() ? kNames[index].name : "unknown";
}

}  // namespace kcs::wire
