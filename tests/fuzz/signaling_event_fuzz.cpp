#include <boost/json.hpp>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/entropy.h"
#include "server/meeting/meeting.h"
#include "server/signaling/event_parser.h"

// What a socket sends: lines "event payload". Whatever can be parsed is then asked of a meeting, so that what
// passes the parser meets negotiation and the domain as well.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using kcs::meeting::ClientId;
  kcs::SeededEntropy entropy(1);
  kcs::meeting::RouterIdSource ids;
  kcs::meeting::Meeting meeting({"room", "Team", "alice", {}, 0, false, {}}, {}, ids, entropy);
  constexpr ClientId kAlice{1};
  if (!meeting.Attach(kAlice, {"alice", "Alice", false})) return 0;

  std::uint64_t requests = 0;
  std::string_view input(reinterpret_cast<const char*>(data), size);
  while (!input.empty()) {
    const std::size_t end = std::min(input.find('\n'), input.size());
    const std::string_view line = input.substr(0, end);
    input.remove_prefix(std::min(end + 1, input.size()));
    const std::size_t space = std::min(line.find(' '), line.size());
    boost::system::error_code failure;
    const boost::json::value payload =
        boost::json::parse(line.substr(std::min(space + 1, line.size())), failure);
    if (failure) continue;
    auto parsed = kcs::signaling::ParseEvent(line.substr(0, space), payload);
    if (!parsed) continue;
    kcs::meeting::Request::Body body = kcs::meeting::Join{};
    if (auto* const request = std::get_if<kcs::meeting::Request::Body>(&parsed->action))
      body = std::move(*request);
    const auto effects = meeting.Apply({kAlice, kcs::meeting::RequestId{++requests}, std::move(body)}, {});
    for (const auto& effect : effects) {
      const auto* const command = std::get_if<kcs::meeting::Command>(&effect);
      if (command == nullptr || !command->operation) continue;
      (void)meeting.Apply(*command->operation, kcs::meeting::TransportOffer{});
    }
  }
  return 0;
}
