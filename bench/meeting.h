#pragma once

#include <deque>
#include <span>
#include <vector>

#include "bench/support.h"
#include "engine/sfu/testing/core_rig.h"
#include "engine/sfu/testing/reporting.h"
#include "engine/sfu/testing/test_stream.h"

namespace kcs::bench {

// A core full of connected peers: some only send, the others receive everything.
class Meeting {
 public:
  using Rig = sfu::testing::CoreRig;

  // `addresses`: of the senders, then of the receivers; or empty.
  explicit Meeting(const Traffic& traffic, const std::vector<SocketAddress>& addresses = {},
                   bool run_padding = true)
      : traffic_(traffic),
        rig_(sfu::WorkerLimits{.run_padding = run_padding, .handshake_steps = 0}, 1024 * 1024, 1024) {
    const int members = traffic.senders + traffic.receivers;
    for (int i = 0; i < members; ++i) {
      if (addresses.empty()) {
        rig_.Join();
      } else {
        rig_.Join(addresses[static_cast<std::size_t>(i)]);
      }
      rig_.Exchange();
    }
    for (const Rig::Member& member : rig_.members()) KCS_CHECK(member.peer->connected());
    for (int s = 0; s < traffic.senders; ++s) AddSender(s);
    if (traffic.crowd > 0) AddCrowd(static_cast<std::uint32_t>(traffic.crowd));
    // Past the beginning, where histories and tables still grow.
    rig_.set_delivering(false);
    if (traffic_.reporting) {
      BeginReporting();
      return;
    }
    for (int i = 0; i < 2 * traffic.rounds_per_second; ++i) {
      rig_.Feed(NextRound());
      rig_.RunTimers();
    }
  }

  Rig& rig() { return rig_; }

  // The sealed packets of the next round, and the clock at its time. Must not be timed.
  std::span<const Rig::Datagram> NextRound() {
    rig_.MoveClock(Duration(1s) / traffic_.rounds_per_second);
    MakeRound();
    return round_;
  }

  // With receivers that report a round has parts, because something happens all the time: reports come, and
  // what was paced leaves. All but the first are without media.
  static constexpr int kParts = 6;
  std::span<const Rig::Datagram> NextPart(int part) {
    rig_.MoveClock(Duration(1s) / (traffic_.rounds_per_second * kParts));
    if (part == 0) {
      MakeRound();
    } else {
      round_.clear();
    }
    reporting_.TakeDue(rig_.now(), Rig::kBatch, round_);
    return round_;
  }
  // What left. Must not be timed.
  void Observe(const Tuple& tuple, Bytes datagram) { reporting_.OnSent(tuple, datagram, rig_.now()); }
  void Observe(const transport::Outbox& outbox) {
    for (const transport::EgressDatagram& datagram : outbox.datagrams()) {
      Observe(datagram.tuple, outbox.bytes(datagram));
    }
  }

  std::size_t forwarded_per_round() const {
    return round_.size() * static_cast<std::size_t>(traffic_.receivers);
  }

 private:
  bool IsVideo() const { return traffic_.packets_per_sender > 1; }
  // Receivers that are estimated may have to begin anew. The sender does not listen to what is asked of it.
  bool IsKeyRound() const {
    return rounds_ == 1 || (traffic_.reporting && rounds_ % traffic_.rounds_per_second == 0);
  }

  void MakeRound() {
    if (++rounds_ % traffic_.rounds_per_second == 0) KeepAlive();
    round_.clear();
    for (int s = 0; s < traffic_.senders; ++s) {
      sfu::testing::TestStream& stream = streams_[static_cast<std::size_t>(s)];
      Rig::Member& member = rig_.members()[static_cast<std::size_t>(s)];
      if (IsVideo()) {
        auto frame = stream.VideoFrame(traffic_.packets_per_sender, traffic_.packet_size, IsKeyRound());
        for (int i = 0; i < traffic_.packets_per_sender; ++i) {
          auto& packet = frame[static_cast<std::size_t>(i)];
          packet.resize(SizeOf(traffic_, rounds_, i));
          round_.push_back(member.Rtp(packet));
        }
      } else {
        round_.push_back(member.Rtp(stream.Sound(SizeOf(traffic_, rounds_, s))));
      }
    }
  }

