// What a consumer does to its packets, driven by arbitrary sources: numbers that jump, clocks that lie,
// breaks, switches, packets left out and VP8 descriptors of all shapes. Whatever happens, no outgoing number
// may stand for two packets (the cipher would be broken), and a number that was given out leads back to its
// packet or to none.
#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <utility>

#include "base/bytes.h"
#include "base/check.h"
#include "base/entropy.h"
#include "engine/media/rewriter.h"
#include "engine/media/vp8_rewriter.h"
#include "engine/wire/vp8.h"

namespace kcs::media {
namespace {

using Key = std::pair<std::uint8_t, std::uint64_t>;

void RewriteVp8(Vp8Rewriter& vp8, std::uint32_t segment, Bytes payload) {
  const auto descriptor = wire::Vp8Descriptor::Parse(payload);
  if (!descriptor) return;
  const Vp8Patch patch = vp8.Map(segment, *descriptor);
  const auto again = vp8.MapAgain(segment, *descriptor);
  KCS_CHECK(again && again->picture_id == patch.picture_id && again->key_index == patch.key_index);

  std::array<std::uint8_t, wire::Vp8Descriptor::kMaxSize + 10> packet{};
  const std::size_t size = WriteVp8Descriptor(payload, *descriptor, patch, packet.data());
  KCS_CHECK(size == descriptor->size);
  const Bytes rest = payload.subspan(size, std::min<std::size_t>(10, payload.size() - size));
  std::copy(rest.begin(), rest.end(), packet.begin() + static_cast<std::ptrdiff_t>(size));
  const auto rewritten = wire::Vp8Descriptor::Parse(Bytes{packet}.first(size + rest.size()));
  KCS_CHECK(rewritten && rewritten->size == size && rewritten->temporal_layer == descriptor->temporal_layer);
}

}  // namespace
}  // namespace kcs::media

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace kcs;
  using namespace kcs::media;
  ByteReader in({data, size});
  SeededEntropy entropy{in.U8()};
  Rewriter rewriter{90'000, entropy};
  Vp8Rewriter vp8;
  std::map<std::uint64_t, Key> sent;
  std::array<std::uint64_t, 3> sequences{65'536, 65'536, 65'536};
  std::uint8_t source = 0;
  Timestamp now{1s};
  while (in.remaining() > 4) {
    const std::uint8_t action = in.U8();
    now += Duration{in.U8() * 1000};
    const std::uint8_t argument = in.U8();
    std::uint64_t& sequence = sequences[source];
    switch (action % 8) {
      case 0:
        rewriter.Break();
        break;
      case 1:
        source = argument % 3;
        rewriter.Switch(source, argument > 100 ? std::nullopt : std::optional{in.U32()});
        break;
      case 2:
        sequence += argument % 16;
        rewriter.Drop(source, sequence);
        break;
      case 3:
        sequence += in.U16();
        break;
      default: {
        const std::uint64_t number =
            action % 8 == 4 ? sequence - std::min<std::uint64_t>(sequence, argument) : ++sequence;
        const auto mapped = rewriter.Map(source, number, in.U32(), now);
        if (!mapped) break;
        const auto [it, fresh] = sent.emplace(mapped->sequence, Key{source, number});
        KCS_CHECK(fresh || it->second == (Key{source, number}));
        const auto origin = rewriter.Source(static_cast<std::uint16_t>(mapped->sequence));
        if (origin && origin->sequence == mapped->sequence) {
          KCS_CHECK((Key{origin->source, origin->source_sequence}) == it->second);
          KCS_CHECK(origin->segment == mapped->segment);
        }
        RewriteVp8(vp8, mapped->segment, in.Read(std::min<std::size_t>(argument % 12, in.remaining())));
      }
    }
  }
  return 0;
}
