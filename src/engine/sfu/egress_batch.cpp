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
  // Written in place, like what lies in the outbox: a temporary that is copied at once stalls on its own
  // small stores.
  crypto::SealJob& job = jobs_.emplace_back();
  job.sealer = &sealer;
  job.ssrc = packet.ssrc;
  job.index = packet.index;
  job.header = {packet.header, packet.header_size};
  job.prefix = {prefix.data(), packet.prefix.size()};
  job.body = packet.body;
  job.out = packet.header;
  const std::size_t size = crypto::SrtpSealer::SealedSize(job);
  out_.Commit(tuple, size, packet.padding);
  return size;
}

void EgressBatch::Seal() {
  if (jobs_.empty()) return;
  crypto::SrtpSealer::SealRtp(jobs_);
  jobs_.clear();
}

}  // namespace kcs::sfu
