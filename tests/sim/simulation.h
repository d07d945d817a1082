#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "base/entropy.h"
#include "engine/sfu/worker_core.h"
#include "network.h"
#include "participant.h"
#include "pipe.h"

namespace kcs::sim {

// One worker and its meeting in virtual time, repeatable by seed.
class Simulation {
 public:
  static constexpr std::uint8_t kMidId = 1;
  static constexpr std::uint8_t kTransportCcId = 5;
  static constexpr std::uint8_t kAudioLevelId = 6;
  static constexpr std::uint8_t kAbsSendTimeId = 7;
  static constexpr std::uint8_t kDescriptorId = 12;
  static constexpr sfu::RouterId kRouter{1};
  static constexpr std::uint64_t kFirstPlace = 1'000'000'000;  // producer id of the first speaker place

  // `audio_last_n`: so many speakers are forwarded, over as many speaker places; 0: everybody.
  explicit Simulation(std::uint64_t seed, std::uint8_t audio_last_n = 0);

  Participant& Join(Link link = {});
  // A bottleneck for participants' links, whose times begin now.
  Pipe& AddPipe(const congestion::testing::LinkModel& model);
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
  void SendToCore(const Participant& from, const Tuple& tuple, std::vector<std::uint8_t> bytes);
  void SendToPeer(Participant& to, const Tuple& tuple, std::vector<std::uint8_t> bytes);
  void AdvancePipes();
  void DeliverToCore();
  void Note(std::uint64_t value) { digest_ = (digest_ ^ value) * 0x100000001b3ULL; }

  SeededEntropy entropy_;
  sfu::WorkerCore core_;
  crypto::Certificate client_certificate_;
  crypto::DtlsContext client_dtls_;
  sfu::WorkerOutput output_;
  Timestamp now_ = Timestamp(Duration(1s));
  std::vector<std::unique_ptr<Pipe>> pipes_;
  Wire to_core_;
  Wire to_peers_;
  std::vector<std::unique_ptr<Participant>> participants_;
  std::map<Tuple, Participant*> by_tuple_;
  std::uint64_t next_consumer_ = 1;
  std::uint32_t next_ssrc_ = 500'000'000;
  std::uint64_t digest_ = 0xcbf29ce484222325ULL;
};

}  // namespace kcs::sim
