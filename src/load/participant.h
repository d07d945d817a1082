#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/time.h"
#include "load/media_transport.h"
#include "load/publisher.h"
#include "load/receiver.h"

namespace kcs::load {

// What all participants share.
struct Stage {
  MediaTransport::Environment media;
  Traffic& traffic;
  std::uint32_t video_bitrate = 0;  // bits per second; 0: no video
  bool audio = true;
  std::size_t encodings = 1;  // of a camera
  std::uint32_t verify_every = 1;
  std::uint32_t slower = 1;  // everything is sent so many times as seldom
  // The number that belongs to a user's id.
  std::function<std::uint32_t(const std::string& user_id)> number_of;
  std::uint32_t failed = 0;  // participants
  // Deadlines of this participant may have moved.
  std::function<void(std::uint32_t number)> touched;
};

// One client in one meeting: what it sends and receives, and how far it has come. What it and the server have
// to say to each other for that is its signalling, which derived classes add.
class Participant {
 public:
  struct Role {
    std::uint32_t number = 0;  // in the whole test
    std::string user_id;
    std::string token;  // that lets it in, if the signalling has such
    std::string meeting_id;
    bool publishes = false;
    std::uint32_t streams = 0;  // that it is to consume in the end
  };
  enum class State : std::uint8_t { kWaiting, kJoining, kComplete, kFailed };

  virtual ~Participant();
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
  // What protects its media; nothing before it is connected.
  std::optional<crypto::SrtpProfile> srtp() const;
  std::uint32_t consumers() const { return consumers_; }

 protected:
  Participant(Stage& stage, Role role);

  // Begins the signalling, and ends it.
  virtual void Connect() = 0;
  virtual void Disconnect() = 0;

  // What the signalling has to tell: the server answers; this end is in the meeting; one more stream, which
  // was given to receiver(), is on its way.
  void NoteFirstEvent();
  void NoteInMeeting();
  void NoteConsumer();
  // Nothing more comes of it. Only the first reason counts.
  void Fail(const std::string& why);
  // Deadlines may have moved.
  void Touch() { stage_.touched(role_.number); }
  // Begin to connect to where the server said. False: it has failed.
  bool OpenSend(const TransportOffer& offer);
  bool OpenReceive(const TransportOffer& offer);

  Stage& stage() { return stage_; }
  Publisher& media_publisher() { return publisher_; }
  const std::string& cname() const { return cname_; }

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
  std::unique_ptr<MediaTransport> Open(const TransportOffer& offer, MediaTransport::Owner& owner);
  bool MediaConnected() const;
  void SendMedia(Timestamp now);
  void SendFeedback(Timestamp now);
  void Judge();

  Stage& stage_;
  Role role_;
  State state_ = State::kWaiting;
  std::string failure_;
  std::optional<Timestamp> started_at_;  // the connection
  std::optional<Timestamp> first_event_;
  std::optional<Timestamp> complete_at_;
  SendSide send_side_;
  ReceiveSide receive_side_;
  std::unique_ptr<MediaTransport> send_;
  std::unique_ptr<MediaTransport> receive_;
  Publisher publisher_;
  Receiver receiver_;
  std::string cname_;
  bool in_meeting_ = false;
  bool sending_ = true;
  std::uint32_t consumers_ = 0;
};

}  // namespace kcs::load
