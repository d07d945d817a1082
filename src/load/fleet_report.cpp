#include <algorithm>
#include <cstdio>
#include <utility>

#include "load/fleet.h"

// What a fleet tells of itself.
namespace kcs::load {

void Fleet::CountStreams(Report& report) const {
  std::uint64_t expected = 0;
  for (const auto& participant : participants_) {
    for (const Receiver::Count& count : participant->receiver().Counts()) {
      report.streams_flowing += count.flowing ? 1 : 0;
      report.delivered_packets += count.packets;
      report.lost_packets += count.lost;
      report.recovered_packets += count.recovered;
      report.media_bytes += count.bytes;
      if (count.stream->sender >= participants_.size() || sent_before_.empty()) continue;
      const Publisher& publisher = participants_[count.stream->sender]->publisher();
      const Sent& before = sent_before_[count.stream->sender];
      expected += count.stream->kind == wire::MediaKind::kAudio ? publisher.audio_packets() - before.audio
                                                                : publisher.video_packets() - before.video;
    }
    report.streams_expected += participant->role().streams;
  }
  if (!options_.simulcast) report.expected_packets = expected;
}

Report Fleet::MakeReport() const {
  Report report;
  report.options = options_;
  report.interrupted = interrupted_;
  report.measured = end_.at - start_.at;
  report.participants = static_cast<std::uint32_t>(participants_.size());
  std::vector<Duration> joins;
  for (const auto& participant : participants_) {
    if (const auto time = participant->join_time()) joins.push_back(*time);
    if (participant->state() == Participant::State::kFailed) ++report.failures[participant->failure()];
    if (participant->state() == Participant::State::kComplete || participant->dropped()) ++report.complete;
    if (participant->dropped()) ++report.dropped;
    if (const auto complete = participant->complete_at())
      report.all_joined = std::max(report.all_joined, *complete - *participants_.front()->started_at());
    if (!report.srtp) report.srtp = participant->srtp();
  }
  report.join = MakeJoinTimes(std::move(joins));
  CountStreams(report);
  // What was under way when sending ended has arrived since.
  report.received_packets = traffic_.datagrams - start_.datagrams;
  report.received_bytes = traffic_.bytes - start_.bytes;
  report.padding_packets = traffic_.padding - start_.padding;
  report.undecryptable_packets = traffic_.undecryptable - start_.undecryptable;
  report.sent_packets = end_.sent - start_.sent;
  report.sent_bytes = end_.sent_bytes - start_.sent_bytes;
  report.refused_packets = end_.refused - start_.refused;
  report.key_frame_requests = end_.key_frame_requests - start_.key_frame_requests;
  report.audio = traffic_.audio;
  report.video = traffic_.video;
  report.processes = watch_.reports();
  report.lateness_p99 = lateness_.Quantile(0.99);
  report.lateness_max = lateness_.max();
  return report;
}

std::string Fleet::Progress() {
  const Timestamp now = io::EventLoop::Now();
  const Mark mark = MakeMark(now);
  const double seconds = std::max(0.001, ToSeconds(now - progress_.at));
  std::size_t complete = 0;
  std::size_t failed = 0;
  std::uint64_t consumers = 0;
  std::uint64_t wanted = 0;
  std::int64_t lost = 0;
  std::uint64_t delivered = 0;
  for (const auto& participant : participants_) {
    complete += participant->state() == Participant::State::kComplete ? 1 : 0;
    failed += participant->state() == Participant::State::kFailed ? 1 : 0;
    consumers += participant->consumers();
    wanted += participant->role().streams;
    for (const Receiver::Count& count : participant->receiver().Counts()) {
      lost += count.lost;
      delivered += count.packets;
    }
  }
  const char* phase = "ending";
  if (phase_ == Phase::kJoining) phase = "joining";
  if (phase_ == Phase::kWarmingUp) phase = "warming up";
  if (phase_ == Phase::kMeasuring) phase = "measuring";
  const double all = static_cast<double>(delivered) + static_cast<double>(lost);
  char line[256];
  std::snprintf(line, sizeof line,
                "%-10s %zu/%zu joined%s, %llu/%llu streams, sent %.0f/s, received %.0f/s, lost %.3f %%",
                phase, complete, participants_.size(),
                failed > 0 ? (", " + std::to_string(failed) + " failed").c_str() : "",
                static_cast<unsigned long long>(consumers), static_cast<unsigned long long>(wanted),
                static_cast<double>(mark.sent - progress_.sent) / seconds,
                static_cast<double>(mark.datagrams - progress_.datagrams) / seconds,
                all > 0 ? 100 * static_cast<double>(lost) / all : 0.0);
  progress_ = mark;
  return line;
}

}  // namespace kcs::load
