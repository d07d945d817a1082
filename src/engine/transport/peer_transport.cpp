#include "engine/transport/peer_transport.h"

#include <algorithm>
#include <array>
#include <utility>

#include "engine/wire/rtp_packet.h"

namespace kcs::transport {
namespace {

using wire::DropReason;

DropReason ReasonOf(crypto::SrtpError error, DropReason malformed) {
  switch (error) {
    case crypto::SrtpError::kTooShort:
      return malformed;
    case crypto::SrtpError::kAuthFailed:
      return DropReason::kSrtpAuthFailed;
    case crypto::SrtpError::kReplayed:
      return DropReason::kSrtpReplayed;
  }
  return malformed;
}

}  // namespace

const char* ToString(ConnectError error) {
  switch (error) {
    case ConnectError::kAlreadyConnected:
      return "already connected";
    case ConnectError::kNoFingerprint:
      return "no fingerprint";
    case ConnectError::kClosed:
      return "closed";
  }
  return "?";
}

PeerTransport::PeerTransport(const crypto::DtlsContext& dtls, Entropy& entropy)
    : ice_(entropy), dtls_(dtls) {}
PeerTransport::~PeerTransport() = default;

IceParameters PeerTransport::RestartIce(Entropy& entropy, std::vector<std::string>& retired_ufrags) {
  return ice_.Restart(entropy, retired_ufrags);
}

Result<void, ConnectError> PeerTransport::Connect(RemoteDtlsRole remote_role,
                                                  std::vector<crypto::Fingerprint> fingerprints,
                                                  Timestamp now, Outbox& out) {
  if (closed_) return Fail(ConnectError::kClosed);
  if (!remote_fingerprints_.empty()) return Fail(ConnectError::kAlreadyConnected);
  if (fingerprints.empty()) return Fail(ConnectError::kNoFingerprint);
  remote_fingerprints_ = std::move(fingerprints);
  dtls_role_ = remote_role == RemoteDtlsRole::kServer ? crypto::DtlsRole::kClient : crypto::DtlsRole::kServer;
  Settle(now, out);
  return {};
}

void PeerTransport::Close(Timestamp now, Outbox& out) {
  if (closed_) return;
  dtls_.Close();
  Settle(now, out);
  closed_ = true;
  early_.clear();
  pending_.clear();
  Refile();
}

StunResult PeerTransport::OnStun(Bytes raw, const wire::StunMessage& message, const Tuple& tuple,
                                 Timestamp now, Outbox& out) {
  if (closed_) return {DropReason::kTransportClosed, {}, {}};
  std::array<std::uint8_t, IceLite::kMaxAnswer> memory;
  IceLite::Answer answer = ice_.OnStun(raw, message, tuple, now, memory);
  if (!answer.result.drop) CountReceived(raw.size());
  if (!answer.datagram.empty()) {
    if (out.Append(tuple, answer.datagram)) {
      CountSent(1, answer.datagram.size());
    } else {
      answer.result.drop = DropReason::kOutboxFull;
    }
  }
  Settle(now, out);
  return std::move(answer.result);
}

std::optional<DropReason> PeerTransport::OnDtls(MutableBytes datagram, const Tuple& tuple, Timestamp now,
                                                Outbox& out) {
  if (closed_) return DropReason::kTransportClosed;
  if (!ice_.IsValid(tuple)) return DropReason::kTupleNotValidated;
  if (!dtls_started_) {
    if (early_.size() == kMaxEarlyDatagrams) return DropReason::kDtlsNotStarted;
    CountReceived(datagram.size());
    early_.emplace_back(datagram.begin(), datagram.end());
    return std::nullopt;
  }
  if (!dtls_.OnDatagram(datagram, now)) return DropReason::kDtlsMalformed;
  CountReceived(datagram.size());
  Settle(now, out);
  return std::nullopt;
}

Result<MutableBytes, DropReason> PeerTransport::OpenRtp(MutableBytes packet) {
  if (!opener_) return Fail(DropReason::kSrtpNoKeys);
  const std::optional<std::size_t> header_size = wire::RtpHeaderSize(packet);
  if (!header_size) return Fail(DropReason::kRtpMalformed);
  const Result<std::size_t, crypto::SrtpError> size = opener_->OpenRtp(packet, *header_size);
  if (!size) return Fail(ReasonOf(size.error(), DropReason::kRtpMalformed));
  CountReceived(packet.size());
  return packet.first(*size);
}

Result<MutableBytes, DropReason> PeerTransport::OpenRtcp(MutableBytes packet) {
  if (!opener_) return Fail(DropReason::kSrtpNoKeys);
  const Result<std::size_t, crypto::SrtpError> size = opener_->OpenRtcp(packet);
  if (!size) return Fail(ReasonOf(size.error(), DropReason::kRtcpMalformed));
  CountReceived(packet.size());
  return packet.first(*size);
}

TupleChanges PeerTransport::OnTupleClosed(const Tuple& tuple, Timestamp /*now*/) {
  TupleChanges changes = ice_.OnTupleClosed(tuple);
  Refile();
  return changes;
}

bool PeerTransport::SendRtcp(Bytes compound, Outbox& out) {
  const Tuple* tuple = selected_tuple();
  if (!sealer_ || tuple == nullptr) return false;
  const std::size_t max_size = compound.size() + crypto::kMaxRtcpOverhead;
  if (max_size > Outbox::kMaxDatagram) return false;
  std::uint8_t* memory = out.Reserve(max_size);
  if (memory == nullptr) return false;
  const std::size_t size = sealer_->SealRtcp(compound, {memory, max_size});
  if (size == 0) return false;
  out.Commit(*tuple, size);
  CountSent(1, size);
  return true;
}

TupleChanges PeerTransport::OnTimeout(Timestamp now, Outbox& out) {
  if (closed_) return {};
  TupleChanges changes = ice_.OnTimeout(now);
  if (now >= dtls_.NextDeadline()) dtls_.OnTimeout(now);
  Settle(now, out);
  return changes;
}

std::optional<PeerTransport::States> PeerTransport::TakeStateChanged() {
  const States states{ice_state(), dtls_state_};
  if (states == reported_) return std::nullopt;
  return std::exchange(reported_, states);
}

void PeerTransport::Settle(Timestamp now, Outbox& out) {
  // A client's first flight is not made before there is somewhere to send it: it would only be retransmitted.
  const bool may_start = dtls_role_ == crypto::DtlsRole::kServer || selected_tuple() != nullptr;
  if (!dtls_started_ && !remote_fingerprints_.empty() && may_start &&
      dtls_.state() == crypto::DtlsState::kNew) {
    StartDtls(now);
  }
  SendDtls(out);
  dtls_state_ = dtls_.state();
  if (dtls_state_ == crypto::DtlsState::kNew && !remote_fingerprints_.empty()) {
    dtls_state_ = crypto::DtlsState::kConnecting;
  }
  UpdateKeys();
  Refile();
}

void PeerTransport::StartDtls(Timestamp now) {
  dtls_started_ = true;
  dtls_.Start(dtls_role_, remote_fingerprints_, now);
  for (const std::vector<std::uint8_t>& datagram : std::exchange(early_, {})) {
    dtls_.OnDatagram(datagram, now);
  }
}

void PeerTransport::SendDtls(Outbox& out) {
  for (std::vector<std::uint8_t>& datagram : dtls_.TakeOutgoing()) {
    // More are not worth keeping: DTLS retransmits its flights.
    if (pending_.size() < kMaxPendingDatagrams) pending_.push_back(std::move(datagram));
  }
  const Tuple* tuple = selected_tuple();
  if (tuple == nullptr) return;
  for (const std::vector<std::uint8_t>& datagram : pending_) {
    if (out.Append(*tuple, datagram)) CountSent(1, datagram.size());
  }
  pending_.clear();
}

void PeerTransport::UpdateKeys() {
  if (dtls_state_ != crypto::DtlsState::kConnected) {
    sealer_.reset();
    opener_.reset();
    return;
  }
  if (sealer_) return;
  const crypto::SrtpKeys* keys = dtls_.srtp_keys();
  if (keys == nullptr) return;
  sealer_.emplace(keys->local);
  opener_.emplace(keys->remote);
}

void PeerTransport::Refile() {
  next_deadline_ = closed_ ? kNever : std::min(ice_.NextDeadline(), dtls_.NextDeadline());
}

}  // namespace kcs::transport
