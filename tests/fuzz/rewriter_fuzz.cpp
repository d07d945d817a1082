// What a consumer does to its packets, driven by arbitrary sources: numbers that jump, clocks that lie,
// breaks, switches, packets left out and descriptors of all shapes. Whatever happens, no outgoing number
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
#include "engine/media/layer_gate.h"
#include "engine/media/picture_id_rewriter.h"
#include "engine/media/rewriter.h"

namespace kcs::media {
namespace {

using Key = std::pair<std::uint8_t, std::uint64_t>;

void RewriteIds(PictureIdRewriter& pictures, std::uint32_t segment, wire::CodecType codec, Bytes payload) {
  const auto frame = wire::DescribePayload(codec, payload, false);
  if (!frame || frame->ids.size == 0) return;
  const auto patch = pictures.Map(segment, frame->ids);
  const auto again = pictures.MapAgain(segment, frame->ids);
  KCS_CHECK(again);
  if (!patch) return;
  KCS_CHECK(again->picture_id == patch->picture_id && again->key_index == patch->key_index);

  KCS_CHECK(frame->ids.size <= wire::PictureIds::kMaxSize && frame->ids.size < payload.size());
  std::array<std::uint8_t, 32> packet{};
  std::copy(payload.begin(), payload.end(), packet.begin());
  KCS_CHECK(WritePictureIds(payload, frame->ids, *patch, packet.data()) == frame->ids.size);
  const auto rewritten = wire::DescribePayload(codec, Bytes{packet}.first(payload.size()), false);
  KCS_CHECK(rewritten && rewritten->ids.size == frame->ids.size);
  KCS_CHECK(rewritten->temporal == frame->temporal && rewritten->spatial == frame->spatial);
  const unsigned mask = frame->ids.wide ? 0x7fff : 0x7f;
  KCS_CHECK(frame->ids.picture_id_offset == 0 || rewritten->ids.picture_id == (patch->picture_id & mask));
}

// Whatever it is given, a gate stays within what it says.
void Filter(LayerGate& gate, std::uint8_t source, std::uint64_t sequence, std::uint32_t timestamp,
            Bytes payload) {
  const auto frame = wire::DescribePayload(wire::CodecType::kVp9, payload, (sequence & 3) == 0);
  if (!frame) return;
  const auto decision = gate.Decide(source, *frame, sequence, timestamp);
  KCS_CHECK(decision.action == LayerGate::Action::kDrop || gate.current() == source);
  KCS_CHECK(!decision.ends_picture || decision.action != LayerGate::Action::kDrop);
  const auto layers = gate.current_layers();
  KCS_CHECK(!layers || (layers->spatial < 8 && layers->temporal < 8));
}

}  // namespace
}  // namespace kcs::media

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace kcs;
  using namespace kcs::media;
  ByteReader in({data, size});
  SeededEntropy entropy{in.U8()};
  Rewriter rewriter{90'000, entropy};
  PictureIdRewriter pictures;
  LayerGate gate{wire::MediaKind::kVideo, 1};
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
        if (rewriter.Drop(source, sequence) && argument > 100) {
          const wire::PictureIds ids{.picture_id = static_cast<std::uint16_t>(sequence & 0x7fff),
                                     .picture_id_offset = 2,
                                     .size = 4,
                                     .wide = true};
          pictures.Drop(ids);
        }
        gate.SetTarget({.spatial = static_cast<std::uint8_t>(argument % 4),
                        .temporal = static_cast<std::uint8_t>(argument / 4 % 4),
                        .nothing = argument == 255});
        gate.OnStreams(argument, static_cast<std::uint8_t>(argument >> 1));
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
        const Bytes payload = in.Read(std::min<std::size_t>(argument % 12, in.remaining()));
        const auto codec = action < 128 ? wire::CodecType::kVp8 : wire::CodecType::kVp9;
        RewriteIds(pictures, mapped->segment, codec, payload);
        Filter(gate, 0, number, mapped->timestamp, payload);
      }
    }
  }
  return 0;
}
