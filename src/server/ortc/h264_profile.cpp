#include "server/ortc/h264_profile.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace kcs::ortc {
namespace {

// RFC 6184 section 8.1, table 5: which profile_idc and constraint flags (profile_iop, set0 is the highest
// bit) mean which profile. The first row that fits counts; bits outside the mask do not matter.
struct Row {
  std::uint8_t idc;
  std::uint8_t mask;
  std::uint8_t iop;
  H264Profile profile;
};
constexpr std::array<Row, 9> kRows{{
    {0x42, 0x4f, 0x40, H264Profile::kConstrainedBaseline},  // x1xx0000
    {0x4d, 0x8f, 0x80, H264Profile::kConstrainedBaseline},  // 1xxx0000
    {0x58, 0xcf, 0xc0, H264Profile::kConstrainedBaseline},  // 11xx0000
    {0x42, 0x4f, 0x00, H264Profile::kBaseline},             // x0xx0000
    {0x58, 0xcf, 0x80, H264Profile::kBaseline},             // 10xx0000
    {0x4d, 0xaf, 0x00, H264Profile::kMain},                 // 0x0x0000
    {0x64, 0xff, 0x00, H264Profile::kHigh},                 // 00000000
    {0x64, 0xff, 0x0c, H264Profile::kConstrainedHigh},      // 00001100
    {0xf4, 0xff, 0x00, H264Profile::kPredictiveHigh444},    // 00000000
}};

constexpr std::uint8_t kConstraintSet3 = 0x10;
constexpr std::array<std::uint8_t, 16> kLevels{10, 11, 12, 13, 20, 21, 22, 30,
                                               31, 32, 40, 41, 42, 50, 51, 52};

std::uint32_t PrefixOf(H264Profile profile) {
  switch (profile) {
    case H264Profile::kConstrainedBaseline:
      return 0x42e000;
    case H264Profile::kBaseline:
      return 0x420000;
    case H264Profile::kMain:
      return 0x4d0000;
    case H264Profile::kConstrainedHigh:
      return 0x640c00;
    case H264Profile::kHigh:
      return 0x640000;
    case H264Profile::kPredictiveHigh444:
      break;
  }
  return 0xf40000;
}

bool LevelAsymmetryAllowed(const CodecParameters& parameters) {
  return IntParameter(parameters, "level-asymmetry-allowed") == 1;
}

}  // namespace

std::optional<H264ProfileLevel> ParseH264ProfileLevelId(std::string_view text) {
  if (text.size() != 6) return std::nullopt;
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, 16);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  const auto idc = static_cast<std::uint8_t>(number >> 16);
  const auto iop = static_cast<std::uint8_t>(number >> 8);
  auto level = static_cast<std::uint8_t>(number);
  if (std::find(kLevels.begin(), kLevels.end(), level) == kLevels.end()) return std::nullopt;
  // RFC 6184 8.1: in Baseline, Main and Extended, level_idc 11 with constraint_set3_flag means level 1b.
  if (level == 11 && (iop & kConstraintSet3) != 0 && idc <= 0x58) level = kH264Level1b;
  for (const Row& row : kRows) {
    if (row.idc == idc && (iop & row.mask) == row.iop) return H264ProfileLevel{row.profile, level};
  }
  return std::nullopt;
}

std::optional<std::string> ToText(const H264ProfileLevel& value) {
  std::uint32_t number = PrefixOf(value.profile);
  if (value.level == kH264Level1b) {
    switch (value.profile) {
      case H264Profile::kConstrainedBaseline:
      case H264Profile::kBaseline:
      case H264Profile::kMain:
        number |= std::uint32_t{kConstraintSet3} << 8 | 11;
        break;
      default:
        return std::nullopt;
    }
  } else {
    number |= value.level;
  }
  static constexpr std::string_view kHex = "0123456789abcdef";
  std::string text(6, '0');
  for (std::size_t i = 0; i < text.size(); ++i) text[i] = kHex[number >> (20 - 4 * i) & 0xf];
  return text;
}

std::optional<H264ProfileLevel> H264ProfileLevelOf(const CodecParameters& parameters) {
  const auto found = parameters.find("profile-level-id");
  if (found == parameters.end()) return H264ProfileLevel{};
  // A value like 640032 arrives as a number from clients that take all digits for one.
  if (const auto* number = std::get_if<std::int64_t>(&found->second)) {
    return ParseH264ProfileLevelId(std::to_string(*number));
  }
  return ParseH264ProfileLevelId(std::get<std::string>(found->second));
}

bool H264LevelLess(std::uint8_t a, std::uint8_t b) {
  // 1b is between 1 (10) and 1.1 (11).
  const auto rank = [](std::uint8_t level) { return level == kH264Level1b ? 21 : level * 2; };
  return rank(a) < rank(b);
}

std::optional<std::string> AnswerH264ProfileLevelId(const CodecParameters& ours,
                                                    const CodecParameters& theirs) {
  const auto our = H264ProfileLevelOf(ours);
  const auto their = H264ProfileLevelOf(theirs);
  if (!our || !their || our->profile != their->profile) return std::nullopt;
  // RFC 6184 8.2.2: without level-asymmetry-allowed=1 in both offer and answer the level is one for both
  // directions, and an answer may lower but not raise it.
  const bool asymmetry = LevelAsymmetryAllowed(ours) && LevelAsymmetryAllowed(theirs);
  const std::uint8_t lower = H264LevelLess(our->level, their->level) ? our->level : their->level;
  return ToText({our->profile, asymmetry ? our->level : lower});
}

}  // namespace kcs::ortc
