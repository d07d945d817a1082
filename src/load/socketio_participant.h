#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/socket_address.h"
#include "load/participant.h"
#include "load/server_url.h"
#include "load/signaling.h"
#include "load/socketio_client.h"

namespace kcs::load {

// Where this signalling is; outlives its participants.
struct SignalingServer {
  ServerUrl url;
  SocketAddress address;
};

// A participant as docs/protocol.md has it, in the order of the reference's flow: transports, producers,
// join, and a consumer for every producer it hears of.
class SocketIoParticipant final : public Participant {
 public:
  SocketIoParticipant(Stage& stage, Role role, const SignalingServer& server);
  ~SocketIoParticipant() override;

 private:
  using Handler = void (SocketIoParticipant::*)(const boost::json::object&);

  void Connect() override;
  void Disconnect() override;
  void Ask(std::string_view event, const boost::json::object& payload, Handler then);
  void CreateTransport(const char* direction, Handler then);
  void OnConnected();
  void OnReceiveTransport(const boost::json::object& answer);
  void OnSendTransport(const boost::json::object& answer);
  enum class Direction : std::uint8_t { kSend, kReceive };
  // False: it has failed.
  bool Open(const boost::json::object& answer, Direction direction);
  void Produce(const char* kind, const ProducerPlan& plan);
  void OnProduced(const boost::json::object& answer);
  void Join();
  void OnJoined(const boost::json::object& answer);
  void OnEvent(const std::string& event, const boost::json::value& payload);
  void OnLayersWanted(const boost::json::value& payload);
  void Consume(const ProducerNews& news);
  void OnConsumed(const boost::json::object& answer);
  void OnResumed(const boost::json::object&);

  const SignalingServer& server_;
  std::unique_ptr<SocketIoClient> socket_;
  std::uint32_t producing_ = 0;  // not answered yet
  std::string video_producer_;
  boost::json::object capabilities_;
  std::vector<ProducerNews> early_news_;  // before we know what the router can
};

}  // namespace kcs::load
