#include "load/http_client.h"

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>

namespace kcs::load {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using boost::system::error_code;
using tcp = asio::ip::tcp;

constexpr std::chrono::seconds kTimeout{10};

tcp::endpoint EndpointOf(const SocketAddress& address) {
  error_code ignored;
  return {asio::ip::make_address(address.IpText(), ignored), address.port};
}

// A connection for one request; every step under one deadline.
struct Exchange {
  asio::io_context context{1};
  beast::tcp_stream stream{context};
  beast::flat_buffer buffer;
  http::request<http::string_body> request;
  http::response<http::string_body> response;
  error_code error;

  void Run(const SocketAddress& address) {
    stream.expires_after(kTimeout);
    stream.async_connect(EndpointOf(address), [this](error_code failed) {
      if (failed) return void(error = failed);
      http::async_write(stream, request, [this](error_code not_written, std::size_t) {
        if (not_written) return void(error = not_written);
        http::async_read(stream, buffer, response,
                         [this](error_code not_read, std::size_t) { error = not_read; });
      });
    });
    context.run();
  }
};

}  // namespace

Result<HttpAnswer> AskHttp(const ServerUrl& url, const SocketAddress& address, std::string_view method,
                           std::string_view path, std::string_view token, std::string_view body) {
  Exchange exchange;
  auto& request = exchange.request;
  request.method_string({method.data(), method.size()});
  request.target({path.data(), path.size()});
  request.version(11);
  request.set(http::field::host, url.HostAndPort());
  request.set(http::field::connection, "close");
  request.set(http::field::authorization, "Bearer " + std::string(token));
  if (!body.empty()) {
    request.set(http::field::content_type, "application/json");
    request.body() = body;
  }
  request.prepare_payload();
  exchange.Run(address);
  if (exchange.error) return Fail(address.ToString() + ": " + exchange.error.message());
  return HttpAnswer{static_cast<int>(exchange.response.result_int()), std::move(exchange.response.body())};
}

}  // namespace kcs::load
