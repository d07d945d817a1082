#include "load/signaling.h"

#include <algorithm>
#include <array>
#include <utility>

#include "load/audio_source.h"
#include "load/video_source.h"

namespace kcs::load {
namespace {

namespace json = boost::json;
using wire::ExtensionType;

constexpr std::uint8_t kOpus = 111;
constexpr std::uint8_t kVp8 = 96;
constexpr std::uint8_t kVp8Rtx = 97;

constexpr std::array<KnownExtension, 4> kExtensions{{
    {ExtensionType::kAudioLevel, 1, "urn:ietf:params:rtp-hdrext:ssrc-audio-level"},
    {ExtensionType::kAbsSendTime, 2, "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time"},
    {ExtensionType::kTransportWideCc, 3,
     "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"},
    {ExtensionType::kMid, 4, "urn:ietf:params:rtp-hdrext:sdes:mid"},
}};

// A whole number from 0 to `max` at `key`.
std::optional<std::uint32_t> NumberAt(const json::object& object, std::string_view key, std::uint32_t max) {
  const json::value* const value = object.if_contains(key);
  if (value == nullptr || !value->is_number()) return std::nullopt;
  boost::system::error_code error;
  const auto number = value->to_number<std::int64_t>(error);
  if (error || number < 0 || number > max) return std::nullopt;
  return static_cast<std::uint32_t>(number);
}

json::array Extensions(wire::MediaKind kind, wire::ExtensionMap& map) {
  json::array out;
  for (const KnownExtension& known : kExtensions) {
    if (known.type == ExtensionType::kAudioLevel && kind != wire::MediaKind::kAudio) continue;
    map.Set(known.type, known.id);
    out.push_back(json::object{
        {"uri", known.uri}, {"id", known.id}, {"encrypt", false}, {"parameters", json::object()}});
  }
  return out;
}

json::array VideoFeedback() {
  return {json::object{{"type", "goog-remb"}, {"parameter", ""}},
          json::object{{"type", "transport-cc"}, {"parameter", ""}},
          json::object{{"type", "ccm"}, {"parameter", "fir"}},
          json::object{{"type", "nack"}, {"parameter", ""}},
          json::object{{"type", "nack"}, {"parameter", "pli"}}};
}

wire::Ssrc RandomSsrc(Entropy& entropy) { return wire::Ssrc(entropy.NextU32() | 0x1000'0000U); }

bool HasMimeType(const json::object& codec, std::string_view wanted) {
  const std::string type = TextAt(codec, "mimeType");
  return std::equal(type.begin(), type.end(), wanted.begin(), wanted.end(), [](char a, char b) {
    return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b;
  });
}

wire::ExtensionMap ReadExtensions(const json::object& rtp) {
  wire::ExtensionMap map;
  const json::array* const list = ArrayAt(rtp, "headerExtensions");
  if (list == nullptr) return map;
  for (const json::value& item : *list) {
    const json::object* const extension = item.if_object();
    if (extension == nullptr) continue;
    const KnownExtension* const known = FindExtension(TextAt(*extension, "uri"));
    const auto id = NumberAt(*extension, "id", 255);
    if (known != nullptr && id) map.Set(known->type, static_cast<std::uint8_t>(*id));
  }
  return map;
}

}  // namespace

std::span<const KnownExtension> KnownExtensions() { return kExtensions; }

const KnownExtension* FindExtension(std::string_view uri) {
  const auto* found = std::find_if(kExtensions.begin(), kExtensions.end(),
                                   [uri](const KnownExtension& known) { return known.uri == uri; });
  return found == kExtensions.end() ? nullptr : found;
}

std::string TextAt(const json::object& object, std::string_view key) {
  const json::value* const value = object.if_contains(key);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

const json::object* ObjectAt(const json::object& object, std::string_view key) {
  const json::value* const value = object.if_contains(key);
  return value == nullptr ? nullptr : value->if_object();
}

const json::array* ArrayAt(const json::object& object, std::string_view key) {
  const json::value* const value = object.if_contains(key);
  return value == nullptr ? nullptr : value->if_array();
}

Result<TransportOffer> ParseTransportOffer(const json::object& answer) {
  const json::object* const params = ObjectAt(answer, "params");
  if (params == nullptr) return Fail("create-transport: no params");
  TransportOffer offer;
  offer.id = TextAt(*params, "id");
  if (offer.id.empty()) return Fail("create-transport: no params.id");
  const json::object* const ice = ObjectAt(*params, "iceParameters");
  if (ice == nullptr) return Fail("create-transport: no params.iceParameters");
  offer.ice.username_fragment = TextAt(*ice, "usernameFragment");
  offer.ice.password = TextAt(*ice, "password");
  if (const json::array* const candidates = ArrayAt(*params, "iceCandidates")) {
    for (const json::value& item : *candidates) {
      const json::object* const candidate = item.if_object();
      if (candidate == nullptr || TextAt(*candidate, "protocol") != "udp") continue;
      const auto port = NumberAt(*candidate, "port", 65535);
      const auto address =
          SocketAddress::FromText(TextAt(*candidate, "ip"), static_cast<std::uint16_t>(port.value_or(0)));
      if (port && address) offer.ice.candidates.push_back(*address);
    }
  }
  if (offer.ice.candidates.empty()) return Fail("create-transport: no candidate over UDP");
  const json::object* const dtls = ObjectAt(*params, "dtlsParameters");
  const json::array* const fingerprints = dtls == nullptr ? nullptr : ArrayAt(*dtls, "fingerprints");
  if (fingerprints == nullptr) return Fail("create-transport: no params.dtlsParameters.fingerprints");
  for (const json::value& item : *fingerprints) {
    if (const json::object* const fingerprint = item.if_object())
      offer.fingerprints.push_back({TextAt(*fingerprint, "algorithm"), TextAt(*fingerprint, "value")});
  }
  return offer;
}

Result<ConsumerOffer> ParseConsumer(const json::object& answer) {
  ConsumerOffer offer;
  offer.id = TextAt(answer, "id");
  if (offer.id.empty()) return Fail("consume: no id");
  offer.producer_participant = TextAt(answer, "producerParticipantId");
  const bool audio = TextAt(answer, "kind") == "audio";
  offer.stream.kind = audio ? wire::MediaKind::kAudio : wire::MediaKind::kVideo;
  offer.stream.clock_rate = audio ? AudioSource::kClockRate : VideoSource::kClockRate;
  const json::object* const rtp = ObjectAt(answer, "rtpParameters");
  if (rtp == nullptr) return Fail("consume: no rtpParameters");
  offer.stream.extensions = ReadExtensions(*rtp);
  const json::array* const encodings = ArrayAt(*rtp, "encodings");
  const json::object* const encoding =
      encodings == nullptr || encodings->empty() ? nullptr : encodings->front().if_object();
  if (encoding == nullptr) return Fail("consume: no rtpParameters.encodings");
  const auto ssrc = NumberAt(*encoding, "ssrc", 0xffff'ffff);
  if (!ssrc || *ssrc == 0) return Fail("consume: no rtpParameters.encodings[0].ssrc");
  offer.stream.ssrc = wire::Ssrc(*ssrc);
  if (const json::object* const rtx = ObjectAt(*encoding, "rtx"))
    offer.stream.rtx_ssrc = wire::Ssrc(NumberAt(*rtx, "ssrc", 0xffff'ffff).value_or(0));
  return offer;
}

std::optional<ProducerNews> ParseProducer(const json::value& payload) {
  const json::object* const object = payload.if_object();
  if (object == nullptr) return std::nullopt;
  ProducerNews news{TextAt(*object, "participantId"), TextAt(*object, "producerId"), TextAt(*object, "kind")};
  if (news.producer.empty() || news.participant.empty()) return std::nullopt;
  return news;
}

ProducerPlan PlanAudio(Entropy& entropy, const std::string& cname) {
  ProducerPlan plan;
  RtpSender::Settings settings;
  settings.kind = wire::MediaKind::kAudio;
  settings.clock_rate = AudioSource::kClockRate;
  settings.ssrc = RandomSsrc(entropy);
  settings.payload_type = kOpus;
  settings.mid = "0";
  json::array extensions = Extensions(settings.kind, settings.extensions);
  plan.rtp_parameters = {
      {"mid", settings.mid},
      {"codecs", json::array{json::object{{"mimeType", "audio/opus"},
                                          {"payloadType", kOpus},
                                          {"clockRate", settings.clock_rate},
                                          {"channels", 2},
                                          {"parameters", json::object{{"minptime", 10}, {"useinbandfec", 1}}},
                                          {"rtcpFeedback", json::array{json::object{{"type", "transport-cc"},
                                                                                    {"parameter", ""}}}}}}},
      {"headerExtensions", std::move(extensions)},
      {"encodings", json::array{json::object{{"ssrc", settings.ssrc.value()}, {"dtx", false}}}},
      {"rtcp", json::object{{"cname", cname}, {"reducedSize", true}}}};
  plan.encodings.push_back(std::move(settings));
  return plan;
}

ProducerPlan PlanVideo(Entropy& entropy, const std::string& cname, std::size_t encodings) {
  ProducerPlan plan;
  wire::ExtensionMap map;
  json::array extensions = Extensions(wire::MediaKind::kVideo, map);
  json::array list;
  for (std::size_t i = 0; i < encodings; ++i) {
    RtpSender::Settings settings;
    settings.ssrc = RandomSsrc(entropy);
    settings.rtx_ssrc = RandomSsrc(entropy);
    settings.payload_type = kVp8;
    settings.rtx_payload_type = kVp8Rtx;
    settings.mid = "1";
    settings.extensions = map;
    list.push_back(json::object{{"ssrc", settings.ssrc.value()},
                                {"rtx", json::object{{"ssrc", settings.rtx_ssrc.value()}}},
                                {"scalabilityMode", "L1T1"}});
    plan.encodings.push_back(std::move(settings));
  }
  plan.rtp_parameters = {{"mid", "1"},
                         {"codecs", json::array{json::object{{"mimeType", "video/VP8"},
                                                             {"payloadType", kVp8},
                                                             {"clockRate", VideoSource::kClockRate},
                                                             {"parameters", json::object()},
                                                             {"rtcpFeedback", VideoFeedback()}},
                                                json::object{{"mimeType", "video/rtx"},
                                                             {"payloadType", kVp8Rtx},
                                                             {"clockRate", VideoSource::kClockRate},
                                                             {"parameters", json::object{{"apt", kVp8}}},
                                                             {"rtcpFeedback", json::array()}}}},
                         {"headerExtensions", std::move(extensions)},
                         {"encodings", std::move(list)},
                         {"rtcp", json::object{{"cname", cname}, {"reducedSize", true}}}};
  return plan;
}

json::object ReceiveCapabilities(const json::object& router_capabilities) {
  json::array codecs;
  std::optional<std::uint32_t> vp8;
  if (const json::array* const offered = ArrayAt(router_capabilities, "codecs")) {
    for (const json::value& item : *offered) {
      const json::object* const codec = item.if_object();
      if (codec == nullptr) continue;
      const json::object* const parameters = ObjectAt(*codec, "parameters");
      const bool is_vp8 = HasMimeType(*codec, "video/vp8");
      if (is_vp8) vp8 = NumberAt(*codec, "preferredPayloadType", 127);
      const bool rtx_of_vp8 = HasMimeType(*codec, "video/rtx") && vp8 && parameters != nullptr &&
                              NumberAt(*parameters, "apt", 127) == vp8;
      if (is_vp8 || rtx_of_vp8 || HasMimeType(*codec, "audio/opus")) codecs.push_back(*codec);
    }
  }
  json::array extensions;
  if (const json::array* const offered = ArrayAt(router_capabilities, "headerExtensions")) {
    for (const json::value& item : *offered) {
      const json::object* const extension = item.if_object();
      if (extension != nullptr && FindExtension(TextAt(*extension, "uri")) != nullptr)
        extensions.push_back(*extension);
    }
  }
  return {{"codecs", std::move(codecs)}, {"headerExtensions", std::move(extensions)}};
}

json::object DtlsParameters(const std::string& fingerprint_sha256) {
  return {
      {"role", "client"},
      {"fingerprints", json::array{json::object{{"algorithm", "sha-256"}, {"value", fingerprint_sha256}}}}};
}

}  // namespace kcs::load