  // Until the estimates have settled.
  void BeginReporting() {
    rig_.set_observer([this](const transport::Outbox& outbox) { Observe(outbox); });
    reporting_.Begin(rig_.now());
    for (int i = 0; i < 10 * traffic_.rounds_per_second; ++i) {
      for (int part = 0; part < kParts; ++part) {
        rig_.Feed(NextPart(part));
        rig_.RunTimers();
      }
    }
    rig_.set_observer({});
  }

  void AddSender(int s) {
    const auto number = static_cast<std::uint32_t>(s);
    const sfu::TransportId transport(number + 1);
    const wire::Ssrc ssrc(1000 + number);
    const sfu::CreateProducer producer =
        IsVideo() ? sfu::testing::VideoProducer(transport, sfu::ProducerId(number + 1),
                                                {sfu::testing::Encoding(ssrc.value())})
                  : sfu::testing::AudioProducer(transport, sfu::ProducerId(number + 1), ssrc);
    rig_.Must(producer);
    sfu::testing::TestStream stream;
    stream.ssrc = ssrc.value();
    stream.payload_type = producer.codecs.front().payload_type;
    if (!IsVideo()) stream.extensions = {{sfu::testing::kAudioLevelId, "\x9e"}};
    streams_.push_back(stream);
    for (int r = 0; r < traffic_.receivers; ++r) {
      const auto receiver = static_cast<std::uint32_t>(traffic_.senders + r + 1);
      const std::uint32_t id = (number + 1) * 1000 + receiver;
      sfu::CreateConsumer consumer = sfu::testing::ConsumerOf(producer, sfu::TransportId(receiver),
                                                              sfu::ConsumerId(id), wire::Ssrc(10 * id));
      if (traffic_.reporting) {
        consumer.codecs.front().feedback.transport_cc = true;
        reporting_.Add(rig_.members()[receiver - 1], consumer.ssrc);
      }
      rig_.Must(consumer);
    }
  }

  // Idle transports, which consume what the first ten of them would send.
  void AddCrowd(std::uint32_t size) {
    constexpr std::uint32_t kMicrophones = 10;
    constexpr std::uint32_t kFirstId = 10'000'000;
    const auto first = static_cast<std::uint32_t>(rig_.members().size()) + 1;
    for (std::uint32_t i = 0; i < size; ++i) rig_.Join();
    rig_.Exchange();
    std::vector<sfu::CreateProducer> microphones;
    for (std::uint32_t i = 0; i < kMicrophones; ++i) {
      microphones.push_back(sfu::testing::AudioProducer(
          sfu::TransportId(first + i), sfu::ProducerId(kFirstId + i), wire::Ssrc(kFirstId + i)));
      rig_.Must(microphones.back());
    }
    for (std::uint32_t id = 0; id < size * kMicrophones; ++id) {
      rig_.Must(sfu::testing::ConsumerOf(microphones[id % kMicrophones],
                                         sfu::TransportId(first + id / kMicrophones),
                                         sfu::ConsumerId(kFirstId + id), wire::Ssrc(kFirstId + id)));
    }
    rig_.Advance(crypto::DtlsSession::kLastFlightKept + 5s);
  }

  // ICE: without checks the paths would end.
  void KeepAlive() {
    rig_.set_delivering(true);
    rig_.Exchange();
    for (Rig::Member& member : rig_.members()) static_cast<void>(member.peer->TakeReceived());
    rig_.set_delivering(false);
  }

  Traffic traffic_;
  Rig rig_;
  std::vector<sfu::testing::TestStream> streams_;
  sfu::testing::Reporting reporting_;
  std::vector<Rig::Datagram> round_;
  int rounds_ = 0;
};

}  // namespace kcs::bench
