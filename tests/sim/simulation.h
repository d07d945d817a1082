#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/entropy.h"
#include "engine/sfu/worker_core.h"
#include "engine/transport/testing/test_peer.h"
#include "media_sink.h"
#include "media_source.h"
#include "network.h"

namespace kcs::sim {

class Simulation;

// A simulated browser in a meeting: a transport to send, a transport to receive.
class Participant {
 public:
  Participant(Simulation& simulation, std::uint32_t number, Link link);

  std::uint32_t number() const { return number_; }
  Link link;

  MediaSource& Publish(const SourceOptions& options);
  // Everybody else's producers of now, and later ones as they come.
  MediaSink& Consume(const Participant& sender, std::size_t source);
  void Pause(const MediaSink& sink);
  void Resume(const MediaSink& sink);

  const std::vector<std::unique_ptr<MediaSource>>& sources() const { return sources_; }
  const std::vector<std::unique_ptr<MediaSink>>& sinks() const { return sinks_; }
  sfu::ProducerId producer(std::size_t source) const { return sfu::ProducerId(1000ULL * number_ + source); }
  bool connected() const { return send_.connected() && receive_.connected(); }
  std::uint64_t undecryptable() const { return receive_.undecryptable(); }
  sfu::TransportId send_transport() const { return sfu::TransportId(2ULL * number_); }
  sfu::TransportId receive_transport() const { return sfu::TransportId(2ULL * number_ + 1); }

  void Tick(Timestamp now);
  void Deliver(const Tuple& tuple, Bytes bytes, Timestamp now);

 private:
  friend class Simulation;
  struct Receiving {
    MediaSink* sink;
    sfu::ConsumerId consumer;
    bool rtx;
  };
  void OnSendersRtcp(Bytes compound);
  void OnReceiversRtcp(Bytes compound, Timestamp now);
  void SendReports(Timestamp now);
  void OnReceived(Bytes rtp, Timestamp now);
  void SendFeedback(Timestamp now);
  sfu::ConsumerId ConsumerOf(const MediaSink& sink) const;

  Simulation& simulation_;
  std::uint32_t number_;
  transport::testing::TestPeer send_;
  transport::testing::TestPeer receive_;
  Tuple send_tuple_;
  Tuple receive_tuple_;
  std::uint16_t transport_sequence_ = 1;
  std::vector<std::unique_ptr<MediaSource>> sources_;
  std::vector<std::unique_ptr<MediaSink>> sinks_;
  std::map<std::uint32_t, Receiving> by_ssrc_;
  struct LastReport {
    std::uint32_t compact_ntp;
    Timestamp at;
  };
  std::map<std::uint32_t, LastReport> sender_reports_;  // received, by SSRC
  Timestamp next_report_{};
};

// One worker and its meeting in virtual time, repeatable by seed.
class Simulation {
 public:
  static constexpr std::uint8_t kMidId = 1;
  static constexpr std::uint8_t kTransportCcId = 5;
  static constexpr std::uint8_t kAudioLevelId = 6;

  explicit Simulation(std::uint64_t seed);

  Participant& Join(Link link = {});
  void RunFor(Duration duration);
  Timestamp now() const { return now_; }
  sfu::WorkerCore& core() { return core_; }
  // Applies a command that must succeed.
  sfu::CommandReply Must(const sfu::Command& command);
  const std::vector<std::unique_ptr<Participant>>& participants() const { return participants_; }
  // A number that two runs share only if every packet of both was received alike.
  std::uint64_t digest() const { return digest_; }

 private:
  friend class Participant;
  void Step();
  void Flush();
  void Note(std::uint64_t value) { digest_ = (digest_ ^ value) * 0x100000001b3ULL; }

  SeededEntropy entropy_;
  sfu::WorkerCore core_;
  crypto::Certificate client_certificate_;
  crypto::DtlsContext client_dtls_;
  sfu::WorkerOutput output_;
  Timestamp now_ = Timestamp(Duration(1s));
  Wire to_core_;
  Wire to_peers_;
  std::vector<std::unique_ptr<Participant>> participants_;
  std::map<Tuple, Participant*> by_tuple_;
  std::uint64_t next_consumer_ = 1;
  std::uint32_t next_ssrc_ = 500'000'000;
  std::uint64_t digest_ = 0xcbf29ce484222325ULL;
};

}  // namespace kcs::sim
