#include <cstring>

#include "base/check.h"
#include "base/prefetch.h"
#include "engine/crypto/srtp.h"
#include "engine/crypto/srtp_backend.h"

namespace kcs::crypto {
namespace {

constexpr std::size_t kRtcpClearHeader = 8;            // RFC 3711 3.4: the first header and the sender's SSRC
constexpr std::uint32_t kEncryptedFlag = 0x8000'0000;  // E, before the 31-bit index
constexpr std::uint32_t kMaxRtcpIndex = 0x7fff'ffff;

}  // namespace

struct SrtpSealer::Impl {
  Impl(const SrtpKey& key, SrtpBackend& chosen, const SrtpSessionKeys& rtp, const SrtpSessionKeys& rtcp)
      : profile(key.profile),
        backend(&chosen),
        rtp_cipher(chosen.MakeCipher(rtp, SrtpBackend::Direction::kSeal)),
        rtcp_cipher(chosen.MakeCipher(rtcp, SrtpBackend::Direction::kSeal)),
        rtp_iv(rtp),
        rtcp_iv(rtcp) {}

  // Puts the header in place; the backend does the rest.
  void Describe(const SealJob& job, SealOp& op) const {
    if (job.header.data() != job.out) std::memcpy(job.out, job.header.data(), job.header.size());
    op.cipher = rtp_cipher.get();
    rtp_iv.Make(job.ssrc, job.index, op.iv);
    op.packet = job.out;
    op.header_size = job.header.size();
    op.prefix = job.prefix;
    op.body = job.body;
    op.tag = op.text() + op.text_size();
    op.trailer_size = 0;
    if (!IsAead(profile)) {
      // RFC 3711 4.2: "M shall consist of the Authenticated Portion of the packet concatenated with the ROC".
      StoreU32(op.trailer.data(), static_cast<std::uint32_t>(job.index >> 16));
      op.trailer_size = 4;
    }
  }

  SrtpProfile profile;
  SrtpBackend* backend;
  std::unique_ptr<SrtpCipher> rtp_cipher;
  std::unique_ptr<SrtpCipher> rtcp_cipher;
  SrtpIvMaker rtp_iv;
  SrtpIvMaker rtcp_iv;
  std::uint32_t next_rtcp_index = 0;
};

SrtpSealer::SrtpSealer(const SrtpKey& key, SrtpBackend& backend)
    : impl_(std::make_unique<Impl>(key, backend, DeriveSessionKeys(key, SrtpPacketKind::kRtp),
                                   DeriveSessionKeys(key, SrtpPacketKind::kRtcp))) {}
SrtpSealer::~SrtpSealer() = default;
SrtpSealer::SrtpSealer(SrtpSealer&&) noexcept = default;
SrtpSealer& SrtpSealer::operator=(SrtpSealer&&) noexcept = default;

SrtpProfile SrtpSealer::profile() const { return impl_->profile; }

void SrtpSealer::Prefetch() const { kcs::Prefetch(impl_.get(), sizeof(Impl)); }
void SrtpSealer::PrefetchKeys() const { kcs::Prefetch(impl_->rtp_cipher.get(), kHotKeys); }

std::size_t SrtpSealer::SealedSize(const SealJob& job) {
  return job.header.size() + job.prefix.size() + job.body.size() + RtpOverhead(job.sealer->profile());
}

void SrtpSealer::SealRtp(std::span<const SealJob> jobs) {
  std::array<SealOp, kMaxSealBatch> ops;
  while (!jobs.empty()) {
    SrtpBackend* const backend = jobs.front().sealer->impl_->backend;
    std::size_t count = 0;
    while (count < jobs.size() && count < ops.size() && jobs[count].sealer->impl_->backend == backend) {
      jobs[count].sealer->impl_->Describe(jobs[count], ops[count]);
      ++count;
    }
    backend->Seal(std::span<const SealOp>(ops).first(count));
    jobs = jobs.subspan(count);
  }
}

//  AEAD  header (8) | text | tag (16) | E + index     (RFC 7714 9.2)
//  CM    header (8) | text | E + index | tag (10)     (RFC 3711 3.4)
std::size_t SrtpSealer::SealRtcp(Bytes compound, MutableBytes out) {
  Impl& self = *impl_;
  const std::size_t size = compound.size() + RtcpOverhead(self.profile);
  if (compound.size() < kRtcpClearHeader || out.size() < size || self.next_rtcp_index > kMaxRtcpIndex)
    return 0;
  const std::uint32_t index = self.next_rtcp_index++;
  if (compound.data() != out.data()) std::memcpy(out.data(), compound.data(), kRtcpClearHeader);

  SealOp op;
  op.cipher = self.rtcp_cipher.get();
  self.rtcp_iv.Make(LoadU32(compound.data() + 4), index, op.iv);
  op.packet = out.data();
  op.header_size = kRtcpClearHeader;
  op.prefix = {};
  op.body = compound.subspan(kRtcpClearHeader);
  StoreU32(op.trailer.data(), kEncryptedFlag | index);
  op.trailer_size = 4;
  std::uint8_t* const text_end = out.data() + compound.size();
  std::uint8_t* const word = IsAead(self.profile) ? text_end + TagSize(self.profile) : text_end;
  op.tag = IsAead(self.profile) ? text_end : text_end + 4;
  self.backend->Seal({&op, 1});
  std::memcpy(word, op.trailer.data(), op.trailer.size());
  return size;
}

}  // namespace kcs::crypto
