#include "engine/sfu/egress_batch.h"

#include <cstring>

#include "base/check.h"

namespace kcs::sfu {
namespace {

constexpr std::size_t kMaxOverhead = 32;  // of any SRTP profile

}  // namespace

std::uint8_t* EgressBatch::Reserve(std::size_t max_size) { return out_.Reserve(max_size + kMaxOverhead); }

std::size_t EgressBatch::Add(const crypto::SrtpSealer& sealer, const Tuple& tuple, const Packet& packet) {
  KCS_CHECK(packet.prefix.size() <= kMaxPrefix);
  if (jobs_.size() == kMaxJobs) Seal();
  std::array<std::uint8_t, kMaxPrefix>& prefix = prefixes_[jobs_.size()];
  if (!packet.prefix.empty()) std::memcpy(prefix.data(), packet.prefix.data(), packet.prefix.size());
  const crypto::SealJob job{.sealer = &sealer,
                            .ssrc = packet.ssrc,
                            .index = packet.index,
                            .header = {packet.header, packet.header_size},
                            .prefix = {prefix.data(), packet.prefix.size()},
                            .body = packet.body,
                            .out = packet.header};
  const std::size_t size = crypto::SrtpSealer::SealedSize(job);
  out_.Commit(tuple, size, packet.padding);
  jobs_.push_back(job);
  return size;
}

void EgressBatch::Seal() {
  if (jobs_.empty()) return;
  crypto::SrtpSealer::SealRtp(jobs_);
  jobs_.clear();
}

}  // namespace kcs::sfu
