#pragma once

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include "server/http/asio_runtime.h"
#include "server/http/server.h"

// A real server on a loopback port, and a client that reads until the other side is done. Only tests include
// this.
namespace kcs::http::testing {

class TestServer {
 public:
  TestServer(ServerConfig config, Router router) {
    config.listen_ip = "127.0.0.1";
    server_ = std::make_unique<Server>(runtime, std::move(config), std::move(router));
    const auto started = server_->Start();
    EXPECT_TRUE(started) << started.error();
    thread_ = std::thread([this] { runtime.Run(); });
  }
  ~TestServer() {
    runtime.Post([this] {
      server_.reset();
      runtime.Post([this] { runtime.Stop(); });
    });
    thread_.join();
  }
  Server& server() { return *server_; }
  std::uint16_t port() const { return server_->port(); }

  AsioRuntime runtime;

 private:
  std::unique_ptr<Server> server_;
  std::thread thread_;
};

// A blocking connection.
class Wire {
 public:
  explicit Wire(std::uint16_t port) : socket_(context_) {
    socket_.connect({boost::asio::ip::make_address("127.0.0.1"), port});
  }
  void Write(std::string_view text) {
    boost::asio::write(socket_, boost::asio::buffer(text.data(), text.size()));
  }
  // Everything until the server closes.
  std::string ReadAll() {
    boost::system::error_code error;
    boost::asio::read(socket_, boost::asio::dynamic_buffer(buffer_), error);
    return std::exchange(buffer_, {});
  }
  // Up to and including `end`.
  std::string ReadUntil(std::string_view end) {
    boost::system::error_code error;
    const std::size_t n = boost::asio::read_until(socket_, boost::asio::dynamic_buffer(buffer_), end, error);
    std::string out = buffer_.substr(0, n);
    buffer_.erase(0, n);
    return out;
  }
  void Close() { socket_.close(); }
  boost::asio::ip::tcp::socket& socket() { return socket_; }

 private:
  boost::asio::io_context context_;
  boost::asio::ip::tcp::socket socket_;
  std::string buffer_;
};

}  // namespace kcs::http::testing
