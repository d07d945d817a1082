#include "engine/worker/server_channel.h"

#include <string>
#include <utility>

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

void ServerChannel::Tell(const sfu::Notification& news) {
  const bool waits = !news_.empty() || channel_.queued_bytes() > 0;
  if (!(waits ? news_.Put(news) : Write(news))) handlers_.on_news_lost();
}

void ServerChannel::TellWhatWaits() {
  while (channel_.queued_bytes() == 0) {
    const auto news = news_.Take();
    if (!news) return;
    if (!Write(*news)) handlers_.on_news_lost();
  }
}

bool ServerChannel::Write(const sfu::Notification& news) {
  worker::Envelope envelope;
  WriteNotification(news, *envelope.mutable_notification());
  return channel_.Send(AsBytes(envelope.SerializeAsString()));
}

}  // namespace kcs::worker_process
