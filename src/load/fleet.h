#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/entropy.h"
#include "base/time.h"
#include "engine/crypto/dtls.h"
#include "io/event_loop.h"
#include "load/options.h"
#include "load/participant.h"
#include "load/process_watch.h"
#include "load/report.h"

namespace kcs::load {

// All participants of a test and its course: they join one after the other, media flows for a while, a time
// is measured, they stop sending, what is under way arrives, and they leave. One timer drives them all.
class Fleet {
 public:
  // For what is under way when sending ends.
  static constexpr Duration kDrain = 500ms;
  // Deadlines are kept within that.
  static constexpr Duration kTick = 1ms;

  struct Member {
    std::string user_id;
    std::string token;
    std::string meeting_id;
    bool publishes = false;
  };
  // Makes one whose signalling is the server's.
  using Maker = std::function<std::unique_ptr<Participant>(Stage& stage, Participant::Role role)>;
  // `members` in the order in which they join. `watch` outlives the fleet.
  Fleet(io::EventLoop& loop, Entropy& entropy, const Options& options, std::vector<Member> members,
        const Maker& make, ProcessWatch& watch);

  // `on_done` is called when everybody has left.
  void Start(std::function<void()> on_done);
  // Ends the measured time, or the joining, now; a second time: at once.
  void Interrupt();
  Report MakeReport() const;
  // For a person who waits: one line.
  std::string Progress();

 private:
  enum class Phase : std::uint8_t { kJoining, kWarmingUp, kMeasuring, kDraining, kDone };

  // The process-wide counts at some moment.
  struct Mark {
    Timestamp at{};
    std::uint64_t datagrams = 0;
    std::uint64_t bytes = 0;
    std::uint64_t padding = 0;
    std::uint64_t undecryptable = 0;
    std::uint64_t sent = 0;
    std::uint64_t sent_bytes = 0;
    std::uint64_t refused = 0;
    std::uint64_t key_frame_requests = 0;
  };
  struct Sent {
    std::uint64_t audio = 0;
    std::uint64_t video = 0;
  };

  void OnTimer();
  void JoinNext(Timestamp now);
  void Touch(std::uint32_t number);
  void Advance(Timestamp now);
  bool AllJoined(Timestamp now);
  void StartMeasuring(Timestamp now);
  void StopMeasuring(Timestamp now);
  void Finish();
  Mark MakeMark(Timestamp now) const;
  void CountStreams(Report& report) const;

  io::EventLoop& loop_;
  const Options& options_;
  crypto::DtlsContext dtls_;
  Buffers buffers_;
  SendTotals sent_totals_;
  Traffic traffic_;
  ProcessWatch& watch_;
  std::unordered_map<std::string, std::uint32_t> numbers_;  // by user id
  Stage stage_;
  std::vector<std::unique_ptr<Participant>> participants_;
  std::vector<Timestamp> deadlines_;  // by number: a dense array, since all are looked at every tick
  std::size_t joining_ = 0;           // the next one to join
  Timestamp next_join_{};
  std::size_t first_open_ = 0;  // all before it are complete or have failed
  Phase phase_ = Phase::kJoining;
  Timestamp phase_end_ = kNever;
  bool interrupted_ = false;
  Mark start_;
  Mark end_;
  Mark progress_;
  std::vector<Sent> sent_before_;
  Latency lateness_;
  Timestamp last_tick_{};
  std::function<void()> on_done_;
  io::Timer timer_;
};

}  // namespace kcs::load
