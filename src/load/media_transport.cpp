#include "load/media_transport.h"

#include <algorithm>
#include <utility>

#include "engine/wire/datagram_kind.h"

namespace kcs::load {
namespace {

constexpr std::size_t kRtcpMemory = 64 * 1024;

}  // namespace

Buffers::Buffers() : memory(io::UdpSocket::kBatch * kDatagram), rtcp(kRtcpMemory) {
  for (std::size_t i = 0; i < slots.size(); ++i)
    slots[i].buffer = MutableBytes(memory).subspan(i * kDatagram, kDatagram);
}

Result<std::unique_ptr<MediaTransport>> MediaTransport::Open(const Environment& environment,
                                                             const TransportOffer& offer, Owner& owner,
                                                             Timestamp now) {
  // The unspecified address lets the kernel choose by the destination.
  const bool only_v4 = std::all_of(offer.ice.candidates.begin(), offer.ice.candidates.end(),
                                   [](const SocketAddress& a) { return a.is_v4(); });
  auto socket = io::UdpSocket::Bind(only_v4 ? SocketAddress::V4(0, 0, 0, 0, 0) : SocketAddress{});
  if (!socket) return Fail("no UDP socket: " + socket.error());
  return std::unique_ptr<MediaTransport>(
      new MediaTransport(environment, *std::move(socket), offer, owner, now));
}

MediaTransport::MediaTransport(const Environment& environment, io::UdpSocket socket,
                               const TransportOffer& offer, Owner& owner, Timestamp now)
    : environment_(environment),
      owner_(owner),
      socket_(std::move(socket)),
      ice_(offer.ice, environment.entropy, now),
      dtls_(environment.dtls),
      fingerprints_(offer.fingerprints),
      watch_(environment.loop, socket_.native_handle()) {
  watch_.OnReadable([this] { OnReadable(); });
}

void MediaTransport::OnReadable() {
  auto& slots = environment_.buffers.slots;
  const std::size_t count = socket_.ReceiveBatch(slots);
  if (count == 0) return;
  const Timestamp now = io::EventLoop::Now();
  for (std::size_t i = 0; i < count; ++i) {
    // When the kernel got it: that this process reads late is not the server's doing.
    OnDatagram(slots[i].buffer.first(slots[i].size), slots[i].from, now - slots[i].age, now);
  }
  owner_.OnReceived();
}

void MediaTransport::OnDatagram(MutableBytes datagram, const SocketAddress& from, Timestamp arrival,
                                Timestamp now) {
  switch (wire::Classify(datagram)) {
    case wire::DatagramKind::kRtp:
      if (opener_) owner_.OnRtp(datagram, *opener_, arrival);
      return;
    case wire::DatagramKind::kRtcp:
      if (!opener_) return;
      if (const auto size = opener_->OpenRtcp(datagram)) owner_.OnRtcp(datagram.first(*size), now);
      return;
    case wire::DatagramKind::kStun:
      ice_.OnStun(from, datagram, now);
      return Settle(now);
    case wire::DatagramKind::kDtls:
      dtls_.OnDatagram(datagram, now);
      return Settle(now);
    case wire::DatagramKind::kUnknown:
      return;
  }
}

void MediaTransport::OnTime(Timestamp now) {
  if (failed_) return;
  std::array<std::uint8_t, 512> memory;
  while (const auto check = ice_.NextCheck(now, memory)) {
    const io::SendItem item{check->to, check->datagram};
    socket_.SendBatch({&item, 1});
  }
  if (now >= dtls_.NextDeadline()) {
    dtls_.OnTimeout(now);
    Settle(now);
  }
}

void MediaTransport::Settle(Timestamp now) {
  const SocketAddress* const to = ice_.selected();
  if (to == nullptr || failed_) return;
  if (!std::exchange(dtls_started_, true)) {
    dtls_.Start(crypto::DtlsRole::kClient, fingerprints_, now);
    OnTime(now);  // nominates
  }
  for (const auto& datagram : dtls_.TakeOutgoing()) {
    const io::SendItem item{*to, datagram};
    socket_.SendBatch({&item, 1});
  }
  if (dtls_.state() == crypto::DtlsState::kConnected && !sealer_) {
    sealer_.emplace(dtls_.srtp_keys()->local);
    opener_.emplace(dtls_.srtp_keys()->remote);
    owner_.OnTransportConnected(now);
  } else if (dtls_.state() == crypto::DtlsState::kFailed || dtls_.state() == crypto::DtlsState::kClosed) {
    failed_ = true;
    owner_.OnTransportFailed(dtls_.state() == crypto::DtlsState::kClosed
                                 ? std::string("the server closed the media transport")
                                 : std::string("DTLS: ") + ToString(dtls_.failure()));
  }
}

Timestamp MediaTransport::NextDeadline() const {
  return failed_ ? kNever : std::min(ice_.NextDeadline(), dtls_.NextDeadline());
}

std::optional<crypto::SrtpProfile> MediaTransport::srtp() const {
  const crypto::SrtpKeys* const keys = dtls_.srtp_keys();
  return keys == nullptr ? std::nullopt : std::optional(keys->local.profile);
}

void MediaTransport::Send(RtpBatch& batch) {
  const RtpBatch::Outcome outcome = batch.Send(*sealer_, socket_, *ice_.selected());
  environment_.sent.datagrams += outcome.packets;
  environment_.sent.bytes += outcome.bytes;
  environment_.sent.refused += outcome.refused;
}

void MediaTransport::SendRtcp(Bytes compound) {
  std::array<std::uint8_t, 1500> memory;
  const std::size_t size = sealer_->SealRtcp(compound, memory);
  const io::SendItem item{*ice_.selected(), Bytes(memory).first(size)};
  if (size > 0) socket_.SendBatch({&item, 1});
}

void MediaTransport::Close() {
  if (!connected() || failed_) return;
  failed_ = true;
  dtls_.Close();
  for (const auto& datagram : dtls_.TakeOutgoing()) {
    const io::SendItem item{*ice_.selected(), datagram};
    socket_.SendBatch({&item, 1});
  }
}

}  // namespace kcs::load
