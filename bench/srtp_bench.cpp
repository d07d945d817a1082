#include <benchmark/benchmark.h>

#include <memory>
#include <string>
#include <vector>

#include "base/entropy.h"
#include "engine/crypto/srtp.h"
#include "engine/crypto/srtp_backend.h"

// Nanoseconds to seal and to open one packet; the argument is the payload's size in bytes.
namespace kcs::crypto {
namespace {

constexpr std::size_t kHeader = 12;
constexpr std::size_t kBurst = 32;
constexpr std::array<const char*, kSrtpProfileCount> kProfileNames = {"gcm128", "gcm256", "cm128"};

SrtpKey KeyFor(SrtpProfile profile) {
  SeededEntropy entropy(1);
  SrtpKey key{.profile = profile, .key_size = MasterKeySize(profile), .salt_size = MasterSaltSize(profile)};
  entropy.Fill(key.key);
  entropy.Fill(key.salt);
  return key;
}

std::unique_ptr<SrtpBackend> Make(bool fast) { return fast ? MakeIpsecMbBackend() : MakeOpenSslBackend(); }

// A burst for one receiver, from one buffer to another, `prefix` bytes of it in front of the body.
void Seal(benchmark::State& state, SrtpProfile profile, bool fast, std::size_t burst, std::size_t prefix) {
  const auto backend = Make(fast);
  const SrtpSealer sealer(KeyFor(profile), *backend);
  const std::size_t payload = static_cast<std::size_t>(state.range(0));
  const std::size_t size = kHeader + payload;
  std::vector<std::uint8_t> plain(burst * size, 0x55);
  std::vector<std::uint8_t> out(burst * (size + kMaxRtpOverhead));
  std::vector<SealJob> jobs(burst);
  for (std::size_t i = 0; i < burst; ++i) {
    const Bytes packet = Bytes(plain).subspan(i * size, size);
    jobs[i] = {.sealer = &sealer,
               .ssrc = 1,
               .header = packet.first(kHeader),
               .prefix = packet.subspan(kHeader, prefix),
               .body = packet.subspan(kHeader + prefix),
               .out = out.data() + i * (size + kMaxRtpOverhead)};
  }
  std::uint64_t index = 0;
  for (auto _ : state) {
    for (SealJob& job : jobs) job.index = ++index;
    SrtpSealer::SealRtp(jobs);
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations() * burst));
  state.counters["ns_per_packet"] =
      benchmark::Counter(static_cast<double>(state.iterations() * burst) / 1e9,
                         benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

void Open(benchmark::State& state, SrtpProfile profile, bool fast) {
  const auto backend = Make(fast);
  const SrtpSealer sealer(KeyFor(profile), *backend);
  SrtpOpener opener(KeyFor(profile), *backend);
  const std::size_t payload = static_cast<std::size_t>(state.range(0));
  const std::size_t sealed = kHeader + payload + RtpOverhead(profile);
  const std::vector<std::uint8_t> plain(kHeader + payload, 0x55);
  std::vector<std::uint8_t> packets(kBurst * sealed);
  std::uint64_t index = 0;
  for (auto _ : state) {
    state.PauseTiming();
    for (std::size_t i = 0; i < kBurst; ++i, ++index) {
      std::vector<std::uint8_t> header(plain.begin(), plain.begin() + kHeader);
      StoreU16(header.data() + 2, static_cast<std::uint16_t>(index));
      const SealJob job{.sealer = &sealer,
                        .ssrc = LoadU32(plain.data() + 8),
                        .index = index,
                        .header = header,
                        .body = Bytes(plain).subspan(kHeader),
                        .out = packets.data() + i * sealed};
      SrtpSealer::SealRtp({&job, 1});
    }
    state.ResumeTiming();
    for (std::size_t i = 0; i < kBurst; ++i) {
      if (!opener.OpenRtp(MutableBytes(packets).subspan(i * sealed, sealed), kHeader)) {
        state.SkipWithError("not opened");
      }
    }
  }
  state.counters["ns_per_packet"] =
      benchmark::Counter(static_cast<double>(state.iterations() * kBurst) / 1e9,
                         benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

void RegisterAll() {
  const bool have_fast = MakeIpsecMbBackend() != nullptr;
  for (std::size_t p = 0; p < kSrtpProfileCount; ++p) {
    const auto profile = static_cast<SrtpProfile>(p);
    for (const bool fast : {true, false}) {
      if (fast && !have_fast) continue;
      const std::string name = std::string("/") + kProfileNames[p] + (fast ? "/ipsec-mb" : "/openssl");
      const auto add_seal = [&](const std::string& kind, std::size_t burst, std::size_t prefix) {
        benchmark::RegisterBenchmark(("seal_" + kind + name).c_str(), Seal, profile, fast, burst, prefix)
            ->Arg(160)
            ->Arg(1188);
      };
      add_seal("burst", kBurst, 0);
      add_seal("single", 1, 0);
      add_seal("prefix", kBurst, 2);
      benchmark::RegisterBenchmark(("open" + name).c_str(), Open, profile, fast)->Arg(160)->Arg(1188);
    }
  }
}

}  // namespace
}  // namespace kcs::crypto

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  kcs::crypto::RegisterAll();
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
