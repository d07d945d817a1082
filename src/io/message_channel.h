#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "io/event_loop.h"
#include "io/unique_fd.h"

namespace kcs::io {

// One end of a SOCK_SEQPACKET socket pair: whole messages between two processes, in order, until one end
// goes.
class MessageChannel {
 public:
  static constexpr std::size_t kMaxMessage = 64 * 1024;

  struct Limits {
    std::size_t max_queued_bytes = 4 * 1024 * 1024;  // waiting for the kernel
    std::size_t max_queued_messages = 4096;
    // False: while messages wait for the kernel nothing is read, so that who answers every message takes no
    // more of them than it gets rid of answers. For one end of a pair: two would wait for each other.
    bool reads_while_sending = true;
  };
  struct Handlers {
    std::function<void(Bytes)> on_message;
    // The other end is gone (or the channel broken). Called once, from the loop; nothing is received after
    // it.
    std::function<void()> on_closed;
    // All that waited for the kernel has left. May be empty.
    std::function<void()> on_drained = {};
  };

  // Two connected, non-blocking ends, close-on-exec.
  static Result<std::pair<UniqueFd, UniqueFd>> CreatePair();

  // Takes an end (an inherited one is made non-blocking and close-on-exec). Handlers may destroy the channel.
  MessageChannel(EventLoop& loop, UniqueFd end, Limits limits, Handlers handlers);
  ~MessageChannel();
  MessageChannel(const MessageChannel&) = delete;
  MessageChannel& operator=(const MessageChannel&) = delete;

  // False, and nothing is sent: closed, empty, more than kMaxMessage, or the queue is full (see dropped()).
  bool Send(Bytes message);

  bool closed() const { return closed_; }
  std::size_t queued_bytes() const { return queued_bytes_; }
  std::uint64_t dropped() const { return dropped_; }

 private:
  enum class Written : std::uint8_t { kYes, kLater, kBroken };

  Written Write(Bytes message);
  void OnReadable();
  void OnWritable();
  void ReadAgain();
  void Break();
  void CloseWithNotice();

  EventLoop& loop_;
  UniqueFd end_;
  Limits limits_;
  std::shared_ptr<const Handlers> handlers_;  // shared with the call under way, which may destroy the channel
  std::deque<std::vector<std::uint8_t>> queue_;
  std::size_t queued_bytes_ = 0;
  std::uint64_t dropped_ = 0;
  bool closed_ = false;
  std::vector<std::uint8_t> read_buffer_;
  std::shared_ptr<bool> alive_;
  FdWatch watch_;
};

}  // namespace kcs::io
