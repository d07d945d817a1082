#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/entropy.h"
#include "base/result.h"
#include "engine/crypto/dtls.h"
#include "load/ice_agent.h"
#include "load/receiver.h"
#include "load/rtp_sender.h"

// The payloads of docs/protocol.md as this client needs them: values from and to JSON. Errors name the field
// that is missing or not what it should be.
namespace kcs::load {

// `params` of create-transport's answer.
struct TransportOffer {
  std::string id;
  IceServer ice;
  std::vector<crypto::Fingerprint> fingerprints;
};
Result<TransportOffer> ParseTransportOffer(const boost::json::object& answer);

// Of consume's answer.
struct ConsumerOffer {
  std::string id;
  std::string producer_participant;
  ConsumedStream stream;  // its `sender` is the caller's
};
Result<ConsumerOffer> ParseConsumer(const boost::json::object& answer);

// Somebody's producer: of new-producer.
struct ProducerNews {
  std::string participant;
  std::string producer;
  std::string kind;
};
std::optional<ProducerNews> ParseProducer(const boost::json::value& payload);

// What a producer is announced with, and what its packets then have to look like.
struct ProducerPlan {
  std::vector<RtpSender::Settings> encodings;  // lowest first
  boost::json::object rtp_parameters;
};
// The header extensions that it sends and understands, as Chromium numbers them.
struct KnownExtension {
  wire::ExtensionType type;
  std::uint8_t id;
  std::string_view uri;
};
std::span<const KnownExtension> KnownExtensions();
// nullptr: none of them.
const KnownExtension* FindExtension(std::string_view uri);

// Payload types as Chromium numbers them, too; SSRCs at random.
ProducerPlan PlanAudio(Entropy& entropy, const std::string& cname);
ProducerPlan PlanVideo(Entropy& entropy, const std::string& cname, std::size_t encodings);

// Of what the router can, what such a client can: Opus, VP8 with retransmission, four header extensions.
boost::json::object ReceiveCapabilities(const boost::json::object& router_capabilities);

boost::json::object DtlsParameters(const std::string& fingerprint_sha256);

// {"a": {"b": "text"}}: the texts and objects in JSON that are expected to be there; empty, nullptr if not.
std::string TextAt(const boost::json::object& object, std::string_view key);
const boost::json::object* ObjectAt(const boost::json::object& object, std::string_view key);
const boost::json::array* ArrayAt(const boost::json::object& object, std::string_view key);

}  // namespace kcs::load
