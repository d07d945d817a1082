#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/bytes.h"
#include "engine/wire/bounded_list.h"
#include "engine/wire/rtcp_fir.h"
#include "engine/wire/rtcp_receiver_report.h"
#include "engine/wire/rtcp_remb.h"
#include "engine/wire/rtcp_sender_report.h"
#include "engine/wire/types.h"

namespace kcs::media {

// Packs the RTCP packets for one peer into compound datagrams that fit the path, in the caller's memory.
// Every compound begins with a report ("All RTCP packets MUST be sent in a compound packet of at least two
// individual packets", the first an SR or RR, RFC 3550 6.1): if none was added, an empty one. The CNAME goes
// with sender reports only, as RFC 5506 allows.
//
//   To a receiving peer: AddSenderReport() for each of its consumers that is due.
//   To a sending peer:   AddReportBlock() for each of its streams, then AddNack(), AddPli() or AddFir(),
//   AddRemb(),
//                        Add() with transport-wide feedback.
//   Then for each compound i < count(): transport.SendRtcp(packer.compound(i), outbox).
// All adders return false when the memory or the number of compounds is used up: nothing was added, and the
// same wish may be repeated with the next packer.
class RtcpPacker {
 public:
  static constexpr std::size_t kMaxCompound = 1200;  // before SRTCP's trailer
  static constexpr std::size_t kMaxCompounds = 64;

  // `local`: the sender's SSRC of reports and feedback.
  RtcpPacker(wire::Ssrc local, MutableBytes memory) : local_(local), memory_(memory) {}

  // A sender report and the CNAME (cut to 255 bytes) of its source.
  bool AddSenderReport(const wire::SenderReport& report, std::string_view cname);
  // Blocks are collected and written together, 31 a report, by the next adder of another kind or by Finish().
  bool AddReportBlock(const wire::ReportBlock& block);
  // `sequences` ascending (modulo 2^16); split into several packets where needed. On false the first of them
  // may have been added.
  bool AddNack(wire::Ssrc media, std::span<const std::uint16_t> sequences);
  bool AddPli(wire::Ssrc media);
  bool AddFir(wire::Ssrc media, std::uint8_t sequence_number);
  bool AddRemb(std::uint64_t bits_per_second, std::span<const wire::Ssrc> sources);
  // One whole RTCP packet (a multiple of 4 bytes, at most kMaxCompound - 8), e.g. transport-wide feedback.
  bool Add(Bytes packet);

  // After the last Add...(); count() and compound() are valid then. False: the last report blocks found no
  // room.
  bool Finish();
  std::size_t count() const { return compounds_.size(); }
  Bytes compound(std::size_t i) const;

 private:
  struct Range {
    std::uint32_t begin = 0;
    std::uint32_t size = 0;
  };

  template <typename Write>
  bool Append(bool is_report, Write write);
  bool FlushBlocks();
  void Close();

  wire::Ssrc local_;
  MutableBytes memory_;
  std::size_t begin_ = 0;  // of the open compound
  std::size_t end_ = 0;
  wire::ReceiverReport pending_;
  wire::BoundedList<Range, kMaxCompounds> compounds_;
};

}  // namespace kcs::media
