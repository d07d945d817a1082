#pragma once

#include <boost/asio/buffer.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/system/error_code.hpp>
#include <cstddef>
#include <memory>

namespace kcs::http {

// TLS of one accepted connection, in steps that never wait. It reads and writes the connection itself, so
// nothing lies between the kernel's buffers and OpenSSL's, and an idle one holds neither records nor buffers.
class TlsSession {
 public:
  // `fd` must be open for as long as steps are taken.
  TlsSession(int fd, boost::asio::ssl::context& context);

  // What has to happen before the same step can be tried again.
  enum class Need { kNothing, kReadable, kWritable };
  struct Step {
    Need need = Need::kNothing;
    boost::system::error_code error{};
    std::size_t size = 0;  // bytes of plaintext
  };
  Step Handshake();
  // At least one byte, or asio::error::eof after the peer's close_notify. A connection that ends without one
  // is an error (asio::ssl::error::stream_truncated).
  Step Read(boost::asio::mutable_buffer to);
  // Some of it, one record at most. Tried again, the bytes must be the same.
  Step Write(boost::asio::const_buffer from);
  // Sends close_notify; does not wait for the peer's.
  Step Shutdown();

 private:
  struct Free {
    void operator()(SSL* ssl) const;
  };
  Step Done(int result);

  std::unique_ptr<SSL, Free> ssl_;
};

}  // namespace kcs::http
