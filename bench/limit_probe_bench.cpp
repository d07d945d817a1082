// The least that forwarding can cost with these ciphers and these system calls: the worker's traffic sealed
// and sent, and nothing else. Datagram by datagram, and with all that one receiver gets of a round as one
// message (UDP segmentation offload), which is the true limit.
#include <array>
#include <chrono>
#include <memory>
#include <string>
#include <thread>

#include "base/bytes.h"
#include "base/entropy.h"
#include "bench/support.h"
#include "engine/crypto/srtp.h"
#include "engine/crypto/srtp_backend.h"
#include "io/event_loop.h"

namespace kcs::bench {
namespace {

enum class Part { kSeal, kSend, kBoth };

constexpr std::size_t kHeader = 20;  // with an extension of two elements
constexpr std::size_t kJobs = 64;
constexpr std::size_t kOutbox = 512 * 1024;  // as large as a worker's

class Probe {
 public:
  Probe(const Traffic& traffic, Part part, bool segmentation)
      : traffic_(traffic),
        part_(part),
        sinks_(traffic.receivers),
        socket_(Socket(segmentation)),
        source_(static_cast<std::size_t>(PacketsPerReceiver()),
                std::vector<std::uint8_t>(traffic.packet_size, 0x55)),
        sealed_size_(traffic.packet_size + crypto::RtpOverhead(kProfile)),
        memory_(kOutbox) {
    SeededEntropy entropy(1);
    for (int i = 0; i < traffic.receivers; ++i) {
      crypto::SrtpKey key{.profile = kProfile,
                          .key_size = crypto::MasterKeySize(kProfile),
                          .salt_size = crypto::MasterSaltSize(kProfile)};
      entropy.Fill(key.key);
      entropy.Fill(key.salt);
      sealers_.push_back(std::make_unique<crypto::SrtpSealer>(key));
    }
    jobs_.reserve(kJobs);
    items_.reserve(kOutbox / sealed_size_ + 1);
  }

  // One round to everybody; how many packets that was.
  std::size_t Round() {
    std::size_t packets = 0;
    for (int r = 0; r < traffic_.receivers; ++r) {
      if (used_ + source_.size() * sealed_size_ > kOutbox) Flush();
      for (std::size_t i = 0; i < source_.size(); ++i, ++packets) Add(r, i);
    }
    Flush();
    index_ += source_.size();
    return packets;
  }
  void Empty() { sinks_.Empty(); }
  Sinks& sinks() { return sinks_; }

 private:
  static constexpr auto kProfile = crypto::SrtpProfile::kAeadAes128Gcm;

  static io::UdpSocket Socket(bool segmentation) {
    auto socket = io::UdpSocket::Bind(SocketAddress::V4(127, 0, 0, 1, 0),
                                      {.segmentation = segmentation, .send_messages = nullptr});
    KCS_CHECK(socket);
    return std::move(*socket);
  }
  int PacketsPerReceiver() const { return traffic_.senders * traffic_.packets_per_sender; }

  void Add(int receiver, std::size_t i) {
    std::uint8_t* out = memory_.data() + used_;
    if (part_ != Part::kSend) {
      std::copy_n(source_[i].data(), kHeader, out);
      jobs_.push_back({.sealer = sealers_[static_cast<std::size_t>(receiver)].get(),
                       .ssrc = 1,
                       .index = index_ + i,
                       .header = {out, kHeader},
                       .body = Bytes(source_[i]).subspan(kHeader),
                       .out = out});
      if (jobs_.size() == kJobs) Seal();
    }
    if (part_ != Part::kSeal) items_.push_back({sinks_.address(receiver), {out, sealed_size_}});
    used_ += sealed_size_;
  }
  void Seal() {
    crypto::SrtpSealer::SealRtp(jobs_);
    jobs_.clear();
  }
  void Flush() {
    if (!jobs_.empty()) Seal();
    if (!items_.empty()) KCS_CHECK(socket_.SendBatch(items_).sent == items_.size());
    items_.clear();
    used_ = 0;
    benchmark::ClobberMemory();
  }

