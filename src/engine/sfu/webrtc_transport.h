#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/entropy.h"
#include "base/prefetch.h"
#include "base/time.h"
#include "engine/congestion/remb.h"
#include "engine/congestion/transport_feedback_generator.h"
#include "engine/media/clock_map.h"
#include "engine/media/rtcp_packer.h"
#include "engine/sfu/commands.h"
#include "engine/sfu/consumer.h"
#include "engine/sfu/downlink.h"
#include "engine/sfu/notifications.h"
#include "engine/sfu/pacer.h"
#include "engine/sfu/prober.h"
#include "engine/sfu/producer.h"
#include "engine/sfu/router.h"
#include "engine/sfu/rtp_demuxer.h"
#include "engine/sfu/touched.h"
#include "engine/transport/peer_transport.h"
#include "engine/wire/rtcp_header.h"

namespace kcs::sfu {

// One remote peer's transport within a router: the secure path, what it sends (producers) and what it gets
// (consumers), and the RTCP of both.
class WebRtcTransport {
 public:
  // Bounds on what one peer may have here.
  static constexpr std::size_t kMaxProducers = 64;
  static constexpr std::size_t kMaxConsumers = 2048;
  // Media that lay unread for longer than kStale is thrown away, and with it all that lay for longer than
  // kFresh: a worker that only cut the end of its backlog off would go on with torn streams half a second
  // late.
  static constexpr Duration kStale = 500ms;
  static constexpr Duration kFresh = 100ms;

  // `index` numbers the transports of a worker; it is the order of the fan-out and of the deadlines.
  WebRtcTransport(const CreateTransport& command, std::uint32_t index, Router& router,
                  crypto::DtlsContext& dtls, Entropy& entropy, Touched& touched, SharingTools& sharing);
  ~WebRtcTransport();
  WebRtcTransport(const WebRtcTransport&) = delete;
  WebRtcTransport& operator=(const WebRtcTransport&) = delete;

  TransportId id() const { return id_; }
  std::uint32_t index() const { return index_; }
  Router& router() const { return router_; }
  bool IsOfSameParticipant(const WebRtcTransport& other) const {
    return this == &other || (participant_.value() != 0 && participant_ == other.participant_);
  }
  transport::PeerTransport& peer() { return peer_; }
  const transport::PeerTransport& peer() const { return peer_; }

  // --- what it has ---
  Result<Producer*, CommandError> AddProducer(const CreateProducer& command);
  void RemoveProducer(Producer& producer);
  Result<Consumer*, CommandError> AddConsumer(const CreateConsumer& command, Producer& producer,
                                              Timestamp now);
  void RemoveConsumer(Consumer& consumer);
  const std::vector<std::unique_ptr<Producer>>& producers() const { return producers_; }
  const std::vector<std::unique_ptr<Consumer>>& consumers() const { return consumers_; }
  std::uint16_t NextTransportSequence() { return transport_sequence_++; }
  // A packet with that number left, `size` bytes long.
  void NoteSent(std::uint16_t transport_sequence, std::size_t size, Timestamp now) {
    downlink_.OnPacketSent(transport_sequence, size, now);
  }
  // A packet will be sent to the peer soon: fetches what that touches, in three steps, since each has where
  // that of the next is.
  void Prefetch() const { kcs::Prefetch(&peer_, kHot); }
  void PrefetchParts() const;
  void PrefetchKeys() const {
    if (const auto* sealer = peer_.sealer()) sealer->PrefetchKeys();
  }
  // The same where RTCP of the peer will be taken: reports touch nearly all of what is known of it.
  void PrefetchForRtcp() const { kcs::Prefetch(this, sizeof(*this)); }
  const Downlink& downlink() const { return downlink_; }
  Downlink& downlink() { return downlink_; }
  Pacer& pacer() { return pacer_; }
  const Pacer& pacer() const { return pacer_; }
  // Media, or a report about some, came or left. What is done at intervals (reports, scores, quality) goes on
  // until an interval in which this did not happen, and then rests: a transport that is idle costs nothing.
  void NoteMoved(Timestamp now) {
    moved_ = true;
    if (rests_) Wake(now);
  }
  // What its consumers want, or what they can have, has changed.
  void Reconsider(Timestamp now) {
    downlink_.Reconsider(now);
    Touch();
  }

  // --- datagrams in ---
  // For each packet of media, before anything is spent on it: whether it goes unheard, because this worker
  // comes to it so late. Senders see it as loss and send less, which is what helps.
  bool Sheds(Duration age);

