#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "bench/janus/client.h"
#include "bench/janus/sdp.h"
#include "load/participant.h"

namespace kcs::janus {

// A room of Janus with one camera. Outlives its participants.
struct Room {
  std::string socket;  // path
  std::int64_t number = 1;
  bool published = false;                      // the camera can be subscribed to
  std::uint32_t publisher = 0;                 // its number in the load test
  std::vector<std::function<void()>> waiting;  // for the camera
};

// A participant as Janus's videoroom has it: the one that publishes sends a camera, all others subscribe to
// it.
class Participant final : public load::Participant {
 public:
  Participant(load::Stage& stage, Role role, Room& room);

 private:
  using Handler = void (Participant::*)(const boost::json::object& answer);
  void Connect() override;
  void Disconnect() override;
  void Ask(const char* what, boost::json::object body, const boost::json::object* jsep, Handler then);
  void OnAttached();
  void OnNews(const std::string& what);
  void OnJoined(const boost::json::object&);
  void OnPublished(const boost::json::object& answer);
  void Subscribe();
  void OnOffer(const boost::json::object& answer);
  void OnStarted(const boost::json::object&);
  // Nothing: it has failed.
  std::optional<Remote> ReadDescription(const boost::json::object& answer);

  Room& room_;
  LocalEnd local_;
  load::RtpSender::Settings camera_;
  load::TransportOffer remote_;  // of a receiver
  std::unique_ptr<Client> client_;
};

}  // namespace kcs::janus
