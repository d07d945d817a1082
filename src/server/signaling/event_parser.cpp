#include "server/signaling/event_parser.h"

#include <boost/json.hpp>
#include <unordered_map>

#include "server/signaling/event_groups.h"

namespace kcs::signaling {

namespace {

using Parser = ParsedEvent (*)(Fields&);

const std::unordered_map<std::string_view, Parser>& Parsers() {
  static const std::unordered_map<std::string_view, Parser> kParsers = {
      {"create-transport", ParseCreateTransport},
      {"connect-transport", ParseConnectTransport},
      {"restart-ice", ParseRestartIce},
      {"produce", ParseProduce},
      {"pause-producer", ParsePauseProducer},
      {"resume-producer", ParseResumeProducer},
      {"close-producer", ParseCloseProducer},
      {"consume", ParseConsume},
      {"pause-consumer", ParsePauseConsumer},
      {"resume-consumer", ParseResumeConsumer},
      {"close-consumer", ParseCloseConsumer},
      {"request-key-frame", ParseRequestKeyFrame},
      {"set-preferred-layers", ParseSetPreferredLayers},
      {"set-consumer-priority", ParseSetConsumerPriority},
      {"set-viewport", ParseSetViewport},
      {"set-audio-only", ParseSetAudioOnly},
      {"join-meeting", ParseJoinMeeting},
      {"leave-meeting", ParseLeaveMeeting},
      {"get-rtp-capabilities", ParseGetRtpCapabilities},
      {"get-stats", ParseGetStats},
      {"raise-hand", ParseRaiseHand},
      {"send-reaction", ParseSendReaction},
  };
  return kParsers;
}

}  // namespace

bool IsKnownEvent(std::string_view event) { return Parsers().contains(event); }

Result<ParsedEvent, meeting::Error> ParseEvent(std::string_view event, const boost::json::value& payload) {
  const auto found = Parsers().find(event);
  if (found == Parsers().end()) {
    return Fail(meeting::Error{meeting::ErrorCode::kInvalidPayload, "there is no such event"});
  }
  if (!payload.is_object()) {
    return Fail(meeting::Error{meeting::ErrorCode::kInvalidPayload, "the payload is not an object"});
  }
  Fields fields(payload);
  ParsedEvent parsed = found->second(fields);
  if (!fields.ok()) return Fail(fields.error());
  return parsed;
}

}  // namespace kcs::signaling
