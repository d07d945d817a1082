#include "engine/worker/sockets.h"

#include <algorithm>
#include <cstring>
#include <thread>
#include <utility>

#include "engine/wire/datagram_kind.h"

namespace kcs::worker_process {
namespace {

using wire::DropReason;

// Sound is not larger.
constexpr std::size_t kPicture = 500;

// Whether what came last of pictures is not the end of one. The marker is that of a picture's last packet in
// all of their formats (RFC 7741 4.1: "MUST be set for the very last packet of each encoded frame"), and not
// encrypted.
bool IsUnfinishedPicture(std::span<const sfu::IngressDatagram> batch) {
  for (auto datagram = batch.rbegin(); datagram != batch.rend(); ++datagram) {
    const Bytes bytes = datagram->slot.bytes().first(datagram->size);
    if (bytes.size() < kPicture || wire::Classify(bytes) != wire::DatagramKind::kRtp) continue;
    return (bytes[wire::kRtpMarkerOffset] & 0x80) == 0;
  }
  return false;
}

Duration Sleep(Duration time) {
  const Timestamp begin = io::EventLoop::Now();
  std::this_thread::sleep_for(time);
  return io::EventLoop::Now() - begin;
}

}  // namespace

Sockets::Sockets(io::EventLoop& loop, Slab& slab, sfu::DropCounters& drops, Handlers handlers)
    : loop_(loop),
      slab_(slab),
      drops_(drops),
      handlers_(std::move(handlers)),
      tcp_(
          loop, io::TcpLimits{},
          {.on_data = [this](io::ConnectionId id, const SocketAddress& remote,
                             MutableBytes data) { OnTcpData(id, remote, data); },
           .on_closed =
               [this](io::ConnectionId id, const SocketAddress& remote) {
                 frames_.erase(id);
                 handlers_.on_connection_closed({.remote = remote, .socket = id, .protocol = Protocol::kTcp});
               }}) {}

Result<void> Sockets::Listen(const ListenOptions& options) {
  gathers_ = options.gathering;
  wait_ = options.wait ? options.wait : Sleep;
  for (const SocketAddress& address : options.addresses) {
    if (auto result = ListenOn(address, options); !result) return result;
  }
  return {};
}

Result<void> Sockets::ListenOn(const SocketAddress& address, const ListenOptions& options) {
  auto socket = io::UdpSocket::BindInRange(
      address, options.min_port, options.max_port,
      {.segmentation = options.segmentation, .send_messages = options.send_messages});
  if (!socket) return Fail(socket.error());
  const std::uint16_t udp_port = socket->local_address().port;

  auto tcp = tcp_.ListenInRange(address, udp_port, udp_port);
  if (!tcp) tcp = tcp_.ListenInRange(address, options.min_port, options.max_port);
  if (!tcp) return Fail(tcp.error());

  const auto index = static_cast<std::uint32_t>(udp_.size());
  udp_.push_back(std::make_unique<UdpEndpoint>(std::move(*socket)));
  UdpEndpoint& endpoint = *udp_.back();
  endpoint.watch = io::FdWatch(loop_, endpoint.socket.native_handle());
  endpoint.watch.OnReadable([this, index] { OnReadable(index); });
  listening_.push_back({.udp_port = udp_port, .tcp_port = tcp->port});
  return {};
}

void Sockets::OnReadable(std::uint32_t index) {
  const Timestamp begin = io::EventLoop::Now();
  std::size_t count = 0;
  Gather(index, count);
  Duration slept{};
  const Duration pause = gathers_ ? gathering_.Pause(begin) : Duration{};
  while (slept + Gathering::kStep <= pause && count < batch_size_.most() &&
         IsUnfinishedPicture(std::span(batch_).first(count))) {
    slept += WaitAndGather(index, count);
  }
  const Timestamp gathered = io::EventLoop::Now();
  if (count > 0) handlers_.on_datagrams(std::span(batch_).first(count));
  const Timestamp end = io::EventLoop::Now();
  batch_size_.OnBatch(count, end - gathered);
  OnWork(begin + slept, end);
}

Duration Sockets::WaitAndGather(std::uint32_t index, std::size_t& count) {
  const Duration slept = wait_(Gathering::kStep);
  for (std::size_t i = 0; i < count; ++i) batch_[i].age += slept;
  Gather(index, count);
  return slept;
}

void Sockets::Gather(std::uint32_t index, std::size_t& count) {
  bool more = true;
  while (more && count < batch_size_.most()) {
    const std::size_t before = count;
    const Timestamp begin = io::EventLoop::Now();
    more = ReceiveInto(*udp_[index], index, std::min(kBatch, batch_size_.most() - count), count);
    if (before == 0) continue;
    const Duration passed = io::EventLoop::Now() - begin;
    for (std::size_t i = 0; i < before; ++i) batch_[i].age += passed;
  }
}

bool Sockets::ReceiveInto(UdpEndpoint& endpoint, std::uint32_t index, std::size_t most, std::size_t& count) {
  std::array<io::ReceiveSlot, kBatch> receive;
  std::size_t ready = 0;
  for (; ready < most; ++ready) {
    if (!slots_[ready]) slots_[ready] = slab_.Acquire();
    if (!slots_[ready]) break;
    receive[ready].buffer = slots_[ready].bytes();
  }
  if (ready == 0) {
    Discard(endpoint);
    return false;
  }
  const std::size_t received = endpoint.socket.ReceiveBatch(std::span(receive).first(ready));
  drops_.Add(DropReason::kReceiveBufferFull, endpoint.socket.TakeOverflows());
  for (std::size_t i = 0; i < received; ++i) {
    if (receive[i].size == 0) continue;
    batch_[count++] = {.slot = std::move(slots_[i]),
                       .size = static_cast<std::uint16_t>(receive[i].size),
                       .tuple = {.remote = receive[i].from, .socket = index, .protocol = Protocol::kUdp},
                       .age = receive[i].age};
  }
  return received == most;
}

void Sockets::Discard(UdpEndpoint& endpoint) {
  std::array<std::uint8_t, Slab::kSlotSize> scratch;
  std::array<io::ReceiveSlot, 1> slot;
  slot[0].buffer = scratch;
  for (std::size_t i = 0; i < kBatch && endpoint.socket.ReceiveBatch(slot) > 0; ++i)
    drops_.Add(DropReason::kNoPacketSlot);
}

void Sockets::OnTcpData(io::ConnectionId id, const SocketAddress& remote, MutableBytes data) {
  auto& reader = frames_[id];
  if (!reader) reader = std::make_unique<transport::FrameReader>();
  transport::FrameReader& frames = *reader;
  Bytes rest = data;
  std::size_t count = 0;
  const auto hand_over = [&] {
    if (count > 0) handlers_.on_datagrams(std::span(batch_).first(count));
    count = 0;
  };
  while (const auto frame = frames.Next(rest)) {
    SlotRef slot = slab_.Acquire();
    if (!slot) {
      drops_.Add(DropReason::kNoPacketSlot);
      continue;
    }
    std::memcpy(slot.bytes().data(), frame->data(), frame->size());
    batch_[count++] = {.slot = std::move(slot),
                       .size = static_cast<std::uint16_t>(frame->size()),
                       .tuple = {.remote = remote, .socket = id, .protocol = Protocol::kTcp},
                       .age = {}};
    if (count == kBatch) {
      hand_over();
      if (!frames_.contains(id)) return;  // closed meanwhile
    }
  }
  const bool failed = frames.failed();
  hand_over();
  if (!failed || !frames_.contains(id)) return;
  drops_.Add(DropReason::kTcpFrameTooLarge);
  Close(id);
  handlers_.on_connection_closed({.remote = remote, .socket = id, .protocol = Protocol::kTcp});
}

void Sockets::Close(std::uint32_t connection) {
  tcp_.Close(connection);
  frames_.erase(connection);
}

void Sockets::Send(const transport::Outbox& outbox, Timestamp now) {
  for (const transport::EgressDatagram& datagram : outbox.datagrams()) {
    const Bytes bytes = outbox.bytes(datagram);
    if (datagram.tuple.protocol == Protocol::kUdp) {
      udp_[datagram.tuple.socket]->egress.Add(datagram.tuple.remote, bytes);
    } else if (!tcp_.Send(datagram.tuple.socket, transport::FrameHeader(bytes.size()), bytes)) {
      drops_.Add(DropReason::kTcpBackpressure);
    }
  }
  for (const auto& endpoint : udp_) {
    drops_.Add(DropReason::kSendFailed, endpoint->egress.Flush());
    if (endpoint->socket.segmentation_refused() || !endpoint->retry.idle()) AfterSending(*endpoint, now);
    if (!endpoint->egress.has_tail()) continue;
    endpoint->watch.OnWritable([e = endpoint.get()] {
      if (e->egress.SendTail()) e->watch.OnWritable({});
    });
  }
}

void Sockets::AfterSending(UdpEndpoint& endpoint, Timestamp now) {
  io::UdpSocket& socket = endpoint.socket;
  const auto verdict = endpoint.retry.OnSent(socket.segmentation_refused(), socket.send_counters().runs, now);
  if (verdict.retry) socket.RetrySegmentation();
  if (verdict.news == SegmentationRetry::News::kNone || !handlers_.on_segmentation) return;
  handlers_.on_segmentation(socket.local_address(), verdict.news == SegmentationRetry::News::kBack);
}

io::SendCounters Sockets::send_counters() const {
  io::SendCounters total;
  for (const auto& endpoint : udp_) total += endpoint->socket.send_counters();
  return total;
}

bool Sockets::segmentation() const {
  return std::ranges::all_of(udp_, [](const auto& endpoint) { return endpoint->socket.segmentation(); });
}

}  // namespace kcs::worker_process
