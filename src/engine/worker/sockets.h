#pragma once

#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/slab.h"
#include "engine/sfu/worker_core.h"
#include "engine/transport/tcp_framing.h"
#include "engine/worker/batch_size.h"
#include "engine/worker/gathering.h"
#include "engine/worker/segmentation_retry.h"
#include "engine/worker/udp_egress.h"
#include "io/event_loop.h"
#include "io/tcp_listener.h"
#include "io/udp_socket.h"

namespace kcs::worker_process {

struct ListenOptions {
  std::vector<SocketAddress> addresses = {};  // ports do not matter
  std::uint16_t min_port = 0;
  std::uint16_t max_port = 0;
  bool segmentation = true;                  // UDP: runs leave as one message where the kernel can do that
  bool gathering = true;                     // UDP: see Gathering
  io::SendMessages send_messages = nullptr;  // tests put failures here; nullptr: the system's
  // Waits about as long, and returns how long it was; tests put what happens meanwhile here. Empty: sleep.
  std::function<Duration(Duration)> wait = {};
};

// A worker's sockets: for each address one UDP socket and one listening TCP socket, on the same port where
// that is free. Turns what arrives into batches of datagrams, and sends what the core wants sent.
class Sockets {
 public:
  struct Handlers {
    std::function<void(std::span<sfu::IngressDatagram>)> on_datagrams;
    std::function<void(const Tuple&)> on_connection_closed;
    // The socket of this address sends datagrams one by one from now on, because a device or route cannot cut
    // messages up (false), or sends runs again (true). May be empty.
    std::function<void(const SocketAddress&, bool)> on_segmentation = {};
  };

  Sockets(io::EventLoop& loop, Slab& slab, sfu::DropCounters& drops, Handlers handlers);

  Result<void> Listen(const ListenOptions& options);

  struct Listening {
    std::uint16_t udp_port = 0;
    std::uint16_t tcp_port = 0;
  };
  // In the order of the addresses.
  const std::vector<Listening>& listening() const { return listening_; }

  void Send(const transport::Outbox& outbox, Timestamp now);
  // Of all UDP sockets together.
  io::SendCounters send_counters() const;
  // Whether all of them send runs as one message now.
  bool segmentation() const;
  // The worker has been at work. (Of what arrives on UDP sockets this is known already.)
  void OnWork(Timestamp begin, Timestamp end) { gathering_.OnWork(begin, end); }
  void Trust(std::uint32_t connection) { tcp_.Establish(connection); }
  void Close(std::uint32_t connection);

 private:
  struct UdpEndpoint {
    explicit UdpEndpoint(io::UdpSocket s) : socket(std::move(s)), egress(socket) {}
    io::UdpSocket socket;
    UdpEgress egress;
    io::FdWatch watch;
    SegmentationRetry retry;
  };
  static constexpr std::size_t kBatch = io::UdpSocket::kBatch;
  // Datagrams are handed to the core as many as wait, so that more of them leave in runs the busier the
  // worker is, and none waits for others.
  static_assert(BatchSize::kMost <= sfu::FanOut::kMaxPackets);

  Result<void> ListenOn(const SocketAddress& address, const ListenOptions& options);
  // One batch; what is left waits until the other sockets, the timers and the control channel have had their
  // turn. With many receivers a batch is much work, and the server must hear from a worker that has no pause.
  void OnReadable(std::uint32_t index);
  // Appends what the socket has to the first `count` of batch_.
  void Gather(std::uint32_t index, std::size_t& count);
  // The same after a step of time, which it returns.
  Duration WaitAndGather(std::uint32_t index, std::size_t& count);
  // Appends at most `most` to the first `count` of batch_. Returns whether the socket had no less.
  bool ReceiveInto(UdpEndpoint& endpoint, std::uint32_t index, std::size_t most, std::size_t& count);
  void Discard(UdpEndpoint& endpoint);
  void AfterSending(UdpEndpoint& endpoint, Timestamp now);
  void OnTcpData(io::ConnectionId id, const SocketAddress& remote, MutableBytes data);

  io::EventLoop& loop_;
  Gathering gathering_;
  BatchSize batch_size_;
  bool gathers_ = true;
  std::function<Duration(Duration)> wait_;
  Slab& slab_;
  sfu::DropCounters& drops_;
  Handlers handlers_;
  std::vector<std::unique_ptr<UdpEndpoint>> udp_;
  io::TcpListener tcp_;
  boost::unordered_flat_map<io::ConnectionId, std::unique_ptr<transport::FrameReader>> frames_;
  std::vector<Listening> listening_;
  std::array<SlotRef, kBatch> slots_;
  std::array<sfu::IngressDatagram, BatchSize::kMost> batch_;
};

}  // namespace kcs::worker_process