  Traffic traffic_;
  Part part_;
  Sinks sinks_;
  io::UdpSocket socket_;
  std::vector<std::vector<std::uint8_t>> source_;
  std::size_t sealed_size_;
  std::vector<std::uint8_t> memory_;
  std::size_t used_ = 0;
  std::vector<std::unique_ptr<crypto::SrtpSealer>> sealers_;
  std::vector<crypto::SealJob> jobs_;
  std::vector<io::SendItem> items_;
  std::uint64_t index_ = 1;
};

void LimitProbe(benchmark::State& state, const Traffic& traffic, Part part, bool segmentation = true) {
  Probe probe(traffic, part, segmentation);
  Meter meter(state);
  for (auto _ : state) {
    meter.Time([&] { return probe.Round(); });
    probe.Empty();
  }
}

// Who receives, on another core: reads each socket when something has come, as clients do.
class Readers {
 public:
  Readers(Sinks& sinks, int count) {
    for (int i = 0; i < count; ++i) {
      io::UdpSocket& socket = sinks.socket(static_cast<std::size_t>(i));
      watches_.emplace_back(loop_, socket.native_handle());
      watches_.back().OnReadable([this, &socket] { socket.ReceiveBatch(slots_); });
    }
    for (std::size_t i = 0; i < slots_.size(); ++i) slots_[i].buffer = memory_[i];
    thread_ = std::thread([this] { loop_.Run(); });
  }
  ~Readers() {
    loop_.Stop();
    thread_.join();
  }
  Readers(const Readers&) = delete;
  Readers& operator=(const Readers&) = delete;

 private:
  io::EventLoop loop_;
  std::array<std::array<std::uint8_t, 2048>, 16> memory_{};
  std::array<io::ReceiveSlot, 16> slots_;
  std::vector<io::FdWatch> watches_;
  std::thread thread_;
};

// The same when it is due and not at once after the last round, to receivers that are woken: what of a
// server's cost under load comes from caches that others have used meanwhile, and from loopback.
void LimitProbeInTime(benchmark::State& state, const Traffic& traffic) {
  Probe probe(traffic, Part::kBoth, true);
  const Readers readers(probe.sinks(), traffic.receivers);
  Meter meter(state);
  auto due = std::chrono::steady_clock::now();
  for (auto _ : state) {
    due += std::chrono::microseconds(1'000'000 / traffic.rounds_per_second);
    std::this_thread::sleep_until(due);
    meter.Time([&] { return probe.Round(); });
  }
}

BENCHMARK_CAPTURE(LimitProbe, video_seal, kVideo, Part::kSeal)->UseManualTime();
BENCHMARK_CAPTURE(LimitProbe, video_send, kVideo, Part::kSend)->UseManualTime();
BENCHMARK_CAPTURE(LimitProbe, video_seal_and_send, kVideo, Part::kBoth)->UseManualTime();
BENCHMARK_CAPTURE(LimitProbe, video_send_alone, kVideo, Part::kSend, false)->UseManualTime();
BENCHMARK_CAPTURE(LimitProbe, video_seal_and_send_alone, kVideo, Part::kBoth, false)->UseManualTime();
BENCHMARK_CAPTURE(LimitProbe, audio_seal, kAudio, Part::kSeal)->UseManualTime();
BENCHMARK_CAPTURE(LimitProbe, audio_send, kAudio, Part::kSend)->UseManualTime();
BENCHMARK_CAPTURE(LimitProbe, audio_seal_and_send, kAudio, Part::kBoth)->UseManualTime();
BENCHMARK_CAPTURE(LimitProbe, audio_send_alone, kAudio, Part::kSend, false)->UseManualTime();
BENCHMARK_CAPTURE(LimitProbe, audio_seal_and_send_alone, kAudio, Part::kBoth, false)->UseManualTime();

// What a picture costs once (waking up to caches that are cold) is shared by those who get it.
constexpr Traffic VideoTo(int receivers) { return {"video", 1, receivers, 6, 1200, 30}; }
BENCHMARK_CAPTURE(LimitProbeInTime, video_50_seal_and_send, VideoTo(50))->UseManualTime()->Iterations(90);
BENCHMARK_CAPTURE(LimitProbeInTime, video_100_seal_and_send, VideoTo(100))->UseManualTime()->Iterations(90);
BENCHMARK_CAPTURE(LimitProbeInTime, video_200_seal_and_send, VideoTo(200))->UseManualTime()->Iterations(90);
BENCHMARK_CAPTURE(LimitProbeInTime, video_300_seal_and_send, VideoTo(300))->UseManualTime()->Iterations(90);
// What is due at one time in meetings: a picture, and a voice, of one of ten in ten meetings; one of ten
// voices for a hundred. No two of them speak at the same instant.
constexpr Traffic kSmallPicture = {"small_picture", 1, 9, 2, 1040, 3000};
constexpr Traffic kSmallVoice = {"small_voice", 1, 9, 1, 100, 5000};
constexpr Traffic kVoice = {"voice", 1, 100, 1, 100, 500};
BENCHMARK_CAPTURE(LimitProbeInTime, small_picture_seal_and_send, kSmallPicture)
    ->UseManualTime()
    ->Iterations(9000);
BENCHMARK_CAPTURE(LimitProbeInTime, small_voice_seal_and_send, kSmallVoice)
    ->UseManualTime()
    ->Iterations(15000);
BENCHMARK_CAPTURE(LimitProbeInTime, voice_seal_and_send, kVoice)->UseManualTime()->Iterations(1500);

}  // namespace
}  // namespace kcs::bench

BENCHMARK_MAIN();
