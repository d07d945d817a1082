#pragma once

#include "trace.h"

namespace kcs::sim {

// A link of 3 Mbit/s that is 500 kbit/s wide from 20 to 40 s, of 70.
inline constexpr Duration kNarrowFrom = 20s;
inline constexpr Duration kWideFrom = 40s;
Steps DownAndUp();

// What is borne while the link has just become narrow.
struct ChangeBounds {
  Duration lasts = 1s;
  Duration picture_gap = 500ms;
  // Until anybody can know of it, packets of sound arrive as far apart as what has left between them takes to
  // pass the narrow link: 5 kB of pictures at 500 kbit/s are 80 ms.
  Duration audio_gap = 100ms;
  std::uint32_t audio_lost = 6;
};

// The upper layer is gone within a second and a half (or what is borne) when the link is narrow, and is back
// within eight when it is wide again; beside that the picture does not stand still, and the sound goes on.
void ExpectDownAndUp(const Trace& trace, int upper, const ChangeBounds& bounds = {});

}  // namespace kcs::sim
