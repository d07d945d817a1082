#include "server/http/websocket.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket/ssl.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <future>
#include <string>

#include "server/http/frame_queue.h"
#include "server/http/test_certificate.h"
#include "server/http/test_server.h"

namespace kcs::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using testing::Certificate;
using ::testing::StartsWith;
using testing::TestServer;
using testing::Wire;
using Tcp = asio::ip::tcp;

// An echo server under "/ws/"; "/ws/no" is refused, the message "bye" closes, "flood" sends without end,
// "many" sends a hundred messages.
class WebSocketTest : public ::testing::Test {
 protected:
  UpgradeDecision Decide(const Request& request) {
    if (request.path == "/ws/no") return Response::Text(403, "not you");
    auto held = std::make_shared<std::shared_ptr<WebSocket>>();
    WebSocketHandlers handlers;
    handlers.max_message_bytes = 1'000;
    handlers.max_queued_bytes = 100'000;
    handlers.on_open = [held](std::shared_ptr<WebSocket> socket) { *held = std::move(socket); };
    handlers.on_message = [held](std::string_view message, bool binary) {
      if (message == "bye") {
        (*held)->Send(std::make_shared<const std::string>("last"), false);
        (*held)->Close(4000, "as you wish");
      } else if (message == "flood") {
        const auto large = std::make_shared<const std::string>(10'000, 'x');
        while ((*held)->Send(large, true)) {
        }
      } else if (message == "many") {
        for (int i = 0; i < 100; ++i) {
          (*held)->Send(std::make_shared<const std::string>(std::to_string(i)), false);
        }
      } else {
        (*held)->Send(std::make_shared<const std::string>(message), binary);
      }
    };
    handlers.on_close = [this, held](const WebSocketClose& close) {
      held->reset();
      closed_.set_value(close.code);
    };
    return handlers;
  }
  TestServer& Start(ServerConfig config = {}) {
    Router router;
    router.Mount(
        "/ws/", [](const Request&, const auto& responder) { responder->Send(Response::Error(426)); },
        [this](const Request& request) { return Decide(request); });
    server_ = std::make_unique<TestServer>(std::move(config), std::move(router));
    return *server_;
  }
  std::uint16_t WaitForClose() { return closed_.get_future().get(); }

  std::promise<std::uint16_t> closed_;
  std::promise<void> stopped_;
  std::unique_ptr<TestServer> server_;
};

template <typename Stream>
std::string Read(beast::websocket::stream<Stream>& stream) {
  beast::flat_buffer buffer;
  stream.read(buffer);
  return beast::buffers_to_string(buffer.data());
}

class Client {
 public:
  explicit Client(std::uint16_t port, std::string_view path = "/ws/") : stream(context_) {
    stream.next_layer().connect({asio::ip::make_address("127.0.0.1"), port});
    stream.handshake("localhost", beast::string_view(path.data(), path.size()), error);
  }
  // The code of the close frame that the server sends next.
  std::uint16_t ReadClose() {
    beast::flat_buffer buffer;
    while (!error) stream.read(buffer, error);
    return stream.reason().code;
  }

  boost::system::error_code error;

 private:
  asio::io_context context_;

