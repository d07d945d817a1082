#include "server/workers/worker_process.h"

#include <algorithm>
#include <csignal>
#include <utility>

#include "base/log.h"
#include "proto/worker.pb.h"
#include "server/workers/messages.h"

namespace kcs::workers {
namespace {

constexpr Duration kFirstBackoff = 100ms;
// A packet to many receivers touches more pages than the processor keeps addresses of. glibc asks the kernel
// for large ones then, where transparent huge pages are set to `madvise`.
constexpr const char* kHugePages = "GLIBC_TUNABLES=glibc.malloc.hugetlb=1";

meeting::Error Unavailable() {
  return {meeting::ErrorCode::kUnavailable, "the media worker is not available"};
}

}  // namespace

WorkerProcess::WorkerProcess(io::EventLoop& loop, std::string name, WorkerOptions options, Handlers handlers)
    : loop_(loop),
      name_(std::move(name)),
      options_(std::move(options)),
      handlers_(std::move(handlers)),
      timer_(loop, [this] { OnTimer(); }) {}

WorkerProcess::~WorkerProcess() = default;

void WorkerProcess::Start() {
  restart_at_ = kNever;
  started_at_ = io::EventLoop::Now();
  ++life_;
  condemned_ = false;
  auto pair = io::MessageChannel::CreatePair();
  if (!pair) {
    OnGone(pair.error());
    return;
  }
  auto child = io::ChildProcess::Spawn(
      loop_,
      {.executable = options_.executable, .arguments = options_.arguments, .environment = {kHugePages}},
      std::move(pair->second), [this](io::ChildProcess::Exit exit) { OnGone(exit.ToString()); });
  if (!child) {
    OnGone(child.error());
    return;
  }
  child_ = *std::move(child);
  channel_ = std::make_unique<io::MessageChannel>(
      loop_, std::move(pair->first), io::MessageChannel::Limits{},
      io::MessageChannel::Handlers{.on_message = [this](Bytes message) { OnMessage(message); },
                                   // The exit of the process follows; if it hangs instead, it is of no use.
                                   .on_closed =
                                       [this] {
                                         if (child_ && !stopping_) child_->Kill(SIGKILL);
                                       }});
  Configure();
}

void WorkerProcess::Stop() {
  if (stopping_) {
    child_.reset();
    return;
  }
  stopping_ = true;
  restart_at_ = kNever;
  SetTimer();
  if (child_) child_->Kill(SIGTERM);
}

void WorkerProcess::Configure() {
  worker::Request request;
  worker::Configure& configure = *request.mutable_configure();
  for (const std::string& ip : options_.listen_ips) configure.add_listen_ips(ip);
  configure.set_min_port(options_.min_port);
  configure.set_max_port(options_.max_port);
  configure.set_audio_last_n(options_.audio_last_n);
  configure.set_segmentation(options_.segmentation);
  configure.set_run_padding(options_.run_padding);
  configure.set_gathering(options_.gathering);
  Send(request, [this](const auto& response) { OnConfigured(response); });
}

void WorkerProcess::OnConfigured(const Result<const worker::Response*, meeting::Error>& response) {
  if (!response && response.error().code == meeting::ErrorCode::kUnavailable) {
    if (last_error_.empty()) last_error_ = response.error().message;
    return;  // it is gone, or was never there
  }
  if (!response || !(*response)->has_configured()) {
    last_error_ = response ? "an empty answer" : response.error().message;
    log::error("{} could not listen: {}", name_, last_error_);
    Condemn();
    return;
  }
  const worker::Configured& configured = (*response)->configured();
  listeners_.clear();
  for (const auto& listener : configured.listeners()) {
    listeners_.push_back({listener.ip(), static_cast<std::uint16_t>(listener.udp_port()),
                          static_cast<std::uint16_t>(listener.tcp_port())});
    log::info("{} (pid {}) listens on {} udp {} tcp {}, srtp by {}", name_, pid(), listener.ip(),
              listener.udp_port(), listener.tcp_port(), configured.srtp_cipher());
  }
  fingerprint_ = {configured.fingerprint().algorithm(), configured.fingerprint().value()};
  last_error_.clear();
  up_ = true;
  if (handlers_.on_up) handlers_.on_up();
}

void WorkerProcess::Send(worker::Request& request, Answered answered) {
  const auto refuse = [&] {
    if (!answered) return;
    loop_.Post([answered = std::move(answered)] { answered(Fail(Unavailable())); });
  };
  if (!usable() || outstanding_.size() >= options_.max_outstanding) return refuse();
  request.set_id(++last_request_);
  worker::Envelope envelope;
  envelope.mutable_request()->Swap(&request);
  std::string bytes;
  if (!envelope.SerializeToString(&bytes) || !channel_->Send(AsBytes(bytes))) return refuse();
  outstanding_.push_back({last_request_, io::EventLoop::Now(), std::move(answered)});
  if (outstanding_.size() == 1) SetTimer();
}

// Nothing it says counts any more; OnGone follows.
void WorkerProcess::Condemn() {
  condemned_ = true;
  if (child_) child_->Kill(SIGKILL);
}

void WorkerProcess::OnMessage(Bytes message) {
  if (condemned_) return;
  heard_at_ = io::EventLoop::Now();
  worker::Envelope envelope;
  if (!envelope.ParseFromArray(message.data(), static_cast<int>(message.size()))) {
    log::error("{} sent something unreadable", name_);
    Condemn();
    return;
  }
  if (envelope.has_news()) {
    for (const worker::Notification& news : envelope.news().notifications()) {
      if (!condemned_) handlers_.on_notification(news);
    }
    return;
  }
  const worker::Response& response = envelope.response();
  if (!envelope.has_response() || outstanding_.empty() || outstanding_.front().id != response.id()) {
    log::error("{} answered out of order", name_);
    Condemn();
    return;
  }
  const Answered answered = std::move(outstanding_.front().answered);
  outstanding_.pop_front();
  SetTimer();
  if (!answered) return;
  if (response.has_error()) {
    answered(Fail(meeting::Error(ToError(response.error()))));
  } else {
    answered(&response);
  }
}

void WorkerProcess::OnGone(const std::string& how) {
  const bool was_usable = usable();
  up_ = false;
  child_.reset();
  channel_.reset();
  listeners_.clear();
  std::deque<Outstanding> unanswered;
  unanswered.swap(outstanding_);
  if (stopping_) {
    log::debug("{} ended: {}", name_, how);
  } else {
    log::warn("{} is gone: {}", name_, how);
    ++restarts_;
    const Duration backoff = Backoff();
    if (backoff == Duration::zero()) {
      Start();
    } else {
      restart_at_ = io::EventLoop::Now() + backoff;
    }
  }
  SetTimer();
  for (const Outstanding& request : unanswered) {
    if (request.answered) request.answered(Fail(Unavailable()));
  }
  if (was_usable && handlers_.on_lost) handlers_.on_lost();
}

// None for the first death; doubled for each that follows soon after its start.
Duration WorkerProcess::Backoff() {
  if (io::EventLoop::Now() - started_at_ >= options_.stable_after) quick_deaths_ = 0;
  if (quick_deaths_++ == 0) return Duration::zero();
  const Duration delay = kFirstBackoff * (1 << std::min(quick_deaths_ - 2, 10U));
  return std::min(delay, options_.max_backoff);
}

// A worker with too much to do answers late, and to kill it would end all its meetings. So what counts is not
// the age of a request, but whether anything at all comes.
Timestamp WorkerProcess::Patience() const {
  if (outstanding_.empty() || condemned_) return kNever;
  return std::max(outstanding_.front().sent, heard_at_) + options_.request_timeout;
}

void WorkerProcess::SetTimer() { timer_.Set(std::min(Patience(), restart_at_)); }

void WorkerProcess::OnTimer() {
  const Timestamp now = io::EventLoop::Now();
  if (now >= restart_at_) {
    Start();
  } else if (now >= Patience()) {
    log::error("{} (pid {}) says nothing and owes {} answers, killing it", name_, pid(), outstanding_.size());
    Condemn();
  }
  SetTimer();
}

}  // namespace kcs::workers
