#include "engine/sfu/fan_out.h"

#include <algorithm>
#include <utility>

#include "engine/sfu/consumer.h"
#include "engine/sfu/webrtc_transport.h"

namespace kcs::sfu {

void FanOut::Add(Producer& producer, MediaPacket packet) {
  const auto index = static_cast<std::uint32_t>(packets_.size());
  packets_.push_back({std::move(packet), kEnd});
  // From the back: packets of one sender come in runs.
  const auto burst =
      std::find_if(bursts_.rbegin(), bursts_.rend(), [&](const Burst& b) { return b.producer == &producer; });
  if (burst == bursts_.rend()) {
    bursts_.push_back(
        {.producer = &producer, .router = &producer.router(), .first = index, .last = index, .next_row = 0});
    return;
  }
  packets_[burst->last].next = index;
  burst->last = index;
}

void FanOut::Prepare() {
  // Bursts of one router stand together; only they have receivers in common.
  std::ranges::sort(bursts_, {}, &Burst::router);
  group_begin_ = 0;
  prepared_ = true;
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
  for (;;) {
    std::uint32_t receiver = kEnd;
    for (const Burst& burst : group) {
      const auto rows = burst.producer->rows();
      if (burst.next_row < rows.size()) receiver = std::min(receiver, rows[burst.next_row].receiver_index);
    }
    if (receiver == kEnd) return false;
    if (!HasRoom(egress.outbox())) return true;
    SendTo(receiver, group, now, egress);
  }
}

bool FanOut::HasRoom(const transport::Outbox& out) const {
  // An outbox that is empty takes whatever it can: it will not get larger by waiting.
  return out.empty() || out.CanHold(packets_.size());
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
      // There are too many to be in the cache all the time. By its turn it is.
      if (burst.next_row + 1 < rows.size()) rows[burst.next_row + 1].consumer->Prefetch();
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