  // --- datagrams in, already decrypted ---
  struct Routed {
    Producer* producer = nullptr;
    MediaPacket packet;
  };
  // `arrived`: when the network delivered it, which may be some time before `now` if the process was busy.
  Result<Routed, wire::DropReason> OnRtp(SlotRef slot, MutableBytes packet, Timestamp arrived, Timestamp now);
  void OnRtcp(Bytes compound, Timestamp now, transport::Outbox& out, DropCounters& drops);
  // NextDeadline() may have changed by something that happened to another transport.
  void Touch() { touched_.Add(index_); }
  // After any input: carries out what it led to.
  void Settle(Timestamp now, std::vector<Notification>& news);
  // DTLS has just connected: whoever waits for a picture asks for it now.
  void OnConnected(Timestamp now);

  // --- time ---
  // Reports, feedback and requests that are due. The path's own timers are peer()'s.
  void OnTimeout(Timestamp now, transport::Outbox& out);
  // Of everything here, the path included: O(producers).
  Timestamp NextDeadline() const;

 private:
  // Receivers' reports about the peer's streams go out this often, and senders' reports that are due by then.
  static constexpr Duration kReportInterval = 500ms;
  static constexpr std::size_t kHot = 448;  // about what a packet touches, from peer_ on

  void LearnFromPacket(const Producer& producer, const wire::RtpPacket& rtp, Timestamp arrived);
  // False: what this packet says is not to be heard now.
  bool Hear(Producer& producer, const wire::RtpPacket& rtp, Timestamp now);
  // Incoming RTCP, one function for each kind of packet.
  void OnSenderReport(const wire::RtcpPacket& packet, Timestamp now, DropCounters& drops);
  void OnReportBlocks(std::span<const wire::ReportBlock> blocks, Timestamp now);
  void OnTransportFeedback(const wire::RtcpPacket& packet, Timestamp now, EgressBatch& egress,
                           DropCounters& drops);
  void OnPayloadFeedback(const wire::RtcpPacket& packet, Timestamp now, DropCounters& drops);
  void OnKeyFrameRequest(wire::Ssrc ssrc, Timestamp now, DropCounters& drops);
  Consumer* ConsumerBySsrc(wire::Ssrc ssrc) const;

  // Pictures that waited and may leave now, and at least `bytes` of what waits.
  std::size_t SendPaced(std::size_t bytes, Timestamp now, transport::Outbox& out);
  void SendProbes(Timestamp now, transport::Outbox& out);
  void TellLayers(Timestamp now, std::vector<Notification>& news);
  void TellScores(Timestamp now, std::vector<Notification>& news);
  void Wake(Timestamp now);
  // Whether something remains to be told or reported although nothing moves any more.
  bool HasRemainder() const;
  TransportQuality Quality(Timestamp now) const;

  // Outgoing RTCP.
  void AddSenderReports(Timestamp now, media::RtcpPacker& packer);
  void AddReceiverReports(Timestamp now, media::RtcpPacker& packer);
  void AddRequests(Timestamp now, media::RtcpPacker& packer);
  void AddTransportFeedback(Timestamp now, media::RtcpPacker& packer);
  void AddRemb(Timestamp now, media::RtcpPacker& packer);
  wire::Ssrc AnyMediaSsrc() const;

  TransportId id_;
  ParticipantId participant_;
  std::uint32_t index_;
  Router& router_;
  Entropy& entropy_;
  Touched& touched_;
  SharingTools& sharing_;
  // What every packet to the peer touches lies together.
  transport::PeerTransport peer_;
  std::uint16_t transport_sequence_ = 1;
  bool moved_ = false;  // since the quality was told last
  bool rests_ = true;
  Pacer pacer_;  // outlives the consumers
  Downlink downlink_;
  // Our SSRC in reports and feedback. Nobody else on this transport sends with it; consumers' are chosen by
  // the server.
  wire::Ssrc rtcp_ssrc_;
  RtpDemuxer demuxer_;
  std::vector<std::unique_ptr<Producer>> producers_;
  std::vector<std::unique_ptr<Consumer>> consumers_;
  boost::unordered_flat_map<wire::Ssrc, Consumer*> consumer_by_ssrc_;
  media::ClockMap clock_;
  congestion::TransportFeedbackGenerator feedback_;
  congestion::ReceiveBitrateEstimator remb_;
  bool uses_remb_ = false;
  bool sheds_ = false;
  Prober prober_;
  Timestamp next_layers_check_ = kNever;
  Timestamp next_scores_ = kNever;  // while it does not rest
  Timestamp next_quality_{};
  std::uint8_t fir_sequence_ = 0;
  Timestamp next_receiver_report_ = kNever;
  Timestamp next_sender_reports_ = kNever;
};

}  // namespace kcs::sfu
