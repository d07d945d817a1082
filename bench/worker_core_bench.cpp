// What the engine costs without sockets, per forwarded packet: everything from a datagram in its slot to
// sealed datagrams in the outbox, and the timers of the time that passes (reports and feedback).
#include "bench/meeting.h"

namespace kcs::bench {
namespace {

void Measure(benchmark::State& state, Meeting& meeting) {
  Meter meter(state);
  for (auto _ : state) {
    meeting.rig().Load(meeting.NextRound());
    meter.Time([&] {
      const std::size_t forwarded = meeting.rig().Process();
      meeting.rig().RunTimers();
      return forwarded;
    });
  }
}

void WorkerCore(benchmark::State& state, const Traffic& traffic) {
  Meeting meeting(traffic);
  Measure(state, meeting);
}

// Made once for all runs: it takes seconds.
void WorkerCoreCrowded(benchmark::State& state, const Traffic& traffic) {
  static Meeting meeting(traffic);
  Measure(state, meeting);
}

// With what the receivers report, what that leads to, and what the pacer holds back for a moment.
void WorkerCoreReporting(benchmark::State& state, const Traffic& traffic) {
  Meeting meeting(traffic);
  Meter meter(state);
  meeting.rig().set_observer(
      [&](const transport::Outbox& outbox) { meter.Exclude([&] { meeting.Observe(outbox); }); });
  for (auto _ : state) {
    for (int part = 0; part < Meeting::kParts; ++part) {
      meeting.rig().Load(meeting.NextPart(part));
      meter.Time([&] {
        const std::size_t forwarded = meeting.rig().Process();
        return forwarded + meeting.rig().RunTimers();
      });
    }
  }
}

BENCHMARK_CAPTURE(WorkerCore, video, kVideo)->UseManualTime();
BENCHMARK_CAPTURE(WorkerCore, audio, kAudio)->UseManualTime();
BENCHMARK_CAPTURE(WorkerCore, few, kFew)->UseManualTime();
BENCHMARK_CAPTURE(WorkerCoreCrowded, few_among_many, kFewAmongMany)->UseManualTime();
BENCHMARK_CAPTURE(WorkerCoreReporting, video, kVideoReporting)->UseManualTime();

}  // namespace
}  // namespace kcs::bench

BENCHMARK_MAIN();
