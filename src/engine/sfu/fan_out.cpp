#include "engine/sfu/fan_out.h"

#include <algorithm>
#include <cstring>
#include <tuple>
#include <utility>

#include "engine/sfu/consumer.h"
#include "engine/sfu/webrtc_transport.h"

namespace kcs::sfu {
namespace {

// RFC 3550 5.1: "the packet contains one or more additional padding octets at the end which are not part of
// the payload. The last octet of the padding contains a count of how many padding octets should be ignored,
// including itself." It is written once, behind the packet in its slot, and sealed for each receiver.
void WritePadding(MediaPacket& packet, std::uint8_t padding) {
  const auto end =
      static_cast<std::size_t>(packet.rtp.data().data() + packet.rtp.size() - packet.slot.bytes().data());
  std::uint8_t* out = packet.slot.bytes().data() + end;
  std::memset(out, 0, padding);
  out[padding - 1] = padding;
  packet.padding = padding;
}

// Whether there is room behind it in its slot, and nothing that is needed: padding of its own belongs to the
// history.
bool CanBePadded(const MediaPacket& packet) {
  const std::uint8_t* const slot_end = packet.slot.bytes().data() + packet.slot.bytes().size();
  const auto room = static_cast<std::size_t>(slot_end - (packet.rtp.data().data() + packet.rtp.size()));
  return packet.rtp.padding_size() == 0 && room >= kMostRunPadding;
}

// Receivers are too many to be in the cache all the time. By their turns they are.
void PrefetchAfter(std::span<const ConsumerRow> next) {
  if (next.size() > 2) {
    next[2].consumer->Prefetch();
    next[2].receiver->Prefetch();
  }
  if (next.size() > 1) {
    next[1].consumer->PrefetchParts();
    next[1].receiver->PrefetchParts();
  }
  if (!next.empty()) next[0].receiver->PrefetchKeys();
}

}  // namespace

FanOut::FanOut(bool run_padding) : run_padding_(run_padding) {
  packets_.reserve(kMaxPackets);
  members_.reserve(kMaxPackets);
  member_packets_.reserve(kMaxPackets);
}

void FanOut::Add(Producer& producer, MediaPacket packet) {
  const auto index = static_cast<std::uint32_t>(packets_.size());
  packets_.push_back({std::move(packet), kEnd});
  // From the back: packets of one sender come in runs.
  const auto burst =
      std::find_if(bursts_.rbegin(), bursts_.rend(), [&](const Burst& b) { return b.producer == &producer; });
  if (burst == bursts_.rend()) {
    bursts_.push_back({.producer = &producer,
                       .router = &producer.router(),
                       .first = index,
                       .last = index,
                       .next_row = 0,
                       .is_picture = producer.kind() == wire::MediaKind::kVideo,
                       .size = static_cast<std::uint16_t>(packets_.back().packet.rtp.size()),
                       .count = 1});
    return;
  }
  const MediaPacket& added = packets_[index].packet;
  MediaPacket& before = packets_[burst->last].packet;
  if (before.stream == added.stream && before.sequence + 1 == added.sequence &&
      before.rtp.timestamp() == added.rtp.timestamp()) {
    before.frame.next_spatial = added.frame.spatial;
  }
  packets_[burst->last].next = index;
  burst->last = index;
  ++burst->count;
}

void FanOut::Prepare() {
  // Bursts of one router stand together; only they have receivers in common. From large to small: a run may
  // end with a smaller packet. Those of one producer stay in order, so no stream is reordered.
  std::ranges::sort(bursts_, [](const Burst& a, const Burst& b) {
    return std::tuple(a.router, a.is_picture, b.size, a.first) <
           std::tuple(b.router, b.is_picture, a.size, b.first);
  });
  if (run_padding_) MakeRuns();
  group_begin_ = 0;
  prepared_ = true;
}

void FanOut::MakeRuns() {
  for (std::size_t i = 0; i < bursts_.size(); ++i) {
    const Burst& burst = bursts_[i];
    const bool goes_on =
        i > 0 && bursts_[i - 1].router == burst.router && bursts_[i - 1].is_picture == burst.is_picture;
    const std::size_t streams = burst.producer->stream_count();
    // A receiver gets one stream of several.
    if (!goes_on || streams > 1) PadMembers();
    for (std::size_t stream = 0; stream < streams; ++stream) {
      AddMembers(burst, static_cast<std::uint8_t>(stream));
      if (streams > 1) PadMembers();
    }
  }
  PadMembers();
}

void FanOut::AddMembers(const Burst& burst, std::uint8_t stream) {
  const auto rows = burst.producer->rows();
  if (rows.empty()) return;
  // What counts is how long packets leave: senders add header extensions that nobody else gets, to some of
  // them. The first receiver stands for all; what is made for it here is not made again when it gets the
  // packet.
  const Consumer& receiver = *rows.front().consumer;
  PaddingBudget& budget = burst.producer->stream(stream).padding_budget();
  for (std::uint32_t i = burst.first; i != kEnd; i = packets_[i].next) {
    MediaPacket& packet = packets_[i].packet;
    if (packet.stream != stream || !packet.carries_media) continue;
    budget.Earn(packet.rtp.size());
    members_.push_back({.size = static_cast<std::uint16_t>(receiver.LeavingSize(packet)),
                        .padding = 0,
                        .budget = CanBePadded(packet) ? &budget : nullptr});
    member_packets_.push_back(i);
  }
}

void FanOut::PadMembers() {
  PlanRuns(members_);
  for (std::size_t i = 0; i < members_.size(); ++i) {
    if (members_[i].padding > 0) WritePadding(packets_[member_packets_[i]].packet, members_[i].padding);
  }
  members_.clear();
  member_packets_.clear();
}

bool FanOut::Drain(Timestamp now, transport::Outbox& out) {
  if (packets_.empty()) return false;
  if (!prepared_) Prepare();
  EgressBatch egress(out);
  while (group_begin_ < bursts_.size()) {
    std::size_t group_end = group_begin_ + 1;
    while (group_end < bursts_.size() && bursts_[group_end].router == bursts_[group_begin_].router)
      ++group_end;
    if (DrainGroup(std::span(bursts_).subspan(group_begin_, group_end - group_begin_), now, egress))
      return true;
    group_begin_ = group_end;
  }
  egress.Seal();
  packets_.clear();
  bursts_.clear();
  prepared_ = false;
  return false;
}

bool FanOut::DrainGroup(std::span<Burst> group, Timestamp now, EgressBatch& egress) {
  std::size_t most = 0;  // that a receiver can get
  for (const Burst& burst : group) most += burst.count;
  for (;;) {
    std::uint32_t receiver = kEnd;
    for (const Burst& burst : group) {
      const auto rows = burst.producer->rows();
      if (burst.next_row < rows.size()) receiver = std::min(receiver, rows[burst.next_row].receiver_index);
    }
    if (receiver == kEnd) return false;
    // An outbox that is empty takes whatever it can: it will not get larger by waiting.
    if (!egress.outbox().empty() && !egress.outbox().CanHold(most)) return true;
    SendTo(receiver, group, now, egress);
  }
}

void FanOut::SendTo(std::uint32_t receiver, std::span<Burst> group, Timestamp now, EgressBatch& egress) {
  const Tuple* tuple = nullptr;
  const crypto::SrtpSealer* sealer = nullptr;
  for (Burst& burst : group) {
    const auto rows = burst.producer->rows();
    // A receiver may have several consumers of one producer.
    for (; burst.next_row < rows.size() && rows[burst.next_row].receiver_index == receiver;
         ++burst.next_row) {
      const ConsumerRow& row = rows[burst.next_row];
      PrefetchAfter(rows.subspan(burst.next_row + 1));
      if (tuple == nullptr) {
        tuple = row.receiver->peer().selected_tuple();
        sealer = row.receiver->peer().sealer();
      }
      if (tuple == nullptr || sealer == nullptr) continue;
      for (std::uint32_t i = burst.first; i != kEnd; i = packets_[i].next) {
        row.consumer->Forward(packets_[i].packet, now, *sealer, *tuple, egress);
      }
    }
  }
}

}  // namespace kcs::sfu
