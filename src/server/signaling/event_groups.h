#pragma once

#include "server/signaling/event_parser.h"
#include "server/signaling/fields.h"

// The parsers of single events, one file for each group of them. Faults are left in the fields.
namespace kcs::signaling {

inline constexpr std::size_t kMaxId = 100;
inline constexpr std::size_t kMaxUserId = 128;

// event_transports.cpp
ParsedEvent ParseCreateTransport(Fields& fields);
ParsedEvent ParseConnectTransport(Fields& fields);
ParsedEvent ParseRestartIce(Fields& fields);

// event_media.cpp
ParsedEvent ParseProduce(Fields& fields);
ParsedEvent ParsePauseProducer(Fields& fields);
ParsedEvent ParseResumeProducer(Fields& fields);
ParsedEvent ParseCloseProducer(Fields& fields);
ParsedEvent ParseConsume(Fields& fields);
ParsedEvent ParsePauseConsumer(Fields& fields);
ParsedEvent ParseResumeConsumer(Fields& fields);
ParsedEvent ParseCloseConsumer(Fields& fields);
ParsedEvent ParseRequestKeyFrame(Fields& fields);
ParsedEvent ParseSetPreferredLayers(Fields& fields);
ParsedEvent ParseSetConsumerPriority(Fields& fields);
ParsedEvent ParseSetViewport(Fields& fields);
ParsedEvent ParseSetAudioOnly(Fields& fields);

// event_room.cpp
ParsedEvent ParseJoinMeeting(Fields& fields);
ParsedEvent ParseLeaveMeeting(Fields& fields);
ParsedEvent ParseGetRtpCapabilities(Fields& fields);
ParsedEvent ParseGetStats(Fields& fields);
ParsedEvent ParseRaiseHand(Fields& fields);
ParsedEvent ParseSendReaction(Fields& fields);

}  // namespace kcs::signaling
