#include "load/publisher.h"

#include <algorithm>
#include <array>
#include <utility>

#include "engine/wire/rtcp_fir.h"
#include "engine/wire/rtcp_header.h"
#include "engine/wire/rtcp_nack.h"
#include "engine/wire/rtcp_pli.h"
#include "engine/wire/rtcp_receiver_report.h"

namespace kcs::load {

void Publisher::AddAudio(RtpSender::Settings settings, Timestamp first) {
  audio_.push_back(std::make_unique<Audio>(
      Audio{AudioSource(entropy_, first, slower_), RtpSender(std::move(settings), entropy_)}));
}

void Publisher::AddVideo(RtpSender::Settings settings, const VideoSource::Settings& video, Timestamp first) {
  // About as many as it sends anyway.
  settings.resends_per_second = video.bitrate / 8.0 / VideoSource::kMaxPayload / slower_;
  video_.push_back(std::make_unique<Video>(
      Video{VideoSource(video, entropy_, first, slower_), RtpSender(std::move(settings), entropy_)}));
}

void Publisher::SetHighestEncoding(std::optional<std::uint32_t> highest) {
  for (std::size_t i = 0; i < video_.size(); ++i) video_[i]->source.set_muted(!highest || i > *highest);
}

bool Publisher::Fill(Timestamp now, RtpBatch& batch) {
  while (!to_resend_.empty()) {
    if (batch.full()) return true;
    const ToResend next = to_resend_.front();
    to_resend_.pop_front();
    next.sender->Resend(next.sequence, now, transport_sequence_, batch);
  }
  Payload payload;
  // Asked before there is something to write: a packet taken out of its source has to go.
  const auto drain = [&](auto& stream) {
    while (!batch.full()) {
      if (!stream->source.Next(now, payload)) return;
      stream->sender.Write(payload, now, transport_sequence_, batch);
    }
  };
  for (auto& stream : audio_) drain(stream);
  for (auto& stream : video_) drain(stream);
  return batch.full();
}

void Publisher::AddReports(Timestamp now, std::string_view cname, media::RtcpPacker& packer) {
  const auto report = [&](auto& source) {
    media::SendStream& stream = source->sender.stream();
    if (now < stream.NextReport()) return;
    if (source->reports_due++ % slower_ != 0) return stream.ScheduleReport(now, entropy_);
    // Nothing but the present moment maps these clocks: their timestamps are taken from it.
    packer.AddSenderReport(stream.MakeReport(std::nullopt, media::ClockMap{}, now, entropy_), cname);
  };
  for (auto& stream : audio_) report(stream);
  for (auto& stream : video_) report(stream);
}

Timestamp Publisher::NextDeadline() const {
  if (!to_resend_.empty()) return Timestamp::min();
  Timestamp deadline = kNever;
  const auto take = [&deadline](const auto& stream) {
    deadline = std::min({deadline, stream->source.NextDeadline(), stream->sender.stream().NextReport()});
  };
  for (const auto& stream : audio_) take(stream);
  for (const auto& stream : video_) take(stream);
  return deadline;
}

void Publisher::OnRtcp(Bytes compound, Timestamp now) {
  wire::RtcpCompoundReader reader(compound);
  while (const auto packet = reader.Next()) {
    if (packet->type == wire::RtcpType::kTransportFeedback && packet->count == wire::Nack::kFormat) {
      OnNack(packet->count, packet->body);
    } else if (packet->type == wire::RtcpType::kPayloadFeedback) {
      if (const auto pli = wire::Pli::Parse(packet->count, packet->body)) OnKeyFrameRequest(pli->media_ssrc);
      if (const auto fir = wire::Fir::Parse(packet->count, packet->body)) {
        for (const auto& entry : fir->entries) OnKeyFrameRequest(entry.ssrc);
      }
    } else if (packet->type == wire::RtcpType::kReceiverReport) {
      const auto report = wire::ReceiverReport::Parse(packet->count, packet->body);
      if (!report) continue;
      const auto tell = [&](auto& stream) {
        for (const wire::ReportBlock& block : report->blocks) {
          if (block.ssrc == stream->sender.settings().ssrc)
            stream->sender.stream().OnReceiverReport(block, now);
        }
      };
      for (auto& stream : audio_) tell(stream);
      for (auto& stream : video_) tell(stream);
    }
  }
}

void Publisher::OnNack(std::uint8_t count, Bytes body) {
  const auto nack = wire::Nack::Parse(count, body);
  if (!nack) return;
  std::array<std::uint16_t, 256> sequences;
  const std::size_t n = nack->SequenceNumbers(sequences);
  for (const auto& stream : video_) {
    if (stream->sender.settings().ssrc != nack->media_ssrc) continue;
    for (std::size_t i = 0; i < n && to_resend_.size() < kMaxToResend; ++i)
      to_resend_.push_back({&stream->sender, sequences[i]});
  }
}

void Publisher::OnKeyFrameRequest(wire::Ssrc ssrc) {
  for (const auto& stream : video_) {
    if (stream->sender.settings().ssrc != ssrc) continue;
    ++key_frame_requests_;
    stream->source.RequestKeyFrame();
  }
}

std::uint64_t Publisher::audio_packets() const {
  std::uint64_t sum = 0;
  for (const auto& stream : audio_) sum += stream->sender.stream().packets();
  return sum;
}

std::uint64_t Publisher::video_packets() const {
  std::uint64_t sum = 0;
  for (const auto& stream : video_) sum += stream->sender.stream().packets();
  return sum;
}

std::uint64_t Publisher::bytes() const {
  std::uint64_t sum = 0;
  for (const auto& stream : audio_) sum += stream->sender.stream().bytes();
  for (const auto& stream : video_) sum += stream->sender.stream().bytes();
  return sum;
}

std::uint64_t Publisher::retransmitted() const {
  std::uint64_t sum = 0;
  for (const auto& stream : video_) sum += stream->sender.stream().retransmitted();
  return sum;
}

std::optional<Duration> Publisher::rtt() const {
  for (const auto& stream : video_) {
    if (const auto rtt = stream->sender.stream().rtt()) return rtt;
  }
  for (const auto& stream : audio_) {
    if (const auto rtt = stream->sender.stream().rtt()) return rtt;
  }
  return std::nullopt;
}

}  // namespace kcs::load
