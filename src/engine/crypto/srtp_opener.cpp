#include <algorithm>
#include <boost/unordered/unordered_flat_map.hpp>
#include <optional>

#include "base/prefetch.h"
#include "engine/crypto/replay_window.h"
#include "engine/crypto/srtp.h"
#include "engine/crypto/srtp_backend.h"

namespace kcs::crypto {
namespace {

constexpr std::size_t kMinRtpHeader = 12;
constexpr std::size_t kRtcpClearHeader = 8;
constexpr std::uint32_t kEncryptedFlag = 0x8000'0000;

// Roll-over counters tried on a stream that nothing is known about. Its first packets may all have been lost,
// and a sender that starts just below 65,536 is then past its first wrap.
constexpr std::uint64_t kFirstCounters = 4;

struct Stream {
  ReplayWindow<SrtpOpener::kRtpReplayWindow> rtp;
  ReplayWindow<SrtpOpener::kRtcpReplayWindow> rtcp;
  std::uint64_t last_used = 0;  // of Impl::opened
};

// RFC 3711 3.3.1: the index with this sequence number nearest to the highest one received.
std::uint64_t EstimateIndex(std::uint64_t highest, std::uint16_t sequence) {
  const std::uint64_t counter = highest >> 16;
  const int difference = int{sequence} - static_cast<int>(highest & 0xffff);
  std::uint64_t guess = counter;
  if (difference < -0x8000) guess = counter + 1;
  if (difference > 0x8000 && counter > 0) guess = counter - 1;
  return (guess << 16) | sequence;
}

}  // namespace

const char* ToString(SrtpError error) {
  switch (error) {
    case SrtpError::kTooShort:
      return "too short";
    case SrtpError::kAuthFailed:
      return "authentication failed";
    case SrtpError::kReplayed:
      return "replayed";
  }
  return "?";
}

struct SrtpOpener::Impl {
  Impl(const SrtpKey& key, SrtpBackend& chosen, const SrtpSessionKeys& rtp, const SrtpSessionKeys& rtcp)
      : profile(key.profile),
        backend(&chosen),
        rtp_cipher(chosen.MakeCipher(rtp, SrtpBackend::Direction::kOpen)),
        rtcp_cipher(chosen.MakeCipher(rtcp, SrtpBackend::Direction::kOpen)),
        rtp_iv(rtp),
        rtcp_iv(rtcp) {}

  bool TryIndex(MutableBytes packet, std::size_t header_size, std::uint32_t ssrc, std::uint64_t index) const {
    const std::size_t plain_size = packet.size() - TagSize(profile);
    std::array<std::uint8_t, 4> counter;
    StoreU32(counter.data(), static_cast<std::uint32_t>(index >> 16));
    OpenOp op;
    op.cipher = rtp_cipher.get();
    rtp_iv.Make(ssrc, index, op.iv);
    op.header = packet.first(header_size);
    op.text = packet.subspan(header_size, plain_size - header_size);
    op.trailer = IsAead(profile) ? Bytes() : Bytes(counter);
    op.tag = packet.subspan(plain_size);
    return backend->Open(op);
  }

  // nullopt: not authentic. The index is then in the stream's window.
  std::optional<std::uint64_t> FindIndex(MutableBytes packet, std::size_t header_size,
                                         std::uint32_t ssrc) const {
    const std::uint16_t sequence = LoadU16(packet.data() + 2);
    for (std::uint64_t counter = 0; counter < kFirstCounters; ++counter) {
      const std::uint64_t index = (counter << 16) | sequence;
      if (TryIndex(packet, header_size, ssrc, index)) return index;
    }
    return std::nullopt;
  }

  // nullptr: unknown.
  Stream* Find(std::uint32_t ssrc) {
    const auto found = streams.find(ssrc);
    return found == streams.end() ? nullptr : &found->second;
  }

  // The stream of an authentic packet, made when it is new.
  Stream& Use(Stream* stream, std::uint32_t ssrc) {
    if (stream == nullptr) {
      if (streams.size() >= kMaxStreams) {
        streams.erase(
            std::ranges::min_element(streams, {}, [](const auto& entry) { return entry.second.last_used; }));
      }
      stream = &streams[ssrc];
    }
    stream->last_used = ++opened;
    return *stream;
  }

