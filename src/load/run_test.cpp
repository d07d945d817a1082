#include "load/run.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <csignal>
#include <functional>
#include <string>
#include <thread>
#include <vector>

namespace kcs::load {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using ::testing::UnorderedElementsAreArray;

// A server that makes and deletes meetings and knows nothing else, on a thread of its own.
class MeetingsOnly {
 public:
  // `on_made` is called after the answer to each request for a meeting has been sent, with how many there
  // were.
  explicit MeetingsOnly(std::function<void(int)> on_made = [](int) {}) : on_made_(std::move(on_made)) {
    thread_ = std::thread([this] {
      while (!ended_) Serve();
    });
  }
  ~MeetingsOnly() { End(); }
  const std::string& url() const { return url_; }
  // Serves no more; what it was asked is to be read afterwards.
  void End() {
    if (ended_.exchange(true)) return;
    asio::io_context context;
    asio::ip::tcp::socket(context).connect(acceptor_.local_endpoint());
    thread_.join();
    acceptor_.close();
  }
  const std::vector<std::string>& made() const { return made_; }
  const std::vector<std::string>& deleted() const { return deleted_; }

 private:
  void Serve() {
    boost::system::error_code error;
    asio::ip::tcp::socket socket(context_);
    acceptor_.accept(socket, error);
    boost::beast::flat_buffer buffer;
    http::request<http::string_body> request;
    http::read(socket, buffer, request, error);
    if (error) return;
    http::response<http::string_body> response(http::status::ok, 11);
    response.body() = "{}";
    const std::string target(request.target());
    const bool makes = request.method() == http::verb::post;
    if (makes) {
      made_.push_back("m" + std::to_string(made_.size() + 1));
      response.body() = R"({"data":{"meeting":{"id":")" + made_.back() + R"("}}})";
    } else if (request.method() == http::verb::delete_) {
      deleted_.push_back(target.substr(target.rfind('/') + 1));
    }
    response.prepare_payload();
    http::write(socket, response, error);
    if (makes) on_made_(static_cast<int>(made_.size()));
  }

  std::function<void(int)> on_made_;
  asio::io_context context_;
  asio::ip::tcp::acceptor acceptor_{context_, {asio::ip::make_address("127.0.0.1"), 0}};
  std::string url_ = "http://127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port());
  std::vector<std::string> made_;
  std::vector<std::string> deleted_;
  std::atomic<bool> ended_ = false;
  std::thread thread_;
};

Options Small(const std::string& url) {
  Options options;
  options.url = url;
  options.meetings = 5;
  options.participants = 2;
  return options;
}

Result<std::string> AnyToken(const std::string& user_id, bool) { return "token of " + user_id; }

TEST(RunLoad, MeetingsThatWereMadeAreDeletedWhenAMemberGetsNoToken) {
  MeetingsOnly server;
  const int code = RunLoad(Small(server.url()), [](const std::string& user_id, bool) -> Result<std::string> {
    if (user_id.ends_with("-3-2")) return Fail("no more tokens");
    return "token";
  });
  server.End();
  EXPECT_EQ(code, 2);
  EXPECT_EQ(server.made().size(), 5U);
  EXPECT_THAT(server.deleted(), UnorderedElementsAreArray(server.made()));
}

TEST(RunLoad, ASignalWhileMeetingsAreMadeEndsItAndDeletesThem) {
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    MeetingsOnly server([signal](int made) {
      if (made == 3) ::kill(::getpid(), signal);
    });
    const int code = RunLoad(Small(server.url()), AnyToken);
    server.End();
    EXPECT_EQ(code, 2);
    // One that is being made when the signal comes is made.
    EXPECT_GE(server.made().size(), 3U);
    EXPECT_LE(server.made().size(), 4U);
    EXPECT_THAT(server.deleted(), UnorderedElementsAreArray(server.made()));
  }
}

TEST(RunLoad, WhereNoMeetingCanBeMadeNoneIsDeleted) {
  MeetingsOnly server;
  server.End();
  EXPECT_EQ(RunLoad(Small(server.url()), AnyToken), 2);
  EXPECT_TRUE(server.deleted().empty());
}

}  // namespace
}  // namespace kcs::load
