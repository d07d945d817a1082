#include "load/socketio_client.h"

#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/websocket.hpp>
#include <deque>
#include <unordered_map>
#include <utility>

#include "load/socketio_codec.h"

namespace kcs::load {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace json = boost::json;
using boost::system::error_code;
using tcp = asio::ip::tcp;

constexpr std::chrono::seconds kHandshakeTimeout{10};
constexpr std::size_t kMaxMessage = 4'000'000;  // a large meeting's list of participants

tcp::endpoint EndpointOf(const SocketAddress& address) {
  if (address.is_v4()) {
    asio::ip::address_v4::bytes_type bytes;
    std::copy_n(address.ip.begin() + 12, bytes.size(), bytes.begin());
    return {asio::ip::address_v4(bytes), address.port};
  }
  return {asio::ip::address_v6(address.ip), address.port};
}

std::string TextOf(const json::object& object, std::string_view key) {
  const json::value* const value = object.if_contains(key);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

// {ok: true, ...} or {ok: false, error: {code, message}}.
SocketIoClient::Answer AnswerOf(const json::value& data) {
  const json::object* const object = data.if_object();
  if (object == nullptr) return Fail("an answer that is no object");
  const json::value* const ok = object->if_contains("ok");
  if (ok != nullptr && ok->is_bool() && ok->get_bool()) return *object;
  const json::value* const error = object->if_contains("error");
  if (error == nullptr || !error->is_object()) return Fail("an answer that says neither yes nor no");
  return Fail(TextOf(error->get_object(), "code") + ": " + TextOf(error->get_object(), "message"));
}

}  // namespace

struct SocketIoClient::Impl : std::enable_shared_from_this<SocketIoClient::Impl> {
  Impl(io::EventLoop& loop, Handlers h) : socket(loop.context()), handlers(std::move(h)) {}

  beast::websocket::stream<beast::tcp_stream> socket;
  Handlers handlers;
  std::string token;
  beast::flat_buffer buffer;
  std::deque<std::string> queue;
  std::unordered_map<std::uint64_t, AnswerHandler> answers;
  std::uint64_t last_id = 0;
  bool open = false;     // the WebSocket is
  bool closing = false;  // nobody listens any more
  bool writing = false;

  void Start(const ServerUrl& url, const SocketAddress& address);
  void Shake(const std::string& host);
  void Read();
  void OnText(std::string_view text);
  void Send(std::string text);
  void Write();
  void End(const std::string& why);
};

void SocketIoClient::Impl::Start(const ServerUrl& url, const SocketAddress& address) {
  beast::get_lowest_layer(socket).expires_after(kHandshakeTimeout);
  const std::string host = url.HostAndPort();
  beast::get_lowest_layer(socket).async_connect(
      EndpointOf(address), [self = shared_from_this(), host, address](error_code error) {
        if (self->closing) return;
        if (error) return self->End("no connection to " + address.ToString() + ": " + error.message());
        self->Shake(host);
      });
}

void SocketIoClient::Impl::Shake(const std::string& host) {
  // From here on the WebSocket has timeouts of its own.
  beast::get_lowest_layer(socket).expires_never();
  error_code ignored;
  beast::get_lowest_layer(socket).socket().set_option(tcp::no_delay(true), ignored);
  socket.set_option(beast::websocket::stream_base::timeout{kHandshakeTimeout,
                                                           beast::websocket::stream_base::none(), false});
  socket.read_message_max(kMaxMessage);
  socket.async_handshake(host, "/socket.io/?EIO=4&transport=websocket",
                         [self = shared_from_this()](error_code error) {
                           if (self->closing) return;
                           if (error) return self->End("it does not speak Socket.IO: " + error.message());
                           self->open = true;
                           self->Read();
                         });
}

void SocketIoClient::Impl::Read() {
  socket.async_read(buffer, [self = shared_from_this()](error_code error, std::size_t) {
    if (self->closing) return;
    if (error) return self->End("the connection ended: " + error.message());
    const std::string text = beast::buffers_to_string(self->buffer.data());
    self->buffer.consume(self->buffer.size());
    self->OnText(text);
    if (!self->closing) self->Read();
  });
}

void SocketIoClient::Impl::OnText(std::string_view text) {
  const auto message = DecodeMessage(text);
  if (!message) return End("the server said something that is not Socket.IO");
  switch (message->kind) {
    case SocketMessage::Kind::kOpen:
      return Send(ConnectMessage(json::object{{"token", token}}));
    case SocketMessage::Kind::kPing:
      return Send(PongMessage());
    case SocketMessage::Kind::kConnect:
      return handlers.on_connected();
    case SocketMessage::Kind::kRefused: {
      const json::object* const why = message->data.if_object();
      return End("the server refuses the connection: " +
                 (why != nullptr ? TextOf(*why, "message") : std::string("it does not say why")));
    }
    case SocketMessage::Kind::kEvent:
      return handlers.on_event(message->event, message->data);
    case SocketMessage::Kind::kAck: {
      const auto found = answers.find(message->id);
      if (found == answers.end()) return;
      const AnswerHandler then = std::move(found->second);
      answers.erase(found);
      return then(AnswerOf(message->data));
    }
    case SocketMessage::Kind::kClose:
      return End("the server closed the connection");
    case SocketMessage::Kind::kIgnored:
      return;
  }
}

void SocketIoClient::Impl::Send(std::string text) {
  queue.push_back(std::move(text));
  if (open && !writing) Write();
}

void SocketIoClient::Impl::Write() {
  writing = true;
  socket.text(true);
  socket.async_write(asio::buffer(queue.front()), [self = shared_from_this()](error_code error, std::size_t) {
    self->writing = false;
    self->queue.pop_front();
    if (error) return;  // the read tells
    if (!self->queue.empty()) return self->Write();
    if (self->closing) beast::get_lowest_layer(self->socket).close();
  });
}

void SocketIoClient::Impl::End(const std::string& why) {
  closing = true;
  beast::get_lowest_layer(socket).close();
  const auto on_closed = std::move(handlers.on_closed);
  if (on_closed) on_closed(why);
}

SocketIoClient::SocketIoClient(io::EventLoop& loop, const ServerUrl& url, const SocketAddress& address,
                               const std::string& token, Handlers handlers)
    : impl_(std::make_shared<Impl>(loop, std::move(handlers))) {
  impl_->token = token;
  impl_->Start(url, address);
}

SocketIoClient::~SocketIoClient() {
  if (std::exchange(impl_->closing, true)) return;
  beast::get_lowest_layer(impl_->socket).close();
}

void SocketIoClient::Emit(std::string_view event, const json::object& payload, AnswerHandler then) {
  if (impl_->closing) return;
  const std::uint64_t id = ++impl_->last_id;
  impl_->answers.emplace(id, std::move(then));
  impl_->Send(EventMessage(event, payload, id));
}

void SocketIoClient::Close() {
  if (impl_->closing) return;
  impl_->Send(DisconnectMessage());
  impl_->closing = true;
  if (!impl_->writing) beast::get_lowest_layer(impl_->socket).close();
}

}  // namespace kcs::load
