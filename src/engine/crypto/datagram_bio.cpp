#include "engine/crypto/datagram_bio.h"

#include <openssl/crypto.h>

#include <algorithm>
#include <cstring>

#include "base/check.h"
#include "engine/crypto/dtls.h"
#include "engine/crypto/openssl_ptr.h"

namespace kcs::crypto {
namespace {

DatagramPipe& PipeOf(BIO* bio) { return *static_cast<DatagramPipe*>(BIO_get_data(bio)); }

int Read(BIO* bio, char* out, int size) {
  BIO_clear_retry_flags(bio);
  DatagramPipe& pipe = PipeOf(bio);
  if (!pipe.incoming) {
    BIO_set_retry_read(bio);
    return -1;
  }
  const std::size_t count = std::min(pipe.incoming->size(), static_cast<std::size_t>(size));
  std::memcpy(out, pipe.incoming->data(), count);
  pipe.incoming.reset();
  return static_cast<int>(count);
}

int Write(BIO* bio, const char* data, int size) {
  BIO_clear_retry_flags(bio);
  DatagramPipe& pipe = PipeOf(bio);
  const Bytes bytes = AsBytes({data, static_cast<std::size_t>(size)});
  // OpenSSL repeats a flight record by record. RFC 6347 4.1.1 lets a datagram carry several, and fewer
  // datagrams are lost less often.
  if (!pipe.outgoing.empty() && pipe.outgoing.back().size() + bytes.size() <= DtlsSession::kMtu) {
    pipe.outgoing.back().insert(pipe.outgoing.back().end(), bytes.begin(), bytes.end());
    return size;
  }
  // Like a full socket buffer: lost, to be retransmitted.
  if (pipe.outgoing.size() < pipe.max_outgoing) pipe.outgoing.emplace_back(bytes.begin(), bytes.end());
  return size;
}

void OnTimer(DatagramPipe& pipe, timeval* expiry) {
  pipe.timer_running = expiry->tv_sec != 0 || expiry->tv_usec != 0;
  pipe.timer_started = pipe.timer_running;
  if (LibraryLendsItsTimer()) pipe.timer = expiry;
}

// Everything unknown is answered 0, "not supported": OpenSSL asks here for kernel TLS among other things.
long Control(BIO* bio, int command, long /*number*/, void* pointer) {
  switch (command) {
    case BIO_CTRL_FLUSH:
      return 1;
    case BIO_CTRL_DGRAM_QUERY_MTU:
    case BIO_CTRL_DGRAM_GET_FALLBACK_MTU:
      return static_cast<long>(DtlsSession::kMtu);
    case BIO_CTRL_DGRAM_SET_NEXT_TIMEOUT:
      OnTimer(PipeOf(bio), static_cast<timeval*>(pointer));
      return 1;
    default:
      return 0;
  }
}

const BIO_METHOD* Method() {
  static const BioMethodPtr method = [] {
    BioMethodPtr made(BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "datagrams in memory"));
    KCS_CHECK(made);
    BIO_meth_set_read(made.get(), Read);
    BIO_meth_set_write(made.get(), Write);
    BIO_meth_set_ctrl(made.get(), Control);
    return made;
  }();
  return method.get();
}

}  // namespace

BIO* MakeDatagramBio(DatagramPipe& pipe) {
  BIO* const bio = BIO_new(Method());
  KCS_CHECK(bio != nullptr);
  BIO_set_data(bio, &pipe);
  BIO_set_init(bio, 1);
  return bio;
}

bool LibraryLendsItsTimer() {
  static const bool lends = OPENSSL_version_major() == 3 && OPENSSL_version_minor() < 2;
  return lends;
}

}  // namespace kcs::crypto
