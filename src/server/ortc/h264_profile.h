#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "server/ortc/types.h"

// The profile-level-id of H.264 (RFC 6184 section 8.1): three hexadecimal octets, profile_idc, profile_iop,
// level_idc.
namespace kcs::ortc {

enum class H264Profile : std::uint8_t {
  kConstrainedBaseline,
  kBaseline,
  kMain,
  kConstrainedHigh,
  kHigh,
  kPredictiveHigh444,
};

// level_idc: ten times the level, but 1b is 0, as it has no number of its own in three of the profiles.
inline constexpr std::uint8_t kH264Level1b = 0;

struct H264ProfileLevel {
  H264Profile profile = H264Profile::kConstrainedBaseline;
  std::uint8_t level = 31;

  friend bool operator==(const H264ProfileLevel&, const H264ProfileLevel&) = default;
};

std::optional<H264ProfileLevel> ParseH264ProfileLevelId(std::string_view text);
// Canonical text; nothing for a combination that does not exist (1b in the high profiles).
std::optional<std::string> ToText(const H264ProfileLevel& value);

// As parameters of a codec say; nothing when the parameter is there and wrong. RFC 6184 8.1: absent means
// Baseline level 1, but every WebRTC implementation reads it as Constrained Baseline 3.1, and so do we.
std::optional<H264ProfileLevel> H264ProfileLevelOf(const CodecParameters& parameters);

// Whether the lower of two levels comes first; 1b lies between 1 and 1.1.
bool H264LevelLess(std::uint8_t a, std::uint8_t b);

// The profile-level-id for an answer (RFC 6184 8.2.2): the profile is the common one; the level is ours when
// both sides allow level asymmetry, else the lower one. Nothing when the profiles differ or are wrong.
std::optional<std::string> AnswerH264ProfileLevelId(const CodecParameters& ours,
                                                    const CodecParameters& theirs);

}  // namespace kcs::ortc
