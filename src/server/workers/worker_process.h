#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "io/child_process.h"
#include "io/event_loop.h"
#include "io/message_channel.h"
#include "server/meeting/error.h"
#include "server/meeting/media_command.h"
#include "server/workers/candidates.h"

namespace kcs::worker {
class Envelope;
class Notification;
class Request;
class Response;
}  // namespace kcs::worker

namespace kcs::workers {

struct WorkerOptions {
  std::string executable;
  std::vector<std::string> arguments;
  std::vector<std::string> listen_ips;
  std::uint16_t min_port = 0;  // both ends included
  std::uint16_t max_port = 0;
  std::uint32_t audio_last_n = 0;      // speakers of a meeting that are forwarded; 0: all
  bool segmentation = true;            // UDP segmentation offload, where the kernel has it
  bool run_padding = true;             // media may be padded so that more of it leaves in runs
  bool gathering = true;               // workers may wait for the rest of a picture
  std::size_t max_outstanding = 8192;  // requests; beyond: kUnavailable
  Duration request_timeout = 10s;      // a worker that owes an answer and says nothing for so long is killed
  Duration stable_after = 5s;          // a worker that dies sooner, and again, is restarted with delay
  Duration max_backoff = 5s;           // between restarts of one that keeps dying
};

// One media worker and its successors: started at once, and again whenever it dies.
class WorkerProcess {
 public:
  using Answered = std::function<void(Result<const worker::Response*, meeting::Error>)>;
  struct Handlers {
    std::function<void()> on_up;  // it listens
    // It was starting or up, and is gone; its requests have been answered. The next one may be starting
    // already.
    std::function<void()> on_lost;
    std::function<void(const worker::Notification&)> on_notification;
  };

  WorkerProcess(io::EventLoop& loop, std::string name, WorkerOptions options, Handlers handlers);
  ~WorkerProcess();
  WorkerProcess(const WorkerProcess&) = delete;
  WorkerProcess& operator=(const WorkerProcess&) = delete;

  void Start();
  // Asks it to end and does not start another; `Stop` again, or destruction, kills.
  void Stop();

  bool usable() const { return channel_ != nullptr; }  // starting or up
  bool up() const { return up_; }
  int pid() const { return child_ ? child_->pid() : 0; }
  std::uint64_t restarts() const { return restarts_; }
  // Which process of this worker it is; what was placed on an earlier one is lost.
  std::uint64_t life() const { return life_; }
  const std::vector<Listener>& listeners() const { return listeners_; }
  const meeting::Fingerprint& fingerprint() const { return fingerprint_; }
  const std::string& last_error() const { return last_error_; }

  // Takes the request (its id is set here). `answered` may be empty; it is never called from inside.
  void Send(worker::Request& request, Answered answered);

 private:
  struct Outstanding {
    std::uint64_t id;
    Timestamp sent;
    Answered answered;
  };

  void Configure();
  void OnConfigured(const Result<const worker::Response*, meeting::Error>& response);
  void OnMessage(Bytes message);
  void OnGone(const std::string& how);
  void OnTimer();
  void Condemn();
  void SetTimer();
  // When it will have been silent for too long, if nothing comes.
  Timestamp Patience() const;
  Duration Backoff();

  io::EventLoop& loop_;
  std::string name_;
  WorkerOptions options_;
  Handlers handlers_;

  std::unique_ptr<io::ChildProcess> child_;
  std::unique_ptr<io::MessageChannel> channel_;
  std::deque<Outstanding> outstanding_;  // answered in order
  std::vector<Listener> listeners_;
  meeting::Fingerprint fingerprint_;
  std::string last_error_;
  bool up_ = false;
  bool stopping_ = false;
  bool condemned_ = false;
  Timestamp started_at_{};
  Timestamp heard_at_{};
  Timestamp restart_at_ = kNever;
  std::uint64_t restarts_ = 0;
  std::uint64_t life_ = 0;
  std::uint32_t quick_deaths_ = 0;
  std::uint64_t last_request_ = 0;
  io::Timer timer_;
};

}  // namespace kcs::workers
