#include "bench/janus/participant.h"

#include <utility>

namespace kcs::janus {
namespace {

namespace json = boost::json;

constexpr int kFeed = 1;

}  // namespace

Participant::Participant(load::Stage& stage, Role role, Room& room)
    : load::Participant(stage, std::move(role)),
      room_(room),
      local_{.username_fragment = stage.media.entropy.Token(8),
             .password = stage.media.entropy.Token(24),
             .fingerprint_sha256 = stage.media.dtls.certificate().fingerprint_sha256(),
             .cname = cname()} {}

void Participant::Connect() {
  client_ =
      std::make_unique<Client>(stage().media.loop, room_.socket,
                               Client::Handlers{.on_attached = [this] { OnAttached(); },
                                                .on_news = [this](const std::string& what) { OnNews(what); },
                                                .on_closed = [this](const std::string& why) { Fail(why); }});
}

void Participant::Disconnect() {
  if (client_) client_->Close();
}

void Participant::Ask(const char* what, json::object body, const json::object* jsep, Handler then) {
  body["request"] = what;
  client_->Ask(body, jsep, [this, what, then](const Client::Answer& answer) {
    if (state() == State::kFailed) return;
    if (!answer) return Fail(std::string(what) + ": " + answer.error());
    (this->*then)(*answer);
    Touch();
  });
}

void Participant::OnAttached() {
  NoteFirstEvent();
  if (role().publishes) {
    Ask("join", {{"room", room_.number}, {"ptype", "publisher"}, {"id", kFeed}}, nullptr,
        &Participant::OnJoined);
  } else if (room_.published) {
    Subscribe();
  } else {
    room_.waiting.push_back([this] { Subscribe(); });
  }
}

void Participant::OnNews(const std::string& what) {
  if (state() == State::kFailed) return;
  if (what == "hangup" || what == "detached" || what == "timeout") return Fail("Janus: " + what);
  if (what != "webrtcup" || !role().publishes) return;
  NoteInMeeting();
  room_.published = true;
  room_.publisher = role().number;
  for (const auto& subscribe : std::exchange(room_.waiting, {})) subscribe();
}

void Participant::OnJoined(const json::object&) {
  camera_ = load::PlanVideo(stage().media.entropy, cname(), 1).encodings.front();
  const json::object jsep{{"type", "offer"}, {"sdp", OfferToSend(local_, camera_)}};
  Ask("publish", {}, &jsep, &Participant::OnPublished);
}

std::optional<Remote> Participant::ReadDescription(const json::object& answer) {
  const json::object* const jsep = load::ObjectAt(answer, "jsep");
  auto remote =
      jsep == nullptr ? Result<Remote>(kcs::Fail("no jsep")) : ParseDescription(load::TextAt(*jsep, "sdp"));
  if (!remote) {
    Fail(remote.error());
    return std::nullopt;
  }
  remote->transport.ice.client_username_fragment = local_.username_fragment;
  remote->transport.ice.client_password = local_.password;
  return *std::move(remote);
}

void Participant::OnPublished(const json::object& answer) {
  const auto remote = ReadDescription(answer);
  if (!remote || !OpenSend(remote->transport)) return;
  // What Janus did not take is not sent.
  camera_.extensions = remote->extensions;
  media_publisher().AddVideo(camera_, {.bitrate = stage().video_bitrate, .width = 1280, .height = 720},
                             io::EventLoop::Now());
}

void Participant::Subscribe() {
  Ask("join",
      {{"room", room_.number},
       {"ptype", "subscriber"},
       {"streams", json::array{json::object{{"feed", kFeed}}}}},
      nullptr, &Participant::OnOffer);
}

void Participant::OnOffer(const json::object& answer) {
  const auto remote = ReadDescription(answer);
  if (!remote) return;
  if (remote->ssrc == wire::Ssrc(0)) return Fail("an offer without a stream");
  remote_ = remote->transport;
  receiver().Add({.kind = wire::MediaKind::kVideo,
                  .ssrc = remote->ssrc,
                  .rtx_ssrc = remote->rtx_ssrc,
                  .clock_rate = load::VideoSource::kClockRate,
                  .extensions = remote->extensions,
                  .sender = room_.publisher});
  const json::object jsep{{"type", "answer"}, {"sdp", AnswerToReceive(local_, *remote)}};
  Ask("start", {}, &jsep, &Participant::OnStarted);
}

void Participant::OnStarted(const json::object&) {
  if (!OpenReceive(remote_)) return;
  NoteInMeeting();
  NoteConsumer();
}

}  // namespace kcs::janus
