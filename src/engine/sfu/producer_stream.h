#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "base/slab.h"
#include "base/time.h"
#include "engine/media/key_frame_requester.h"
#include "engine/media/layer_meter.h"
#include "engine/media/nack_generator.h"
#include "engine/media/packet_history.h"
#include "engine/media/receive_stream.h"
#include "engine/sfu/commands.h"
#include "engine/sfu/media_packet.h"
#include "engine/sfu/run_padding.h"
#include "engine/wire/dependency_descriptor.h"
#include "engine/wire/drop_reason.h"

namespace kcs::sfu {

// A decrypted RTP packet in its slot.
struct IngressRtp {
  SlotRef slot;
  MutableBytes bytes;  // a part of the slot
  wire::RtpPacket rtp;
};

// Takes the original packet out of its retransmission (RFC 4588 4), in place: the header moves over the two
// bytes of the original sequence number. nullopt for an RTX packet without payload: padding to probe the
// path.
std::optional<IngressRtp> UnwrapRtx(IngressRtp packet, wire::Ssrc media_ssrc,
                                    std::uint8_t media_payload_type);

// One encoding of a producer: the one place where its packets are counted, missed, asked for and remembered.
class ProducerStream {
 public:
  ProducerStream(std::uint8_t index, const ProducerEncoding& encoding, wire::MediaKind kind);

  const std::string& rid() const { return encoding_.rid; }
  const ProducerEncoding& encoding() const { return encoding_; }
  // nullptr before the first packet.
  const media::ReceiveStream* receive() const { return receive_ ? &*receive_ : nullptr; }
  media::ReceiveStream* receive() { return receive_ ? &*receive_ : nullptr; }
  const media::PacketHistory& history() const { return history_; }
  // nullptr for sound.
  const media::LayerMeter* layers() const { return layers_.get(); }
  media::KeyFrameRequester& key_frames() { return key_frames_; }
  media::NackGenerator& nack() { return nack_; }
  // Of the media, as signalled or learnt; 0: not known yet.
  wire::Ssrc ssrc() const { return receive_ ? receive_->ssrc() : encoding_.ssrc; }

  struct Codec {
    std::uint8_t index = 0;  // of the producer's codecs
    const ProducerCodec* parameters = nullptr;
    std::uint8_t dependency_descriptor_id = 0;  // 0: not negotiated
    std::uint8_t frame_marking_id = 0;          // the same
  };
  struct Taken {
    MediaPacket packet;
    // The numbering began anew, or what is missing before this packet was shed: consumers begin anew.
    bool restarted = false;
  };
  // Counts, describes and remembers a packet of this stream. The error says why it goes no further.
  Result<Taken, wire::DropReason> OnPacket(IngressRtp packet, const Codec& codec, bool recovered,
                                           Timestamp now);

  // Packets before the next one may have been thrown away by us (WebRtcTransport::Sheds). Those are not
  // missed: to have them sent again, by senders or by us, would be work for a worker that has too much of it,
  // and they are old.
  void OnShed() { shed_ = true; }

  Timestamp NextFeedback() const { return std::min(nack_.NextDeadline(), key_frames_.NextDeadline()); }

  // Nothing is to be missed while the producer is paused.
  void Pause() {
    nack_.Reset();
    key_frames_.OnPause();
  }
  void Expire(Timestamp now) { history_.Expire(now); }
  std::uint64_t malformed_payloads() const { return malformed_payloads_; }
  // For the fan-out, which pads its packets.
  PaddingBudget& padding_budget() { return padding_budget_; }

 private:
  bool BeginStream(const wire::RtpPacket& rtp, std::uint32_t clock_rate);
  bool IsFirstAfterShed(const media::ReceivedPacket& received, std::uint64_t highest_before);
  bool Describe(MediaPacket& packet, const Codec& codec);

  ProducerEncoding encoding_;
  std::uint8_t index_;
  bool needs_key_frames_;
  bool shed_ = false;
  std::optional<media::ReceiveStream> receive_;
  media::NackGenerator nack_;
  media::PacketHistory history_;
  media::KeyFrameRequester key_frames_;
  std::unique_ptr<wire::DependencyDescriptorState> dependencies_;  // 6 KiB, made for those who use it
  std::unique_ptr<media::LayerMeter> layers_;                      // of video
  std::uint64_t malformed_payloads_ = 0;
  PaddingBudget padding_budget_;
};

}  // namespace kcs::sfu
