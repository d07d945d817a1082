#pragma once

#include <algorithm>
#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/entropy.h"
#include "base/slab.h"
#include "base/time.h"
#include "engine/crypto/certificate.h"
#include "engine/crypto/dtls.h"
#include "engine/media/loudest_n.h"
#include "engine/sfu/commands.h"
#include "engine/sfu/deadline_queue.h"
#include "engine/sfu/fan_out.h"
#include "engine/sfu/frame_ends.h"
#include "engine/sfu/handshake_pacer.h"
#include "engine/sfu/notifications.h"
#include "engine/sfu/router.h"
#include "engine/sfu/stats.h"
#include "engine/sfu/touched.h"
#include "engine/sfu/webrtc_transport.h"
#include "engine/transport/outbox.h"

namespace kcs::sfu {

struct WorkerLimits {
  std::uint32_t max_routers = 4096;
  std::uint32_t max_transports = 8192;
  std::uint32_t max_packet_slots = 128 * 1024;  // 2 KiB each, taken as needed
  static constexpr std::uint8_t kMaxAudioLastN = media::LoudestN::kMost;
  std::uint8_t audio_last_n = 0;  // speakers of a router that are forwarded; 0: all
  bool run_padding = true;        // whether media is padded so that more of it leaves in runs
  std::uint32_t handshake_steps = HandshakePacer::kStepsPerSecond;  // a second; 0: no limit
};

// A datagram as the shell received it: in a slot of the core's slab.
struct IngressDatagram {
  SlotRef slot;
  std::uint16_t size = 0;  // of the datagram, from the start of the slot
  Tuple tuple;
  Duration age{};  // how long before `now` it arrived
};

// What a call of the core gives back, beside its result: all of it values, for the shell to carry out and
// clear.
struct WorkerOutput {
  // All that one receiver can get of a batch has to fit; what fits more leaves later.
  static constexpr std::size_t kBytes = FanOut::kMaxPackets * Slab::kSlotSize;

  explicit WorkerOutput(std::size_t max_bytes = kBytes, std::size_t max_datagrams = 1024)
      : datagrams(max_bytes, max_datagrams) {}

  transport::Outbox datagrams;
  std::vector<Notification> notifications;
  std::vector<std::uint32_t> trusted_connections;    // TCP: ICE has validated their peers
  std::vector<std::uint32_t> abandoned_connections;  // TCP: to be closed

  void Clear() {
    datagrams.Clear();
    notifications.clear();
    trusted_connections.clear();
    abandoned_connections.clear();
  }
};

using CommandReply = std::variant<std::monostate, transport::IceParameters, RouterStats, WorkerStats>;

// The whole media plane of one worker without its sockets and clock: sockets drive it in a server, a
// simulator in tests. Single-threaded. After OnDatagrams the caller sends what is in the output and calls
// Drain, until that says there is no more; only then may it call anything else.
class WorkerCore {
 public:
  WorkerCore(const WorkerLimits& limits, Entropy& entropy);
  ~WorkerCore();

  // SHA-256 of the DTLS certificate, as "AB:CD:...".
  std::string fingerprint() const { return certificate_.fingerprint_sha256(); }
  Slab& slab() { return slab_; }

  Result<CommandReply, CommandError> OnCommand(const Command& command, Timestamp now, WorkerOutput& out);
  // At most FanOut::kMaxPackets. Takes the slots.
  void OnDatagrams(std::span<IngressDatagram> batch, Timestamp now, WorkerOutput& out);
  // More of the last batch for `out`; true while there is still more.
  [[nodiscard]] bool Drain(Timestamp now, WorkerOutput& out);
  void OnConnectionClosed(const Tuple& tuple, Timestamp now, WorkerOutput& out);
  // When the datagrams of all that is due do not fit, the rest stays due: call it again.
  void OnTimeout(Timestamp now, WorkerOutput& out);
  Timestamp NextDeadline() const {
    return std::min({deadlines_.next(), handshakes_.NextDeadline(), frame_ends_.NextDeadline()});
  }

  WorkerStats stats() const;
  DropCounters& drops() { return drops_; }

 private:
  using Reply = Result<CommandReply, CommandError>;

