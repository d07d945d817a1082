#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "base/check.h"
#include "engine/sfu/testing/core_rig.h"
#include "engine/wire/extensions.h"
#include "engine/wire/rtcp_receiver_report.h"
#include "engine/wire/rtcp_transport_feedback.h"
#include "engine/wire/rtp_packet.h"

namespace kcs::sfu::testing {

// Receivers that report as browsers do: transport-wide feedback ten times a second and a receiver report once
// a second, of what has really arrived, over links of their own without loss. Not to be timed.
class Reporting {
 public:
  using Rig = CoreRig;
  static constexpr std::uint8_t kTransportCcId = 5;  // of the rig's consumers

  void Add(Rig::Member& member, wire::Ssrc ssrc) {
    by_tuple_[member.tuple] = receivers_.size();
    receivers_.push_back({.member = &member, .ssrc = ssrc});
  }
  // Not all at the same time.
  void Begin(Timestamp now) {
    for (std::size_t i = 0; i < receivers_.size(); ++i) {
      const auto share = [&](Duration interval) {
        return interval * static_cast<std::int64_t>(i) / static_cast<std::int64_t>(receivers_.size());
      };
      receivers_[i].next_feedback = now + share(kFeedbackInterval);
      receivers_[i].next_report = now + share(kReportInterval);
    }
  }

  // A sealed datagram was sent to this peer at `now`: SRTP leaves the header in clear.
  void OnSent(const Tuple& tuple, Bytes datagram, Timestamp now) {
    const auto found = by_tuple_.find(tuple);
    if (found == by_tuple_.end() || datagram.size() < wire::kRtpFixedHeaderSize) return;
    const bool rtcp = datagram[1] >= 192 && datagram[1] <= 223;
    const auto rtp = rtcp ? std::nullopt : wire::RtpPacket::Parse(datagram);
    const auto sequence = rtp ? wire::ParseTransportSequence(rtp->Extension(kTransportCcId)) : std::nullopt;
    if (!sequence) return;
    Receiver& receiver = receivers_[found->second];
    const auto transmission = Duration(static_cast<std::int64_t>(datagram.size() * 8 / kLinkMbps));
    receiver.arrived = std::max(receiver.arrived, now + kLatency) + transmission;
    receiver.pending.push_back({*sequence, receiver.arrived});
    if (rtp->ssrc() == receiver.ssrc) receiver.highest = rtp->sequence_number();
  }

  // Sealed, to be sent by the receivers now; at most `most`.
  void TakeDue(Timestamp now, std::size_t most, std::vector<Rig::Datagram>& out) {
    for (Receiver& receiver : receivers_) {
      if (out.size() >= most) return;
      if (receiver.next_feedback <= now) AppendFeedback(receiver, now, out);
      if (receiver.next_report <= now && out.size() < most) AppendReport(receiver, out);
    }
  }

 private:
  static constexpr Duration kFeedbackInterval = 100ms;
  static constexpr Duration kReportInterval = 1s;
  static constexpr Duration kLatency = 20ms;
  static constexpr std::size_t kLinkMbps = 50;

  struct Arrival {
    std::uint16_t sequence = 0;
    Timestamp at;
  };
  struct Receiver {
    Rig::Member* member = nullptr;
    wire::Ssrc ssrc;
    std::vector<Arrival> pending = {};  // not yet reported
    Timestamp arrived = {};             // the last of them
    Timestamp next_feedback = kNever;
    Timestamp next_report = kNever;
    std::uint16_t highest = 0;
    std::uint8_t feedbacks = 0;
  };

  static void AppendFeedback(Receiver& receiver, Timestamp now, std::vector<Rig::Datagram>& out) {
    receiver.next_feedback += kFeedbackInterval;
    const auto end = std::ranges::find_if(receiver.pending, [&](const Arrival& a) { return a.at > now; });
    if (end == receiver.pending.begin()) return;
    wire::TransportFeedbackBuilder builder(receiver.pending.front().sequence, receiver.pending.front().at);
    auto next = receiver.pending.begin();
    while (next != end && builder.Add(next->sequence, next->at)) ++next;
    receiver.pending.erase(receiver.pending.begin(), next);
    std::vector<std::uint8_t> bytes(wire::TransportFeedbackBuilder::kMaxSize);
    ByteWriter writer(bytes);
    builder.Write(wire::Ssrc(1), receiver.ssrc, receiver.feedbacks++, writer);
    bytes.resize(writer.size());
    out.push_back(receiver.member->Rtcp(bytes));
  }

  static void AppendReport(Receiver& receiver, std::vector<Rig::Datagram>& out) {
    receiver.next_report += kReportInterval;
    std::vector<std::uint8_t> bytes(64);
    ByteWriter writer(bytes);
    wire::ReceiverReport report;
    report.sender_ssrc = wire::Ssrc(1);
    report.blocks.PushBack({.ssrc = receiver.ssrc, .extended_highest_seq = receiver.highest});
    report.Write(writer);
    bytes.resize(writer.size());
    out.push_back(receiver.member->Rtcp(bytes));
  }

  std::vector<Receiver> receivers_;
  std::map<Tuple, std::size_t> by_tuple_;
};

}  // namespace kcs::sfu::testing
