#include "load/socketio_participant.h"

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

SocketIoParticipant::SocketIoParticipant(Stage& stage, Role role, const SignalingServer& server)
    : Participant(stage, std::move(role)), server_(server) {}

SocketIoParticipant::~SocketIoParticipant() = default;

void SocketIoParticipant::Connect() {
  socket_ = std::make_unique<SocketIoClient>(
      stage().media.loop, server_.url, server_.address, role().token,
      SocketIoClient::Handlers{.on_connected = [this] { OnConnected(); },
                               .on_event = [this](const std::string& event,
                                                  const json::value& payload) { OnEvent(event, payload); },
                               .on_closed = [this](const std::string& why) { Fail(why); }});
}

void SocketIoParticipant::Disconnect() {
  if (socket_) socket_->Close();
}

void SocketIoParticipant::Ask(std::string_view event, const json::object& payload, Handler then) {
  socket_->Emit(event, payload,
                [this, then, name = std::string(event)](const SocketIoClient::Answer& answer) {
                  if (state() == State::kFailed) return;
                  if (!answer) return Fail(name + ": " + answer.error());
                  (this->*then)(*answer);
                  Touch();
                });
}

void SocketIoParticipant::OnConnected() {
  NoteFirstEvent();
  CreateTransport("recv", &SocketIoParticipant::OnReceiveTransport);
  if (role().publishes) CreateTransport("send", &SocketIoParticipant::OnSendTransport);
}

void SocketIoParticipant::CreateTransport(const char* direction, Handler then) {
  Ask("create-transport", {{"meetingId", role().meeting_id}, {"direction", direction}}, then);
}

bool SocketIoParticipant::Open(const json::object& answer, Direction direction) {
  const auto offer = ParseTransportOffer(answer);
  if (!offer) {
    Fail(offer.error());
    return false;
  }
  if (!(direction == Direction::kSend ? OpenSend(*offer) : OpenReceive(*offer))) return false;
  const std::string& fingerprint = stage().media.dtls.certificate().fingerprint_sha256();
  socket_->Emit("connect-transport",
                {{"transportId", offer->id}, {"dtlsParameters", DtlsParameters(fingerprint)}},
                [this](const SocketIoClient::Answer& connected) {
                  if (!connected) Fail("connect-transport: " + connected.error());
                });
  return true;
}

void SocketIoParticipant::OnReceiveTransport(const json::object& answer) {
  if (Open(answer, Direction::kReceive) && !role().publishes) Join();
}

void SocketIoParticipant::OnSendTransport(const json::object& answer) {
  if (!Open(answer, Direction::kSend)) return;
  Entropy& entropy = stage().media.entropy;
  // Participants do not capture in step.
  const auto interval = static_cast<std::uint32_t>((stage().slower * VideoSource::kFrameInterval).count());
  const Timestamp first = io::EventLoop::Now() + Duration(entropy.Below(interval));
  if (stage().audio) {
    const ProducerPlan plan = PlanAudio(entropy, cname());
    media_publisher().AddAudio(plan.encodings.front(), first);
    Produce("audio", plan);
  }
  if (stage().video_bitrate > 0) {
    const ProducerPlan plan = PlanVideo(entropy, cname(), stage().encodings);
    for (std::size_t i = 0; i < plan.encodings.size(); ++i) {
      const Encoding& encoding = plan.encodings.size() == 1 ? kOneEncoding[0] : kThreeEncodings.at(i);
      media_publisher().AddVideo(
          plan.encodings[i],
          {.bitrate = static_cast<std::uint32_t>(encoding.share * stage().video_bitrate),
           .width = encoding.width,
           .height = encoding.height},
          first);
    }
    Produce("video", plan);
  }
}

void SocketIoParticipant::Produce(const char* kind, const ProducerPlan& plan) {
  ++producing_;
  Ask("produce", {{"meetingId", role().meeting_id}, {"kind", kind}, {"rtpParameters", plan.rtp_parameters}},
      &SocketIoParticipant::OnProduced);
}

void SocketIoParticipant::OnProduced(const json::object& answer) {
  if (TextAt(answer, "kind") == "video") video_producer_ = TextAt(answer, "producerId");
  if (--producing_ == 0) Join();
}

void SocketIoParticipant::Join() {
  Ask("join-meeting", {{"meetingId", role().meeting_id}}, &SocketIoParticipant::OnJoined);
}

void SocketIoParticipant::OnJoined(const json::object& answer) {
  const json::object* const capabilities = ObjectAt(answer, "rtpCapabilities");
  if (capabilities == nullptr) return Fail("join-meeting: no rtpCapabilities");
  capabilities_ = ReceiveCapabilities(*capabilities);
  NoteInMeeting();
  for (const ProducerNews& news : std::exchange(early_news_, {})) Consume(news);
}

void SocketIoParticipant::OnEvent(const std::string& event, const json::value& payload) {
  if (state() == State::kFailed) return;
  if (event == "new-producer") {
    const auto news = ParseProducer(payload);
    if (!news || news->participant == role().user_id) return;
    if (in_meeting()) return Consume(*news);
    early_news_.push_back(*news);
  } else if (event == "producer-layers-wanted") {
    OnLayersWanted(payload);
  } else if (event == "media-reset") {
    Fail("the server lost the media worker");
  } else if (event == "meeting-ended") {
    Fail("the server ended the meeting");
  }
}

void SocketIoParticipant::OnLayersWanted(const json::value& payload) {
  const json::object* const wish = payload.if_object();
  // Of a single encoding there is nothing that a browser would leave out.
  if (wish == nullptr || stage().encodings == 1 || TextAt(*wish, "producerId") != video_producer_) return;
  const json::value* const highest = wish->if_contains("maxSpatialLayer");
  if (highest == nullptr) return;
  const std::int64_t* const layer = highest->if_int64();
  media_publisher().SetHighestEncoding(layer == nullptr ? std::nullopt
                                                        : std::optional(static_cast<std::uint32_t>(*layer)));
}

void SocketIoParticipant::Consume(const ProducerNews& news) {
  Ask("consume",
      {{"meetingId", role().meeting_id},
       {"producerParticipantId", news.participant},
       {"producerId", news.producer},
       {"kind", news.kind},
       {"rtpCapabilities", capabilities_}},
      &SocketIoParticipant::OnConsumed);
}

void SocketIoParticipant::OnConsumed(const json::object& answer) {
  auto offer = ParseConsumer(answer);
  if (!offer) return Fail(offer.error());
  offer->stream.sender = stage().number_of(offer->producer_participant);
  receiver().Add(offer->stream);
  Ask("resume-consumer", {{"consumerId", offer->id}}, &SocketIoParticipant::OnResumed);
}

void SocketIoParticipant::OnResumed(const json::object&) { NoteConsumer(); }

}  // namespace kcs::load
