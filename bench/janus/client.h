#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "io/event_loop.h"

namespace kcs::janus {

// One session of Janus with one handle of its videoroom, over a UNIX socket of its own (SOCK_SEQPACKET, a
// JSON object a packet). All calls and handlers belong to the loop's thread; no handler may destroy the
// client.
class Client {
 public:
  // Janus ends sessions that say nothing for a minute.
  static constexpr Duration kKeepAlive = 25s;

  // What the plugin answered, with "jsep" beside its fields where there is one.
  using Answer = Result<boost::json::object>;
  struct Handlers {
    std::function<void()> on_attached;
    // "webrtcup", "hangup", ...: what is no answer.
    std::function<void(const std::string& what)> on_news;
    // Not connected, or not any more: why. Once.
    std::function<void(const std::string& why)> on_closed;
  };

  // Connects to the socket at `path`.
  Client(io::EventLoop& loop, const std::string& path, Handlers handlers);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // `then` is called once, with the answer; never when the connection ends before. Only when attached.
  void Ask(const boost::json::object& body, const boost::json::object* jsep,
           std::function<void(const Answer&)> then);
  // Janus takes that as the end of the session. Nothing is called any more.
  void Close();

 private:
  using Reply = std::function<void(const boost::json::object&)>;
  void Send(boost::json::object message, Reply then);
  void OnReadable();
  void OnMessage(const boost::json::object& message);
  void OnCreated(const boost::json::object& message);
  void OnHandle(const boost::json::object& message);
  void Lose(const std::string& why);

  Handlers handlers_;
  int fd_ = -1;
  std::uint64_t session_ = 0;
  std::uint64_t handle_ = 0;
  std::uint64_t transactions_ = 0;
  std::unordered_map<std::string, Reply> waiting_;
  std::vector<char> buffer_;
  io::Timer keep_alive_;
  io::FdWatch watch_;
};

}  // namespace kcs::janus
