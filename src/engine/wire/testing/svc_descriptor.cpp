// The dependency descriptors of SvcSender ("RTP Payload Format For AV1", A.8).
#include <algorithm>
#include <bit>

#include "base/check.h"
#include "engine/wire/bit_writer.h"
#include "engine/wire/testing/svc_sender.h"

namespace kcs::wire::testing {

using Indication = DecodeTargetIndication;

// Bits into memory that is large enough for any structure.
class DescriptorWriter {
 public:
  void Bits(std::uint32_t value, unsigned n) { writer_.Bits(value, n); }
  void Indications(const DecodeTargetIndications& indications, unsigned targets) {
    for (unsigned t = 0; t < targets; ++t) Bits(static_cast<std::uint32_t>(indications[t]), 2);
  }
  std::vector<std::uint8_t> Take() const {
    KCS_CHECK(writer_.ok());
    return {memory_.begin(), memory_.begin() + static_cast<std::ptrdiff_t>(writer_.size())};
  }

 private:
  std::array<std::uint8_t, 512> memory_{};
  BitWriter writer_{memory_};
};

Indication SvcSender::IndicationFor(const SvcFrame& frame, int spatial, int temporal) const {
  if (frame.temporal > temporal || frame.spatial > spatial) return Indication::kNotPresent;
  if (frame.spatial < spatial)
    return IsReferredAbove(frame) ? Indication::kRequired : Indication::kNotPresent;
  return frame.temporal == temporal && temporal > 0 ? Indication::kDiscardable : Indication::kSwitch;
}

FrameDependencyTemplate SvcSender::TemplateOf(const SvcFrame& frame) const {
  FrameDependencyTemplate t;
  t.spatial_id = static_cast<std::uint8_t>(frame.spatial);
  t.temporal_id = static_cast<std::uint8_t>(frame.temporal);
  for (int s = 0; s < mode_.spatial; ++s) {
    for (int n = 0; n < mode_.temporal; ++n) {
      t.indications.Set(static_cast<std::size_t>(s * mode_.temporal + n), IndicationFor(frame, s, n));
    }
  }
  for (const std::uint32_t reference : frame.references) {
    t.frame_diffs.PushBack(static_cast<std::uint16_t>(frame.index - reference));
  }
  return t;
}

namespace {

bool SameUse(const FrameDependencyTemplate& a, const FrameDependencyTemplate& b) {
  return a.spatial_id == b.spatial_id && a.temporal_id == b.temporal_id && a.indications == b.indications;
}

// frame_fdiffs(): each behind the number of its 4-bit digits, then a zero.
void WriteDiffs(DescriptorWriter& out, const FrameDependencyTemplate& frame) {
  for (const std::uint16_t diff : frame.frame_diffs) {
    const auto value = static_cast<std::uint32_t>(diff - 1);
    const unsigned digits = value < 16 ? 1 : value < 256 ? 2 : 3;
    out.Bits(digits, 2);
    out.Bits(value, 4 * digits);
  }
  out.Bits(0, 2);
}

}  // namespace

// All that occur in two rounds of the pattern.
void SvcSender::CollectTemplates() {
  SvcSender example(mode_, SvcFormat::kVp9);
  for (int i = 0; i < 9; ++i) example.NextPicture();
  for (const SvcFrame& frame : example.frames()) {
    const FrameDependencyTemplate t = TemplateOf(frame);
    const bool known = std::ranges::any_of(templates_, [&](const FrameDependencyTemplate& other) {
      return SameUse(t, other) && t.frame_diffs == other.frame_diffs;
    });
    if (!known) templates_.push_back(t);
  }
  std::ranges::sort(templates_, [](const auto& a, const auto& b) {
    return std::pair(a.spatial_id, a.temporal_id) < std::pair(b.spatial_id, b.temporal_id);
  });
}

// template_dependency_structure(), without chains and resolutions.
void SvcSender::WriteStructure(DescriptorWriter& out) const {
  const auto targets = static_cast<unsigned>(mode_.spatial * mode_.temporal);
  out.Bits(0, 6);  // template_id_offset
  out.Bits(targets - 1, 5);
  for (std::size_t i = 1; i <= templates_.size(); ++i) {
    std::uint32_t next = 3;
    if (i < templates_.size()) {
      const auto& a = templates_[i - 1];
      const auto& b = templates_[i];
      next = a.spatial_id != b.spatial_id ? 2 : a.temporal_id != b.temporal_id ? 1 : 0;
    }
    out.Bits(next, 2);
  }
  for (const auto& t : templates_) out.Indications(t.indications, targets);
  for (const auto& t : templates_) {
    for (const std::uint16_t diff : t.frame_diffs) {
      out.Bits(1, 1);
      out.Bits(diff - 1U, 4);
    }
    out.Bits(0, 1);
  }
  // No chains: zero as a non-symmetric number of targets + 1, whose short codes have a bit less.
  out.Bits(0, static_cast<unsigned>(std::bit_width(targets + 1)) - 1);
  out.Bits(0, 1);
}

std::vector<std::uint8_t> SvcSender::Descriptor(const SvcFrame& frame, int number) const {
  const FrameDependencyTemplate wanted = TemplateOf(frame);
  auto found = std::ranges::find_if(templates_, [&](const FrameDependencyTemplate& t) {
    return SameUse(t, wanted) && t.frame_diffs == wanted.frame_diffs;
  });
  const bool custom_diffs = found == templates_.end();
  if (custom_diffs) {
    found = std::ranges::find_if(templates_, [&](const auto& t) { return SameUse(t, wanted); });
  }
  KCS_CHECK(found != templates_.end());

  const bool begins = number == 0;
  const bool structure = begins && frame.references.empty() && frame.key;
  const bool active = begins && (structure ? active_layers_ < mode_.spatial : targets_changed_);
  DescriptorWriter out;
  out.Bits(begins ? 1 : 0, 1);
  out.Bits(number + 1 == frame.packets ? 1 : 0, 1);
  out.Bits(static_cast<std::uint32_t>(found - templates_.begin()), 6);
  out.Bits(frame.index & 0xffff, 16);
  if (!structure && !active && !custom_diffs) return out.Take();
  out.Bits(structure ? 1 : 0, 1);
  out.Bits(active ? 1 : 0, 1);
  out.Bits(0, 1);
  out.Bits(custom_diffs ? 1 : 0, 1);
  out.Bits(0, 1);
  if (structure) WriteStructure(out);
  const int targets = mode_.spatial * mode_.temporal;
  if (active) out.Bits((1U << (active_layers_ * mode_.temporal)) - 1, static_cast<unsigned>(targets));
  if (custom_diffs) WriteDiffs(out, wanted);
  return out.Take();
}

}  // namespace kcs::wire::testing
