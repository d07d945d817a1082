#include <algorithm>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/bytes.h"
#include "base/check.h"
#include "base/entropy.h"
#include "engine/crypto/srtp.h"
#include "engine/crypto/srtp_backend.h"

// Byte 0 chooses profile, backend and game: foreign bytes as RTP or RTCP, which must never open; or packets
// sealed by us in an odd shape, which both backends must seal alike, open once, and refuse when damaged.
namespace kcs::crypto {
namespace {

using Packet = std::vector<std::uint8_t>;

struct Backends {
  std::unique_ptr<SrtpBackend> openssl = MakeOpenSslBackend();
  std::unique_ptr<SrtpBackend> fast = MakeIpsecMbBackend();
};

SrtpKey KeyFor(SrtpProfile profile) {
  SrtpKey key{.profile = profile, .key_size = MasterKeySize(profile), .salt_size = MasterSaltSize(profile)};
  SeededEntropy entropy(9);
  entropy.Fill(key.key);
  entropy.Fill(key.salt);
  return key;
}

Packet Seal(const SrtpKey& key, SrtpBackend& backend, Bytes plain, std::size_t header, std::size_t prefix,
            std::uint64_t index) {
  const SrtpSealer sealer(key, backend);
  Packet out(plain.size() + RtpOverhead(key.profile));
  const SealJob job{.sealer = &sealer,
                    .ssrc = LoadU32(plain.data() + 8),
                    .index = index,
                    .header = plain.first(header),
                    .prefix = plain.subspan(header, prefix),
                    .body = plain.subspan(header + prefix),
                    .out = out.data()};
  SrtpSealer::SealRtp({&job, 1});
  return out;
}

void OpenForeign(SrtpOpener& opener, ByteReader& input) {
  const std::size_t header = input.U8();
  const Bytes bytes = input.Rest();
  Packet packet(bytes.begin(), bytes.end());
  KCS_CHECK(!opener.OpenRtp(packet, header));
  packet.assign(bytes.begin(), bytes.end());
  KCS_CHECK(!opener.OpenRtcp(packet));
  KCS_CHECK(opener.stream_count() == 0);
}

void RoundTrip(const SrtpKey& key, SrtpBackend& backend, SrtpBackend& twin, ByteReader& input) {
  const std::uint64_t counter = input.U8() % 4;
  const std::size_t header_wish = input.U8();
  const std::size_t prefix_wish = input.U8();
  const std::size_t damage_at = input.U16();
  const Bytes plain = input.Rest();
  if (plain.size() < 12) return;
  const std::size_t header = std::clamp<std::size_t>(header_wish, 12, plain.size());
  const std::size_t prefix = std::min(prefix_wish, plain.size() - header);
  const std::uint64_t index = (counter << 16) | LoadU16(plain.data() + 2);

  Packet packet = Seal(key, backend, plain, header, prefix, index);
  KCS_CHECK(packet == Seal(key, twin, plain, header, prefix, index));
  SrtpOpener opener(key, twin);
  Packet damaged = packet;
  damaged[damage_at % damaged.size()] ^= 1;
  KCS_CHECK(!opener.OpenRtp(damaged, header));
  Packet again = packet;
  KCS_CHECK(opener.OpenRtp(packet, header) == plain.size());
  KCS_CHECK(std::equal(plain.begin(), plain.end(), packet.begin()));
  KCS_CHECK(!opener.OpenRtp(again, header));
}

}  // namespace
}  // namespace kcs::crypto

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace kcs::crypto;
  static Backends backends;
  kcs::ByteReader input(kcs::Bytes(data, size));
  const std::uint8_t mode = input.U8();
  const SrtpKey key = KeyFor(static_cast<SrtpProfile>(mode % kSrtpProfileCount));
  SrtpBackend& portable = *backends.openssl;
  SrtpBackend& fast = backends.fast ? *backends.fast : portable;
  const bool swap = (mode & 0x40) != 0;
  if ((mode & 0x80) != 0) {
    RoundTrip(key, swap ? portable : fast, swap ? fast : portable, input);
  } else {
    SrtpOpener opener(key, swap ? portable : fast);
    OpenForeign(opener, input);
  }
  return 0;
}
