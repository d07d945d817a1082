#include "engine/worker/server_channel.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "base/log.h"
#include "engine/worker/control.h"
#include "proto/worker.pb.h"

namespace kcs::worker_process {

ServerChannel::ServerChannel(io::EventLoop& loop, io::UniqueFd end, Handlers handlers)
    : handlers_(std::move(handlers)),
      channel_(loop, std::move(end), {.reads_while_sending = false},
               {.on_message = [this](Bytes message) { OnMessage(message); },
                .on_closed = [this] { handlers_.on_closed(); },
                .on_drained = [this] { TellWhatWaits(); }}) {}

void ServerChannel::OnMessage(Bytes message) {
  worker::Envelope envelope;
  if (!envelope.ParseFromArray(message.data(), static_cast<int>(message.size())) || !envelope.has_request()) {
    log::error("worker: not a request on the control channel");
    return;
  }
  handlers_.on_request(envelope.request());
}

void ServerChannel::Answer(const worker::Envelope& envelope) {
  const std::string bytes = envelope.SerializeAsString();
  if (channel_.Send(AsBytes(bytes)) || bytes.size() <= io::MessageChannel::kMaxMessage) return;
  log::error("worker: an answer of {} bytes is too long to be sent", bytes.size());
  worker::Envelope instead;
  instead.mutable_response()->set_id(envelope.response().id());
  instead.mutable_response()->mutable_error()->set_message("the answer is too long");
  channel_.Send(AsBytes(instead.SerializeAsString()));
}

void ServerChannel::Tell(std::span<const sfu::Notification> news) {
  while (!news.empty() && news_.empty() && channel_.queued_bytes() == 0) {
    const auto together = news.first(std::min(news.size(), kTogether));
    Write(together);
    news = news.subspan(together.size());
  }
  for (const sfu::Notification& waits : news) {
    if (!news_.Put(waits)) handlers_.on_news_lost();
  }
}

void ServerChannel::TellWhatWaits() {
  std::vector<sfu::Notification> together;
  while (channel_.queued_bytes() == 0 && !news_.empty()) {
    together.clear();
    while (together.size() < kTogether && !news_.empty()) together.push_back(*news_.Take());
    Write(together);
  }
}

void ServerChannel::Write(std::span<const sfu::Notification> news) {
  worker::Envelope envelope;
  for (const sfu::Notification& piece : news) {
    WriteNotification(piece, *envelope.mutable_news()->add_notifications());
  }
  if (channel_.Send(AsBytes(envelope.SerializeAsString()))) return;
  // One of them may be too long.
  if (news.size() == 1) return handlers_.on_news_lost();
  Write(news.first(news.size() / 2));
  Write(news.subspan(news.size() / 2));
}

}  // namespace kcs::worker_process
