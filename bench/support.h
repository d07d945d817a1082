#pragma once

#include <benchmark/benchmark.h>
#include <time.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include "base/check.h"
#include "io/udp_socket.h"

// What the benchmarks share. Times are CPU time of the thread that works, so that a busy machine disturbs
// them as little as possible.
namespace kcs::bench {

// The kinds of traffic. One round is what arrives at a time: a video frame, or 20 ms of ten talkers.
struct Traffic {
  const char* name;
  int senders;
  int receivers;
  int packets_per_sender;   // in a round
  std::size_t packet_size;  // of RTP before sealing; the most, if it is uneven
  int rounds_per_second;
  bool reporting = false;  // the receivers do, so they are estimated, paced and probed
  bool uneven = false;
  int crowd = 0;  // other transports, each with ten consumers of producers that send nothing
};
inline constexpr Traffic kVideo = {"video", 1, 200, 6, 1200, 30};
inline constexpr Traffic kVideoReporting = {"video_reporting", 1, 200, 6, 1200, 30, true};
inline constexpr Traffic kAudio = {"audio", 10, 100, 1, 100, 50};
// A small meeting, alone in its worker and beside all that a worker may have to hold.
inline constexpr Traffic kFew = {"few", 1, 10, 6, 1200, 30};
inline constexpr Traffic kFewAmongMany = {"few_among_many", 1, 10, 6, 1200, 30, false, false, 2000};
// Many cameras at once: more than one receive call has to offer.
inline constexpr Traffic kGallery = {"gallery", 40, 20, 6, 1200, 30};
// As senders really make them: a frame split into packets of which the first are a byte shorter, and sound
// whose encoder spends what it needs, here 80 to 120 bytes.
inline constexpr Traffic kUnevenVideo = {"uneven video", 1, 200, 6, 1200, 30, false, true};
inline constexpr Traffic kUnevenAudio = {"uneven audio", 10, 100, 1, 120, 50, false, true};

// The size of the packet `number` of a round in which there are several, or of the sender `number`.
inline std::size_t SizeOf(const Traffic& traffic, int round, int number) {
  if (!traffic.uneven) return traffic.packet_size;
  if (traffic.packets_per_sender > 1) return traffic.packet_size - (number < 2 ? 1 : 0);
  // Some of 41 sizes, each as often as any other.
  return traffic.packet_size - static_cast<std::size_t>((round * 17 + number * 29) % 41);
}

inline std::int64_t ThreadCpuNs() {
  timespec t{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return std::int64_t{t.tv_sec} * 1'000'000'000 + t.tv_nsec;
}

// Sums up the timed parts of one benchmark; an iteration is a round.
class Meter {
 public:
  explicit Meter(benchmark::State& state) : state_(state) {}
  ~Meter() {
    state_.counters["ns_per_packet"] = packets_ == 0 ? 0 : static_cast<double>(ns_) / packets_;
    state_.SetItemsProcessed(static_cast<std::int64_t>(packets_));
  }
  Meter(const Meter&) = delete;
  Meter& operator=(const Meter&) = delete;

  // Times work(), which returns how many packets it made: a round, or a part of one.
  template <typename Work>
  void Time(Work work) {
    untimed_ns_ = 0;
    const std::int64_t begin = ThreadCpuNs();
    const std::size_t packets = work();
    const std::int64_t ns = ThreadCpuNs() - begin - untimed_ns_;
    ns_ += ns;
    packets_ += static_cast<double>(packets);
    state_.SetIterationTime(static_cast<double>(ns) / 1e9);  // adds up within an iteration
  }
  // Within work(): what is not a part of it.
  template <typename Work>
  void Exclude(Work work) {
    const std::int64_t begin = ThreadCpuNs();
    work();
    untimed_ns_ += ThreadCpuNs() - begin;
  }

 private:
  benchmark::State& state_;
  std::int64_t ns_ = 0;
  std::int64_t untimed_ns_ = 0;
  double packets_ = 0;
};

// Sockets on loopback that receive and forget. They are emptied outside of the timed parts: a full one would
// make sending cheaper than it is.
class Sinks {
 public:
  explicit Sinks(int count) {
    for (int i = 0; i < count; ++i) {
      auto socket = io::UdpSocket::Bind(SocketAddress::V4(127, 0, 0, 1, 0));
      KCS_CHECK(socket);
      sockets_.push_back(std::move(*socket));
    }
    for (std::size_t i = 0; i < slots_.size(); ++i) slots_[i].buffer = memory_[i];
  }
  const SocketAddress& address(int i) const { return sockets_[static_cast<std::size_t>(i)].local_address(); }
  io::UdpSocket& socket(std::size_t i) { return sockets_[i]; }
  // Returns how many datagrams had arrived, after see(index of the socket, datagram) for each.
  template <typename See>
  std::size_t Empty(See see) {
    std::size_t total = 0;
    for (std::size_t s = 0; s < sockets_.size(); ++s) {
      while (const std::size_t count = sockets_[s].ReceiveBatch(slots_)) {
        total += count;
        for (std::size_t i = 0; i < count; ++i) see(s, std::span(slots_[i].buffer).first(slots_[i].size));
      }
    }
    return total;
  }
  std::size_t Empty() {
    return Empty([](std::size_t, Bytes) {});
  }

 private:
  std::vector<io::UdpSocket> sockets_;
  std::array<std::array<std::uint8_t, 2048>, 16> memory_{};
  std::array<io::ReceiveSlot, 16> slots_;
};

}  // namespace kcs::bench
