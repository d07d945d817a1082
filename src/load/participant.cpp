#include "load/participant.h"

#include <algorithm>
#include <utility>

namespace kcs::load {

Participant::Participant(Stage& stage, Role role)
    : stage_(stage),
      role_(std::move(role)),
      send_side_(*this),
      receive_side_(*this),
      publisher_(stage.media.entropy, stage.slower),
      receiver_(stage.media.entropy, stage.traffic, stage.verify_every, stage.slower),
      cname_(stage.media.entropy.Token(16)) {}

Participant::~Participant() = default;

void Participant::Start(Timestamp now) {
  started_at_ = now;
  state_ = State::kJoining;
  Connect();
}

std::unique_ptr<MediaTransport> Participant::Open(const TransportOffer& offer, MediaTransport::Owner& owner) {
  auto transport = MediaTransport::Open(stage_.media, offer, owner, io::EventLoop::Now());
  if (transport) return *std::move(transport);
  Fail(transport.error());
  return nullptr;
}

bool Participant::OpenSend(const TransportOffer& offer) {
  send_ = Open(offer, send_side_);
  return send_ != nullptr;
}

bool Participant::OpenReceive(const TransportOffer& offer) {
  receive_ = Open(offer, receive_side_);
  return receive_ != nullptr;
}

void Participant::NoteFirstEvent() { first_event_ = io::EventLoop::Now(); }

void Participant::NoteInMeeting() {
  in_meeting_ = true;
  Judge();
}

void Participant::NoteConsumer() {
  ++consumers_;
  Judge();
}

void Participant::SendSide::OnTransportConnected(Timestamp) { self.Judge(); }

void Participant::ReceiveSide::OnRtp(MutableBytes datagram, crypto::SrtpOpener& opener, Timestamp arrival) {
  self.receiver_.OnRtp(datagram, opener, arrival);
  if (self.state_ == State::kJoining) self.Judge();
}

bool Participant::MediaConnected() const {
  return (!send_ || send_->connected()) && (!receive_ || receive_->connected());
}

void Participant::Judge() {
  if (state_ != State::kJoining || !in_meeting_) return;
  if (!MediaConnected()) return;
  if (consumers_ < role_.streams || (role_.streams > 0 && !receiver_.first_media())) return;
  state_ = State::kComplete;
  complete_at_ = io::EventLoop::Now();
}

std::optional<crypto::SrtpProfile> Participant::srtp() const {
  return receive_ ? receive_->srtp() : send_ ? send_->srtp() : std::nullopt;
}

std::optional<Duration> Participant::join_time() const {
  if (!complete_at_ || !first_event_) return std::nullopt;
  return receiver_.first_media().value_or(*complete_at_) - *first_event_;
}

void Participant::GiveUp() {
  if (state_ != State::kJoining) return;
  if (!first_event_) return Fail("no connection within the time given");
  if (!in_meeting_) return Fail("not in the meeting within the time given");
  if (!MediaConnected()) return Fail("in the meeting, but the media path did not open within the time given");
  if (consumers_ < role_.streams)
    return Fail("in the meeting, but not all streams could be consumed within the time given");
  Fail("in the meeting, but no media within the time given");
}

void Participant::Fail(const std::string& why) {
  if (state_ == State::kFailed) return;
  state_ = State::kFailed;
  failure_ = why;
  ++stage_.failed;
  Touch();
}

void Participant::Leave() {
  sending_ = false;
  if (send_) send_->Close();
  if (receive_) receive_->Close();
  Disconnect();
}

Timestamp Participant::NextDeadline() const {
  if (state_ == State::kFailed) return kNever;
  Timestamp deadline = kNever;
  if (send_) {
    deadline = std::min(deadline, send_->NextDeadline());
    if (sending_ && send_->connected()) deadline = std::min(deadline, publisher_.NextDeadline());
  }
  if (receive_) {
    deadline = std::min(deadline, receive_->NextDeadline());
    if (receive_->connected()) deadline = std::min(deadline, receiver_.NextDeadline());
  }
  return deadline;
}

void Participant::OnTime(Timestamp now) {
  if (state_ == State::kFailed) return;
  if (send_) {
    send_->OnTime(now);
    if (sending_ && send_->connected()) SendMedia(now);
  }
  if (receive_) {
    receive_->OnTime(now);
    if (receive_->connected() && receiver_.NextDeadline() <= now) SendFeedback(now);
  }
}

void Participant::SendMedia(Timestamp now) {
  RtpBatch& batch = stage_.media.buffers.batch;
  bool more = true;
  while (more) {
    more = publisher_.Fill(now, batch);
    if (!batch.empty()) send_->Send(batch);
  }
  media::RtcpPacker packer(wire::Ssrc(1), stage_.media.buffers.rtcp);
  publisher_.AddReports(now, cname_, packer);
  packer.Finish();
  for (std::size_t i = 0; i < packer.count(); ++i) send_->SendRtcp(packer.compound(i));
}

void Participant::SendFeedback(Timestamp now) {
  media::RtcpPacker packer(wire::Ssrc(1), stage_.media.buffers.rtcp);
  receiver_.AddFeedback(now, packer);
  packer.Finish();
  for (std::size_t i = 0; i < packer.count(); ++i) receive_->SendRtcp(packer.compound(i));
}

}  // namespace kcs::load
