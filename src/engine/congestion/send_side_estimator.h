#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/time.h"
#include "engine/congestion/acknowledged_bitrate.h"
#include "engine/congestion/arrival_groups.h"
#include "engine/congestion/burst_meter.h"
#include "engine/congestion/delay_trend.h"
#include "engine/congestion/failed_rates.h"
#include "engine/congestion/loss_judge.h"
#include "engine/congestion/probe.h"
#include "engine/congestion/queue_gauge.h"
#include "engine/congestion/reference_time.h"
#include "engine/congestion/send_history.h"
#include "engine/congestion/train_meter.h"
#include "engine/wire/rtcp_transport_feedback.h"

namespace kcs::congestion {

// How much may be sent to one receiver: one per transport that sends media, fed with what is sent and with
// what the receiver reports (transport-wide feedback; for receivers without it REMB and receiver reports).
//
// A receiver of layers mostly gets less than its link would carry, so three things differ from a camera's
// estimator (draft-ietf-rmcat-gcc-02): what was found out holds while less is sent (the estimate neither
// collapses to what is sent nor grows on its own); room for the next layer is found by probing, with padding
// for a tenth of a second; and after congestion the rate that did not fit is remembered, so that it is not
// tried again before a probe has shown clearly more.
//
// Not thread-safe. No clock: `now` never runs backwards. No heap after the ring of the history has grown to
// what is in flight.
class SendSideEstimator {
 public:
  struct Options {
    std::uint32_t start_bps = 300'000;
    std::uint32_t min_bps = 30'000;
    std::uint32_t max_bps = 50'000'000;
  };

  // Why the estimate is what it is.
  enum class Reason : std::uint8_t {
    kStart,      // nothing is known yet
    kDelivered,  // as much was received
    kProbe,      // a probe found as much
    kGrowth,     // it is used up and nothing suffers
    kDelay,      // a queue grew
    kLoss,       // packets were lost by congestion
    kSilence,    // no reports
    kRemb,       // the receiver said so
    kIdle,       // nothing was sent for long
  };
  static constexpr std::size_t kReasons = 9;

  // For statistics and plots.
  struct State {
    Reason reason = Reason::kStart;
    DelayState delay = DelayState::kNormal;
    std::uint32_t acknowledged_bps = 0;  // what arrived of late; 0 without transport-wide feedback
    double loss = 0;                     // fraction of packets, 0...1, over about half a second
    double random_loss = 0;              // of that, what the path loses whatever is sent
    Duration rtt{};                      // zero: unknown
    Duration queue{};                    // standing delay above the path's smallest
    bool competing = false;              // beside a flow that keeps the queue full
    bool probing = false;
    std::uint32_t probe_bps = 0;  // of the last probe
  };

  struct ProbeChunk {
    std::size_t bytes = 0;  // of padding, on the wire
    // In packets of about that size at most, so that there are enough to measure.
    std::size_t packet_size = 0;
  };

  static constexpr Duration kSilence = 1s;       // of reports (and a round trip): half of the estimate
  static constexpr Duration kForgetAfter = 10s;  // without sending: the estimate may be out of date

  SendSideEstimator() : SendSideEstimator(Options{}) {}
  explicit SendSideEstimator(Options options);

  // Each packet with a transport-wide number, probes too. `size`: on the wire, with the SRTP tag. Costs a few
  // nanoseconds and never moves NextDeadline().
  void OnPacketSent(std::uint16_t transport_sequence, std::size_t size, Timestamp now) {
    history_.Add(transport_sequence, size, now);
    newest_sequence_ = transport_sequence;
    sent_bytes_ += size;
    sent_any_ = true;
  }
  void OnTransportFeedback(const wire::TransportFeedback& feedback, Timestamp now);
  void PrefetchHistory(std::uint16_t transport_sequence) const { history_.Prefetch(transport_sequence); }
  // The loss matters only without transport-wide feedback.
  void OnReceiverReport(double fraction_lost, std::optional<Duration> rtt, Timestamp now);
  // Ignored once transport-wide feedback has come.
  void OnRemb(std::uint64_t bps, Timestamp now);

  // What the allocator decided: the bit rate of what is sent (0: nothing with transport-wide numbers), and
  // the least estimate that would let the next layer in (0: nothing waits). Probes go on as long as the
  // estimate is below that. `overdraws`: `bps_now` is more than the estimate, and that on purpose.
  void SetWanted(std::uint32_t bps_now, std::uint32_t bps_next, Timestamp now, bool overdraws = false);

  // Moves with every call but OnPacketSent and TakeProbe; kNever while nothing is wanted. At that time call
  // OnTimeout, then send what TakeProbe returns: padding that is due now, if any. The caller may send less,
  // or nothing at all if it has no stream to pad.
  Timestamp NextDeadline() const { return deadline_; }
  void OnTimeout(Timestamp now);
  std::optional<ProbeChunk> TakeProbe();

  // What may be sent under transport-wide numbers: video, retransmissions, padding.
  std::uint32_t bits_per_second() const { return estimate_; }
  State state() const;
  // Of State, what is asked for all the time.
  Reason reason() const { return reason_; }
  Duration queue() const { return queue_.queue(); }
  bool competes() const { return foreign_queue_; }
  // How fast what is sent at once arrives; 0: not known.
  std::uint32_t burst_bps(Timestamp now) const { return bursts_.bits_per_second(now); }

