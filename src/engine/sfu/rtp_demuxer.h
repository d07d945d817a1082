#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <string>
#include <string_view>

#include "engine/sfu/commands.h"
#include "engine/wire/extensions.h"
#include "engine/wire/rtp_packet.h"
#include "engine/wire/types.h"

namespace kcs::sfu {

class Producer;

// The stream a packet belongs to.
struct StreamRef {
  Producer* producer = nullptr;
  std::uint8_t stream = 0;  // index of the producer's encodings
  bool rtx = false;
};

// Which producer of one transport a packet is for: by SSRC, else by MID and RID, which teach it the SSRC (RFC
// 9143 9.2). What is named twice on one transport is an error of who asked for it.
class RtpDemuxer {
 public:
  // SSRCs that one transport may use, signalled and learnt. More are not learnt: such packets go the slow way
  // or nowhere.
  static constexpr std::size_t kMaxSsrcs = 256;

  // False, and nothing added, when an SSRC or the MID is taken.
  bool Add(Producer& producer, const CreateProducer& command);
  void Remove(const Producer& producer);

  // nullptr producer: unknown.
  StreamRef Find(const wire::RtpPacket& packet);
  StreamRef FindSsrc(wire::Ssrc ssrc) const;

 private:
  StreamRef Learn(const wire::RtpPacket& packet);
  Producer* ByMid(std::string_view mid) const;
  StreamRef ByRid(Producer& producer, const wire::RtpPacket& packet) const;

  boost::unordered_flat_map<wire::Ssrc, StreamRef> by_ssrc_;
  std::vector<Producer*> producers_;
};

}  // namespace kcs::sfu
