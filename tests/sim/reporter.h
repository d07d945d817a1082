#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "base/bytes.h"
#include "base/time.h"
#include "engine/congestion/remb.h"
#include "engine/congestion/transport_feedback_generator.h"
#include "engine/wire/rtcp_receiver_report.h"
#include "engine/wire/rtp_packet.h"

namespace kcs::sim {

// What a receiving browser tells of what arrives: receiver reports once a second, and transport-wide
// feedback or REMB.
class Reporter {
 public:
  static constexpr Duration kReportInterval = 1s;

  // `transport_cc_id`: of the extension with the transport-wide number; 0: no such feedback.
  explicit Reporter(std::uint8_t transport_cc_id = 0) : transport_cc_id_(transport_cc_id) {}

  void set_transport_cc_id(std::uint8_t id) { transport_cc_id_ = id; }
  // Of the extension with the time of sending; 0: no REMB.
  void set_abs_send_time_id(std::uint8_t id) { abs_send_time_id_ = id; }
  void OnRtp(const wire::RtpPacket& rtp, Timestamp at);
  void OnRtcp(Bytes compound, Timestamp now);
  // RTCP that is due, a packet each.
  std::vector<std::vector<std::uint8_t>> Take(Timestamp now);

 private:
  struct Stream {
    std::int64_t lowest = 0;
    std::int64_t highest = 0;  // extended
    std::int64_t received = 0;
    std::int64_t expected_before = 0;
    std::int64_t received_before = 0;
  };
  struct SenderReport {
    std::uint32_t compact_ntp = 0;
    Timestamp at{};
  };
  wire::ReportBlock Block(std::uint32_t ssrc, const SenderReport& report, Timestamp now);

  std::uint8_t transport_cc_id_;
  std::uint8_t abs_send_time_id_ = 0;
  congestion::TransportFeedbackGenerator feedback_;
  congestion::ReceiveBitrateEstimator remb_;
  std::map<std::uint32_t, Stream> streams_;
  std::map<std::uint32_t, SenderReport> sender_reports_;
  std::optional<std::uint32_t> media_ssrc_;  // any
  Timestamp next_report_{};
};

}  // namespace kcs::sim
