#include "engine/sfu/worker_core.h"

#include <algorithm>
#include <boost/container/static_vector.hpp>
#include <utility>

#include "base/check.h"
#include "engine/wire/datagram_kind.h"
#include "engine/wire/stun.h"

namespace kcs::sfu {

using wire::DropReason;

namespace {

// Datagrams that the timers of one transport may well send: reports, feedback, and pictures that waited.
constexpr std::size_t kTimeoutRoom = 64;

// Datagrams whose transports are fetched at once. Transports are too many to be in the cache all the time,
// and their datagrams come in any order.
constexpr std::size_t kAhead = 8;

}  // namespace

WorkerCore::WorkerCore(const WorkerLimits& limits, Entropy& entropy)
    : limits_(limits),
      entropy_(entropy),
      certificate_(crypto::Certificate::Generate()),
      dtls_(certificate_),
      slab_(limits.max_packet_slots),
      fan_out_(limits.run_padding),
      handshakes_(limits.handshake_steps) {}

WorkerCore::~WorkerCore() {
  // Consumers know their producers, wherever those are: all consumers first.
  while (!consumers_.empty()) Remove(*consumers_.begin()->second, Timestamp{});
}

void WorkerCore::OnDatagrams(std::span<IngressDatagram> batch, Timestamp now, WorkerOutput& out) {
  KCS_CHECK(fan_out_.empty() && batch.size() <= FanOut::kMaxPackets);
  for (std::size_t i = 0; i < batch.size(); ++i) {
    if (i % kAhead == 0) PrefetchFor(batch.subspan(i, std::min(kAhead, batch.size() - i)));
    IngressDatagram& datagram = batch[i];
    ++packets_received_;
    bytes_received_ += datagram.size;
    if (const auto reason = Take(datagram, now, out)) drops_.Add(*reason);
    datagram.slot.Reset();
  }
  Settle(now, out);
  static_cast<void>(Drain(now, out));
}

bool WorkerCore::Drain(Timestamp now, WorkerOutput& out) {
  const bool more = fan_out_.Drain(now, out.datagrams);
  CountSent(out);
  // A receiver may have found out that it needs a key frame, which makes the sender's transport due.
  if (!more) Settle(now, out);
  return more;
}

void WorkerCore::CountSent(const WorkerOutput& out) {
  packets_sent_ += out.datagrams.datagrams().size();
  bytes_sent_ += out.datagrams.used_bytes();
  padding_sent_ += out.datagrams.padding_bytes();
}

std::optional<DropReason> WorkerCore::Take(IngressDatagram& datagram, Timestamp now, WorkerOutput& out) {
  const MutableBytes bytes = datagram.slot.bytes().first(datagram.size);
  const wire::DatagramKind kind = wire::Classify(bytes);
  if (kind == wire::DatagramKind::kStun) return TakeStun(bytes, datagram.tuple, now, out);
  if (kind == wire::DatagramKind::kUnknown) return DropReason::kUnknownDatagram;

  WebRtcTransport* transport = TransportOf(datagram.tuple);
  if (transport == nullptr) return DropReason::kNoTransport;
  switch (kind) {
    case wire::DatagramKind::kDtls:
      return TakeDtls(datagram, *transport, now, out);
    case wire::DatagramKind::kRtp:
      return TakeRtp(datagram, *transport, now);
    default:
      return TakeRtcp(bytes, *transport, now, out);
  }
}

void WorkerCore::PrefetchFor(std::span<const IngressDatagram> next) {
  struct Next {
    const WebRtcTransport* transport;
    crypto::SrtpPacketKind kind;
  };
  boost::container::static_vector<Next, kAhead> found;
  const Tuple* before = last_transport_ != nullptr ? &last_tuple_ : nullptr;
  for (const IngressDatagram& datagram : next) {
    // Packets come in runs.
    if (const Tuple* same = std::exchange(before, &datagram.tuple); same != nullptr && *same == *before)
      continue;
    const wire::DatagramKind kind = wire::Classify(datagram.slot.bytes().first(datagram.size));
    if (kind != wire::DatagramKind::kRtp && kind != wire::DatagramKind::kRtcp) continue;
    const auto entry = by_tuple_.find(datagram.tuple);
    if (entry == by_tuple_.end()) continue;
    const WebRtcTransport* transport = transports_[entry->second].get();
    if (kind == wire::DatagramKind::kRtp) {
      transport->Prefetch();
      found.push_back({transport, crypto::SrtpPacketKind::kRtp});
    } else {
      transport->PrefetchForRtcp();
      found.push_back({transport, crypto::SrtpPacketKind::kRtcp});
    }
  }
  for (const Next& ahead : found) ahead.transport->peer().PrefetchOpener();
  for (const Next& ahead : found) ahead.transport->peer().PrefetchOpenerKeys(ahead.kind);
}

WebRtcTransport* WorkerCore::TransportOf(const Tuple& tuple) {
  // Packets come in runs.
  if (last_transport_ != nullptr && last_tuple_ == tuple) return last_transport_;
  const auto found = by_tuple_.find(tuple);
  if (found == by_tuple_.end()) return nullptr;
  last_tuple_ = tuple;
  last_transport_ = transports_[found->second].get();
  return last_transport_;
}

std::optional<DropReason> WorkerCore::TakeStun(MutableBytes bytes, const Tuple& tuple, Timestamp now,
                                               WorkerOutput& out) {
  const auto message = wire::StunMessage::Parse(bytes);
  if (!message) return DropReason::kStunMalformed;
  const std::string ufrag(transport::LocalUfrag(*message));
  const auto found = by_ufrag_.find(ufrag);
  if (found == by_ufrag_.end()) return DropReason::kStunUnknownUfrag;
  WebRtcTransport& transport = *transports_[found->second];
  const transport::StunResult result = transport.peer().OnStun(bytes, *message, tuple, now, out.datagrams);
  ForgetUfrags(result.retired_ufrags);
  Apply(result.tuples, transport, out);
  touched_.Add(transport.index());
  return result.drop;
}

void WorkerCore::Apply(const transport::TupleChanges& changes, const WebRtcTransport& transport,
                       WorkerOutput& out) {
  if (changes.any()) last_transport_ = nullptr;
  for (const Tuple& tuple : changes.removed) {
    const auto found = by_tuple_.find(tuple);
    if (found != by_tuple_.end() && found->second == transport.index()) by_tuple_.erase(found);
    if (tuple.protocol == Protocol::kTcp) out.abandoned_connections.push_back(tuple.socket);
  }
  if (changes.added) {
    by_tuple_[*changes.added] = transport.index();
    if (changes.added->protocol == Protocol::kTcp) out.trusted_connections.push_back(changes.added->socket);
  }
}

void WorkerCore::ForgetUfrags(const std::vector<std::string>& ufrags) {
  for (const std::string& ufrag : ufrags) by_ufrag_.erase(ufrag);
}

std::optional<DropReason> WorkerCore::TakeDtls(IngressDatagram& datagram, WebRtcTransport& transport,
                                               Timestamp now, WorkerOutput& out) {
  transport::PeerTransport& peer = transport.peer();
  if (!peer.IsValidTuple(datagram.tuple)) return DropReason::kTupleNotValidated;
  if (peer.shakes_hands() && !handshakes_.Take(now)) {
    const bool waits = handshakes_.Add({.transport = transport.index(),
                                        .slot = std::move(datagram.slot),
                                        .size = datagram.size,
                                        .tuple = datagram.tuple});
    return waits ? std::nullopt : std::optional(DropReason::kHandshakeQueueFull);
  }
  touched_.Add(transport.index());
  return peer.OnDtls(datagram.slot.bytes().first(datagram.size), datagram.tuple, now, out.datagrams);
}

void WorkerCore::ServeHandshakes(Timestamp now, WorkerOutput& out) {
  while (const auto next = handshakes_.Next(now)) {
    touched_.Add(next->transport);
    const auto reason = transports_[next->transport]->peer().OnDtls(next->slot.bytes().first(next->size),
                                                                    next->tuple, now, out.datagrams);
    if (reason) drops_.Add(*reason);
  }
}

void WorkerCore::CountHandshake(crypto::DtlsState before, crypto::DtlsState after) {
  using State = crypto::DtlsState;
  if (before == after) return;
  if (before == State::kNew) ++handshake_counters_.started;
  if (after == State::kConnected) ++handshake_counters_.completed;
  if (after == State::kFailed && before != State::kConnected) ++handshake_counters_.failed;
}

std::optional<DropReason> WorkerCore::TakeRtp(IngressDatagram& datagram, WebRtcTransport& transport,
                                              Timestamp now) {
  if (!transport.peer().IsValidTuple(datagram.tuple)) return DropReason::kTupleNotValidated;
  if (transport.Sheds(datagram.age)) return DropReason::kReadTooLate;
  const auto plain = transport.peer().OpenRtp(datagram.slot.bytes().first(datagram.size));
  if (!plain) return plain.error();
  auto routed = transport.OnRtp(std::move(datagram.slot), *plain, now - datagram.age, now);
  touched_.Add(transport.index());
  if (!routed) return routed.error();
  Producer& producer = *routed->producer;
  if (auto before = frame_ends_.TakeOf(producer)) fan_out_.Add(producer, std::move(*before));
  const media::ReceiveStream* stream = producer.stream(routed->packet.stream).receive();
  const bool is_newest = stream != nullptr && stream->highest_sequence() == routed->packet.sequence;
  if (is_newest && FrameEnds::Waits(routed->packet)) {
    frame_ends_.Add(producer, std::move(routed->packet), now);
  } else {
    fan_out_.Add(producer, std::move(routed->packet));
  }
  return std::nullopt;
}

std::optional<DropReason> WorkerCore::TakeRtcp(MutableBytes bytes, WebRtcTransport& transport, Timestamp now,
                                               WorkerOutput& out) {
  const auto plain = transport.peer().OpenRtcp(bytes);
  if (!plain) return plain.error();
  transport.OnRtcp(*plain, now, out.datagrams, drops_);
  touched_.Add(transport.index());
  return std::nullopt;
}

void WorkerCore::OnConnectionClosed(const Tuple& tuple, Timestamp now, WorkerOutput& out) {
  WebRtcTransport* transport = TransportOf(tuple);
  if (transport == nullptr) return;
  Apply(transport->peer().OnTupleClosed(tuple, now), *transport, out);
  touched_.Add(transport->index());
  Settle(now, out);
}

void WorkerCore::OnTimeout(Timestamp now, WorkerOutput& out) {
  ServeHandshakes(now, out);
  const auto has_room = [&out] { return out.datagrams.empty() || out.datagrams.CanHold(kTimeoutRoom); };
  while (deadlines_.next() <= now && has_room()) {
    const std::uint32_t index = deadlines_.top();
    WebRtcTransport& transport = *transports_[index];
    if (transport.peer().NextDeadline() <= now) {
      Apply(transport.peer().OnTimeout(now, out.datagrams), transport, out);
    }
    transport.OnTimeout(now, out.datagrams);
    // A deadline that did not move on would turn this into an endless loop.
    deadlines_.Set(index, std::max(transport.NextDeadline(), now + 1ms));
    touched_.Add(index);
  }
  while (auto due = frame_ends_.TakeDue(now)) fan_out_.Add(*due->producer, std::move(due->packet));
  Settle(now, out);
  static_cast<void>(Drain(now, out));
}

void WorkerCore::Settle(Timestamp now, WorkerOutput& out) {
  touched_.TakeAll([&](std::uint32_t index) {
    WebRtcTransport* transport = transports_[index].get();
    if (transport == nullptr) return;
    if (const auto before = transport->peer().TakeStateChanged()) {
      const transport::PeerTransport& peer = transport->peer();
      CountHandshake(before->dtls, peer.dtls_state());
      if (peer.dtls_state() == crypto::DtlsState::kConnected) transport->OnConnected(now);
      out.notifications.push_back(TransportStateChanged{
          .transport = transport->id(), .ice = peer.ice_state(), .dtls = peer.dtls_state()});
    }
    transport->Settle(now, out.notifications);
    deadlines_.Set(index, transport->NextDeadline());
  });
}

WorkerStats WorkerCore::stats() const {
  return {.packets_received = packets_received_,
          .bytes_received = bytes_received_,
          .packets_sent = packets_sent_,
          .bytes_sent = bytes_sent_,
          .padding_sent = padding_sent_,
          .drops = drops_,
          .routers = static_cast<std::uint32_t>(routers_.size()),
          .transports = static_cast<std::uint32_t>(transport_index_.size()),
          .producers = static_cast<std::uint32_t>(producers_.size()),
          .consumers = static_cast<std::uint32_t>(consumers_.size()),
          .packet_slots_in_use = slab_.in_use(),
          .handshakes = {.started = handshake_counters_.started,
                         .completed = handshake_counters_.completed,
                         .failed = handshake_counters_.failed,
                         .deferred = handshakes_.deferred()}};
}

}  // namespace kcs::sfu
