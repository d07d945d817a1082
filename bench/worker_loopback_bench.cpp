// A worker's whole loop over real sockets on loopback, per forwarded packet: receive, forward, send. The
// senders' and the receivers' own work is not in the figures.
#include <map>

#include "bench/meeting.h"
#include "engine/worker/sockets.h"
#include "io/event_loop.h"

namespace kcs::bench {
namespace {

std::vector<SocketAddress> AddressesOf(const Sinks& sinks, const Traffic& traffic) {
  std::vector<SocketAddress> addresses;
  for (int i = 0; i < traffic.senders + traffic.receivers; ++i) addresses.push_back(sinks.address(i));
  return addresses;
}

// How a worker sends: datagram by datagram, in runs, or in runs that padding makes.
enum class Sends { kAlone, kRuns, kPaddedRuns };

class Worker {
 public:
  Worker(const Traffic& traffic, Sends sends)
      : traffic_(traffic),
        peers_(traffic.senders + traffic.receivers),
        meeting_(traffic, AddressesOf(peers_, traffic), sends == Sends::kPaddedRuns),
        sockets_(loop_, core().slab(), core().drops(),
                 {.on_datagrams = [this](auto batch) { OnDatagrams(batch); },
                  .on_connection_closed = [](const Tuple&) {}}) {
    KCS_CHECK(sockets_.Listen({.addresses = {SocketAddress::V4(127, 0, 0, 1, 0)},
                               .min_port = 40'000,
                               .max_port = 49'999,
                               .segmentation = sends != Sends::kAlone}));
    worker_ = SocketAddress::V4(127, 0, 0, 1, sockets_.listening().front().udp_port);
    for (std::size_t i = 0; i < meeting_.rig().members().size(); ++i) {
      peer_of_[meeting_.rig().members()[i].tuple] = i;
    }
  }

  // Lies the next round's packets into the worker's socket. Not to be timed.
  void Arrive() {
    const auto round = meeting_.NextRound();
    const auto senders = static_cast<std::size_t>(traffic_.senders);
    // In turn, as packets of several senders meet on their way.
    for (std::size_t i = 0; i < round.size(); ++i)
      Lay(round[i % senders * round.size() / senders + i / senders]);
    expected_ = round.size();
  }
  // The same with those of a part of it.
  void ArrivePart(int part) {
    const auto datagrams = meeting_.NextPart(part);
    for (const Meeting::Rig::Datagram& datagram : datagrams) Lay(datagram);
    expected_ = datagrams.size();
  }
  // The worker's turn, until all of them are dealt with. Returns how many packets left.
  std::size_t Work() {
    sent_ = 0;
    while (expected_ > 0) loop_.Run();
    core().OnTimeout(meeting_.rig().now(), output_);
    sent_ += output_.datagrams.datagrams().size();
    sockets_.Send(output_.datagrams, meeting_.rig().now());
    output_.Clear();
    return sent_;
  }
  // Returns how many packets the peers have got.
  std::size_t Empty() {
    return peers_.Empty([this](std::size_t peer, Bytes datagram) {
      meeting_.Observe(meeting_.rig().members()[peer].tuple, datagram);
    });
  }
  double DatagramsPerMessage() const {
    const io::SendCounters counters = sockets_.send_counters();
    return static_cast<double>(counters.datagrams) / static_cast<double>(counters.messages);
  }
  double PaddingShare() {
    const sfu::WorkerStats stats = core().stats();
    return static_cast<double>(stats.padding_sent) / static_cast<double>(stats.bytes_sent);
  }
  std::size_t forwarded_per_round() const { return meeting_.forwarded_per_round(); }

 private:
  sfu::WorkerCore& core() { return meeting_.rig().core(); }
  void Lay(const Meeting::Rig::Datagram& datagram) {
    const io::SendItem item{worker_, datagram.bytes};
    KCS_CHECK(peers_.socket(peer_of_.at(datagram.tuple)).SendBatch({&item, 1}).sent == 1);
  }

  // As the worker's process does it.
  void OnDatagrams(std::span<sfu::IngressDatagram> batch) {
    expected_ -= std::min(expected_, batch.size());
    const Timestamp now = meeting_.rig().now();
    core().OnDatagrams(batch, now, output_);
    for (;;) {
      sockets_.Send(output_.datagrams, now);
      sent_ += output_.datagrams.datagrams().size();
      output_.Clear();
      if (!core().Drain(now, output_) && output_.datagrams.empty()) break;
    }
    if (expected_ == 0) loop_.Stop();
  }

  Traffic traffic_;
  Sinks peers_;
  Meeting meeting_;
  std::map<Tuple, std::size_t> peer_of_;
  io::EventLoop loop_;
  worker_process::Sockets sockets_;
  sfu::WorkerOutput output_;
  SocketAddress worker_;
  std::size_t expected_ = 0;
  std::size_t sent_ = 0;
};

void WorkerLoopback(benchmark::State& state, const Traffic& traffic, Sends sends) {
  Worker worker(traffic, sends);
  Meter meter(state);
  for (auto _ : state) {
    worker.Arrive();
    meter.Time([&] { return worker.Work(); });
    if (worker.Empty() < worker.forwarded_per_round()) state.SkipWithError("packets were lost");
  }
  state.counters["datagrams_per_message"] = worker.DatagramsPerMessage();
  state.counters["padding"] = worker.PaddingShare();
}

void WorkerLoopbackReporting(benchmark::State& state, const Traffic& traffic) {
  Worker worker(traffic, Sends::kPaddedRuns);
  Meter meter(state);
  for (auto _ : state) {
    std::size_t sent = 0;
    std::size_t received = 0;
    for (int part = 0; part < Meeting::kParts; ++part) {
      worker.ArrivePart(part);
      meter.Time([&] {
        const std::size_t now = worker.Work();
        sent += now;
        return now;
      });
      received += worker.Empty();
    }
    if (received < sent) state.SkipWithError("packets were lost");
  }
}

BENCHMARK_CAPTURE(WorkerLoopback, video, kVideo, Sends::kPaddedRuns)->UseManualTime();
BENCHMARK_CAPTURE(WorkerLoopback, video_alone, kVideo, Sends::kAlone)->UseManualTime();
BENCHMARK_CAPTURE(WorkerLoopback, uneven_video, kUnevenVideo, Sends::kPaddedRuns)->UseManualTime();
BENCHMARK_CAPTURE(WorkerLoopback, uneven_video_unpadded, kUnevenVideo, Sends::kRuns)->UseManualTime();
BENCHMARK_CAPTURE(WorkerLoopback, gallery, kGallery, Sends::kPaddedRuns)->UseManualTime();
BENCHMARK_CAPTURE(WorkerLoopback, audio, kAudio, Sends::kPaddedRuns)->UseManualTime();
BENCHMARK_CAPTURE(WorkerLoopback, audio_alone, kAudio, Sends::kAlone)->UseManualTime();
BENCHMARK_CAPTURE(WorkerLoopback, uneven_audio, kUnevenAudio, Sends::kPaddedRuns)->UseManualTime();
BENCHMARK_CAPTURE(WorkerLoopback, uneven_audio_unpadded, kUnevenAudio, Sends::kRuns)->UseManualTime();
BENCHMARK_CAPTURE(WorkerLoopbackReporting, video, kVideoReporting)->UseManualTime();

}  // namespace
}  // namespace kcs::bench

BENCHMARK_MAIN();
