#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/counters.h"
#include "base/entropy.h"
#include "base/prefetch.h"
#include "engine/congestion/bitrate_allocator.h"
#include "engine/media/layer_gate.h"
#include "engine/media/picture_id_rewriter.h"
#include "engine/media/retransmission_gate.h"
#include "engine/media/rewriter.h"
#include "engine/media/send_stream.h"
#include "engine/sfu/commands.h"
#include "engine/sfu/egress_batch.h"
#include "engine/sfu/media_packet.h"
#include "engine/sfu/notifications.h"
#include "engine/sfu/outgoing_packet.h"
#include "engine/sfu/pacer.h"
#include "engine/sfu/producer.h"
#include "engine/sfu/told_targets.h"
#include "engine/wire/drop_reason.h"

namespace kcs::sfu {

using DropCounters = EnumCounters<wire::DropReason>;

// One producer on its way to one receiver: a gate that decides what of it passes, a rewriter that makes one
// unbroken stream of that, and the patch each packet gets. Simple, simulcast and SVC differ inside the gate
// only.
//
// There are as many of these as senders times receivers, and a packet touches them all, so what it touches
// lies together and what only some have stands apart: some 350 bytes for sound, 900 for a picture.
class Consumer {
 public:
  static constexpr std::size_t kMaxMid = 8;

  Consumer(const CreateConsumer& command, Producer& producer, WebRtcTransport& receiver, Entropy& entropy);
  ~Consumer();
  Consumer(const Consumer&) = delete;
  Consumer& operator=(const Consumer&) = delete;

  ConsumerId id() const { return id_; }
  // Whose packets it gets. Of a speaker place's consumer: of who is there now.
  Producer& producer() const { return *producer_; }
  // Whose consumer it is, as its receiver knows it.
  ProducerId of() const;
  SpeakerPlace* place() const { return seat_ != nullptr ? seat_->place : nullptr; }
  WebRtcTransport& receiver() const { return receiver_; }
  wire::Ssrc ssrc() const { return send_.ssrc(); }
  const std::string& cname() const { return *cname_; }
  std::shared_ptr<const std::string> shared_cname() const { return cname_; }
  bool paused() const { return paused_; }
  bool is_video() const { return video_ != nullptr; }
  media::SendStream& send() { return send_; }
  const media::SendStream& send() const { return send_; }
  // The stream of the producer that is forwarded now.
  std::optional<std::uint8_t> current_stream() const { return gate_.current(); }
  // What is forwarded now of what the producer sends; nullopt while nothing is.
  std::optional<media::Layers> current_layers() const;
  media::LayerTarget target() const { return gate_.target(); }

  void Pause();
  void Resume(Timestamp now);
  void OnProducerResumed() { Interrupt(); }
  // True: it got that stream, and waits for a place to begin anew.
  bool OnSourceRestarted(std::uint8_t stream);
  // Somebody else is at its speaker place, or nobody. The producers have exchanged it already.
  void OnSourceReplaced(Producer& producer);
  // Which of the producer's streams arrive at all, and which steadily: a bit each.
  // (of a single stream, of its spatial layers)
  void OnStreams(std::uint8_t alive, std::uint8_t steady, Timestamp now);
  // The most it shall get, or nothing; with the next picture at the earliest, and where that takes a key
  // frame asks for one.
  void SetTarget(media::LayerTarget target, Timestamp now);
  // Asks for the key frame that the gate waits for, if it waits for one.
  void RequestKeyFrame(Timestamp now);
  // The receiver cannot decode what it gets.
  void OnPictureLost(Timestamp now);

  // Adds what this receiver gets of the packet, if anything.
  void Forward(MediaPacket& packet, Timestamp now, const crypto::SrtpSealer& sealer, const Tuple& tuple,
               EgressBatch& egress);

  // A packet will be forwarded soon: fetches what that touches. Of the two the first goes before, since it
  // has where the parts are.
  void Prefetch() const { kcs::Prefetch(&producer_, kHot); }
  void PrefetchParts() const {
    if (video_ != nullptr) kcs::Prefetch(video_.get(), kHotVideo);
  }

  // How long a packet of the source leaves here, without padding; but for what replaces its codec descriptor
  // (a byte or two, in all packets of a picture alike).
  std::size_t LeavingSize(MediaPacket& packet) const;
  // Sends again what a NACK asks for and the history still has.
  void Retransmit(std::span<const std::uint16_t> sequences, Timestamp now, const crypto::SrtpSealer& sealer,
                  const Tuple& tuple, EgressBatch& egress, DropCounters& drops);

  // --- its share of the receiver's link (consumer_downlink.cpp) ---
  // Whether the receiver tells how its link fares, for this one's packets.
  bool reports_bandwidth() const { return reports_bandwidth_; }
  congestion::VideoConsumer Asks(std::uint32_t index, Timestamp now);
  // `congested`: what goes out of the share must not be sent any more, not even until the key frame that ends
  // it. share() is what it makes of it, which may be less for a moment.
  void SetShare(const congestion::VideoShare& share, bool congested, Timestamp now);
  // Of video, like all that follows.
  const congestion::VideoShare& share() const { return video_->share; }
  // The layers that are forwarded differ from those that were told last.
  std::optional<ConsumerLayersChanged> TakeLayersChanged();
  // What is forwarded is not yet what was decided.
  bool is_switching() const;
  // After a fall more than the lowest layer is forwarded again: it is to be counted again.
  bool has_begun_anew() const;
  // The highest spatial layer that it would ever take; nullopt: nothing now.
  std::optional<std::uint8_t> wanted_spatial(Timestamp now) const;
  // The highest up to this one that its link carries; the lowest is always kept ready.
  std::uint8_t CarriedOf(std::uint8_t wanted) const;
  // Sends a packet that has waited in the receiver's pacer.
  void SendPaced(const PacedPacket& packet, Timestamp now, const crypto::SrtpSealer& sealer,
                 const Tuple& tuple, EgressBatch& egress);
  // Sends something of late again, as padding; returns its size, 0 when there is nothing.
  std::size_t Repeat(Timestamp now, EgressBatch& egress);