 public:
  beast::websocket::stream<Tcp::socket> stream;
};

TEST_F(WebSocketTest, CarriesTextAndBinaryMessages) {
  Client client(Start().port());
  client.stream.write(asio::buffer(std::string("hello")));
  EXPECT_EQ(Read(client.stream), "hello");
  EXPECT_TRUE(client.stream.got_text());
  client.stream.binary(true);
  client.stream.write(asio::buffer(std::string("\x00\x01", 2)));
  EXPECT_EQ(Read(client.stream), std::string("\x00\x01", 2));
  EXPECT_TRUE(client.stream.got_binary());
  client.stream.close({beast::websocket::close_code::going_away, "leaving"});
  EXPECT_EQ(WaitForClose(), 1001);
}

TEST_F(WebSocketTest, RefusesWithAnOrdinaryAnswer) {
  Client client(Start().port(), "/ws/no");
  EXPECT_EQ(client.error, beast::websocket::error::upgrade_declined);
}

TEST_F(WebSocketTest, SendsWhatIsQueuedBeforeItCloses) {
  Client client(Start().port());
  client.stream.write(asio::buffer(std::string("bye")));
  EXPECT_EQ(Read(client.stream), "last");
  EXPECT_EQ(client.ReadClose(), 4000);
  WaitForClose();
}

TEST_F(WebSocketTest, ClosesOnMessagesThatAreTooLarge) {
  Client client(Start().port());
  client.stream.write(asio::buffer(std::string(1'001, 'x')));
  EXPECT_EQ(client.ReadClose(), 1009);
  EXPECT_EQ(WaitForClose(), 1009);
}

TEST_F(WebSocketTest, CutsAReceiverThatDoesNotKeepUp) {
  Client client(Start().port());
  client.stream.write(asio::buffer(std::string("flood")));
  EXPECT_EQ(WaitForClose(), 1013);
  EXPECT_EQ(server_->server().counters()[ServerEvent::kWebSocketOverflow], 1U);
}

TEST_F(WebSocketTest, SendsMessagesThatWaitTogether) {
  Client client(Start().port());
  client.stream.write(asio::buffer(std::string("many")));
  for (int i = 0; i < 100; ++i) EXPECT_EQ(Read(client.stream), std::to_string(i));
  client.stream.close({});
  WaitForClose();
  const auto& counters = server_->server().counters();
  EXPECT_EQ(counters[ServerEvent::kWebSocketMessage], 100U);
  // The handshake, the first message, which finds nobody before it, the others, the answer to the close.
  EXPECT_EQ(counters[ServerEvent::kWebSocketWrite], 2 + 99 / FrameQueue::kMaxBatchFrames + 1 + 1);
}

TEST_F(WebSocketTest, AnswersPingsBetweenMessages) {
  Client client(Start().port());
  int pongs = 0;
  client.stream.control_callback([&](beast::websocket::frame_type type, beast::string_view payload) {
    if (type == beast::websocket::frame_type::pong && payload == "x") ++pongs;
  });
  for (int i = 0; i < 3; ++i) {
    client.stream.write(asio::buffer(std::string("many")));
    client.stream.ping("x");
  }
  client.stream.write(asio::buffer(std::string("end")));
  for (int i = 0; i < 300; ++i) EXPECT_EQ(Read(client.stream), std::to_string(i % 100));
  EXPECT_EQ(Read(client.stream), "end");
  EXPECT_EQ(pongs, 3);
}

TEST_F(WebSocketTest, AnswersACloseBehindWhatIsQueued) {
  Client client(Start().port());
  client.stream.write(asio::buffer(std::string("many")));
  // Sends its close before it reads anything; what comes first is thrown away by Beast, but must be
  // well-formed.
  client.stream.close({beast::websocket::close_code::normal, "done"}, client.error);
  EXPECT_FALSE(client.error) << client.error.message();
  EXPECT_EQ(WaitForClose(), 1000);
}

TEST_F(WebSocketTest, NoticesALostConnection) {
  Client client(Start().port());
  client.stream.next_layer().close();
  EXPECT_EQ(WaitForClose(), 1006);
}

TEST_F(WebSocketTest, SaysGoodbyeWhenTheServerStops) {
  Client client(Start().port());
  server_->runtime.Post([this] { server_->server().Stop(10s, [this] { stopped_.set_value(); }); });
  EXPECT_EQ(client.ReadClose(), 1001);
  stopped_.get_future().get();
  WaitForClose();
}

TEST_F(WebSocketTest, LeavesOtherRequestsToTheHandler) {
  Wire wire(Start().port());
  wire.Write("GET /ws/ HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(wire.ReadAll(), StartsWith("HTTP/1.1 426 "));
}

TEST_F(WebSocketTest, RefusesFramesBeforeItsAnswer) {
  Wire wire(Start().port());
  wire.Write(
      "GET /ws/ HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: "
      "13\r\n"
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n\x81");
  EXPECT_THAT(wire.ReadAll(), StartsWith("HTTP/1.1 400 "));
}

TEST_F(WebSocketTest, SpeaksTls) {
  const Certificate files;
  ServerConfig config;
  config.tls_certificate = files.certificate;
  config.tls_key = files.private_key;
  Start(config);

  asio::io_context context;
  asio::ssl::context tls(asio::ssl::context::tls_client);
  tls.load_verify_file(files.certificate);
  tls.set_verify_mode(asio::ssl::verify_peer);
  beast::websocket::stream<asio::ssl::stream<Tcp::socket>> stream(context, tls);
  stream.next_layer().next_layer().connect({asio::ip::make_address("127.0.0.1"), server_->port()});
  stream.next_layer().handshake(asio::ssl::stream_base::client);
  stream.handshake("localhost", "/ws/");
  const std::string large(900, 'x');
  for (int i = 0; i < 3; ++i) {
    stream.write(asio::buffer(large));
    EXPECT_EQ(Read(stream), large);
  }
  stream.next_layer().next_layer().close();
  WaitForClose();

  Wire plain(server_->port());
  plain.Write("GET / HTTP/1.1\r\n\r\n");
  plain.ReadAll();
  EXPECT_EQ(server_->server().counters()[ServerEvent::kTlsFailed], 1U);
}

}  // namespace
}  // namespace kcs::http
