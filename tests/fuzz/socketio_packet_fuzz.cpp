// Socket.IO packets: whatever decodes is encoded again and decodes to the same. Then the whole decoder, fed
// with the input's lines: text, or binary when a line begins with 'b'.
#include <algorithm>
#include <boost/json/value.hpp>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "server/socketio/packet_decoder.h"

using namespace kcs::socketio;

namespace {

// Boost.JSON reads a fraction or a very long number to within a bit or two: such values need not come back
// the same.
bool HasDouble(const boost::json::value& value) {
  if (value.is_double()) return true;
  if (const auto* array = value.if_array()) return std::any_of(array->begin(), array->end(), HasDouble);
  const auto* object = value.if_object();
  return object != nullptr && std::any_of(object->begin(), object->end(),
                                          [](const auto& pair) { return HasDouble(pair.value()); });
}

void RoundTrip(std::string_view text, const PacketLimits& limits) {
  const auto packet = DecodePacket(text, limits);
  if (!packet) return;
  std::string encoded;
  AppendPacket(encoded, *packet);
  const auto again = DecodePacket(encoded, limits);
  KCS_CHECK(again.has_value());
  KCS_CHECK(HasDouble(packet->data) || *again == *packet);
}

void Feed(std::string_view input, const PacketLimits& limits) {
  PacketDecoder decoder(limits);
  while (!input.empty()) {
    const std::size_t end = input.find('\n');
    const std::string_view line = input.substr(0, end);
    input = end == std::string_view::npos ? std::string_view() : input.substr(end + 1);
    const bool binary = line.starts_with('b');
    const auto status = binary ? decoder.OnBinary(line.substr(1)) : decoder.OnText(line);
    if (status == PacketDecoder::Status::kMalformed) return;
    if (status != PacketDecoder::Status::kComplete) continue;
    KCS_CHECK(decoder.attachments().size() <= limits.max_attachments);
    KCS_CHECK(!decoder.packet().is_binary());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const PacketLimits limits;
  RoundTrip(input, limits);
  Feed(input, limits);
  return 0;
}
