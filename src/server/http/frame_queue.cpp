#include "server/http/frame_queue.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/check.h"

namespace kcs::http {
namespace {

// What a queue keeps of its memory when it is empty.
constexpr std::size_t kKeptFrames = 2;

template <typename T>
void Empty(std::vector<T>& items, std::size_t kept) {
  items.clear();
  if (items.capacity() > kept) std::vector<T>().swap(items);
}

// RFC 6455 5.2: the payload length is 7 bits, 7+16 or 7+64 bits, and "the minimal number of bytes MUST be
// used to encode the length".
std::uint8_t WriteHead(std::array<std::uint8_t, 10>& head, std::uint64_t size, bool binary) {
  constexpr std::uint8_t kFinal = 0x80;
  head[0] = static_cast<std::uint8_t>(kFinal | (binary ? 2U : 1U));
  std::uint8_t length_bytes = 0;
  if (size < 126) {
    head[1] = static_cast<std::uint8_t>(size);
  } else if (size <= 0xFFFF) {
    head[1] = 126;
    length_bytes = 2;
  } else {
    head[1] = 127;
    length_bytes = 8;
  }
  for (std::uint8_t i = 0; i < length_bytes; ++i) {
    head[1U + length_bytes - i] = static_cast<std::uint8_t>(size >> (8U * i));
  }
  return static_cast<std::uint8_t>(2 + length_bytes);
}

}  // namespace

void FrameQueue::Push(SharedText message, bool binary) {
  ++messages_;
  bytes_ += message->size();
  Frame& frame = waiting_.emplace_back();
  frame.head_size = WriteHead(frame.head, message->size(), binary);
  frame.bytes = std::move(message);
}

void FrameQueue::PushRaw(SharedText bytes) { waiting_.emplace_back().bytes = std::move(bytes); }

const std::vector<boost::asio::const_buffer>& FrameQueue::StartBatch() {
  KCS_CHECK(sending_.empty() && !waiting_.empty());
  std::size_t count = 0;
  std::size_t size = 0;
  while (count < std::min(waiting_.size(), kMaxBatchFrames)) {
    size += waiting_[count].bytes->size();
    if (count > 0 && size > kMaxBatchBytes) break;
    ++count;
  }
  if (count == waiting_.size()) {
    sending_.swap(waiting_);
  } else {
    const auto end = waiting_.begin() + static_cast<std::ptrdiff_t>(count);
    sending_.assign(std::make_move_iterator(waiting_.begin()), std::make_move_iterator(end));
    waiting_.erase(waiting_.begin(), end);
  }
  for (const Frame& frame : sending_) {
    if (frame.head_size > 0) buffers_.emplace_back(frame.head.data(), frame.head_size);
    buffers_.emplace_back(frame.bytes->data(), frame.bytes->size());
  }
  return buffers_;
}

bool FrameQueue::FinishBatch() {
  bool raw = false;
  for (const Frame& frame : sending_) {
    Forget(frame);
    raw = raw || frame.head_size == 0;
  }
  Empty(sending_, kKeptFrames);
  Empty(buffers_, 2 * kKeptFrames);
  if (waiting_.empty()) Empty(waiting_, kKeptFrames);
  return raw;
}

void FrameQueue::Clear() {
  for (const Frame& frame : waiting_) Forget(frame);
  Empty(waiting_, 0);
}

void FrameQueue::Forget(const Frame& frame) {
  if (frame.head_size == 0) return;
  --messages_;
  bytes_ -= frame.bytes->size();
}

}  // namespace kcs::http
