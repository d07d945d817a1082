#pragma once

#include <array>
#include <boost/container/static_vector.hpp>
#include <cstdint>

#include "engine/crypto/srtp.h"
#include "engine/transport/outbox.h"

namespace kcs::sfu {

// RTP on its way into the outbox. Headers are written in place at once; payloads are sealed from the
// producers' slots into the outbox many at a time, which is what multi-buffer ciphers are good at. Slots must
// stay until Seal().
class EgressBatch {
 public:
  // What a packet may carry in front of the source's payload: an original sequence number and a rewritten
  // codec descriptor.
  static constexpr std::size_t kMaxPrefix = 16;
  // As many as a multi-buffer cipher has lanes. (With AES-GCM 64 cost the same.)
  static constexpr std::size_t kMaxJobs = 16;

  explicit EgressBatch(transport::Outbox& out) : out_(out) {}
  EgressBatch(const EgressBatch&) = delete;
  EgressBatch& operator=(const EgressBatch&) = delete;
  ~EgressBatch() { Seal(); }

  struct Packet {
    std::uint8_t* header = nullptr;  // where the caller has written `header_size` bytes (from Reserve)
    std::size_t header_size = 0;
    Bytes prefix;  // at most kMaxPrefix; copied
    Bytes body;
    std::uint8_t padding = 0;  // bytes at the end of the body that are RTP padding, for the count
    std::uint32_t ssrc = 0;
    std::uint64_t index = 0;
  };

  // Room for a packet of at most `max_size` bytes before sealing; nullptr when the outbox is full (counted
  // there).
  std::uint8_t* Reserve(std::size_t max_size);
  // Returns the size of the sealed packet.
  std::size_t Add(const crypto::SrtpSealer& sealer, const Tuple& tuple, const Packet& packet);
  void Seal();

  transport::Outbox& outbox() { return out_; }

 private:
  transport::Outbox& out_;
  // Neither allocated nor cleared: a batch is made for every round and every RTCP packet.
  boost::container::static_vector<crypto::SealJob, kMaxJobs> jobs_;
  std::array<std::array<std::uint8_t, kMaxPrefix>, kMaxJobs> prefixes_;
};

}  // namespace kcs::sfu
