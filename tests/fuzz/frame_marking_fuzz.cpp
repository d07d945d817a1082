#include <algorithm>
#include <array>

#include "base/check.h"
#include "engine/wire/frame_info.h"
#include "engine/wire/frame_marking.h"

// The first byte says how long the marking is, the rest is an H.264 payload. What is read is written alike.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace kcs;
  using namespace kcs::wire;
  if (size == 0) return 0;
  const Bytes bytes(data + 1, size - 1);
  const std::size_t length = std::min<std::size_t>(data[0] % 5, bytes.size());
  const auto marking = FrameMarking::Parse(bytes.first(length));
  KCS_CHECK(marking.has_value() == (length >= 1 && length <= FrameMarking::kMaxSize));
  if (!marking) return 0;
  std::array<std::uint8_t, FrameMarking::kMaxSize> memory{};
  ByteWriter writer(memory);
  marking->Write(writer);
  KCS_CHECK(writer.ok() && std::ranges::equal(writer.written(), bytes.first(length)));
  const auto frame = DescribePayload(CodecType::kH264, bytes.subspan(length), false, nullptr, &*marking);
  KCS_CHECK(!frame || (frame->spatial == 0 && frame->temporal < 4));
  return 0;
}