 private:
  static constexpr Timestamp kLongAgo = Timestamp{} - 24h;
  // Of both source files.
  static constexpr double kBackOff = 0.85;           // of what the full path let through
  static constexpr Duration kCongestedQueue = 25ms;  // a trend without a queue is jitter
  static constexpr Duration kHugeQueue = 100ms;
  static constexpr Duration kSwelled = 40ms;    // within one report
  static constexpr Duration kKeyFrame = 500ms;  // of a layer that was switched to
  static constexpr Duration kBurstyFor = 60s;
  static constexpr std::uint32_t kThin = 300'000;    // a path; a probe is large there, however gentle
  static constexpr std::uint32_t kNarrow = 430'000;  // what a probe costs there, sound feels
  static constexpr double kUsed = 0.85;              // of the estimate: it is used up
  // After a fall: rates measured since then are of the new state.
  static constexpr Duration kSettled = 1200ms;

  struct Reported {  // what one feedback packet said
    bool any = false;
    bool any_received = false;
    std::int64_t min_delay_us = 0;
    std::int64_t first_delay_us = 0;
    std::int64_t last_delay_us = 0;
    std::int64_t first_arrival_us = 0;
    std::int64_t last_arrival_us = 0;
    std::uint64_t bytes = 0;  // without the first packet
    Timestamp newest_sent{};
  };

  Reported Walk(const wire::TransportFeedback& feedback, Timestamp now);
  std::uint64_t MissedBytes(std::uint16_t base_sequence, Timestamp now);
  void OnReceived(std::uint16_t sequence, const SendHistory::Packet& packet, std::int64_t arrival_us,
                  Reported& reported);
  void UpdateRtt(Duration sample);
  bool NearlyFull() const;
  Duration ProbeWaits(Timestamp now) const;
  void LookForRoom(Timestamp now);
  void StartProbe(Timestamp now);
  void ConcludeProbe(Timestamp now);
  void Believe(const Probe::Result& result, Timestamp now);
  void Control(Timestamp now);
  bool Congested(Timestamp now);
  bool DrainsOwn(Timestamp now) const;
  double OwnQueueLeft(Timestamp now) const;
  void NoteOwnQueue(Timestamp now);
  bool Bears(Timestamp now) const;
  void NoteSwelling(const Reported& reported);
  bool Collapsed(Timestamp now) const;
  bool Surges() const;
  bool OutlivesSilence(Timestamp now) const;
  bool Probing(Timestamp now) const;
  bool LosesByCongestion(Timestamp now) const;
  bool Waits(Timestamp now);
  bool WasTransient(Timestamp now) const;
  double BackOff() const;
  void Fall(std::uint32_t bps, Reason reason, Timestamp now);
  void Grow(Timestamp now);
  void Compete(Timestamp now);
  void GrowTo(double most, double per_second, Timestamp now);
  void Set(std::uint32_t bps, Reason reason);
  std::uint32_t Delivered(std::uint32_t acknowledged) const;
  std::uint32_t Capped(std::uint32_t bps) const;
  void CheckSilence(Timestamp now);
  void NoteActivity(Timestamp now);
  void Schedule(Timestamp now);

  // What OnPacketSent touches comes first.
  SendHistory history_;
  std::uint64_t sent_bytes_ = 0;
  std::uint16_t newest_sequence_ = 0;
  bool sent_any_ = false;

  bool transport_feedback_ = false;
  bool probes_arrive_ = true;   // the caller has something to pad with
  bool foreign_queue_ = false;  // it stays long whatever is sent
  bool overdraws_ = false;      // more is sent than the estimate, on purpose
  Reason reason_ = Reason::kStart;
  std::uint32_t estimate_;
  Options options_;
  Timestamp deadline_ = kNever;

  std::uint32_t wanted_now_ = 0;
  std::uint32_t wanted_next_ = 0;
  std::uint32_t recent_ = 0;  // what arrived of late
  std::uint32_t probe_bps_ = 0;
  std::uint32_t before_fall_ = 0;  // the estimate
  std::uint32_t full_at_ = 0;      // what arrived then
  Timestamp last_feedback_ = kLongAgo;
  Timestamp last_control_ = kLongAgo;
  Timestamp last_fall_ = kLongAgo;
  Timestamp probe_ended_ = kLongAgo;
  Timestamp last_active_ = kLongAgo;
  Timestamp last_undone_ = kLongAgo;
  Timestamp waits_since_ = kLongAgo;
  // Nothing is wanted, or nothing was before the last step; kNever: something was.
  Timestamp silent_since_ = kLongAgo;
  Timestamp overdrawn_ = kLongAgo;  // the last time that more was sent on purpose
  Timestamp last_step_ = kLongAgo;  // upwards, of what is wanted
  Timestamp next_check_{};
  std::uint64_t sent_bytes_at_check_ = 0;
  std::uint64_t sent_bytes_at_feedback_ = 0;
  Duration rtt_{};         // zero: unknown
  Duration queue_peak_{};  // since the last fall
  Duration own_queue_{};   // the longest during the last probe or key frame
  Duration swelled_before_{};
  Duration swelled_{};  // from the first packet of the last report to its last
  std::uint32_t swelled_bps_ = 0;
  std::uint16_t next_reported_ = 0;
  bool reported_any_ = false;
  bool probe_full_ = false;  // the last probe met the path's limit
  ReferenceTime reference_;

  AcknowledgedBitrate acknowledged_;
  BurstMeter bursts_;
  TrainMeter trains_;
  ArrivalGroups groups_;
  DelayTrend trend_;
  QueueGauge queue_;
  LossJudge loss_;
  Probe probe_;
  ProbeSchedule schedule_;
  FailedRates failed_;
};

}  // namespace kcs::congestion
