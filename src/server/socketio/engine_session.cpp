#include "server/socketio/engine_session.h"

#include <algorithm>
#include <utility>

#include "server/socketio/engine_payload.h"

namespace kcs::socketio {
namespace {

// The client stops polling once its poll has ended, and upgrades only then.
constexpr Duration kProbeTick = 100ms;
// How long a poll may be overtaken by the packet that closes the session.
constexpr Duration kOvertakenPoll = 1s;

http::Response PollResponse(std::string body) {
  http::Response response = http::Response::Text(200, std::move(body));
  response.headers.Set("Content-Type", "text/plain; charset=UTF-8");
  response.headers.Set("Cache-Control", "no-store");
  return response;
}

http::Response PostResponse() {
  http::Response response;
  response.headers.Set("Content-Type", "text/html");
  response.headers.Set("Cache-Control", "no-store");
  response.body = "ok";
  return response;
}

std::string EncodeNoop() { return EncodeEnginePacket({EnginePacketType::kNoop, false, {}}); }

http::SharedText ControlText(EnginePacketType type, std::string_view data) {
  // Every socket gets one, again and again.
  static const auto kPing =
      std::make_shared<const std::string>(EncodeEnginePacket({EnginePacketType::kPing, false, {}}));
  if (type == EnginePacketType::kPing && data.empty()) return kPing;
  return std::make_shared<const std::string>(EncodeEnginePacket({type, false, std::string(data)}));
}

}  // namespace

EngineSessionImpl::EngineSessionImpl(std::shared_ptr<EngineCore> core, std::string id,
                                     std::shared_ptr<const http::Request> request)
    : core_(std::move(core)), id_(std::move(id)), request_(std::move(request)) {}

void EngineSessionImpl::Open(bool with_upgrades) {
  const EngineConfig& config = core_->config;
  std::string hello = R"({"sid":")" + id_ + R"(","upgrades":[)";
  if (with_upgrades) hello += R"("websocket")";
  hello += R"(],"pingInterval":)" + std::to_string(ToMillis(config.ping_interval));
  hello += R"(,"pingTimeout":)" + std::to_string(ToMillis(config.ping_timeout));
  hello += R"(,"maxPayload":)" + std::to_string(config.max_payload) + "}";
  QueueControl(EnginePacketType::kOpen, hello);
  SchedulePing();
}

void EngineSessionImpl::SchedulePing() {
  pong_deadline_.reset();
  const Timestamp due = core_->runtime.Now() + core_->config.ping_interval;
  heartbeat_ = core_->runtime.After(core_->config.ping_interval, [this, due] {
    // While the transport is being changed the ping could get lost between the two; the probe shows life
    // enough.
    if (probe_) {
      ping_deferred_ = true;
    } else {
      SendPing(due);
    }
  });
}

void EngineSessionImpl::SendPing(Timestamp due) {
  // A busy loop must not give the client more time than was announced; a stalled one must not take it all
  // away.
  const Timestamp now = core_->runtime.Now();
  const Duration late = std::min(now - due, core_->config.ping_timeout / 4);
  ping_deferred_ = false;
  pong_deadline_ = now - late + core_->config.ping_timeout;
  heartbeat_ =
      core_->runtime.After(*pong_deadline_ - now, [this] { Finish(EngineCloseReason::kPingTimeout); });
  QueueControl(EnginePacketType::kPing);
}

bool EngineSessionImpl::CheckExpired() {
  if (!pong_deadline_ || core_->runtime.Now() < *pong_deadline_) return false;
  Finish(EngineCloseReason::kPingTimeout);
  return true;
}

void EngineSessionImpl::Send(EngineFrame frame) {
  if (state_ == State::kOpen && !overflowed_) Queue(std::move(frame));
}

void EngineSessionImpl::QueueControl(EnginePacketType type, std::string_view data) {
  Queue({ControlText(type, data), false});
}

void EngineSessionImpl::Queue(EngineFrame frame) {
  const EngineConfig& config = core_->config;
  if (pending_.empty() && websocket_ && websocket_->is_open()) {
    if (!websocket_->Send(std::move(frame.bytes), frame.binary)) Overflow();
    return;
  }
  if (pending_.size() + 1 > config.max_pending_packets ||
      pending_bytes_ + frame.bytes->size() > config.max_pending_bytes) {
    Overflow();
    return;
  }
  pending_bytes_ += frame.bytes->size();
  pending_.push_back(std::move(frame));
  Flush();
}

void EngineSessionImpl::Flush() {
  if (pending_.empty()) return;
  if (websocket_ && websocket_->is_open()) {
    const std::vector<EngineFrame> frames = std::exchange(pending_, {});
    pending_bytes_ = 0;
    for (const EngineFrame& frame : frames) {
      if (!websocket_->Send(frame.bytes, frame.binary)) {
        Overflow();
        return;
      }
    }
  } else if (poll_) {
    const std::vector<EngineFrame> frames = std::exchange(pending_, {});
    pending_bytes_ = 0;
    AnswerPoll(EncodePayload(frames));
  }
}

void EngineSessionImpl::Overflow() {
  if (overflowed_) return;
  overflowed_ = true;
  // Later, not from inside a Send() of somebody who is in the middle of a broadcast.
  core_->runtime.Post([weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->Finish(EngineCloseReason::kOverflow);
  });
}

void EngineSessionImpl::AnswerPoll(std::string body) {
  const auto poll = std::exchange(poll_, nullptr);
  poll->Send(PollResponse(std::move(body)));
}

void EngineSessionImpl::AnswerPollWithLastWord() {
  pending_.push_back({ControlText(last_word_, {}), false});
  AnswerPoll(EncodePayload(std::exchange(pending_, {})));
}

void EngineSessionImpl::OnPoll(std::shared_ptr<http::Responder> responder) {
  if (poll_) {
    // Two polls at a time: the client is not ours, or out of its mind.
    responder->Send(http::Response::Error(400));
    Finish(EngineCloseReason::kTransportError);
    return;
  }
  poll_ = std::move(responder);
  if (state_ == State::kClosing) {
    AnswerPollWithLastWord();
    Forget();
    return;
  }
  poll_->OnGone([weak = weak_from_this()] {
    const auto self = weak.lock();
    if (!self) return;
    self->poll_ = nullptr;
    self->Finish(EngineCloseReason::kTransportError);
  });
  Flush();
}

void EngineSessionImpl::OnPost(const http::Request& request,
                               const std::shared_ptr<http::Responder>& responder) {
  if (request.body_too_large || request.body.size() > core_->config.max_payload) {
    responder->Send(http::Response::Error(413));
    Finish(EngineCloseReason::kPayloadTooLarge);
    return;
  }
  // Revision 3 sent binary payloads; revision 4 has text only.
  const bool octets = request.headers.Get("Content-Type") == "application/octet-stream";
  const auto packets = octets ? std::nullopt : DecodePayload(request.body);
  if (!packets) {
    responder->Send(http::Response::Error(400));
    Finish(octets ? EngineCloseReason::kTransportError : EngineCloseReason::kParseError);
    return;
  }
  const auto self = shared_from_this();
  for (const EnginePacket& packet : *packets) {
    if (state_ != State::kOpen) break;
    OnPacket(packet);
  }
  responder->Send(PostResponse());
}

void EngineSessionImpl::OnPacket(const EnginePacket& packet) {
  switch (packet.type) {
    case EnginePacketType::kMessage:
      if (handlers_.on_message) handlers_.on_message(packet.data, packet.binary);
      return;
    case EnginePacketType::kPong:
      if (pong_deadline_) SchedulePing();
      return;
    case EnginePacketType::kPing:
      // Since revision 4 it is the server who pings.
      Finish(EngineCloseReason::kTransportError);
      return;
    case EnginePacketType::kClose:
      OnClientClose();
      return;
    case EnginePacketType::kOpen:
    case EnginePacketType::kUpgrade:
    case EnginePacketType::kNoop:
      return;
  }
}

void EngineSessionImpl::OnClientClose() {
  if (websocket_ || poll_) {
    if (poll_) AnswerPoll(EncodeNoop());
    Finish(EngineCloseReason::kTransportClose);
    return;
  }
  // The client's last poll may have been overtaken, on another connection, by its goodbye. It gets the same
  // answer as if it had been first.
  last_word_ = EnginePacketType::kNoop;
  StartClosing(kOvertakenPoll);
  NotifyClosed(EngineCloseReason::kTransportClose);
}

void EngineSessionImpl::StartClosing(Duration patience) {
  state_ = State::kClosing;
  pong_deadline_.reset();
  ping_deferred_ = false;
  heartbeat_.Cancel();
  close_timer_ = core_->runtime.After(patience, [this] {
    const auto self = shared_from_this();
    Forget();
  });
}

void EngineSessionImpl::SetWebSocket(std::shared_ptr<http::WebSocket> websocket) {
  websocket_ = std::move(websocket);
  Flush();
}

void EngineSessionImpl::OnWebSocketMessage(const http::WebSocket* from, std::string_view message,
                                           bool binary) {
  const auto self = shared_from_this();
  if (probe_ && from == probe_.get()) {
    OnProbeMessage(message, binary);
    return;
  }
  if (state_ != State::kOpen || !websocket_ || from != websocket_.get()) return;
  if (binary) {
    if (handlers_.on_message) handlers_.on_message(message, true);
    return;
  }
  const std::optional<EnginePacket> packet = DecodeEnginePacket(message);
  if (!packet) {
    Finish(EngineCloseReason::kParseError);
    return;
  }
  OnPacket(*packet);
}

void EngineSessionImpl::OnWebSocketClose(const http::WebSocket* from, const http::WebSocketClose& close) {
  const auto self = shared_from_this();
  if (probe_ && from == probe_.get()) {
    CancelProbe();
  } else if (websocket_ && from == websocket_.get()) {
    const bool too_large = close.code == 1009;
    Finish(too_large ? EngineCloseReason::kPayloadTooLarge : EngineCloseReason::kTransportClose);
  }
}

void EngineSessionImpl::SetProbe(std::shared_ptr<http::WebSocket> probe) {
  probe_ = std::move(probe);
  probe_timer_ = core_->runtime.After(core_->config.upgrade_timeout, [this] { CancelProbe(); });
}

void EngineSessionImpl::OnProbeMessage(std::string_view message, bool binary) {
  const std::optional<EnginePacket> packet = binary ? std::nullopt : DecodeEnginePacket(message);
  if (packet && packet->type == EnginePacketType::kPing && packet->data == "probe") {
    probe_->Send(ControlText(EnginePacketType::kPong, "probe"), false);
    TickProbe();
  } else if (packet && packet->type == EnginePacketType::kUpgrade && state_ != State::kClosed) {
    CompleteUpgrade();
  } else {
    CancelProbe();
  }
}

void EngineSessionImpl::TickProbe() {
  probe_tick_ = core_->runtime.After(kProbeTick, [this] {
    if (poll_) AnswerPoll(EncodeNoop());
    TickProbe();
  });
}

void EngineSessionImpl::CompleteUpgrade() {
  core_->counters.Add(EngineEvent::kUpgraded);
  probe_timer_.Cancel();
  probe_tick_.Cancel();
  if (poll_) AnswerPoll(EncodeNoop());
  websocket_ = std::exchange(probe_, nullptr);
  Flush();
  if (ping_deferred_) SendPing(core_->runtime.Now());
  if (state_ == State::kClosing) {
    websocket_->Close(1000, {});
    Forget();
  }
}

void EngineSessionImpl::CancelProbe() {
  core_->counters.Add(EngineEvent::kUpgradeFailed);
  probe_timer_.Cancel();
  probe_tick_.Cancel();
  if (const auto probe = std::exchange(probe_, nullptr)) probe->Close(1000, {});
  if (ping_deferred_) SendPing(core_->runtime.Now());
}

void EngineSessionImpl::Close() {
  if (state_ != State::kOpen) return;
  const auto self = shared_from_this();
  if (websocket_) {
    websocket_->Close(1000, {});
    Forget();
  } else if (poll_) {
    AnswerPollWithLastWord();
    Forget();
  } else {
    StartClosing(core_->config.close_timeout);
  }
  NotifyClosed(EngineCloseReason::kForcedClose);
}

void EngineSessionImpl::Finish(EngineCloseReason reason) {
  if (state_ == State::kClosed) return;
  const auto self = shared_from_this();
  const bool was_open = state_ == State::kOpen;
  state_ = State::kClosed;
  if (websocket_) {
    if (reason == EngineCloseReason::kOverflow) {
      websocket_->Abort();
    } else {
      websocket_->Close(1000, {});
    }
  } else if (poll_) {
    AnswerPoll(EncodeEnginePacket({EnginePacketType::kClose, false, {}}));
  }
  Forget();
  if (was_open) NotifyClosed(reason);
}

// After this nobody but those who hold a pointer knows the session.
void EngineSessionImpl::Forget() {
  state_ = State::kClosed;
  pong_deadline_.reset();
  heartbeat_.Cancel();
  close_timer_.Cancel();
  probe_timer_.Cancel();
  probe_tick_.Cancel();
  if (const auto probe = std::exchange(probe_, nullptr)) probe->Close(1000, {});
  poll_ = nullptr;
  websocket_ = nullptr;
  pending_.clear();
  core_->sessions.erase(id_);
}

void EngineSessionImpl::NotifyClosed(EngineCloseReason reason) {
  core_->closed.Add(reason);
  // The handlers often hold what holds us.
  const Handlers handlers = std::exchange(handlers_, {});
  if (handlers.on_close) handlers.on_close(reason);
}

}  // namespace kcs::socketio
