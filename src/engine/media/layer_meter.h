#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/time.h"
#include "engine/media/activity.h"
#include "engine/wire/frame_info.h"

namespace kcs::media {

// What each quality of a producer costs a receiver: by spatial layer (of simulcast: by stream) and temporal
// layer, all that has to be sent for it, in bits per second.
struct LayerBitrates {
  static constexpr std::size_t kMaxSpatial = 8;
  static constexpr std::size_t kMaxTemporal = 4;

  std::array<std::array<std::uint32_t, kMaxTemporal>, kMaxSpatial> bps{};
  // A bit for each temporal layer that arrives; 0 where the spatial layer does not arrive steadily.
  std::array<std::uint8_t, kMaxSpatial> available{};
};

// The layers of one incoming stream: which arrive, and how much of each, in the last second in steps of an
// eighth. A packet costs an addition; 1.4 KiB.
class LayerMeter {
 public:
  static constexpr std::size_t kMaxSpatial = 4;  // higher ones count as the highest
  static constexpr std::size_t kMaxTemporal = LayerBitrates::kMaxTemporal;
  // So many pictures in a row that end below a layer, and it is gone.
  static constexpr std::uint8_t kMissingPictures = 8;

  void OnPacket(const wire::FrameInfo& frame, std::size_t size, std::uint32_t timestamp, Timestamp now);

  // A bit for each spatial layer that arrives at all, and steadily.
  std::uint8_t alive(Timestamp now) const;
  std::uint8_t steady(Timestamp now) const;

  // Fills in the rows of this stream's spatial layers, as they are in SVC, from row 0 on.
  void FillSpatial(LayerBitrates& table, Timestamp now) const;
  // Fills in one row with all that this stream has, as one of several.
  void FillStream(LayerBitrates& table, std::size_t row, Timestamp now) const;

 private:
  static constexpr std::int64_t kSlices = 8;
  static constexpr Duration kSlice = 125ms;

  // Bytes that only a receiver of this spatial layer needs, and those that receivers of higher ones need too.
  struct Cell {
    std::uint32_t own = 0;
    std::uint32_t shared = 0;
  };
  using Slice = std::array<std::array<Cell, kMaxTemporal>, kMaxSpatial>;
  struct Spatial {
    Activity activity;
    std::uint32_t timestamp = 0;
    std::uint8_t missing = 0;  // pictures without it
    std::int64_t since = 0;    // slice in which it began
    bool gone() const { return missing >= kMissingPictures; }
  };

  static std::int64_t SliceOf(Timestamp now) { return ToMicros(now) / kSlice.count(); }
  void Advance(std::int64_t slice);
  void Begin(std::size_t spatial);
  bool IsSteady(std::size_t spatial, Timestamp now) const;
  Slice Sum(Timestamp now) const;
  // Bytes of the window as a rate, for a layer that may be younger than the window.
  std::uint32_t Rate(std::uint64_t bytes, std::size_t spatial, Timestamp now) const;

  std::array<Slice, kSlices> slices_{};
  std::array<Spatial, kMaxSpatial> spatial_{};
  std::size_t used_ = 0;      // spatial layers seen
  std::int64_t newest_ = -1;  // number of the newest slice; -1: nothing yet
};

}  // namespace kcs::media
