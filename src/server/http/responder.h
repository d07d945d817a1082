#pragma once

#include <functional>

#include "server/http/message.h"

namespace kcs::http {

// The way back to one request's client; may be kept and answered later (long polling). All on the runtime's
// thread. When the last reference goes away unanswered, the server answers 500.
class Responder {
 public:
  virtual ~Responder() = default;
  // The answer. Only the first call counts; after the client has gone away it does nothing.
  virtual void Send(Response response) = 0;
  // True once the client has closed or lost its connection before the answer was sent.
  virtual bool gone() const = 0;
  // `handler` is called at most once, when the client goes away before Send().
  virtual void OnGone(std::function<void()> handler) = 0;
};

}  // namespace kcs::http
