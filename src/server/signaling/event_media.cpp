#include <boost/json.hpp>

#include "server/ortc/json.h"
#include "server/signaling/event_groups.h"

namespace kcs::signaling {
namespace {

using meeting::ConsumerCommand;
using meeting::ProducerCommand;

constexpr std::uint32_t kMaxLayer = 7;
constexpr std::size_t kMaxViewports = 1000;
constexpr std::uint32_t kMaxPixels = 16'384;  // of a side

ortc::MediaKind ParseKind(Fields& fields) {
  const std::string kind = fields.Text("kind", 8);
  if (kind == "video") return ortc::MediaKind::kVideo;
  if (kind != "audio") fields.Fault("kind", "not \"audio\" or \"video\"");
  return ortc::MediaKind::kAudio;
}

std::optional<meeting::Source> ParseSource(Fields& fields) {
  const std::optional<std::string> text = fields.OptionalText("source", 16);
  if (!text) return std::nullopt;
  for (const auto source : {meeting::Source::kMicrophone, meeting::Source::kCamera, meeting::Source::kScreen,
                            meeting::Source::kScreenAudio}) {
    if (*text == ToString(source)) return source;
  }
  fields.Fault("source", "not \"microphone\", \"camera\", \"screen\" or \"screen-audio\"");
  return std::nullopt;
}

ParsedEvent ProducerEvent(Fields& fields, ProducerCommand::Action action) {
  return {{}, meeting::Request::Body(meeting::ChangeProducer{action, fields.Text("producerId", kMaxId)})};
}

meeting::ChangeConsumer ConsumerChange(Fields& fields, ConsumerCommand::Action action) {
  meeting::ChangeConsumer change;
  change.action = action;
  change.consumer_id = fields.Text("consumerId", kMaxId);
  return change;
}

ParsedEvent ConsumerEvent(Fields& fields, ConsumerCommand::Action action) {
  return {{}, meeting::Request::Body(ConsumerChange(fields, action))};
}

}  // namespace

ParsedEvent ParseProduce(Fields& fields) {
  ParsedEvent event{fields.Text("meetingId", kMaxId), {}};
  meeting::Produce produce;
  produce.kind = ParseKind(fields);
  produce.source = ParseSource(fields);
  produce.paused = fields.OptionalBool("paused").value_or(false);
  produce.transport_id = fields.OptionalText("transportId", kMaxId);
  const boost::json::value& parameters = fields.Value("rtpParameters");
  if (fields.ok()) {
    if (auto parsed = ortc::ParseRtpParameters(parameters)) {
      produce.rtp_parameters = *std::move(parsed);
    } else {
      fields.Fault("rtpParameters", parsed.error());
    }
  }
  event.action = meeting::Request::Body(std::move(produce));
  return event;
}

ParsedEvent ParsePauseProducer(Fields& fields) {
  return ProducerEvent(fields, ProducerCommand::Action::kPause);
}
ParsedEvent ParseResumeProducer(Fields& fields) {
  return ProducerEvent(fields, ProducerCommand::Action::kResume);
}
ParsedEvent ParseCloseProducer(Fields& fields) {
  return ProducerEvent(fields, ProducerCommand::Action::kClose);
}

ParsedEvent ParseConsume(Fields& fields) {
  ParsedEvent event{fields.Text("meetingId", kMaxId), {}};
  meeting::Consume consume;
  consume.kind = ParseKind(fields);
  consume.producer_id = fields.OptionalText("producerId", kMaxId);
  // Only a speaker place, which has an id, is nobody's.
  consume.participant_id = consume.producer_id
                               ? fields.OptionalText("producerParticipantId", kMaxUserId).value_or("")
                               : fields.Text("producerParticipantId", kMaxUserId);
  consume.transport_id = fields.OptionalText("transportId", kMaxId);
  consume.paused = fields.OptionalBool("paused").value_or(true);
  const boost::json::value& capabilities = fields.Value("rtpCapabilities");
  if (fields.ok()) {
    if (auto parsed = ortc::ParseRtpCapabilities(capabilities)) {
      consume.rtp_capabilities = *std::move(parsed);
    } else {
      fields.Fault("rtpCapabilities", parsed.error());
    }
  }
  event.action = meeting::Request::Body(std::move(consume));
  return event;
}

ParsedEvent ParsePauseConsumer(Fields& fields) {
  return ConsumerEvent(fields, ConsumerCommand::Action::kPause);
}
ParsedEvent ParseResumeConsumer(Fields& fields) {
  return ConsumerEvent(fields, ConsumerCommand::Action::kResume);
}
ParsedEvent ParseCloseConsumer(Fields& fields) {
  return ConsumerEvent(fields, ConsumerCommand::Action::kClose);
}
ParsedEvent ParseRequestKeyFrame(Fields& fields) {
  return ConsumerEvent(fields, ConsumerCommand::Action::kRequestKeyFrame);
}

ParsedEvent ParseSetPreferredLayers(Fields& fields) {
  meeting::ChangeConsumer change = ConsumerChange(fields, ConsumerCommand::Action::kSetPreferredLayers);
  change.spatial_layer = fields.Integer("spatialLayer", 0, kMaxLayer);
  change.temporal_layer = fields.OptionalInteger("temporalLayer", 0, kMaxLayer);
  return {{}, meeting::Request::Body(std::move(change))};
}

ParsedEvent ParseSetConsumerPriority(Fields& fields) {
  meeting::ChangeConsumer change = ConsumerChange(fields, ConsumerCommand::Action::kSetPriority);
  change.priority = fields.Integer("priority", 1, 255);
  return {{}, meeting::Request::Body(std::move(change))};
}

ParsedEvent ParseSetViewport(Fields& fields) {
  meeting::SetViewports request;
  const boost::json::array* const list = fields.Value("consumers").if_array();
  if (list == nullptr || list->size() > kMaxViewports) {
    fields.Fault("consumers", "not a list of at most " + std::to_string(kMaxViewports));
    return {{}, meeting::Request::Body(std::move(request))};
  }
  for (const boost::json::value& item : *list) {
    Fields shown(item);
    request.consumers.push_back({shown.Text("consumerId", kMaxId),
                                 {.width = shown.Integer("width", 0, kMaxPixels),
                                  .height = shown.Integer("height", 0, kMaxPixels),
                                  .visible = shown.Bool("visible")}});
    if (!shown.ok()) fields.Fault("consumers", shown.error().message);
  }
  return {{}, meeting::Request::Body(std::move(request))};
}

ParsedEvent ParseSetAudioOnly(Fields& fields) {
  return {fields.Text("meetingId", kMaxId),
          meeting::Request::Body(meeting::SetAudioOnly{fields.Bool("enabled")})};
}

}  // namespace kcs::signaling
