// What a server says to the load test: Socket.IO messages, and what is read out of their payloads.
#include <boost/json/object.hpp>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "load/signaling.h"
#include "load/socketio_codec.h"

using namespace kcs::load;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto message = DecodeMessage({reinterpret_cast<const char*>(data), size});
  if (!message) return 0;
  if (const auto news = ParseProducer(message->data)) KCS_CHECK(!news->producer.empty());
  const boost::json::object* const object = message->data.if_object();
  if (object == nullptr) return 0;
  if (const auto offer = ParseTransportOffer(*object)) KCS_CHECK(!offer->ice.candidates.empty());
  if (const auto offer = ParseConsumer(*object)) KCS_CHECK(offer->stream.ssrc.value() != 0);
  static_cast<void>(ReceiveCapabilities(*object));
  return 0;
}
