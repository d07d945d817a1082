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

class Worker {
 public:
  explicit Worker(const Traffic& traffic)
      : peers_(traffic.senders + traffic.receivers),
        meeting_(traffic, AddressesOf(peers_, traffic)),
        sockets_(loop_, core().slab(), core().drops(),
                 {.on_datagrams = [this](auto batch) { OnDatagrams(batch); },
                  .on_connection_closed = [](const Tuple&) {}}) {
    KCS_CHECK(sockets_.Listen(
        {.addresses = {SocketAddress::V4(127, 0, 0, 1, 0)}, .min_port = 40'000, .max_port = 49'999}));
    worker_ = SocketAddress::V4(127, 0, 0, 1, sockets_.listening().front().udp_port);
    for (std::size_t i = 0; i < meeting_.rig().members().size(); ++i) {
      peer_of_[meeting_.rig().members()[i].tuple] = i;
    }
  }

  // Lies the next round's packets into the worker's socket. Not to be timed.
  void Arrive() { Arrive(meeting_.NextRound()); }
  // The same with those of a part of it.
  void ArrivePart(int part) { Arrive(meeting_.NextPart(part)); }
  // The worker's turn, until all of them are dealt with. Returns how many packets left.
  std::size_t Work() {
    sent_ = 0;
    while (expected_ > 0) loop_.Run();
    core().OnTimeout(meeting_.rig().now(), output_);
    sent_ += output_.datagrams.datagrams().size();
    sockets_.Send(output_.datagrams);
    output_.Clear();
    return sent_;
  }
  // Returns how many packets the peers have got.
  std::size_t Empty() {
    return peers_.Empty([this](std::size_t peer, Bytes datagram) {
      meeting_.Observe(meeting_.rig().members()[peer].tuple, datagram);
    });
  }
  std::size_t forwarded_per_round() const { return meeting_.forwarded_per_round(); }

 private:
  sfu::WorkerCore& core() { return meeting_.rig().core(); }
  void Arrive(std::span<const Meeting::Rig::Datagram> datagrams) {
    for (const Meeting::Rig::Datagram& datagram : datagrams) {
      const io::SendItem item{worker_, datagram.bytes};
      KCS_CHECK(peers_.socket(peer_of_.at(datagram.tuple)).SendBatch({&item, 1}).sent == 1);
    }
    expected_ = datagrams.size();
  }

  // As the worker's process does it.
  void OnDatagrams(std::span<sfu::IngressDatagram> batch) {
    expected_ -= std::min(expected_, batch.size());
    const Timestamp now = meeting_.rig().now();
    core().OnDatagrams(batch, now, output_);
    for (;;) {
      sockets_.Send(output_.datagrams);
      sent_ += output_.datagrams.datagrams().size();
      output_.Clear();
      if (!core().Drain(now, output_) && output_.datagrams.empty()) break;
    }
    if (expected_ == 0) loop_.Stop();
  }

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

void WorkerLoopback(benchmark::State& state, const Traffic& traffic) {
  Worker worker(traffic);
  Meter meter(state);
  for (auto _ : state) {
    worker.Arrive();
    meter.Time([&] { return worker.Work(); });
    if (worker.Empty() < worker.forwarded_per_round()) state.SkipWithError("packets were lost");
  }
}

void WorkerLoopbackReporting(benchmark::State& state, const Traffic& traffic) {
  Worker worker(traffic);
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

BENCHMARK_CAPTURE(WorkerLoopback, video, kVideo)->UseManualTime();
BENCHMARK_CAPTURE(WorkerLoopback, audio, kAudio)->UseManualTime();
BENCHMARK_CAPTURE(WorkerLoopbackReporting, video, kVideoReporting)->UseManualTime();

}  // namespace
}  // namespace kcs::bench

BENCHMARK_MAIN();
