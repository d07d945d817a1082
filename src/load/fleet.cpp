#include "load/fleet.h"

#include <algorithm>
#include <cstdio>
#include <utility>

namespace kcs::load {
namespace {

constexpr std::size_t kEncodings = 3;  // with simulcast

}  // namespace

Fleet::Fleet(io::EventLoop& loop, Entropy& entropy, const Options& options, std::vector<Member> members,
             const Maker& make, ProcessWatch& watch)
    : loop_(loop),
      options_(options),
      dtls_(crypto::Certificate::Generate(), options.srtp),
      watch_(watch),
      stage_{.media = {loop, dtls_, entropy, buffers_, sent_totals_},
             .traffic = traffic_,
             .video_bitrate = options.video_bitrate,
             .audio = options.audio,
             .encodings = options.simulcast ? kEncodings : 1,
             .verify_every = options.verify_every,
             .slower = options.slower,
             .number_of =
                 [this](const std::string& user_id) {
                   const auto found = numbers_.find(user_id);
                   return found == numbers_.end() ? UINT32_MAX : found->second;
                 },
             .touched = [this](std::uint32_t number) { Touch(number); }},
      timer_(loop, [this] { OnTimer(); }) {
  const std::uint32_t kinds = (options.audio ? 1 : 0) + (options.video_bitrate > 0 ? 1 : 0);
  for (Member& member : members) {
    const auto number = static_cast<std::uint32_t>(participants_.size());
    numbers_[member.user_id] = number;
    const std::uint32_t others = options.publishing() - (member.publishes ? 1 : 0);
    participants_.push_back(make(stage_, Participant::Role{.number = number,
                                                           .user_id = std::move(member.user_id),
                                                           .token = std::move(member.token),
                                                           .meeting_id = std::move(member.meeting_id),
                                                           .publishes = member.publishes,
                                                           .streams = others * kinds}));
  }
  deadlines_.assign(participants_.size(), kNever);
}

void Fleet::Start(std::function<void()> on_done) {
  on_done_ = std::move(on_done);
  const Timestamp now = io::EventLoop::Now();
  next_join_ = now;
  progress_ = MakeMark(now);
  timer_.Set(now);
}

void Fleet::Touch(std::uint32_t number) {
  deadlines_[number] = participants_[number]->NextDeadline();
  const Timestamp due = std::max(deadlines_[number], last_tick_ + kTick);
  if (due < timer_.deadline()) timer_.Set(due);
}

void Fleet::OnTimer() {
  const Timestamp now = io::EventLoop::Now();
  last_tick_ = now;
  JoinNext(now);
  Timestamp next = std::min(joining_ < participants_.size() ? next_join_ : kNever, now + 50ms);
  for (std::size_t i = 0; i < deadlines_.size(); ++i) {
    if (deadlines_[i] <= now) {
      if (phase_ == Phase::kMeasuring && deadlines_[i] > start_.at) lateness_.Add(now - deadlines_[i]);
      participants_[i]->OnTime(now);
      deadlines_[i] = participants_[i]->NextDeadline();
    }
    next = std::min(next, deadlines_[i]);
  }
  Advance(now);
  if (phase_ != Phase::kDone) timer_.Set(std::max(next, now + kTick));
}

void Fleet::JoinNext(Timestamp now) {
  const Duration distance(static_cast<std::int64_t>(1e6 / options_.join_rate));
  while (phase_ == Phase::kJoining && joining_ < participants_.size() && next_join_ <= now) {
    participants_[joining_]->Start(now);
    Touch(static_cast<std::uint32_t>(joining_));
    ++joining_;
    next_join_ += distance;
  }
}

bool Fleet::AllJoined(Timestamp now) {
  for (std::size_t i = first_open_; i < joining_; ++i) {
    Participant& participant = *participants_[i];
    if (participant.state() == Participant::State::kJoining) {
      // A participant waits for those who join after it, so its time runs from when the last one began.
      const Timestamp last = *participants_[joining_ - 1]->started_at();
      if (joining_ < participants_.size() || now - last < options_.join_timeout) return false;
      participant.GiveUp();
    }
    first_open_ = i + 1;
  }
  return joining_ == participants_.size();
}

void Fleet::Advance(Timestamp now) {
  const bool nobody_left = stage_.failed == participants_.size();
  switch (phase_) {
    case Phase::kJoining:
      if (!AllJoined(now)) return;
      phase_ = Phase::kWarmingUp;
      phase_end_ = now + options_.warmup;
      return;
    case Phase::kWarmingUp:
      if (now >= phase_end_ || nobody_left) StartMeasuring(now);
      return;
    case Phase::kMeasuring:
      if (now >= phase_end_ || nobody_left) StopMeasuring(now);
      return;
    case Phase::kDraining:
      if (now >= phase_end_) Finish();
      return;
    case Phase::kDone:
      return;
  }
}

Fleet::Mark Fleet::MakeMark(Timestamp now) const {
  Mark mark{.at = now,
            .datagrams = traffic_.datagrams,
            .bytes = traffic_.bytes,
            .padding = traffic_.padding,
            .undecryptable = traffic_.undecryptable,
            .sent = sent_totals_.datagrams,
            .sent_bytes = sent_totals_.bytes,
            .refused = sent_totals_.refused};
  for (const auto& participant : participants_)
    mark.key_frame_requests += participant->publisher().key_frame_requests();
  return mark;
}

void Fleet::StartMeasuring(Timestamp now) {
  phase_ = Phase::kMeasuring;
  phase_end_ = now + options_.duration;
  sent_before_.clear();
  for (const auto& participant : participants_) {
    participant->receiver().StartWindow();
    sent_before_.push_back(
        {participant->publisher().audio_packets(), participant->publisher().video_packets()});
  }
  traffic_.audio.Clear();
  traffic_.video.Clear();
  lateness_.Clear();
  start_ = MakeMark(now);
  watch_.Start();
}

void Fleet::StopMeasuring(Timestamp now) {
  phase_ = Phase::kDraining;
  phase_end_ = now + kDrain;
  end_ = MakeMark(now);
  watch_.Stop();
  for (const auto& participant : participants_) participant->StopSending();
}

void Fleet::Finish() {
  phase_ = Phase::kDone;
  timer_.Cancel();
  for (const auto& participant : participants_) participant->Leave();
  // What they say goodbye with is sent in the next turns.
  loop_.Post([this] { loop_.Post([this] { on_done_(); }); });
}

void Fleet::Interrupt() {
  if (std::exchange(interrupted_, true) || phase_ == Phase::kDone) return on_done_();
  const Timestamp now = io::EventLoop::Now();
  if (phase_ < Phase::kMeasuring) StartMeasuring(now);
  if (phase_ == Phase::kMeasuring) StopMeasuring(now);
}

}  // namespace kcs::load
