#pragma once

#include <algorithm>
#include <array>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/compose.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <cstdint>
#include <utility>

#include "server/http/tls_session.h"

namespace kcs::http {

// A connection with TLS, as Asio's asynchronous streams are. Asio's own keeps four buffers of 17 KB for as
// long as the connection lives, which is more than all else that an idle client needs; this one keeps none.
class TlsStream {
 public:
  using Socket =
      boost::asio::basic_stream_socket<boost::asio::ip::tcp, boost::asio::io_context::executor_type>;
  using ErrorCode = boost::system::error_code;

  TlsStream(Socket socket, boost::asio::ssl::context& context)
      : socket_(std::move(socket)), session_(socket_.native_handle(), context) {}

  Socket& next_layer() { return socket_; }

  template <typename Token>
  auto async_handshake(Token&& token) {
    return Compose<void(ErrorCode)>([this] { return session_.Handshake(); }, std::forward<Token>(token));
  }
  // Done when the peer has been told, as far as we can.
  template <typename Token>
  auto async_shutdown(Token&& token) {
    return Compose<void(ErrorCode)>([this] { return session_.Shutdown(); }, std::forward<Token>(token));
  }
  template <typename Buffers, typename Token>
  auto async_read_some(const Buffers& buffers, Token&& token) {
    return Compose<void(ErrorCode, std::size_t)>(
        [this, buffers] {
          const boost::asio::mutable_buffer to = First<boost::asio::mutable_buffer>(buffers);
          return to.size() == 0 ? TlsSession::Step{} : session_.Read(to);
        },
        std::forward<Token>(token));
  }
  // A record at a time. What lies in several buffers is copied together for it: each would be a record, and a
  // call of the kernel, of its own.
  template <typename Buffers, typename Token>
  auto async_write_some(const Buffers& buffers, Token&& token) {
    return Compose<void(ErrorCode, std::size_t)>(
        [this, buffers] {
          const auto first = First<boost::asio::const_buffer>(buffers);
          const std::size_t size = boost::asio::buffer_size(buffers);
          if (size == 0) return TlsSession::Step{};
          if (first.size() >= kRecord || first.size() == size)
            return session_.Write(boost::asio::buffer(first, kRecord));
          std::array<std::uint8_t, kRecord> record;
          return session_.Write(
              boost::asio::buffer(record, boost::asio::buffer_copy(boost::asio::buffer(record), buffers)));
        },
        std::forward<Token>(token));
  }

 private:
  static constexpr std::size_t kRecord = 16 * 1024;  // RFC 8446 5.1: "MUST NOT exceed 2^14 bytes"

  // The first that is not empty.
  template <typename Buffer, typename Buffers>
  static Buffer First(const Buffers& buffers) {
    const auto end = boost::asio::buffer_sequence_end(buffers);
    for (auto it = boost::asio::buffer_sequence_begin(buffers); it != end; ++it) {
      const Buffer buffer(*it);
      if (buffer.size() > 0) return buffer;
    }
    return {};
  }

  // Takes a step whenever the connection is ready for it, until it is done.
  template <typename StepOf>
  struct Operation {
    template <typename Self>
    void operator()(Self& self, ErrorCode error = {}) {
      if (posted) return Complete(self);
      if (error) {
        step = {.error = error};
      } else {
        step = take();
        if (step.need != TlsSession::Need::kNothing) {
          const auto wait = step.need == TlsSession::Need::kReadable ? Socket::wait_read : Socket::wait_write;
          waited = true;
          return stream.socket_.async_wait(wait, std::move(self));
        }
      }
      if (waited) return Complete(self);
      // Never from within the call that began it.
      posted = true;
      boost::asio::post(stream.socket_.get_executor(), std::move(self));
    }
    template <typename Self>
    void Complete(Self& self) {
      if constexpr (requires { self.complete(ErrorCode(), std::size_t{0}); }) {
        self.complete(step.error, step.size);
      } else {
        self.complete(step.error);
      }
    }

    TlsStream& stream;
    StepOf take;
    TlsSession::Step step{};
    bool waited = false;
    bool posted = false;
  };

  template <typename Signature, typename StepOf, typename Token>
  auto Compose(StepOf take, Token&& token) {
    return boost::asio::async_compose<Token, Signature>(Operation<StepOf>{*this, std::move(take)}, token,
                                                        socket_);
  }

  Socket socket_;
  TlsSession session_;
};

}  // namespace kcs::http
