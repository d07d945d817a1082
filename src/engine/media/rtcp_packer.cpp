#include "engine/media/rtcp_packer.h"

#include <algorithm>

#include "base/check.h"
#include "engine/wire/rtcp_nack.h"
#include "engine/wire/rtcp_pli.h"
#include "engine/wire/rtcp_sdes.h"

namespace kcs::media {
namespace {

constexpr std::size_t kMaxCname = 255;  // one octet of length, RFC 3550 6.5

}  // namespace

// `write(ByteWriter&)` returns false, or makes the writer fail, when it has no room; then a new compound is
// tried.
template <typename Write>
bool RtcpPacker::Append(bool is_report, Write write) {
  for (;;) {
    if (compounds_.full()) return false;
    const bool empty = end_ == begin_;
    const std::size_t limit = std::min(memory_.size(), begin_ + kMaxCompound);
    ByteWriter out(memory_.subspan(end_, limit - end_));
    if (empty && !is_report) wire::ReceiverReport{local_, {}}.Write(out);
    if (write(out) && out.ok()) {
      end_ += out.size();
      return true;
    }
    if (empty) return false;
    Close();
  }
}

void RtcpPacker::Close() {
  if (end_ == begin_) return;
  KCS_CHECK(compounds_.PushBack(
      {.begin = static_cast<std::uint32_t>(begin_), .size = static_cast<std::uint32_t>(end_ - begin_)}));
  begin_ = end_;
}

bool RtcpPacker::FlushBlocks() {
  if (pending_.blocks.empty()) return true;
  pending_.sender_ssrc = local_;
  if (!Append(true, [this](ByteWriter& out) {
        pending_.Write(out);
        return true;
      })) {
    return false;
  }
  pending_.blocks.Clear();
  return true;
}

bool RtcpPacker::AddSenderReport(const wire::SenderReport& report, std::string_view cname) {
  if (!FlushBlocks()) return false;
  wire::Sdes sdes;
  sdes.chunks.PushBack({.ssrc = report.sender_ssrc, .cname = cname.substr(0, kMaxCname)});
  return Append(true, [&](ByteWriter& out) {
    report.Write(out);
    sdes.Write(out);
    return true;
  });
}

bool RtcpPacker::AddReportBlock(const wire::ReportBlock& block) {
  if (pending_.blocks.full() && !FlushBlocks()) return false;
  return pending_.blocks.PushBack(block);
}

bool RtcpPacker::AddNack(wire::Ssrc media, std::span<const std::uint16_t> sequences) {
  if (!FlushBlocks()) return false;
  while (!sequences.empty()) {
    std::size_t written = 0;
    if (!Append(false, [&](ByteWriter& out) {
          written = wire::WriteNack(local_, media, sequences, out);
          return written > 0;
        })) {
      return false;
    }
    sequences = sequences.subspan(written);
  }
  return true;
}

bool RtcpPacker::AddPli(wire::Ssrc media) {
  if (!FlushBlocks()) return false;
  const wire::Pli pli{local_, media};
  return Append(false, [&](ByteWriter& out) {
    pli.Write(out);
    return true;
  });
}

bool RtcpPacker::AddFir(wire::Ssrc media, std::uint8_t sequence_number) {
  if (!FlushBlocks()) return false;
  wire::Fir fir;
  fir.sender_ssrc = local_;
  fir.entries.PushBack({.ssrc = media, .sequence_number = sequence_number});
  return Append(false, [&](ByteWriter& out) {
    fir.Write(out);
    return true;
  });
}

bool RtcpPacker::AddRemb(std::uint64_t bits_per_second, std::span<const wire::Ssrc> sources) {
  if (!FlushBlocks()) return false;
  wire::Remb remb;
  remb.sender_ssrc = local_;
  remb.bitrate_bps = bits_per_second;
  for (const wire::Ssrc ssrc : sources) remb.sources.PushBack(ssrc);
  return Append(false, [&](ByteWriter& out) {
    remb.Write(out);
    return true;
  });
}

bool RtcpPacker::Add(Bytes packet) {
  if (!FlushBlocks()) return false;
  return Append(false, [&](ByteWriter& out) {
    out.Write(packet);
    return true;
  });
}

bool RtcpPacker::Finish() {
  const bool complete = FlushBlocks();
  Close();
  return complete;
}

Bytes RtcpPacker::compound(std::size_t i) const {
  return memory_.subspan(compounds_[i].begin, compounds_[i].size);
}

}  // namespace kcs::media
