// That a worker under load allocates nothing: several senders of sound and pictures, receivers that report,
// lose and ask again, timers, estimates, pacing and probes, round by round in virtual time.
#include <gtest/gtest.h>

#include <deque>
#include <map>
#include <vector>

#include "base/testing/allocations.h"
#include "engine/sfu/testing/core_rig.h"
#include "engine/sfu/testing/reporting.h"
#include "engine/sfu/testing/test_stream.h"
#include "engine/wire/rtcp_nack.h"

namespace kcs::sfu {
namespace {

using testing::CoreRig;
using testing::Reporting;
using testing::TestStream;

constexpr std::uint32_t kSenders = 4;
constexpr std::uint32_t kReceivers = 30;
constexpr Duration kRound = 5ms;

class MeetingUnderLoad {
 public:
  MeetingUnderLoad() {
    for (std::uint32_t i = 0; i < kSenders + kReceivers; ++i) rig_.Join();
    rig_.Exchange();
    for (std::uint32_t s = 0; s < kSenders; ++s) AddSender(s);
    rig_.set_delivering(false);
    rig_.set_observer([this](const transport::Outbox& outbox) { Observe(outbox); });
    reporting_.Begin(rig_.now());
  }

  // The core's own allocations in all rounds of this time.
  std::uint64_t Play(Duration time) {
    std::uint64_t allocations = 0;
    for (Duration done{}; done < time; done += kRound) allocations += PlayRound();
    return allocations;
  }
  // Checks of the paths, so that they last; without media.
  void KeepAlive(Duration time = {}) {
    rig_.set_observer({});
    rig_.set_delivering(true);
    rig_.Exchange();
    rig_.Advance(time);
    rig_.DropNews();
    for (CoreRig::Member& member : rig_.members()) static_cast<void>(member.peer->TakeReceived());
    rig_.set_delivering(false);
    rig_.set_observer([this](const transport::Outbox& outbox) { Observe(outbox); });
    reporting_.Begin(rig_.now());
  }

  std::uint64_t packets_out() const { return packets_out_; }
  RouterStats Stats() { return std::get<RouterStats>(rig_.Must(GetRouterStats{CoreRig::kRouter})); }

 private:
  struct Sender {
    TestStream picture;
    TestStream voice;
  };

  void AddSender(std::uint32_t s) {
    const TransportId transport(s + 1);
    const wire::Ssrc ssrc(1000 + 10 * s);
    const auto camera = testing::VideoProducer(transport, ProducerId(2 * s + 1),
                                               {testing::Encoding(ssrc.value(), ssrc.value() + 1)});
    const auto microphone =
        testing::AudioProducer(transport, ProducerId(2 * s + 2), wire::Ssrc(ssrc.value() + 2));
    rig_.Must(camera);
    rig_.Must(microphone);
    Sender& sender = senders_.emplace_back();
    sender.picture.ssrc = ssrc.value();
    sender.voice.ssrc = ssrc.value() + 2;
    sender.voice.payload_type = testing::kAudioPayloadType;
    sender.voice.extensions = {{testing::kAudioLevelId, "\x9e"}};
    for (std::uint32_t r = 0; r < kReceivers; ++r) {
      const std::uint32_t id = 1000 * (s + 1) + 2 * r;
      const TransportId receiver(kSenders + r + 1);
      auto picture = testing::ConsumerOf(camera, receiver, ConsumerId(id), wire::Ssrc(10 * id));
      picture.codecs.front().feedback.transport_cc = true;
      rig_.Must(picture);
      rig_.Must(testing::ConsumerOf(microphone, receiver, ConsumerId(id + 1), wire::Ssrc(10 * id + 5)));
      CoreRig::Member& member = rig_.members()[kSenders + r];
      if (s == 0) reporting_.Add(member, picture.ssrc);
    }
  }

