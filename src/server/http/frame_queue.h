#pragma once

#include <array>
#include <boost/asio/buffer.hpp>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "server/http/websocket.h"

namespace kcs::http {

// What waits to be sent over one WebSocket. A message is shared with all who get it: only the few bytes in
// front of it (RFC 6455 5.2) are this socket's own. What waits at the same time leaves as one batch, with one
// call of the kernel. Takes little memory while it is empty, which it nearly always is.
class FrameQueue {
 public:
  // Of one batch. The kernel takes 64 buffers a call (as Asio does it), and a frame is two.
  static constexpr std::size_t kMaxBatchFrames = 32;
  static constexpr std::size_t kMaxBatchBytes = 64 * 1024;

  // A message, as one frame, unmasked as a server's are.
  void Push(SharedText message, bool binary);
  // Bytes that go out as they are.
  void PushRaw(SharedText bytes);

  // The next batch, never empty; more than kMaxBatchBytes only if it is one frame. Stays valid until
  // FinishBatch(). Not while there is one, nor when nothing waits.
  const std::vector<boost::asio::const_buffer>& StartBatch();
  // Whether there were raw bytes in it.
  bool FinishBatch();
  // Forgets what waits, but not the batch that is being sent.
  void Clear();

  bool has_waiting() const { return !waiting_.empty(); }
  // With the batch that is being sent; raw bytes do not count.
  std::size_t messages() const { return messages_; }
  // Of those messages, without what is in front of them.
  std::size_t bytes() const { return bytes_; }

 private:
  struct Frame {
    SharedText bytes;
    std::array<std::uint8_t, 10> head{};
    std::uint8_t head_size = 0;  // 0: raw
  };
  void Forget(const Frame& frame);

  std::vector<Frame> waiting_;
  std::vector<Frame> sending_;
  std::vector<boost::asio::const_buffer> buffers_;  // of what is being sent
  std::size_t messages_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace kcs::http
