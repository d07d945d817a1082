#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/entropy.h"
#include "engine/sfu/worker_core.h"
#include "engine/transport/testing/test_peer.h"

namespace kcs::sfu::testing {

// A worker core with remote peers at no distance and a clock that the caller moves. Everything lies in one
// router.
class CoreRig {
 public:
  using Datagram = transport::testing::TestPeer::Datagram;
  static constexpr RouterId kRouter{1};
  static constexpr std::size_t kBatch = 64;

  // One transport and the peer at its other end.
  struct Member {
    TransportId transport;
    Tuple tuple;
    std::unique_ptr<transport::testing::TestPeer> peer;

    // Seals a packet; the datagram is for Feed().
    Datagram Rtp(Bytes plaintext);
    Datagram Rtcp(Bytes plaintext);
  };

  // Handshakes need no time, unless `limits` say so.
  explicit CoreRig(std::size_t outbox_bytes = 1024 * 1024, std::size_t outbox_datagrams = 1024);
  // So many speakers are forwarded, over as many speaker places: producers kFirstPlace and following.
  explicit CoreRig(std::uint8_t audio_last_n);
  CoreRig(WorkerLimits limits, std::size_t outbox_bytes, std::size_t outbox_datagrams);
  static constexpr std::uint64_t kFirstPlace = 1'000'000;

  // Makes a transport with the next id (1, 2, ...) and a peer that begins to connect from `address`, or from
  // one of its own.
  Member& Join(std::optional<SocketAddress> address = std::nullopt, ParticipantId participant = {});
  // Lets everybody talk until there is nothing more to say. Members connect by it.
  void Exchange();
  // Moves the clock in steps of at most 20 ms, with all timers, and exchanges.
  void Advance(Duration duration);
  // How long before it is fed a datagram is said to have arrived, from now on.
  void set_age(Duration age) { age_ = age; }
  void MoveClock(Duration duration) { now_ += duration; }

  Result<CommandReply, CommandError> Try(const Command& command);
  // A command that must succeed.
  CommandReply Must(const Command& command);

  // Puts at most kBatch datagrams into slots...
  void Load(std::span<const Datagram> datagrams);
  // ...and gives them to the core, with all that follows from it. Returns how many datagrams that made.
  std::size_t Process();
  // Timers that are due. Returns how many datagrams that made.
  std::size_t RunTimers();
  // Load and Process, for any number.
  std::size_t Feed(std::span<const Datagram> datagrams);
  // Whether members get what the core sends. Off, it is only counted, without a single allocation.
  void set_delivering(bool delivering) { delivering_ = delivering; }
  // Sees all that leaves, before it is delivered.
  void set_observer(std::function<void(const transport::Outbox&)> observer) {
    observer_ = std::move(observer);
  }
  // What the core has told since the last call, of one kind.
  template <typename Kind>
  std::vector<Kind> TakeNews() {
    std::vector<Kind> taken;
    std::erase_if(news_, [&](const Notification& notification) {
      const Kind* kind = std::get_if<Kind>(&notification);
      if (kind != nullptr) taken.push_back(*kind);
      return kind != nullptr;
    });
    return taken;
  }
  // Forgets what it has told.
  void DropNews() { news_.clear(); }
  // How often the core was asked for more of one batch.
  std::uint64_t drains() const { return drains_; }

  WorkerCore& core() { return core_; }
  WorkerOutput& output() { return output_; }
  Timestamp now() const { return now_; }
  std::deque<Member>& members() { return members_; }
  std::uint64_t dropped(wire::DropReason reason) const { return core_.stats().drops[reason]; }

 private:
  std::size_t Carry();

  SeededEntropy entropy_{1};
  WorkerCore core_;
  WorkerOutput output_;
  std::vector<Notification> news_;
  crypto::Certificate certificate_;
  crypto::DtlsContext dtls_;
  Timestamp now_{Duration(10s)};
  Duration age_{};
  std::deque<Member> members_;
  std::map<Tuple, Member*> by_tuple_;
  std::array<IngressDatagram, kBatch> batch_;
  std::size_t batch_size_ = 0;
  bool delivering_ = true;
  std::function<void(const transport::Outbox&)> observer_;
  std::uint64_t drains_ = 0;
};

// Commands for the codecs of the rig: VP8 96/97 as the router's 101/102, Opus 111 as 100.
inline constexpr std::uint8_t kVideoPayloadType = 96;
inline constexpr std::uint8_t kRtxPayloadType = 97;
inline constexpr std::uint8_t kAudioPayloadType = 111;
inline constexpr std::uint8_t kMidId = 4;
inline constexpr std::uint8_t kRidId = 10;
inline constexpr std::uint8_t kRepairedRidId = 11;
inline constexpr std::uint8_t kAudioLevelId = 1;
ProducerEncoding Encoding(std::uint32_t ssrc, std::uint32_t rtx_ssrc = 0, const std::string& rid = {});
CreateProducer VideoProducer(TransportId transport, ProducerId id, std::vector<ProducerEncoding> encodings);
CreateProducer AudioProducer(TransportId transport, ProducerId id, wire::Ssrc ssrc);
// Not paused.
CreateConsumer ConsumerOf(const CreateProducer& producer, TransportId transport, ConsumerId id,
                          wire::Ssrc ssrc);

}  // namespace kcs::sfu::testing
