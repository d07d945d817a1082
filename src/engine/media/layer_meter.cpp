#include "engine/media/layer_meter.h"

#include <algorithm>

namespace kcs::media {

void LayerMeter::OnPacket(const wire::FrameInfo& frame, std::size_t size, std::uint32_t timestamp,
                          Timestamp now) {
  const std::int64_t slice = SliceOf(now);
  if (slice > newest_) Advance(slice);
  const bool known = frame.layers != wire::LayerModel::kNone;
  const std::size_t s = known ? std::min<std::size_t>(frame.spatial, kMaxSpatial - 1) : 0;
  const std::size_t t = known ? std::min<std::size_t>(frame.temporal, kMaxTemporal - 1) : 0;

  Spatial& spatial = spatial_[s];
  if (s >= used_ || spatial.gone() || !spatial.activity.IsAlive(now)) Begin(s);
  spatial.activity.OnPacket(timestamp != spatial.timestamp, now);
  spatial.timestamp = timestamp;
  spatial.missing = 0;
  if (frame.end_of_picture) {
    for (std::size_t above = s + 1; above < used_; ++above) {
      if (!spatial_[above].gone()) ++spatial_[above].missing;
    }
  }
  Cell& cell = slices_[static_cast<std::size_t>(newest_ % kSlices)][s][t];
  (frame.needed_above ? cell.shared : cell.own) += static_cast<std::uint32_t>(size);
}

void LayerMeter::Advance(std::int64_t slice) {
  const std::int64_t from = std::max(newest_ + 1, slice - kSlices + 1);
  for (std::int64_t n = from; n <= slice; ++n) slices_[static_cast<std::size_t>(n % kSlices)] = {};
  newest_ = slice;
}

void LayerMeter::Begin(std::size_t spatial) {
  for (; used_ <= spatial; ++used_) spatial_[used_].missing = kMissingPictures;
  for (Slice& slice : slices_) slice[spatial] = {};
  // What its activity knows of long gaps between frames stays, unless others went on without it.
  if (spatial_[spatial].gone()) spatial_[spatial].activity = {};
  spatial_[spatial].since = newest_;
}

std::uint8_t LayerMeter::alive(Timestamp now) const {
  unsigned layers = 0;
  for (std::size_t s = 0; s < used_; ++s) {
    if (!spatial_[s].gone() && spatial_[s].activity.IsAlive(now)) layers |= 1U << s;
  }
  return static_cast<std::uint8_t>(layers);
}

bool LayerMeter::IsSteady(std::size_t spatial, Timestamp now) const {
  return !spatial_[spatial].gone() && spatial_[spatial].activity.IsSteady(now);
}

std::uint8_t LayerMeter::steady(Timestamp now) const {
  unsigned layers = 0;
  for (std::size_t s = 0; s < used_; ++s) layers |= static_cast<unsigned>(IsSteady(s, now)) << s;
  return static_cast<std::uint8_t>(layers);
}

LayerMeter::Slice LayerMeter::Sum(Timestamp now) const {
  Slice sum{};
  const std::int64_t oldest = std::max(SliceOf(now), newest_) - kSlices + 1;
  for (std::int64_t n = std::max<std::int64_t>(oldest, 0); n <= newest_; ++n) {
    const Slice& slice = slices_[static_cast<std::size_t>(n % kSlices)];
    for (std::size_t s = 0; s < used_; ++s) {
      for (std::size_t t = 0; t < kMaxTemporal; ++t) {
        sum[s][t].own += slice[s][t].own;
        sum[s][t].shared += slice[s][t].shared;
      }
    }
  }
  return sum;
}

std::uint32_t LayerMeter::Rate(std::uint64_t bytes, std::size_t spatial, Timestamp now) const {
  const std::int64_t oldest = std::max(SliceOf(now) - kSlices + 1, spatial_[spatial].since);
  // The first packets must not look like a flood.
  const std::int64_t span = std::max(ToMicros(now) - oldest * kSlice.count(), 2 * kSlice.count());
  return static_cast<std::uint32_t>(bytes * 8 * 1'000'000 / static_cast<std::uint64_t>(span));
}

void LayerMeter::FillSpatial(LayerBitrates& table, Timestamp now) const {
  const Slice sum = Sum(now);
  std::array<std::uint64_t, kMaxTemporal> lower{};  // what the layers below add, up to each temporal layer
  for (std::size_t s = 0; s < used_; ++s) {
    std::uint64_t own = 0;
    std::uint64_t shared = 0;
    for (std::size_t t = 0; t < kMaxTemporal; ++t) {
      own += sum[s][t].own;
      shared += sum[s][t].shared;
      table.bps[s][t] = static_cast<std::uint32_t>(Rate(own + shared, s, now) + lower[t]);
      lower[t] += Rate(shared, s, now);
      const bool comes = sum[s][t].own + sum[s][t].shared > 0;
      if (comes && IsSteady(s, now)) table.available[s] |= static_cast<std::uint8_t>(1U << t);
    }
  }
}

void LayerMeter::FillStream(LayerBitrates& table, std::size_t row, Timestamp now) const {
  const Slice sum = Sum(now);
  for (std::size_t s = 0; s < used_; ++s) {
    std::uint64_t bytes = 0;
    for (std::size_t t = 0; t < kMaxTemporal; ++t) {
      bytes += sum[s][t].own + sum[s][t].shared;
      table.bps[row][t] += Rate(bytes, s, now);
      const bool comes = sum[s][t].own + sum[s][t].shared > 0;
      if (comes && IsSteady(s, now)) table.available[row] |= static_cast<std::uint8_t>(1U << t);
    }
  }
}

}  // namespace kcs::media