  // The extension of a packet that is not the source's. Takes a transport-wide number.
  ReceiverExtension OwnExtension(Bytes mid, Timestamp now) const;
  std::optional<std::uint8_t> TakeScoreChanged();

  // What maps the source's clock to this stream, for sender reports.
  std::optional<media::SendStream::SourceClock> source_clock() const;

  struct Counters {
    std::uint32_t nacks_received = 0;
    std::uint32_t plis_received = 0;
  };
  Counters counters;
  // Whoever sets it has to see that the receiver's link is shared out anew.
  ConsumerWishes wishes;

 private:
  // About what a packet touches.
  static constexpr std::size_t kHot = 320;
  static constexpr std::size_t kHotVideo = 128;

  // Of a consumer of a speaker place.
  struct Seat {
    SpeakerPlace* place;
    std::vector<ConsumerCodec> offered;  // what it can be sent, whoever comes
  };
  // How packets are sent again.
  struct Rtx {
    wire::Ssrc ssrc;
    std::array<std::uint8_t, Producer::kMaxCodecs> payload_types{};  // by the producer's index; 0: not
    std::uint64_t sequence;
    media::RetransmissionGate gate;
  };
  // What pictures need besides.
  struct Video {
    media::PictureIdRewriter picture_ids;
    std::uint64_t newest_sent;  // its number; what was forwarded since waits in the pacer
    ToldTargets told_targets;
    bool told = false;
    congestion::AllocationReason told_reason = congestion::AllocationReason::kPreferred;
    std::optional<congestion::Layers> told_layers;
    congestion::VideoShare share;
    std::uint64_t repeated = 0;
    bool begins_anew = false;  // with the lowest layer, after a fall
    congestion::AllocationState allocation;
  };

  // For its share.
  // What the lowest spatial layer takes, up to a temporal one; UINT32_MAX: not known.
  std::uint32_t LowestBps(std::uint8_t temporal, Timestamp now) const;
  media::LayerTarget Target() const;
  void Interrupt();
  // What waits in the pacer is not to be sent any more: as if it had never been forwarded.
  void DropPaced();
  void SetCodecs(std::span<const ConsumerCodec> offered);
  void BeginSegment(std::uint8_t stream);
  // A packet of the current stream that this receiver does not get. True: it is late and has left a hole,
  // which is to be filled.
  bool LeaveOut(const MediaPacket& packet);
  void FillHole(const MediaPacket& packet, const media::Rewriter::Mapped& mapped, Timestamp now,
                const crypto::SrtpSealer& sealer, const Tuple& tuple, EgressBatch& egress);
  // What replaces the dependency descriptor; empty: it stays.
  Bytes DescriptorFor(const SharedExtension& extension, const OutgoingPacket& packet,
                      const PacedPacket* paced, MutableBytes memory);
  // A packet of the stream, `size` bytes long as the statistics count it, has left.
  void NoteSent(const OutgoingPacket& packet, std::size_t payload_size, std::size_t size, Timestamp now);
  // Whether a picture's packet has to wait until the receiver's link has room.
  bool MustWait(Timestamp now) const;
  // `packet`: what it is made of; nullptr: padding of our own.
  void Pace(const OutgoingPacket& outgoing, const MediaPacket* packet, Timestamp now,
            const crypto::SrtpSealer& sealer, const Tuple& tuple, EgressBatch& egress);
  // What a receiver behind a congested link has lost, and can do without.
  bool IsObsolete(const media::Rewriter::Origin& origin) const;
  Result<std::size_t, wire::DropReason> RetransmitOne(const media::Rewriter::Origin& origin, Timestamp now,
                                                      const crypto::SrtpSealer& sealer, const Tuple& tuple,
                                                      EgressBatch& egress);
  // The size on the wire; 0: the outbox is full. `paced`: the packet had to wait, and this is how.
  std::size_t Send(const OutgoingPacket& packet, const SharedExtension& extension, Timestamp now,
                   const crypto::SrtpSealer& sealer, const Tuple& tuple, EgressBatch& egress,
                   const PacedPacket* paced = nullptr);

  // What every packet touches.
  Producer* producer_;
  WebRtcTransport& receiver_;
  std::unique_ptr<Video> video_;  // nullptr: it is sound
  std::unique_ptr<Seat> seat_;    // nullptr: of no speaker place
  media::LayerGate gate_;
  std::array<std::uint8_t, Producer::kMaxCodecs> payload_types_{};  // by the producer's index; 0: none
  wire::ExtensionIds extensions_;
  std::uint8_t mid_size_;
  ExtensionMask extension_mask_;
  std::array<std::uint8_t, kMaxMid> mid_{};
  std::uint8_t red_codec_ = 255;  // of them; 255: none
  std::uint8_t opus_payload_type_ = 0;
  bool paused_;
  bool reports_bandwidth_ = false;
  media::Rewriter rewriter_;
  media::SendStream send_;

  ConsumerId id_;
  std::unique_ptr<Rtx> rtx_;  // nullptr: nothing is sent again
  std::shared_ptr<const std::string> cname_;
  std::uint8_t told_score_ = 10;
};

}  // namespace kcs::sfu
