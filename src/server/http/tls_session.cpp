#include "server/http/tls_session.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/error.hpp>
#include <boost/asio/ssl/error.hpp>
#include <cerrno>
#include <climits>
#include <cstdint>
#include <new>

#include "base/check.h"

namespace kcs::http {
namespace {

namespace asio = boost::asio;

// OpenSSL's own socket BIO would raise SIGPIPE, and wait where the socket does.
int FdOf(BIO* bio) { return static_cast<int>(reinterpret_cast<std::intptr_t>(BIO_get_data(bio))); }

int Send(BIO* bio, const char* data, int size) {
  BIO_clear_retry_flags(bio);
  const auto sent = ::send(FdOf(bio), data, static_cast<std::size_t>(size), MSG_DONTWAIT | MSG_NOSIGNAL);
  if (sent < 0 && (errno == EAGAIN || errno == EINTR)) BIO_set_retry_write(bio);
  return static_cast<int>(sent);
}

int Receive(BIO* bio, char* data, int size) {
  BIO_clear_retry_flags(bio);
  const auto received = ::recv(FdOf(bio), data, static_cast<std::size_t>(size), MSG_DONTWAIT);
  if (received < 0 && (errno == EAGAIN || errno == EINTR)) BIO_set_retry_read(bio);
  if (received == 0) BIO_set_flags(bio, BIO_FLAGS_IN_EOF);
  return static_cast<int>(received);
}

long Control(BIO* bio, int command, long /*number*/, void* /*pointer*/) {
  if (command == BIO_CTRL_EOF) return BIO_test_flags(bio, BIO_FLAGS_IN_EOF) != 0 ? 1 : 0;
  return command == BIO_CTRL_FLUSH ? 1 : 0;
}

const BIO_METHOD* SocketMethod() {
  static BIO_METHOD* const method = [] {
    BIO_METHOD* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "connection");
    KCS_CHECK(made != nullptr);
    BIO_meth_set_write(made, Send);
    BIO_meth_set_read(made, Receive);
    BIO_meth_set_ctrl(made, Control);
    return made;
  }();
  return method;
}

int AsInt(std::size_t size) { return static_cast<int>(std::min<std::size_t>(size, INT_MAX)); }

}  // namespace

void TlsSession::Free::operator()(SSL* ssl) const { SSL_free(ssl); }

TlsSession::TlsSession(int fd, asio::ssl::context& context) : ssl_(SSL_new(context.native_handle())) {
  BIO* const bio = BIO_new(SocketMethod());
  if (ssl_ == nullptr || bio == nullptr) throw std::bad_alloc();
  BIO_set_data(bio, reinterpret_cast<void*>(static_cast<std::intptr_t>(fd)));
  BIO_set_init(bio, 1);
  SSL_set_bio(ssl_.get(), bio, bio);
  SSL_set_mode(ssl_.get(), SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                               SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_set_accept_state(ssl_.get());
}

TlsSession::Step TlsSession::Handshake() {
  ERR_clear_error();
  return Done(SSL_do_handshake(ssl_.get()));
}

TlsSession::Step TlsSession::Read(asio::mutable_buffer to) {
  ERR_clear_error();
  return Done(SSL_read(ssl_.get(), to.data(), AsInt(to.size())));
}

TlsSession::Step TlsSession::Write(asio::const_buffer from) {
  ERR_clear_error();
  return Done(SSL_write(ssl_.get(), from.data(), AsInt(from.size())));
}

TlsSession::Step TlsSession::Shutdown() {
  ERR_clear_error();
  const int result = SSL_shutdown(ssl_.get());
  return result == 0 ? Step{} : Done(result);  // 0: sent, and the peer's is not here yet
}

TlsSession::Step TlsSession::Done(int result) {
  if (result > 0) return {.size = static_cast<std::size_t>(result)};
  const int system_error = errno;
  switch (SSL_get_error(ssl_.get(), result)) {
    case SSL_ERROR_WANT_READ:
      return {.need = Need::kReadable};
    case SSL_ERROR_WANT_WRITE:
      return {.need = Need::kWritable};
    case SSL_ERROR_ZERO_RETURN:
      return {.error = asio::error::eof};
    case SSL_ERROR_SYSCALL:
      if (system_error != 0) return {.error = {system_error, asio::error::get_system_category()}};
      return {.error = asio::ssl::error::stream_truncated};
    default:
      break;
  }
  const unsigned long reason = ERR_get_error();
  if (ERR_GET_REASON(reason) == SSL_R_UNEXPECTED_EOF_WHILE_READING)
    return {.error = asio::ssl::error::stream_truncated};
  return {.error = {static_cast<int>(reason), asio::error::get_ssl_category()}};
}

}  // namespace kcs::http
