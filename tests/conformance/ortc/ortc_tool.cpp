// One request a line in, one answer a line out, all JSON:
//   {"op":"router"}                                                            -> the router's
//   RtpCapabilities
//   {"op":"produce","kind":K,"rtpParameters":{...}}                            -> {"consumable":{...}}
//   {"op":"consume","kind":K,"rtpParameters":{...},"rtpCapabilities":{...},
//    "mid":"0","ssrc":1000}                                                     -> {"rtpParameters":{...}}
// or {"error":"..."}. "rtpParameters" are always the sender's.
#include <boost/json.hpp>
#include <iostream>
#include <string>

#include "server/ortc/capabilities.h"
#include "server/ortc/json.h"
#include "server/ortc/negotiate.h"
#include "server/ortc/validate.h"

namespace {

namespace json = boost::json;
using kcs::Fail;
using kcs::Result;
using namespace kcs::ortc;

Result<RtpParameters> Consumable(MediaKind kind, const json::value& parameters, kcs::Entropy& entropy) {
  auto sender = ParseRtpParameters(parameters);
  if (!sender) return Fail(sender.error());
  if (auto check = ValidateRtpParameters(kind, *sender); !check) return Fail(check.error());
  auto mapping = ProducerMapping(*sender, RouterRtpCapabilities(), entropy);
  if (!mapping) return Fail(mapping.error());
  return ConsumableParameters(kind, *sender, RouterRtpCapabilities(), *mapping);
}

Result<json::value> Answer(const json::object& request, kcs::Entropy& entropy) {
  const json::string& op = request.at("op").as_string();
  if (op == "router") return ToJson(RouterRtpCapabilities());
  const MediaKind kind = request.at("kind").as_string() == "audio" ? MediaKind::kAudio : MediaKind::kVideo;
  auto consumable = Consumable(kind, request.at("rtpParameters"), entropy);
  if (!consumable) return Fail(consumable.error());
  if (op == "produce") return json::object{{"consumable", ToJson(*consumable)}};

  auto receiver = ParseRtpCapabilities(request.at("rtpCapabilities"));
  if (!receiver) return Fail(receiver.error());
  if (auto check = ValidateRtpCapabilities(*receiver); !check) return Fail(check.error());
  ConsumerOptions options;
  options.kind = kind;
  options.mid = std::string(request.at("mid").as_string());
  options.ssrc = request.at("ssrc").to_number<std::uint32_t>();
  auto consumer = ConsumerParameters(*consumable, *receiver, options, entropy);
  if (!consumer) return Fail(consumer.error());
  return json::object{{"rtpParameters", ToJson(*consumer)}};
}

}  // namespace

int main() {
  kcs::SeededEntropy entropy(1);
  for (std::string line; std::getline(std::cin, line);) {
    auto answer = Answer(json::parse(line).as_object(), entropy);
    std::cout << (answer ? *answer : json::value(json::object{{"error", answer.error()}})) << std::endl;
  }
}
