#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/read.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <string>

#include "server/http/test_certificate.h"
#include "server/http/test_server.h"

namespace kcs::http {
namespace {

namespace asio = boost::asio;
using testing::Certificate;
using ::testing::StartsWith;
using testing::TestServer;
using Tcp = asio::ip::tcp;

// "/large" answers with as many bytes as "?n=" says, and "POST /size" with the size of its body.
class TlsTest : public ::testing::Test {
 protected:
  TlsTest() : tls_(asio::ssl::context::tls_client), stream_(context_, tls_) {
    Router router;
    router.Add("GET", "/large", [](const Request& request, const auto& responder) {
      responder->Send(Response::Text(200, std::string(std::stoul(std::string(request.query.Get("n"))), 'x')));
    });
    router.Add("POST", "/size", [](const Request& request, const auto& responder) {
      responder->Send(Response::Text(200, std::to_string(request.body.size())));
    });
    ServerConfig config;
    config.limits.header_timeout = 1h;  // nobody waits for that
    config.tls_certificate = files_.certificate;
    config.tls_key = files_.private_key;
    server_ = std::make_unique<TestServer>(std::move(config), std::move(router));
    tls_.load_verify_file(files_.certificate);
    tls_.set_verify_mode(asio::ssl::verify_peer);
    stream_.next_layer().connect({asio::ip::make_address("127.0.0.1"), server_->port()});
    stream_.handshake(asio::ssl::stream_base::client);
  }

  void Write(const std::string& text) { asio::write(stream_, asio::buffer(text)); }
  // The body of one answer of `n` bytes.
  std::size_t ReadBody(std::size_t n) {
    const std::size_t head = asio::read_until(stream_, asio::dynamic_buffer(received_), "\r\n\r\n");
    EXPECT_THAT(received_, StartsWith("HTTP/1.1 200 OK"));
    received_.erase(0, head);
    boost::system::error_code error;
    if (received_.size() < n) {
      asio::read(stream_, asio::dynamic_buffer(received_), asio::transfer_exactly(n - received_.size()),
                 error);
    }
    const std::size_t size = std::min(received_.size(), n);
    received_.erase(0, size);
    return size;
  }

  Certificate files_;
  std::unique_ptr<TestServer> server_;
  asio::io_context context_;
  asio::ssl::context tls_;
  asio::ssl::stream<Tcp::socket> stream_;
  std::string received_;
};

TEST_F(TlsTest, SendsAnswersOfManyRecords) {
  for (const std::size_t n : {1UL, 16'000UL, 16'384UL, 17'000UL, 300'000UL}) {
    Write("GET /large?n=" + std::to_string(n) + " HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_EQ(ReadBody(n), n);
  }
}

TEST_F(TlsTest, WhatAConnectionDoesNotTakeAtOnceArrivesWhole) {
  // More than fits between the two, so the server has to wait for room.
  constexpr std::size_t kLarge = 8'000'000;
  stream_.next_layer().set_option(asio::socket_base::receive_buffer_size(64 * 1024));
  Write("GET /large?n=" + std::to_string(kLarge) + " HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(ReadBody(kLarge), kLarge);
}

TEST_F(TlsTest, AConnectionThatIsCutIsLetGo) {
  Write("GET /large?n=10 HTTP/1.1\r\nHost: a\r\n\r\nGET /lar");
  EXPECT_EQ(ReadBody(10), 10U);
  stream_.next_layer().shutdown(asio::socket_base::shutdown_send);
  boost::system::error_code error;
  asio::read(stream_, asio::dynamic_buffer(received_), error);  // until the server lets go
  EXPECT_TRUE(error);
}

TEST_F(TlsTest, ReadsBodiesOfManyRecords) {
  Write("POST /size HTTP/1.1\r\nHost: a\r\nContent-Length: 300000\r\n\r\n" + std::string(300'000, 'x'));
  EXPECT_EQ(ReadBody(6), 6U);
}

TEST_F(TlsTest, SaysThatItCloses) {
  Write("GET /large?n=20000 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(ReadBody(20'000), 20'000U);
  boost::system::error_code error;
  asio::read(stream_, asio::dynamic_buffer(received_), error);
  EXPECT_EQ(error, asio::error::eof) << "and not a stream that is cut short: " << error.message();
}

}  // namespace
}  // namespace kcs::http
