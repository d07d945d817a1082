#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "base/bytes.h"
#include "base/result.h"
#include "engine/crypto/srtp_key.h"
#include "engine/crypto/srtp_session_keys.h"

// SRTP and SRTCP (RFC 3711, RFC 7714) for one peer: a sealer for what we send, an opener for what we receive.
// Both belong to the thread whose backend they were made with. No allocation per packet; an opener allocates
// when a new SSRC proves authentic.
namespace kcs::crypto {

class SrtpBackend;
class SrtpCipher;

// The cipher backend of this thread: intel-ipsec-mb where the CPU runs it, else OpenSSL.
SrtpBackend& DefaultBackend();

class SrtpSealer;

// One RTP packet to protect: out = header | encrypted(prefix | body) | tag.
struct SealJob {
  const SrtpSealer* sealer = nullptr;
  std::uint32_t ssrc = 0;   // as in the header
  std::uint64_t index = 0;  // 48 bits: roll-over counter << 16 | sequence number; the counter is the caller's
  Bytes header{};  // fixed header, CSRCs and extension: authenticated, clear; may already lie at `out`
  Bytes prefix{};  // plaintext put in front of the body (RTX's OSN, a rewritten descriptor); may be empty
  Bytes body{};    // plaintext; never modified, must not overlap `out`
  std::uint8_t* out = nullptr;  // header + prefix + body + RtpOverhead(profile) bytes
};

class SrtpSealer {
 public:
  explicit SrtpSealer(const SrtpKey& key, SrtpBackend& backend = DefaultBackend());
  ~SrtpSealer();
  SrtpSealer(SrtpSealer&&) noexcept;
  SrtpSealer& operator=(SrtpSealer&&) noexcept;

  SrtpProfile profile() const;

  // A packet will be sealed soon: fetches what that takes. Of the two the first goes before, since it has
  // where the keys are.
  void Prefetch() const;
  void PrefetchKeys() const;

  // Seals any number of packets of any number of receivers. Many at once are cheaper: HMAC-SHA1 works on up
  // to 16 packets side by side.
  static void SealRtp(std::span<const SealJob> jobs);
  static std::size_t SealedSize(const SealJob& job);

  // Protects a compound RTCP packet and numbers it (31-bit SRTCP index). `out` needs RtcpOverhead(profile)
  // bytes more than `compound`, and may begin at the same address. Returns the size; 0 when the packet is
  // shorter than its 8-byte header, `out` is too small, or 2^31 packets were sealed with this key (RFC
  // 3711 9.2).
  std::size_t SealRtcp(Bytes compound, MutableBytes out);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

enum class SrtpError : std::uint8_t { kTooShort, kAuthFailed, kReplayed };
const char* ToString(SrtpError error);

class SrtpOpener {
 public:
  static constexpr std::size_t kMaxStreams = 256;
  static constexpr std::uint64_t kRtpReplayWindow = 1024;  // packets
  static constexpr std::uint64_t kRtcpReplayWindow = 64;

  explicit SrtpOpener(const SrtpKey& key, SrtpBackend& backend = DefaultBackend());
  ~SrtpOpener();
  SrtpOpener(SrtpOpener&&) noexcept;
  SrtpOpener& operator=(SrtpOpener&&) noexcept;

  SrtpProfile profile() const;

  // Opens in place; returns the size of the plaintext packet. `header_size` is that of the clear RTP header
  // with CSRCs and extension. After an error the packet's bytes behind the header are worthless; no state has
  // changed.
  Result<std::size_t, SrtpError> OpenRtp(MutableBytes packet, std::size_t header_size);
  Result<std::size_t, SrtpError> OpenRtcp(MutableBytes packet);

  // A packet will be opened soon: fetches what that takes, in two steps like those of SrtpSealer.
  void Prefetch() const;
  void PrefetchKeys(SrtpPacketKind kind) const;

  // Streams whose roll-over counter and replay windows are kept, at most kMaxStreams: in a long session the
  // one that was silent for longest makes room for a new one.
  std::size_t stream_count() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace kcs::crypto