  // worker_commands.cpp
  Reply Apply(const CreateRouter& command, Timestamp now, WorkerOutput& out);
  Reply Apply(const CloseRouter& command, Timestamp now, WorkerOutput& out);
  Reply Apply(const CreateTransport& command, Timestamp now, WorkerOutput& out);
  Reply Apply(const ConnectTransport& command, Timestamp now, WorkerOutput& out);
  Reply Apply(const RestartIce& command, Timestamp now, WorkerOutput& out);
  Reply Apply(const CloseTransport& command, Timestamp now, WorkerOutput& out);
  Reply Apply(const CreateProducer& command, Timestamp now, WorkerOutput& out);
  Reply Apply(const ProducerCommand& command, Timestamp now, WorkerOutput& out);
  Reply Apply(const CreateConsumer& command, Timestamp now, WorkerOutput& out);
  Reply Apply(const ConsumerCommand& command, Timestamp now, WorkerOutput& out);
  Reply Apply(const GetRouterStats& command, Timestamp now, WorkerOutput& out);
  Reply Apply(const GetWorkerStats& command, Timestamp now, WorkerOutput& out);

  WebRtcTransport* FindTransport(TransportId id) const;
  void Remove(WebRtcTransport& transport, Timestamp now, WorkerOutput& out);
  void Remove(Producer& producer, Timestamp now);
  void Remove(Consumer& consumer, Timestamp now);

  // worker_core.cpp
  std::optional<wire::DropReason> Take(IngressDatagram& datagram, Timestamp now, WorkerOutput& out);
  std::optional<wire::DropReason> TakeStun(MutableBytes bytes, const Tuple& tuple, Timestamp now,
                                           WorkerOutput& out);
  std::optional<wire::DropReason> TakeDtls(IngressDatagram& datagram, WebRtcTransport& transport,
                                           Timestamp now, WorkerOutput& out);
  std::optional<wire::DropReason> TakeRtp(IngressDatagram& datagram, WebRtcTransport& transport,
                                          Timestamp now);
  std::optional<wire::DropReason> TakeRtcp(MutableBytes bytes, WebRtcTransport& transport, Timestamp now,
                                           WorkerOutput& out);
  WebRtcTransport* TransportOf(const Tuple& tuple);
  void PrefetchFor(std::span<const IngressDatagram> next);
  void Apply(const transport::TupleChanges& changes, const WebRtcTransport& transport, WorkerOutput& out);
  void CountSent(const WorkerOutput& out);
  void ForgetUfrags(const std::vector<std::string>& ufrags);
  void ServeHandshakes(Timestamp now, WorkerOutput& out);
  void CountHandshake(crypto::DtlsState before, crypto::DtlsState after);
  // After any input: reports changed states and files deadlines of the transports that were touched.
  void Settle(Timestamp now, WorkerOutput& out);

  WorkerLimits limits_;
  Entropy& entropy_;
  crypto::Certificate certificate_;
  crypto::DtlsContext dtls_;
  Slab slab_;
  DropCounters drops_;
  std::uint64_t packets_received_ = 0;
  std::uint64_t bytes_received_ = 0;
  std::uint64_t packets_sent_ = 0;
  std::uint64_t bytes_sent_ = 0;
  std::uint64_t padding_sent_ = 0;

  boost::unordered_flat_map<RouterId, std::unique_ptr<Router>> routers_;
  std::vector<std::unique_ptr<WebRtcTransport>> transports_;  // by index; nullptr: free
  std::vector<std::uint32_t> free_indices_;
  boost::unordered_flat_map<TransportId, std::uint32_t> transport_index_;
  boost::unordered_flat_map<std::string, std::uint32_t> by_ufrag_;
  boost::unordered_flat_map<Tuple, std::uint32_t> by_tuple_;
  boost::unordered_flat_map<ProducerId, Producer*> producers_;
  boost::unordered_flat_map<ConsumerId, Consumer*> consumers_;

  Tuple last_tuple_;
  WebRtcTransport* last_transport_ = nullptr;
  FrameEnds frame_ends_;
  FanOut fan_out_;
  HandshakePacer handshakes_;
  WorkerStats::Handshakes handshake_counters_;
  Touched touched_;
  SharingTools sharing_;
  DeadlineQueue deadlines_;
};

}  // namespace kcs::sfu
