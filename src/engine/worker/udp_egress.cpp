#include "engine/worker/udp_egress.h"

namespace kcs::worker_process {

std::size_t UdpEgress::Flush() {
  std::size_t refused = 0;
  std::span<const io::SendItem> items(batch_);
  if (!has_tail()) {
    const io::SendResult result = socket_.SendBatch(items);
    items = items.subspan(result.done);
  }
  if (!items.empty()) refused = Keep(items);
  batch_.clear();
  return refused;
}

std::size_t UdpEgress::Keep(std::span<const io::SendItem> items) {
  for (std::size_t i = 0; i < items.size(); ++i) {
    const io::SendItem& item = items[i];
    if (tail_bytes_.size() + item.data.size() > kMaxTailBytes) return items.size() - i;
    tail_.push_back({.to = item.to,
                     .offset = static_cast<std::uint32_t>(tail_bytes_.size()),
                     .size = static_cast<std::uint16_t>(item.data.size())});
    tail_bytes_.insert(tail_bytes_.end(), item.data.begin(), item.data.end());
  }
  return 0;
}

bool UdpEgress::SendTail() {
  std::vector<io::SendItem> items;
  for (std::size_t i = tail_begin_; i < tail_.size(); ++i) {
    items.push_back({tail_[i].to, Bytes(tail_bytes_).subspan(tail_[i].offset, tail_[i].size)});
  }
  tail_begin_ += socket_.SendBatch(items).done;
  if (has_tail()) return false;
  tail_.clear();
  tail_bytes_.clear();
  tail_begin_ = 0;
  return true;
}

}  // namespace kcs::worker_process
