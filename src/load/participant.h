#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "load/media_transport.h"
#include "load/publisher.h"
#include "load/receiver.h"
#include "load/server_url.h"
#include "load/signaling.h"
#include "load/socketio_client.h"

namespace kcs::load {

// What all participants share.
struct Stage {
  MediaTransport::Environment media;
  const ServerUrl& url;
  SocketAddress address;  // of signalling
  Traffic& traffic;
  std::uint32_t video_bitrate = 0;  // bits per second; 0: no video
  bool audio = true;
  std::size_t encodings = 1;  // of a camera
  std::uint32_t verify_every = 1;
  // The number that belongs to a user's id.
  std::function<std::uint32_t(const std::string& user_id)> number_of;
  std::uint32_t failed = 0;  // participants
  // Deadlines of this participant may have moved.
  std::function<void(std::uint32_t number)> touched;
};

// One client in one meeting, from its first event to its last, in the order of the reference's flow:
// transports, producers, join, and a consumer for every producer it hears of.
class Participant {
 public:
  struct Role {
    std::uint32_t number = 0;  // in the whole test
    std::string user_id;
    std::string token;
    std::string meeting_id;
    bool publishes = false;
    std::uint32_t streams = 0;  // that it is to consume in the end
  };
  enum class State : std::uint8_t { kWaiting, kJoining, kComplete, kFailed };

  Participant(Stage& stage, Role role);
  ~Participant();
  Participant(const Participant&) = delete;
  Participant& operator=(const Participant&) = delete;

  void Start(Timestamp now);
  void OnTime(Timestamp now);
  Timestamp NextDeadline() const;
  // Too late: what is not complete now has failed.
  void GiveUp();
  void StopSending() { sending_ = false; }
  void Leave();

  const Role& role() const { return role_; }
  State state() const { return state_; }
  // Of kFailed: why.
  const std::string& failure() const { return failure_; }
  // It had been complete.
  bool dropped() const { return state_ == State::kFailed && complete_at_.has_value(); }
  bool in_meeting() const { return in_meeting_; }
  // From its first event to its first media (to completeness, if nobody sends it anything).
  std::optional<Duration> join_time() const;
  std::optional<Timestamp> started_at() const { return started_at_; }
  std::optional<Timestamp> complete_at() const { return complete_at_; }
  const Publisher& publisher() const { return publisher_; }
  Receiver& receiver() { return receiver_; }
  const Receiver& receiver() const { return receiver_; }
  std::uint32_t consumers() const { return resumed_; }

 private:
  // The two transports, told apart.
  struct SendSide final : MediaTransport::Owner {
    explicit SendSide(Participant& p) : self(p) {}
    void OnTransportConnected(Timestamp now) override;
    void OnTransportFailed(const std::string& why) override { self.Fail(why); }
    void OnRtp(MutableBytes, crypto::SrtpOpener&, Timestamp) override {}
    void OnRtcp(Bytes compound, Timestamp now) override { self.publisher_.OnRtcp(compound, now); }
    void OnReceived() override { self.Touch(); }
    Participant& self;
  };
  struct ReceiveSide final : MediaTransport::Owner {
    explicit ReceiveSide(Participant& p) : self(p) {}
    void OnTransportConnected(Timestamp) override { self.Judge(); }
    void OnTransportFailed(const std::string& why) override { self.Fail(why); }
    void OnRtp(MutableBytes datagram, crypto::SrtpOpener& opener, Timestamp arrival) override;
    void OnRtcp(Bytes compound, Timestamp now) override { self.receiver_.OnRtcp(compound, now); }
    void OnReceived() override { self.Touch(); }
    Participant& self;
  };
  using Handler = void (Participant::*)(const boost::json::object&);

  void Ask(std::string_view event, const boost::json::object& payload, Handler then);
  void CreateTransport(const char* direction, Handler then);
  void OnConnected();
  void OnReceiveTransport(const boost::json::object& answer);
  void OnSendTransport(const boost::json::object& answer);
  std::unique_ptr<MediaTransport> Open(const boost::json::object& answer, MediaTransport::Owner& owner);
  void Produce(const char* kind, const ProducerPlan& plan);
  void OnProduced(const boost::json::object& answer);
  void Join();
  void OnJoined(const boost::json::object& answer);
  void OnEvent(const std::string& event, const boost::json::value& payload);
  void OnLayersWanted(const boost::json::value& payload);
  void Consume(const ProducerNews& news);
  void OnConsumed(const boost::json::object& answer);
  void OnResumed(const boost::json::object&);
  void SendMedia(Timestamp now);
  void SendFeedback(Timestamp now);
  void Judge();
  void Fail(const std::string& why);
  void Touch() { stage_.touched(role_.number); }

  Stage& stage_;
  Role role_;
  State state_ = State::kWaiting;
  std::string failure_;
  std::optional<Timestamp> started_at_;  // the connection
  std::optional<Timestamp> first_event_;
  std::optional<Timestamp> complete_at_;
  std::unique_ptr<SocketIoClient> socket_;
  SendSide send_side_;
  ReceiveSide receive_side_;
  std::unique_ptr<MediaTransport> send_;
  std::unique_ptr<MediaTransport> receive_;
  Publisher publisher_;
  Receiver receiver_;
  std::string cname_;
  std::uint32_t producing_ = 0;  // not answered yet
  std::string video_producer_;
  bool in_meeting_ = false;
  bool sending_ = true;
  std::uint32_t resumed_ = 0;
  boost::json::object capabilities_;
  std::vector<ProducerNews> early_news_;  // before we know what the router can
};

}  // namespace kcs::load
