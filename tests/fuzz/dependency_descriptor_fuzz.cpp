#include <algorithm>
#include <array>

#include "base/check.h"
#include "engine/wire/dependency_descriptor.h"
#include "engine/wire/frame_info.h"

namespace kcs::wire {
namespace {

// With another bitmask it says the same of the frame.
void CheckRewrite(Bytes descriptor, const DependencyDescriptor& d, DependencyDescriptorState& before) {
  std::array<std::uint8_t, 256 + kActiveTargetsGrowth> memory;
  const auto active = static_cast<std::uint32_t>((std::uint64_t{0x5a5a5a5a} << d.decode_target_count) >> 32);
  const std::size_t size = WriteActiveDecodeTargets(descriptor, active, d.decode_target_count, memory);
  KCS_CHECK(size >= 4 && size <= descriptor.size() + kActiveTargetsGrowth);
  const auto again = DependencyDescriptor::Parse(Bytes(memory).first(size), before);
  KCS_CHECK(again && again->active_decode_targets == active && again->template_id == d.template_id);
  KCS_CHECK(again->frame_number == d.frame_number && again->has_structure == d.has_structure);
  KCS_CHECK(again->dependencies.indications == d.dependencies.indications);
  KCS_CHECK(again->dependencies.frame_diffs == d.dependencies.frame_diffs);
  KCS_CHECK(again->dependencies.chain_diffs == d.dependencies.chain_diffs);
}

}  // namespace
}  // namespace kcs::wire

// A series of descriptors of one stream, each behind a byte with its length.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace kcs;
  using namespace kcs::wire;
  DependencyDescriptorState state;
  ByteReader in(Bytes(data, size));
  const std::array<std::uint8_t, 2> obu = {0x10, 0x30};
  while (in.remaining() > 0) {
    const std::size_t length = in.U8();
    const Bytes descriptor = in.Read(std::min(length, in.remaining()));
    DependencyDescriptorState before = state;
    const auto d = DependencyDescriptor::Parse(descriptor, state);
    if (!d) continue;
    CheckRewrite(descriptor, *d, before);
    KCS_CHECK(state.structure && d->decode_target_count == state.structure->decode_target_count);
    KCS_CHECK(d->decode_target_count >= 1 && d->decode_target_count <= kMaxDecodeTargets);
    KCS_CHECK(d->chain_count <= d->decode_target_count);
    KCS_CHECK(d->spatial_id() <= state.structure->max_spatial_id);
    for (std::size_t t = 0; d->chain_count > 0 && t < d->decode_target_count; ++t) {
      KCS_CHECK(state.structure->protected_by[t] < d->chain_count);
    }
    KCS_CHECK(DescribePayload(CodecType::kAv1, obu, false, &*d));
  }
  return 0;
}