  // What arrives in a round is made, and sealed, before anything is counted.
  std::uint64_t PlayRound() {
    rig_.MoveClock(kRound);
    arriving_.clear();
    ++round_;
    for (std::uint32_t s = 0; s < kSenders; ++s) {
      if ((round_ + static_cast<int>(s)) % 4 == 0) Send(s, senders_[s].voice.Sound(80 + s));
      if ((round_ + static_cast<int>(s)) % 7 == 0) SendFrame(s);
    }
    reporting_.TakeDue(rig_.now(), CoreRig::kBatch - arriving_.size() - 1, arriving_);
    AppendNack();
    const std::uint64_t before = AllocationsSoFar();
    std::uint64_t observed = observers_allocations_;
    packets_out_ += rig_.Feed(arriving_);
    packets_out_ += rig_.RunTimers();
    observed = observers_allocations_ - observed;
    const std::uint64_t allocations = AllocationsSoFar() - before - observed;
    return allocations;
  }
  void Send(std::uint32_t s, const std::vector<std::uint8_t>& packet) {
    arriving_.push_back(rig_.members()[s].Rtp(packet));
  }
  // One packet of fifty comes late, so that it has been asked for before.
  void SendFrame(std::uint32_t s) {
    if (!late_.empty()) {
      arriving_.push_back(std::move(late_.front()));
      late_.pop_front();
    }
    const bool key = ++frames_ % 100 <= kSenders;
    const auto packets = senders_[s].picture.VideoFrame(3, 700 + 10 * s, key);
    for (std::size_t i = 0; i < packets.size(); ++i) {
      auto datagram = rig_.members()[s].Rtp(packets[i]);
      if (i == 1 && frames_ % 17 == 0) {
        late_.push_back(std::move(datagram));
      } else {
        arriving_.push_back(std::move(datagram));
      }
    }
  }
  // One receiver in each round has not got what was sent to it last.
  void AppendNack() {
    const auto receiver = static_cast<std::uint32_t>(round_) % kReceivers;
    const std::uint32_t ssrc = 10 * (1000 + 2 * receiver);
    const auto newest = newest_.find(ssrc);
    if (newest == newest_.end()) return;
    const std::vector<std::uint16_t> missing = {newest->second,
                                                static_cast<std::uint16_t>(newest->second - 2)};
    std::vector<std::uint8_t> bytes(64);
    ByteWriter writer(bytes);
    wire::WriteNack(wire::Ssrc(1), wire::Ssrc(ssrc), missing, writer);
    bytes.resize(writer.size());
    arriving_.push_back(rig_.members()[kSenders + receiver].Rtcp(bytes));
  }
  // Within the rig's calls; what it allocates itself is not the core's.
  void Observe(const transport::Outbox& outbox) {
    const std::uint64_t before = AllocationsSoFar();
    for (const transport::EgressDatagram& datagram : outbox.datagrams()) {
      const Bytes bytes = outbox.bytes(datagram);
      reporting_.OnSent(datagram.tuple, bytes, rig_.now());
      const auto rtp = wire::RtpPacket::Parse(bytes);
      if (rtp) newest_[rtp->ssrc().value()] = rtp->sequence_number();
    }
    observers_allocations_ += AllocationsSoFar() - before;
  }

  CoreRig rig_;
  Reporting reporting_;
  std::vector<Sender> senders_;
  std::vector<CoreRig::Datagram> arriving_;
  std::deque<CoreRig::Datagram> late_;
  std::map<std::uint32_t, std::uint16_t> newest_;
  int round_ = 0;
  std::uint32_t frames_ = 0;
  std::uint64_t packets_out_ = 0;
  std::uint64_t observers_allocations_ = 0;
};

TEST(LoadAllocation, AWorkerUnderLoadAllocatesNothingButWhatItTellsOfVoices) {
  MeetingUnderLoad meeting;
  // Warm: past the first estimates, and past what the handshakes leave behind.
  meeting.Play(8s);
  meeting.KeepAlive(crypto::DtlsSession::kLastFlightKept);
  meeting.Play(8s);
  meeting.KeepAlive();
  meeting.Play(1s);

  const std::uint64_t packets_before = meeting.packets_out();
  const RouterStats before = meeting.Stats();
  const std::uint64_t allocations = meeting.Play(5s);
  const RouterStats after = meeting.Stats();

  EXPECT_LE(allocations, 5s / AudioLevels::kInterval)
      << "lists of audio levels for the server, and nothing else";
  // The load was one.
  EXPECT_GT(meeting.packets_out() - packets_before, 5U * kReceivers * kSenders * (50 + 60));
  const auto sum = [](const auto& streams, auto member) {
    std::uint64_t total = 0;
    for (const auto& stream : streams) total += stream.*member;
    return total;
  };
  EXPECT_GT(sum(after.consumers, &ConsumerStats::retransmitted) -
                sum(before.consumers, &ConsumerStats::retransmitted),
            200U);
  EXPECT_GT(
      sum(after.producers, &ProducerStats::nacks_sent) - sum(before.producers, &ProducerStats::nacks_sent),
      5U);
  for (const TransportStats& transport : after.transports) {
    const bool receives = transport.id.value() > kSenders;
    EXPECT_EQ(transport.available_bitrate.has_value(), receives) << "who receives pictures is estimated";
  }
}

}  // namespace
}  // namespace kcs::sfu