  SrtpProfile profile;
  SrtpBackend* backend;
  std::uint64_t opened = 0;  // packets
  std::unique_ptr<SrtpCipher> rtp_cipher;
  std::unique_ptr<SrtpCipher> rtcp_cipher;
  SrtpIvMaker rtp_iv;
  SrtpIvMaker rtcp_iv;
  boost::unordered_flat_map<std::uint32_t, Stream> streams;
};

SrtpOpener::SrtpOpener(const SrtpKey& key, SrtpBackend& backend)
    : impl_(std::make_unique<Impl>(key, backend, DeriveSessionKeys(key, SrtpPacketKind::kRtp),
                                   DeriveSessionKeys(key, SrtpPacketKind::kRtcp))) {}
SrtpOpener::~SrtpOpener() = default;
SrtpOpener::SrtpOpener(SrtpOpener&&) noexcept = default;
SrtpOpener& SrtpOpener::operator=(SrtpOpener&&) noexcept = default;

SrtpProfile SrtpOpener::profile() const { return impl_->profile; }
void SrtpOpener::Prefetch() const { kcs::Prefetch(impl_.get(), sizeof(Impl)); }
void SrtpOpener::PrefetchKeys(SrtpPacketKind kind) const {
  kcs::Prefetch((kind == SrtpPacketKind::kRtp ? impl_->rtp_cipher : impl_->rtcp_cipher).get(), kHotKeys);
}
std::size_t SrtpOpener::stream_count() const { return impl_->streams.size(); }

Result<std::size_t, SrtpError> SrtpOpener::OpenRtp(MutableBytes packet, std::size_t header_size) {
  Impl& self = *impl_;
  if (header_size < kMinRtpHeader || packet.size() < header_size + TagSize(self.profile)) {
    return Fail(SrtpError::kTooShort);
  }
  const std::size_t plain_size = packet.size() - TagSize(self.profile);
  const std::uint32_t ssrc = LoadU32(packet.data() + 8);
  Stream* stream = self.Find(ssrc);

  std::uint64_t index = 0;
  if (stream == nullptr || stream->rtp.empty()) {
    const std::optional<std::uint64_t> found = self.FindIndex(packet, header_size, ssrc);
    if (!found) return Fail(SrtpError::kAuthFailed);
    index = *found;
  } else {
    index = EstimateIndex(stream->rtp.highest(), LoadU16(packet.data() + 2));
    if (!stream->rtp.IsNew(index)) return Fail(SrtpError::kReplayed);
    if (!self.TryIndex(packet, header_size, ssrc, index)) return Fail(SrtpError::kAuthFailed);
  }
  // Authentic: only now the stream comes into being or moves on.
  self.Use(stream, ssrc).rtp.Accept(index);
  return plain_size;
}

Result<std::size_t, SrtpError> SrtpOpener::OpenRtcp(MutableBytes packet) {
  Impl& self = *impl_;
  if (packet.size() < kRtcpClearHeader + RtcpOverhead(self.profile)) return Fail(SrtpError::kTooShort);
  const std::size_t plain_size = packet.size() - RtcpOverhead(self.profile);
  const bool aead = IsAead(self.profile);
  const Bytes word = packet.subspan(aead ? packet.size() - 4 : plain_size, 4);
  const std::uint32_t flag_and_index = LoadU32(word.data());
  const std::uint32_t index = flag_and_index & ~kEncryptedFlag;
  const std::uint32_t ssrc = LoadU32(packet.data() + 4);

  Stream* stream = self.Find(ssrc);
  if (stream != nullptr && !stream->rtcp.IsNew(index)) return Fail(SrtpError::kReplayed);

  // "The E-flag indicates if the current SRTCP packet is encrypted or unencrypted" (RFC 3711 3.4).
  const bool encrypted = (flag_and_index & kEncryptedFlag) != 0;
  const std::size_t clear_size = encrypted ? kRtcpClearHeader : plain_size;
  OpenOp op;
  op.cipher = self.rtcp_cipher.get();
  self.rtcp_iv.Make(ssrc, index, op.iv);
  op.header = packet.first(clear_size);
  op.text = packet.subspan(clear_size, plain_size - clear_size);
  op.trailer = word;
  op.tag = packet.subspan(aead ? plain_size : plain_size + 4, TagSize(self.profile));
  if (!self.backend->Open(op)) return Fail(SrtpError::kAuthFailed);

  self.Use(stream, ssrc).rtcp.Accept(index);
  return plain_size;
}

}  // namespace kcs::crypto
