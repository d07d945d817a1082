#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/role.hpp>
#include <utility>
#include <variant>

#include "server/http/tls_stream.h"

// The room's own Asio vocabulary. Included by its .cpp files only.
namespace kcs::http {

namespace asio = boost::asio;
namespace beast = boost::beast;

using Executor = asio::io_context::executor_type;
using TcpSocket = asio::basic_stream_socket<asio::ip::tcp, Executor>;
using ErrorCode = boost::system::error_code;

template <typename T>
using Task = asio::awaitable<T, Executor>;

// Completion token of our coroutines: errors are values, `auto [error, n] = co_await ...`.
inline constexpr asio::as_tuple_t<asio::use_awaitable_t<Executor>> kAsTuple{};

// A connection with or without TLS as one type, so that what is written on top is compiled once.
class Stream {
 public:
  using executor_type = Executor;

  explicit Stream(TcpSocket socket) : layer_(std::in_place_type<TcpSocket>, std::move(socket)) {}
  Stream(TcpSocket socket, asio::ssl::context& context)
      : layer_(std::in_place_type<TlsStream>, std::move(socket), context) {}

  bool is_tls() const { return std::holds_alternative<TlsStream>(layer_); }
  TlsStream& tls() { return *std::get_if<TlsStream>(&layer_); }
  TcpSocket& socket() {
    TlsStream* tls_layer = std::get_if<TlsStream>(&layer_);
    return tls_layer != nullptr ? tls_layer->next_layer() : *std::get_if<TcpSocket>(&layer_);
  }
  executor_type get_executor() { return socket().get_executor(); }

  template <typename Buffers, typename Token>
  auto async_read_some(const Buffers& buffers, Token&& token) {
    if (is_tls()) return tls().async_read_some(buffers, std::forward<Token>(token));
    return socket().async_read_some(buffers, std::forward<Token>(token));
  }
  template <typename Buffers, typename Token>
  auto async_write_some(const Buffers& buffers, Token&& token) {
    if (is_tls()) return tls().async_write_some(buffers, std::forward<Token>(token));
    return socket().async_write_some(buffers, std::forward<Token>(token));
  }

  void Close() {
    ErrorCode ignored;
    socket().close(ignored);
  }
  void ShutdownSend() {
    ErrorCode ignored;
    socket().shutdown(asio::socket_base::shutdown_send, ignored);
  }

 private:
  std::variant<TcpSocket, TlsStream> layer_;
};

}  // namespace kcs::http
