#include "load/participant.h"

#include <algorithm>
#include <array>
#include <utility>

namespace kcs::load {
namespace {

namespace json = boost::json;

// A camera's encodings, the lowest first: each has four times the picture and 3.2 times the bits of the one
// below, about as browsers share a camera's bit rate.
struct Encoding {
  double share;  // of the whole
  std::uint16_t width, height;
};
constexpr std::array<Encoding, 1> kOneEncoding{{{1, 1280, 720}}};
constexpr std::array<Encoding, 3> kThreeEncodings{{{0.07, 320, 180}, {0.22, 640, 360}, {0.71, 1280, 720}}};

}  // namespace

Participant::Participant(Stage& stage, Role role)
    : stage_(stage),
      role_(std::move(role)),
      send_side_(*this),
      receive_side_(*this),
      publisher_(stage.media.entropy),
      receiver_(stage.media.entropy, stage.traffic, stage.verify_every),
      cname_(stage.media.entropy.Token(16)) {}

Participant::~Participant() = default;

void Participant::Start(Timestamp now) {
  started_at_ = now;
  state_ = State::kJoining;
  socket_ = std::make_unique<SocketIoClient>(
      stage_.media.loop, stage_.url, stage_.address, role_.token,
      SocketIoClient::Handlers{.on_connected = [this] { OnConnected(); },
                               .on_event = [this](const std::string& event,
                                                  const json::value& payload) { OnEvent(event, payload); },
                               .on_closed = [this](const std::string& why) { Fail(why); }});
}

void Participant::Ask(std::string_view event, const json::object& payload, Handler then) {
  socket_->Emit(event, payload,
                [this, then, name = std::string(event)](const SocketIoClient::Answer& answer) {
                  if (state_ == State::kFailed) return;
                  if (!answer) return Fail(name + ": " + answer.error());
                  (this->*then)(*answer);
                  Touch();
                });
}

void Participant::OnConnected() {
  first_event_ = io::EventLoop::Now();
  CreateTransport("recv", &Participant::OnReceiveTransport);
  if (role_.publishes) CreateTransport("send", &Participant::OnSendTransport);
}

void Participant::CreateTransport(const char* direction, Handler then) {
  Ask("create-transport", {{"meetingId", role_.meeting_id}, {"direction", direction}}, then);
}

std::unique_ptr<MediaTransport> Participant::Open(const json::object& answer, MediaTransport::Owner& owner) {
  const auto offer = ParseTransportOffer(answer);
  if (!offer) {
    Fail(offer.error());
    return nullptr;
  }
  auto transport = MediaTransport::Open(stage_.media, *offer, owner, io::EventLoop::Now());
  if (!transport) {
    Fail(transport.error());
    return nullptr;
  }
  const std::string& fingerprint = stage_.media.dtls.certificate().fingerprint_sha256();
  socket_->Emit("connect-transport",
                {{"transportId", offer->id}, {"dtlsParameters", DtlsParameters(fingerprint)}},
                [this](const SocketIoClient::Answer& connected) {
                  if (!connected) Fail("connect-transport: " + connected.error());
                });
  return *std::move(transport);
}

void Participant::OnReceiveTransport(const json::object& answer) {
  receive_ = Open(answer, receive_side_);
  if (receive_ && !role_.publishes) Join();
}

void Participant::OnSendTransport(const json::object& answer) {
  send_ = Open(answer, send_side_);
  if (!send_) return;
  Entropy& entropy = stage_.media.entropy;
  // Participants do not capture in step.
  const Timestamp first = io::EventLoop::Now() + Duration(entropy.Below(33'333));
  if (stage_.audio) {
    const ProducerPlan plan = PlanAudio(entropy, cname_);
    publisher_.AddAudio(plan.encodings.front(), first);
    Produce("audio", plan);
  }
  if (stage_.video_bitrate > 0) {
    const ProducerPlan plan = PlanVideo(entropy, cname_, stage_.encodings);
    for (std::size_t i = 0; i < plan.encodings.size(); ++i) {
      const Encoding& encoding = plan.encodings.size() == 1 ? kOneEncoding[0] : kThreeEncodings.at(i);
      publisher_.AddVideo(plan.encodings[i],
                          {.bitrate = static_cast<std::uint32_t>(encoding.share * stage_.video_bitrate),
                           .width = encoding.width,
                           .height = encoding.height},
                          first);
    }
    Produce("video", plan);
  }
}

void Participant::Produce(const char* kind, const ProducerPlan& plan) {
  ++producing_;
  Ask("produce", {{"meetingId", role_.meeting_id}, {"kind", kind}, {"rtpParameters", plan.rtp_parameters}},
      &Participant::OnProduced);
}

void Participant::OnProduced(const json::object& answer) {
  if (TextAt(answer, "kind") == "video") video_producer_ = TextAt(answer, "producerId");
  if (--producing_ == 0) Join();
}

void Participant::Join() { Ask("join-meeting", {{"meetingId", role_.meeting_id}}, &Participant::OnJoined); }

void Participant::OnJoined(const json::object& answer) {
  in_meeting_ = true;
  const json::object* const capabilities = ObjectAt(answer, "rtpCapabilities");
  if (capabilities == nullptr) return Fail("join-meeting: no rtpCapabilities");
  capabilities_ = ReceiveCapabilities(*capabilities);
  for (const ProducerNews& news : std::exchange(early_news_, {})) Consume(news);
  Judge();
}

void Participant::OnEvent(const std::string& event, const json::value& payload) {
  if (state_ == State::kFailed) return;
  if (event == "new-producer") {
    const auto news = ParseProducer(payload);
    if (!news || news->participant == role_.user_id) return;
    if (in_meeting_) return Consume(*news);
    early_news_.push_back(*news);
  } else if (event == "producer-layers-wanted") {
    OnLayersWanted(payload);
  } else if (event == "media-reset") {
    Fail("the server lost the media worker");
  } else if (event == "meeting-ended") {
    Fail("the server ended the meeting");
  }
}

void Participant::OnLayersWanted(const json::value& payload) {
  const json::object* const wish = payload.if_object();
  // Of a single encoding there is nothing that a browser would leave out.
  if (wish == nullptr || stage_.encodings == 1 || TextAt(*wish, "producerId") != video_producer_) return;
  const json::value* const highest = wish->if_contains("maxSpatialLayer");
  if (highest == nullptr) return;
  const std::int64_t* const layer = highest->if_int64();
  publisher_.SetHighestEncoding(layer == nullptr ? std::nullopt
                                                 : std::optional(static_cast<std::uint32_t>(*layer)));
}

void Participant::Consume(const ProducerNews& news) {
  Ask("consume",
      {{"meetingId", role_.meeting_id},
       {"producerParticipantId", news.participant},
       {"producerId", news.producer},
       {"kind", news.kind},
       {"rtpCapabilities", capabilities_}},
      &Participant::OnConsumed);
}

void Participant::OnConsumed(const json::object& answer) {
  auto offer = ParseConsumer(answer);
  if (!offer) return Fail(offer.error());
  offer->stream.sender = stage_.number_of(offer->producer_participant);
  receiver_.Add(offer->stream);
  Ask("resume-consumer", {{"consumerId", offer->id}}, &Participant::OnResumed);
}

void Participant::OnResumed(const json::object&) {
  ++resumed_;
  Judge();
}

void Participant::SendSide::OnTransportConnected(Timestamp) { self.Judge(); }

void Participant::ReceiveSide::OnRtp(MutableBytes datagram, crypto::SrtpOpener& opener, Timestamp arrival) {
  self.receiver_.OnRtp(datagram, opener, arrival);
  if (self.state_ == State::kJoining) self.Judge();
}

void Participant::Judge() {
  if (state_ != State::kJoining || !in_meeting_) return;
  if (!receive_->connected() || (send_ && !send_->connected())) return;
  if (resumed_ < role_.streams || (role_.streams > 0 && !receiver_.first_media())) return;
  state_ = State::kComplete;
  complete_at_ = io::EventLoop::Now();
}

std::optional<Duration> Participant::join_time() const {
  if (!complete_at_ || !first_event_) return std::nullopt;
  return receiver_.first_media().value_or(*complete_at_) - *first_event_;
}

void Participant::GiveUp() {
  if (state_ != State::kJoining) return;
  if (!first_event_) return Fail("no connection within the time given");
  if (!in_meeting_) return Fail("not in the meeting within the time given");
  if (!receive_->connected() || (send_ && !send_->connected()))
    return Fail("in the meeting, but the media path did not open within the time given");
  if (resumed_ < role_.streams)
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
  if (socket_) socket_->Close();
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
