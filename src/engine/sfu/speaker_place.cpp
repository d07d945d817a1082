#include "engine/sfu/speaker_place.h"

#include "engine/sfu/webrtc_transport.h"

namespace kcs::sfu {
namespace {

// RFC 7587 4.1: "the RTP timestamp is incremented with a 48000 Hz clock rate", also within RED.
constexpr std::uint32_t kOpusClock = 48'000;

CreateProducer Silence(ProducerId id) {
  CreateProducer command;
  command.producer = id;
  command.kind = wire::MediaKind::kAudio;
  command.codecs.push_back({.codec = wire::CodecType::kOpus, .clock_rate = kOpusClock, .feedback = {}});
  command.encodings.emplace_back();
  return command;
}

}  // namespace

SpeakerPlace::SpeakerPlace(ProducerId id, Router& router) : vacant_(Silence(id), router, *this) {}

void SpeakerPlace::Seat(Producer* speaker) {
  if (speaker_ != nullptr) speaker_->HandOver(*this, nullptr, vacant_);
  speaker_ = speaker;
  OnConsumerAdded();
}

void SpeakerPlace::OnConsumerAdded() {
  if (speaker_ != nullptr) vacant_.HandOver(*this, speaker_->transport(), *speaker_);
}

}  // namespace kcs::sfu
