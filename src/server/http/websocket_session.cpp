#include "server/http/websocket_session.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <exception>
#include <utility>
#include <vector>

#include "base/check.h"
#include "base/log.h"

namespace kcs::http {
namespace {

constexpr Duration kHandshakeTimeout = 10s;
// Flushing what is queued plus the close handshake.
constexpr Duration kCloseTimeout = 10s;
// A read buffer that grew beyond this for one message is given back.
constexpr std::size_t kKeptBuffer = 16 * 1024;

// A batch's buffers without a copy of the list, which the queue keeps until the batch is sent.
class BufferView {
 public:
  using value_type = asio::const_buffer;
  using const_iterator = const asio::const_buffer*;

  explicit BufferView(const std::vector<asio::const_buffer>& buffers)
      : begin_(buffers.data()), end_(buffers.data() + buffers.size()) {}
  const_iterator begin() const { return begin_; }
  const_iterator end() const { return end_; }

 private:
  const_iterator begin_;
  const_iterator end_;
};

template <typename Function, typename... Args>
void Guarded(ServerCore& core, const Function& function, Args&&... args) {
  if (!function) return;
  try {
    function(std::forward<Args>(args)...);
  } catch (const std::exception& error) {
    core.counters.Add(ServerEvent::kHandlerThrew);
    log::error("websocket handler failed: {}", error.what());
  }
}

}  // namespace

WebSocketSession::WebSocketSession(std::shared_ptr<ServerCore> core, Stream stream,
                                   WebSocketHandlers handlers)
    : core_(std::move(core)),
      connection_(std::move(stream)),
      stream_(static_cast<WebSocketLayer::Owner&>(*this)),
      handlers_(std::move(handlers)) {
  core_->open.insert(this);
}

WebSocketSession::~WebSocketSession() { core_->Remove(this); }

void WebSocketSession::Start(Opening request) {
  opening_ = std::move(request);
  asio::co_spawn(
      connection_.get_executor(), [self = shared_from_this()] { return self->Run(); }, asio::detached);
}

// GCC 12 miscompiles class types as coroutine parameters and co_await inside conditions: neither is used
// here.
Task<void> WebSocketSession::Run() {
  const bool accepted = co_await Accept();
  opening_.reset();
  if (accepted) {
    Opened();
    if (close_when_open_) Close(close_code_, std::string(close_reason_));
    co_await ReadAll();
  }
  OnEnd();
}

Task<bool> WebSocketSession::Accept() {
  beast::websocket::stream_base::timeout timeouts{};
  timeouts.handshake_timeout = kHandshakeTimeout;
  timeouts.idle_timeout = beast::websocket::stream_base::none();
  timeouts.keep_alive_pings = false;
  stream_.set_option(timeouts);
  stream_.read_message_max(handlers_.max_message_bytes);
  const auto [error] = co_await stream_.async_accept(*opening_, kAsTuple);
  if (error || state_ != State::kOpening) co_return false;
  state_ = State::kOpen;
  co_return true;
}

void WebSocketSession::Opened() {
  core_->counters.Add(ServerEvent::kWebSocketOpened);
  const auto on_open = std::exchange(handlers_.on_open, nullptr);
  Guarded(*core_, on_open, shared_from_this());
}

Task<void> WebSocketSession::ReadAll() {
  for (;;) {
    const auto [error, n] = co_await stream_.async_read(buffer_, kAsTuple);
    if (error == beast::websocket::error::closed) {
      result_.code = stream_.reason().code;
      result_.reason.assign(stream_.reason().reason.data(), stream_.reason().reason.size());
      co_return;
    }
    if (error) {
      if (error == beast::websocket::error::message_too_big) result_.code = 1009;
      co_return;
    }
    if (state_ == State::kOpen) {
      const auto data = buffer_.data();
      Deliver({static_cast<const char*>(data.data()), data.size()}, stream_.got_binary());
    }
    buffer_.consume(n);
    if (buffer_.capacity() > kKeptBuffer) buffer_.shrink_to_fit();
  }
}

void WebSocketSession::Deliver(std::string_view message, bool binary) {
  Guarded(*core_, handlers_.on_message, message, binary);
}

void WebSocketSession::OnEnd() {
  state_ = State::kClosed;
  close_deadline_.Cancel();
  connection_.Close();
  // The handlers often hold what holds us.
  const WebSocketHandlers handlers = std::exchange(handlers_, {});
  Guarded(*core_, handlers.on_close, result_);
}

bool WebSocketSession::Send(SharedText message, bool binary) {
  if (!is_open()) return false;
  if (queue_.messages() + 1 > handlers_.max_queued_messages ||
      queue_.bytes() + message->size() > handlers_.max_queued_bytes) {
    core_->counters.Add(ServerEvent::kWebSocketOverflow);
    result_.code = 1013;
    Cut();
    return false;
  }
  core_->counters.Add(ServerEvent::kWebSocketMessage);
  queue_.Push(std::move(message), binary);
  if (!writing_) Write();
  return true;
}

void WebSocketSession::WriteRaw(SharedText bytes, std::function<void(ErrorCode)> done) {
  KCS_CHECK(!raw_done_);
  raw_done_ = std::move(done);
  queue_.PushRaw(std::move(bytes));
  if (!writing_) Write();
}

void WebSocketSession::Write() {
  writing_ = true;
  core_->counters.Add(ServerEvent::kWebSocketWrite);
  asio::async_write(connection_, BufferView(queue_.StartBatch()),
                    [self = shared_from_this()](ErrorCode error, std::size_t) { self->OnWritten(error); });
}

void WebSocketSession::OnWritten(ErrorCode error) {
  writing_ = false;
  bool raw = queue_.FinishBatch();
  if (error) {
    queue_.Clear();
    Cut();
    raw = true;
  }
  if (raw) {
    if (const auto done = std::exchange(raw_done_, nullptr)) done(error);
  }
  if (queue_.has_waiting()) {
    Write();
  } else if (state_ == State::kClosing) {
    SendClose();
  }
}

void WebSocketSession::Close(std::uint16_t code, std::string_view reason) {
  if (state_ != State::kOpen && state_ != State::kOpening) return;
  close_code_ = code;
  close_reason_ = reason.substr(0, 100);
  if (state_ == State::kOpening) {
    close_when_open_ = true;
    return;
  }
  state_ = State::kClosing;
  close_deadline_ = core_->runtime.After(kCloseTimeout, [this] { Cut(); });
  if (!writing_) SendClose();
}

void WebSocketSession::SendClose() {
  if (std::exchange(close_sent_, true)) return;
  const beast::websocket::close_reason reason(static_cast<beast::websocket::close_code>(close_code_),
                                              close_reason_);
  stream_.async_close(reason, [self = shared_from_this()](ErrorCode) { self->Cut(); });
}

void WebSocketSession::Cut() {
  state_ = State::kClosed;
  close_deadline_.Cancel();
  connection_.Close();
}

}  // namespace kcs::http
