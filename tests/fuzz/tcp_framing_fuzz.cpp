// A TCP stream cut anywhere, read as RFC 4571 frames: the frames must not depend on where it is cut.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/check.h"
#include "engine/transport/tcp_framing.h"

namespace {

using kcs::Bytes;
using kcs::transport::FrameReader;

using Frames = std::vector<std::vector<std::uint8_t>>;

void Read(FrameReader& reader, Bytes input, Frames& frames) {
  while (const auto frame = reader.Next(input)) {
    KCS_CHECK(!frame->empty() && frame->size() <= FrameReader::kMaxFrame);
    frames.emplace_back(frame->begin(), frame->end());
    for (std::uint8_t& byte : *frame) byte = 0;  // it is ours
  }
  KCS_CHECK(input.empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::size_t piece = data[0] % 64 + 1U;
  const Bytes stream(data + 1, size - 1);
  FrameReader whole_reader;
  Frames whole;
  Read(whole_reader, stream, whole);
  FrameReader piece_reader;
  Frames pieces;
  for (std::size_t at = 0; at < stream.size(); at += piece) {
    Read(piece_reader, stream.subspan(at, std::min(piece, stream.size() - at)), pieces);
  }
  KCS_CHECK(whole == pieces);
  KCS_CHECK(whole_reader.failed() == piece_reader.failed());
  return 0;
}
