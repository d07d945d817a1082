#include <gtest/gtest.h>

#include <vector>

#include "engine/crypto/dtls.h"

// The first flight of a present-day browser: DTLS 1.3 and 1.2 offered in one ClientHello that a post-quantum
// key share swells to 1,413 bytes and two fragments. A DTLS 1.2 server reassembles it and answers with 1.2.
namespace kcs::conformance {
namespace {

using crypto::DtlsRole;
using crypto::DtlsSession;
using crypto::DtlsState;
using Buffer = std::vector<std::uint8_t>;

constexpr std::size_t kBodySize = 1413;
constexpr Timestamp kNow{1s};

void U8(Buffer& out, std::size_t v) { out.push_back(static_cast<std::uint8_t>(v)); }
void U16(Buffer& out, std::size_t v) {
  U8(out, v >> 8 & 0xff);
  U8(out, v & 0xff);
}
void U24(Buffer& out, std::size_t v) {
  U8(out, v >> 16 & 0xff);
  U16(out, v & 0xffff);
}
void Extension(Buffer& out, std::size_t type, const Buffer& body) {
  U16(out, type);
  U16(out, body.size());
  out.insert(out.end(), body.begin(), body.end());
}

Buffer ClientHelloBody() {
  Buffer extensions;
  Extension(extensions, 23, {});                                // extended_master_secret
  Extension(extensions, 0xff01, {0});                           // renegotiation_info
  Extension(extensions, 10, {0, 6, 0x11, 0xec, 0, 29, 0, 23});  // X25519MLKEM768, X25519, P-256
  Extension(extensions, 11, {1, 0});                            // uncompressed points
  Extension(extensions, 13, {0, 6, 4, 3, 8, 4, 4, 1});          // ECDSA, RSA-PSS, RSA with SHA-256
  Extension(extensions, 14, {0, 6, 0, 7, 0, 8, 0, 1, 0});       // use_srtp: both GCMs, CM_SHA1_80
  Extension(extensions, 43, {4, 0xfe, 0xfc, 0xfe, 0xfd});       // supported_versions: 1.3, 1.2

  Buffer body = {0xfe, 0xfd};
  body.insert(body.end(), 32, 0x5a);  // random
  U8(body, 0);                        // session id
  U8(body, 0);                        // cookie
  U16(body, 6);                       // cipher suites
  for (const std::size_t suite : {0x1301u, 0xc02bu, 0xc02fu}) U16(body, suite);
  U8(body, 1);
  U8(body, 0);  // no compression
  // key_share takes what is left: list length, group, key length, key.
  const std::size_t key = kBodySize - body.size() - 2 - extensions.size() - 4 - 6;
  Buffer share;
  U16(share, key + 4);
  U16(share, 0x11ec);
  U16(share, key);
  share.insert(share.end(), key, 0xa5);
  Extension(extensions, 51, share);
  U16(body, extensions.size());
  body.insert(body.end(), extensions.begin(), extensions.end());
  return body;
}

// RFC 6347 4.2.2: one record with the fragment [offset, offset + size) of the message.
Buffer Fragment(const Buffer& body, std::size_t offset, std::size_t size, std::uint8_t record_sequence) {
  Buffer record = {22, 0xfe, 0xff, 0, 0, 0, 0, 0, 0, 0, record_sequence};
  U16(record, size + 12);
  U8(record, 1);  // client_hello
  U24(record, body.size());
  U16(record, 0);  // message sequence
  U24(record, offset);
  U24(record, size);
  const auto from = body.begin() + static_cast<std::ptrdiff_t>(offset);
  record.insert(record.end(), from, from + static_cast<std::ptrdiff_t>(size));
  return record;
}

class BrowserClientHello : public testing::Test {
 protected:
  BrowserClientHello()
      : context_(crypto::Certificate::Generate()), session_(context_), body_(ClientHelloBody()) {
    session_.Start(DtlsRole::kServer, {{"sha-256", "00"}}, kNow);
  }
  // Handshake type 2, with the version of the association behind its header.
  void ExpectServerHello() {
    const auto flight = session_.TakeOutgoing();
    ASSERT_EQ(flight.size(), 1u);
    ASSERT_GT(flight[0].size(), 27u);
    EXPECT_EQ(flight[0][0], 22);
    EXPECT_EQ(flight[0][13], 2);
    EXPECT_EQ(flight[0][25], 0xfe);
    EXPECT_EQ(flight[0][26], 0xfd);
    EXPECT_EQ(session_.state(), DtlsState::kConnecting);
  }

  crypto::DtlsContext context_;
  DtlsSession session_;
  Buffer body_;
};

TEST_F(BrowserClientHello, InTwoFragmentsIsAnsweredWithDtls12) {
  ASSERT_EQ(body_.size(), kBodySize);
  EXPECT_TRUE(session_.OnDatagram(Fragment(body_, 0, 1150, 0), kNow));
  EXPECT_TRUE(session_.TakeOutgoing().empty());
  EXPECT_TRUE(session_.OnDatagram(Fragment(body_, 1150, kBodySize - 1150, 1), kNow));
  ExpectServerHello();
}

TEST_F(BrowserClientHello, LateFirstFragmentIsAnswered) {
  session_.OnDatagram(Fragment(body_, 1150, kBodySize - 1150, 1), kNow);
  session_.OnDatagram(Fragment(body_, 1150, kBodySize - 1150, 1), kNow);
  session_.OnDatagram(Fragment(body_, 0, 1150, 0), kNow);
  ExpectServerHello();
}

TEST_F(BrowserClientHello, OneFragmentLostAndTheFlightRepeatedOtherwiseCutIsAnswered) {
  session_.OnDatagram(Fragment(body_, 0, 1150, 0), kNow);
  session_.OnDatagram(Fragment(body_, 0, 700, 2), kNow + 50ms);
  session_.OnDatagram(Fragment(body_, 700, kBodySize - 700, 3), kNow + 50ms);
  ExpectServerHello();
}

}  // namespace
}  // namespace kcs::conformance
