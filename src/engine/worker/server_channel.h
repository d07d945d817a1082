#pragma once

#include <cstddef>
#include <functional>
#include <span>

#include "engine/worker/news_queue.h"
#include "io/event_loop.h"
#include "io/message_channel.h"

namespace kcs::worker {
class Envelope;
class Request;
}  // namespace kcs::worker

namespace kcs::worker_process {

// The worker's end of the control channel, for a server that may have no time to read it. No answer is ever
// lost, since the server takes them for those of its requests in turn: while answers wait, no further
// requests are read. News wait behind them, and only what is newest. What there is to tell at a time is one
// message.
class ServerChannel {
 public:
  struct Handlers {
    // Has to be answered, from inside.
    std::function<void(const worker::Request&)> on_request;
    // The server is gone.
    std::function<void()> on_closed;
    // A piece of news is lost: too many wait already, or it is too long.
    std::function<void()> on_news_lost;
  };

  ServerChannel(io::EventLoop& loop, io::UniqueFd end, Handlers handlers);

  // `envelope` has the response to the request that is being handled.
  void Answer(const worker::Envelope& envelope);
  void Tell(std::span<const sfu::Notification> news);

 private:
  static constexpr std::size_t kTogether = 256;  // pieces of news in a message

  void OnMessage(Bytes message);
  void TellWhatWaits();
  void Write(std::span<const sfu::Notification> news);

  Handlers handlers_;
  NewsQueue news_;
  io::MessageChannel channel_;
};

}  // namespace kcs::worker_process
