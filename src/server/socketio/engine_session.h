#pragma once

#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "server/socketio/engine_packet.h"
#include "server/socketio/engine_server.h"

namespace kcs::socketio {

class EngineSessionImpl;

// What the sessions of one EngineServer share. They keep it alive.
struct EngineCore {
  EngineCore(http::Runtime& runtime_in, Entropy& entropy_in, EngineConfig config_in)
      : runtime(runtime_in), entropy(entropy_in), config(config_in) {}

  http::Runtime& runtime;
  Entropy& entropy;
  EngineConfig config;
  EnumCounters<EngineEvent> counters;
  EnumCounters<EngineCloseReason> closed;
  std::unordered_map<std::string, std::shared_ptr<EngineSessionImpl>> sessions;
  EngineServer::OpenHandler on_open;
  bool closing = false;
};

// The state machine of one session. It has one transport at a time, polling or a WebSocket, and while it is
// being upgraded a second WebSocket, the probe.
class EngineSessionImpl final : public EngineSession, public std::enable_shared_from_this<EngineSessionImpl> {
 public:
  EngineSessionImpl(std::shared_ptr<EngineCore> core, std::string id,
                    std::shared_ptr<const http::Request> request);

  const std::string& id() const override { return id_; }
  const std::shared_ptr<const http::Request>& request() const override { return request_; }
  void SetHandlers(Handlers handlers) override { handlers_ = std::move(handlers); }
  void Send(EngineFrame frame) override;
  void Close() override;
  bool is_open() const override { return state_ == State::kOpen; }
  bool is_websocket() const override { return websocket_ != nullptr; }

  // The first packet of a session, and the heartbeat.
  void Open(bool with_upgrades);

  // Closes the session if its pong is overdue, even when the timer that says so has not had its turn yet.
  bool CheckExpired();

  // Polling.
  void OnPoll(std::shared_ptr<http::Responder> responder);
  void OnPost(const http::Request& request, const std::shared_ptr<http::Responder>& responder);

  // WebSocket: as the first transport, or as the probe of an upgrade.
  bool CanUpgrade() const { return state_ == State::kOpen && websocket_ == nullptr && probe_ == nullptr; }
  void SetWebSocket(std::shared_ptr<http::WebSocket> websocket);
  void SetProbe(std::shared_ptr<http::WebSocket> probe);
  void OnWebSocketMessage(const http::WebSocket* from, std::string_view message, bool binary);
  void OnWebSocketClose(const http::WebSocket* from, const http::WebSocketClose& close);

 private:
  enum class State : std::uint8_t { kOpen, kClosing, kClosed };

  void OnPacket(const EnginePacket& packet);
  void OnClientClose();
  // Not open any more, but a polling client has still to be told.
  void StartClosing(Duration patience);
  void OnProbeMessage(std::string_view message, bool binary);
  void CompleteUpgrade();
  void CancelProbe();
  void TickProbe();

  void SchedulePing();
  void SendPing(Timestamp due);
  void Queue(EngineFrame frame);
  void QueueControl(EnginePacketType type, std::string_view data = {});
  void Flush();
  void AnswerPoll(std::string body);
  void AnswerPollWithLastWord();
  void Overflow();

  void Finish(EngineCloseReason reason);
  void NotifyClosed(EngineCloseReason reason);
  void Forget();

  std::shared_ptr<EngineCore> core_;
  std::string id_;
  std::shared_ptr<const http::Request> request_;
  Handlers handlers_;
  State state_ = State::kOpen;

  std::vector<EngineFrame> pending_;
  std::size_t pending_bytes_ = 0;
  bool overflowed_ = false;
  EnginePacketType last_word_ = EnginePacketType::kClose;  // ends the poll of a closing session
  std::optional<Timestamp> pong_deadline_;                 // while a ping is unanswered
  bool ping_deferred_ = false;                             // until the probe has ended

  std::shared_ptr<http::Responder> poll_;
  std::shared_ptr<http::WebSocket> websocket_;
  std::shared_ptr<http::WebSocket> probe_;

  http::Timer heartbeat_;    // the next ping, or the pong's deadline
  http::Timer close_timer_;  // kClosing: gives up telling the client
  http::Timer probe_timer_;  // upgrade_timeout
  http::Timer probe_tick_;   // ends polls while the probe runs
};

}  // namespace kcs::socketio
