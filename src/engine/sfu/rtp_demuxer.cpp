#include "engine/sfu/rtp_demuxer.h"

#include <algorithm>

#include "engine/sfu/producer.h"

namespace kcs::sfu {

using wire::ExtensionType;

bool RtpDemuxer::Add(Producer& producer, const CreateProducer& command) {
  if (!command.mid.empty() && ByMid(command.mid) != nullptr) return false;
  std::size_t ssrcs = 0;
  for (const ProducerEncoding& encoding : command.encodings) {
    for (const wire::Ssrc ssrc : {encoding.ssrc, encoding.rtx_ssrc}) {
      if (ssrc.value() == 0) continue;
      if (by_ssrc_.contains(ssrc)) return false;
      ++ssrcs;
    }
  }
  if (by_ssrc_.size() + ssrcs > kMaxSsrcs) return false;

  for (std::size_t i = 0; i < command.encodings.size(); ++i) {
    const ProducerEncoding& encoding = command.encodings[i];
    const auto stream = static_cast<std::uint8_t>(i);
    if (encoding.ssrc.value() != 0) by_ssrc_[encoding.ssrc] = {&producer, stream, false};
    if (encoding.rtx_ssrc.value() != 0) by_ssrc_[encoding.rtx_ssrc] = {&producer, stream, true};
  }
  producers_.push_back(&producer);
  return true;
}

void RtpDemuxer::Remove(const Producer& producer) {
  boost::unordered::erase_if(by_ssrc_, [&](const auto& entry) { return entry.second.producer == &producer; });
  std::erase(producers_, &producer);
}

StreamRef RtpDemuxer::FindSsrc(wire::Ssrc ssrc) const {
  const auto found = by_ssrc_.find(ssrc);
  return found == by_ssrc_.end() ? StreamRef{} : found->second;
}

StreamRef RtpDemuxer::Find(const wire::RtpPacket& packet) {
  const StreamRef known = FindSsrc(packet.ssrc());
  return known.producer != nullptr ? known : Learn(packet);
}

StreamRef RtpDemuxer::Learn(const wire::RtpPacket& packet) {
  StreamRef found;
  for (Producer* producer : producers_) {
    const std::uint8_t mid_id = producer->extensions().id(ExtensionType::kMid);
    const Bytes mid = mid_id == 0 ? Bytes{} : packet.Extension(mid_id);
    if (mid.empty()) {
      // A MID is not repeated for ever; a RID alone decides when no MID is there.
      if (found.producer == nullptr) found = ByRid(*producer, packet);
    } else if (AsText(mid) == producer->mid()) {
      found = ByRid(*producer, packet);
      break;
    }
  }
  if (found.producer == nullptr || by_ssrc_.size() >= kMaxSsrcs) return found;

  // A sender that began anew under another SSRC (RFC 3550 8.2): the old one is no longer this stream.
  boost::unordered::erase_if(by_ssrc_, [&](const auto& entry) {
    return entry.second.producer == found.producer && entry.second.stream == found.stream &&
           entry.second.rtx == found.rtx;
  });
  by_ssrc_[packet.ssrc()] = found;
  return found;
}

Producer* RtpDemuxer::ByMid(std::string_view mid) const {
  const auto found = std::ranges::find_if(producers_, [&](const Producer* p) { return p->mid() == mid; });
  return found == producers_.end() ? nullptr : *found;
}

StreamRef RtpDemuxer::ByRid(Producer& producer, const wire::RtpPacket& packet) const {
  const auto payload = producer.ClassifyPayloadType(packet.payload_type());
  if (!payload) return {};

  const auto text = [&](ExtensionType type) {
    const std::uint8_t id = producer.extensions().id(type);
    return id == 0 ? std::string_view{} : AsText(packet.Extension(id));
  };
  std::string_view rid = payload->rtx ? text(ExtensionType::kRepairedRid) : std::string_view{};
  if (rid.empty()) rid = text(ExtensionType::kRid);
  if (!rid.empty()) {
    const auto stream = producer.StreamByRid(rid);
    return stream ? StreamRef{&producer, *stream, payload->rtx} : StreamRef{};
  }
  // Without RIDs only the MID can have told (the caller compared it), and only one encoding can be meant.
  const std::uint8_t mid_id = producer.extensions().id(ExtensionType::kMid);
  const bool mid_matches = mid_id != 0 && AsText(packet.Extension(mid_id)) == producer.mid();
  if (!mid_matches || producer.stream_count() != 1) return {};
  return {&producer, 0, payload->rtx};
}

}  // namespace kcs::sfu
