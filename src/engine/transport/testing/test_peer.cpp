#include "engine/transport/testing/test_peer.h"

#include <algorithm>
#include <utility>

#include "engine/wire/datagram_kind.h"
#include "engine/wire/rtp_packet.h"

namespace kcs::transport::testing {

TestPeer::TestPeer(const crypto::DtlsContext& dtls, Entropy& entropy, crypto::DtlsRole role)
    : ice_(entropy), dtls_(dtls), role_(role) {}

void TestPeer::Connect(const IceParameters& remote_ice, const std::vector<Tuple>& paths,
                       std::vector<crypto::Fingerprint> remote_fingerprints, Timestamp now) {
  remote_fingerprints_ = std::move(remote_fingerprints);
  ice_.Start(remote_ice, paths, now);
  Tick(now);
}

void TestPeer::RestartIce(const IceParameters& remote_ice, Timestamp now) {
  ice_.Restart(remote_ice, now);
  Tick(now);
}

void TestPeer::SetPaths(const std::vector<Tuple>& paths, Timestamp now) {
  ice_.SetPaths(paths, now);
  Tick(now);
}

void TestPeer::Close(Timestamp now) {
  dtls_.Close();
  Settle(now);
}

void TestPeer::OnDatagram(const Tuple& tuple, Bytes datagram, Timestamp now) {
  switch (wire::Classify(datagram)) {
    case wire::DatagramKind::kStun:
      ice_.OnStun(tuple, datagram, now);
      break;
    case wire::DatagramKind::kDtls:
      dtls_.OnDatagram(datagram, now);
      break;
    case wire::DatagramKind::kRtp:
      OnMedia(datagram, false);
      break;
    case wire::DatagramKind::kRtcp:
      OnMedia(datagram, true);
      break;
    case wire::DatagramKind::kUnknown:
      break;
  }
  Tick(now);
}

void TestPeer::Tick(Timestamp now) {
  ice_.Tick(now, outgoing_);
  if (now >= dtls_.NextDeadline()) dtls_.OnTimeout(now);
  Settle(now);
}

Timestamp TestPeer::NextDeadline() const { return std::min(ice_.NextDeadline(), dtls_.NextDeadline()); }

std::vector<TestPeer::Datagram> TestPeer::TakeOutgoing() { return std::exchange(outgoing_, {}); }
std::vector<TestPeer::Received> TestPeer::TakeReceived() { return std::exchange(received_, {}); }

void TestPeer::Settle(Timestamp now) {
  if (!dtls_started_ && ice_connected()) {
    dtls_started_ = true;
    dtls_.Start(role_, remote_fingerprints_, now);
  }
  for (std::vector<std::uint8_t>& datagram : dtls_.TakeOutgoing()) {
    if (ice_connected()) SendSelected(std::move(datagram));
  }
  if (dtls_.state() == crypto::DtlsState::kConnected && !sealer_) {
    sealer_ = std::make_unique<crypto::SrtpSealer>(dtls_.srtp_keys()->local);
    opener_ = std::make_unique<crypto::SrtpOpener>(dtls_.srtp_keys()->remote);
  }
}

void TestPeer::OnMedia(Bytes datagram, bool rtcp) {
  std::vector<std::uint8_t> packet(datagram.begin(), datagram.end());
  const auto header_size = rtcp ? std::optional<std::size_t>(0) : wire::RtpHeaderSize(packet);
  if (!opener_ || !header_size) {
    ++undecryptable_;
    return;
  }
  const auto size = rtcp ? opener_->OpenRtcp(packet) : opener_->OpenRtp(packet, *header_size);
  if (!size) {
    ++undecryptable_;
    return;
  }
  packet.resize(*size);
  received_.push_back({rtcp, std::move(packet)});
}

bool TestPeer::SendRtp(Bytes plaintext) {
  const auto packet = wire::RtpPacket::Parse(plaintext);
  if (!sealer_ || !ice_connected() || !packet) return false;
  crypto::SealJob job;
  job.sealer = sealer_.get();
  job.ssrc = packet->ssrc().value();
  job.index = NextIndex(job.ssrc, packet->sequence_number());
  job.header = plaintext.first(packet->header_size());
  job.body = plaintext.subspan(packet->header_size());
  std::vector<std::uint8_t> sealed(plaintext.size() + crypto::RtpOverhead(sealer_->profile()));
  job.out = sealed.data();
  crypto::SrtpSealer::SealRtp({&job, 1});
  SendSelected(std::move(sealed));
  return true;
}

bool TestPeer::SendRtcp(Bytes plaintext) {
  if (!sealer_ || !ice_connected()) return false;
  std::vector<std::uint8_t> sealed(plaintext.size() + crypto::RtcpOverhead(sealer_->profile()));
  sealed.resize(sealer_->SealRtcp(plaintext, sealed));
  if (sealed.empty()) return false;
  SendSelected(std::move(sealed));
  return true;
}

// The index nearest to the last one (RFC 3711 3.3.1), so that packets may be sent out of order over a wrap.
std::uint64_t TestPeer::NextIndex(std::uint32_t ssrc, std::uint16_t sequence_number) {
  const auto [entry, first] = sent_index_.try_emplace(ssrc, sequence_number);
  if (first) return sequence_number;
  const auto delta = static_cast<std::int16_t>(sequence_number - static_cast<std::uint16_t>(entry->second));
  const std::uint64_t index = entry->second + static_cast<std::uint64_t>(std::int64_t{delta});
  entry->second = std::max(entry->second, index);
  return index;
}

}  // namespace kcs::transport::testing
