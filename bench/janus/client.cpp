#include "bench/janus/client.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <cerrno>
#include <cstring>
#include <optional>
#include <utility>

#include "load/signaling.h"

namespace kcs::janus {
namespace {

namespace json = boost::json;
using load::ObjectAt;
using load::TextAt;

constexpr std::size_t kMessage = 64 * 1024;

Result<int> ConnectTo(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return Fail(path + ": too long for a socket's path");
  std::memcpy(address.sun_path, path.data(), path.size());
  const int fd = ::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return Fail(std::string(std::strerror(errno)));
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return fd;
  const std::string why = path + ": " + std::strerror(errno);
  ::close(fd);
  return Fail(why);
}

std::uint64_t IdIn(const json::object& message) {
  const json::object* const data = ObjectAt(message, "data");
  const json::value* const id = data == nullptr ? nullptr : data->if_contains("id");
  if (id == nullptr || !id->is_number()) return 0;
  boost::system::error_code error;
  const auto number = id->to_number<std::uint64_t>(error);
  return error ? 0 : number;
}

// The plugin's own fields, or why it refused.
Client::Answer AnswerIn(const json::object& message) {
  if (const json::object* const error = ObjectAt(message, "error")) return Fail(TextAt(*error, "reason"));
  const json::object* const plugin = ObjectAt(message, "plugindata");
  const json::object* const data = plugin == nullptr ? nullptr : ObjectAt(*plugin, "data");
  if (data == nullptr) return Fail("an answer without plugindata.data");
  if (const std::string error = TextAt(*data, "error"); !error.empty()) return Fail(error);
  json::object answer = *data;
  if (const json::object* const jsep = ObjectAt(message, "jsep")) answer["jsep"] = *jsep;
  return answer;
}

}  // namespace

Client::Client(io::EventLoop& loop, const std::string& path, Handlers handlers)
    : handlers_(std::move(handlers)), buffer_(kMessage), keep_alive_(loop, [this] {
        Send({{"janus", "keepalive"}}, {});
        keep_alive_.Set(io::EventLoop::Now() + kKeepAlive);
      }) {
  const auto fd = ConnectTo(path);
  if (!fd) {
    // Not before the constructor's caller knows the client.
    loop.Post([closed = handlers_.on_closed, why = fd.error()] { closed(why); });
    return;
  }
  fd_ = *fd;
  watch_ = io::FdWatch(loop, fd_);
  watch_.OnReadable([this] { OnReadable(); });
  keep_alive_.Set(io::EventLoop::Now() + kKeepAlive);
  Send({{"janus", "create"}}, [this](const json::object& message) { OnCreated(message); });
}

Client::~Client() { Close(); }

void Client::Close() {
  if (fd_ < 0) return;
  keep_alive_.Cancel();
  watch_ = {};
  ::close(std::exchange(fd_, -1));
}

void Client::Lose(const std::string& why) {
  if (fd_ < 0) return;
  Close();
  handlers_.on_closed(why);
}

void Client::Send(json::object message, Reply then) {
  if (fd_ < 0) return;
  const std::string transaction = std::to_string(++transactions_);
  message["transaction"] = transaction;
  if (session_ != 0) message["session_id"] = session_;
  if (handle_ != 0) message["handle_id"] = handle_;
  if (then) waiting_[transaction] = std::move(then);
  const std::string text = json::serialize(message);
  // It is a few hundred bytes now and then: that the socket is full means that nobody reads.
  if (::send(fd_, text.data(), text.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(text.size()))
    Lose(std::string("Janus does not read: ") + std::strerror(errno));
}

void Client::Ask(const json::object& body, const json::object* jsep,
                 std::function<void(const Answer&)> then) {
  json::object message{{"janus", "message"}, {"body", body}};
  if (jsep != nullptr) message["jsep"] = *jsep;
  Send(std::move(message), [then = std::move(then)](const json::object& answer) { then(AnswerIn(answer)); });
}

void Client::OnReadable() {
  while (fd_ >= 0) {
    const ssize_t size = ::recv(fd_, buffer_.data(), buffer_.size(), 0);
    if (size < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (size <= 0) return Lose("Janus closed the connection");
    boost::system::error_code error;
    const json::value value =
        json::parse(std::string_view(buffer_.data(), static_cast<std::size_t>(size)), error);
    if (error || !value.is_object()) return Lose("Janus sent what is no JSON object");
    OnMessage(value.get_object());
  }
}

void Client::OnMessage(const json::object& message) {
  const std::string what = TextAt(message, "janus");
  // It has been heard; what comes of it follows.
  if (what == "ack") return;
  const auto waiting = waiting_.find(TextAt(message, "transaction"));
  if (waiting == waiting_.end()) return handlers_.on_news(what);
  const Reply then = std::move(waiting->second);
  waiting_.erase(waiting);
  then(message);
}

void Client::OnCreated(const json::object& message) {
  session_ = IdIn(message);
  if (session_ == 0) return Lose("Janus made no session");
  Send({{"janus", "attach"}, {"plugin", "janus.plugin.videoroom"}},
       [this](const json::object& attached) { OnHandle(attached); });
}

void Client::OnHandle(const json::object& message) {
  handle_ = IdIn(message);
  if (handle_ == 0) return Lose("Janus has no videoroom");
  handlers_.on_attached();
}

}  // namespace kcs::janus
