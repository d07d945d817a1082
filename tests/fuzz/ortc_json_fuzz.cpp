#include <boost/json.hpp>
#include <cstddef>
#include <cstdint>

#include "base/bytes.h"
#include "base/check.h"
#include "server/ortc/capabilities.h"
#include "server/ortc/engine_view.h"
#include "server/ortc/json.h"
#include "server/ortc/negotiate.h"
#include "server/ortc/validate.h"

namespace {

using namespace kcs::ortc;

// What gets to a receiver is valid, whatever the sender and the receiver say.
void Negotiate(MediaKind kind, const RtpParameters& sender, const RtpCapabilities& receiver) {
  kcs::SeededEntropy entropy(1);
  if (!ValidateRtpParameters(kind, sender)) return;
  const auto mapping = ProducerMapping(sender, RouterRtpCapabilities(), entropy);
  if (!mapping) return;
  static_cast<void>(ForEngine(kind, sender, *mapping));
  const RtpParameters consumable = ConsumableParameters(kind, sender, RouterRtpCapabilities(), *mapping);
  KCS_CHECK(CanConsume(consumable, RouterRtpCapabilities()));
  ConsumerOptions options;
  options.kind = kind;
  for (const RtpCapabilities& capabilities : {RouterRtpCapabilities(), receiver}) {
    const auto consumer = ConsumerParameters(consumable, capabilities, options, entropy);
    if (!consumer) continue;
    KCS_CHECK(ValidateRtpParameters(kind, *consumer));
    KCS_CHECK(ForEngine(*consumer).ssrc != 0);
  }
}

}  // namespace

// Any bytes as JSON with "rtpParameters" of a sender and "rtpCapabilities" of a receiver.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  boost::system::error_code error;
  const boost::json::value json = boost::json::parse(kcs::AsText(kcs::Bytes(data, size)), error);
  if (error) return 0;
  const boost::json::value none;
  const auto field = [&](const char* name) -> const boost::json::value& {
    const auto* object = json.if_object();
    const auto* value = object != nullptr ? object->if_contains(name) : nullptr;
    return value != nullptr ? *value : none;
  };
  RtpCapabilities receiver;
  if (const auto capabilities = ParseRtpCapabilities(field("rtpCapabilities"))) {
    KCS_CHECK(ParseRtpCapabilities(ToJson(*capabilities)) == *capabilities);
    if (ValidateRtpCapabilities(*capabilities)) receiver = *capabilities;
  }
  if (const auto sender = ParseRtpParameters(field("rtpParameters"))) {
    KCS_CHECK(ParseRtpParameters(ToJson(*sender)) == *sender);
    Negotiate(MediaKind::kAudio, *sender, receiver);
    Negotiate(MediaKind::kVideo, *sender, receiver);
  }
  return 0;
}
