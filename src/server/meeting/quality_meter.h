#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace kcs::meeting {

enum class Quality : std::uint8_t { kPoor, kGood, kExcellent };

constexpr std::string_view ToString(Quality quality) {
  switch (quality) {
    case Quality::kExcellent:
      return "excellent";
    case Quality::kGood:
      return "good";
    case Quality::kPoor:
      break;
  }
  return "poor";
}

// Makes a level that people can look at of scores that come every other second: it falls when two in a row
// are clearly worse, and rises after three that are clearly better.
class QualityMeter {
 public:
  static constexpr double kExcellent = 0.8;
  static constexpr double kGood = 0.5;
  static constexpr double kClearly = 0.05;
  static constexpr int kWorseInARow = 2;
  static constexpr int kBetterInARow = 3;

  // `score`: 0...1.
  void Update(double score);
  std::optional<Quality> level() const { return level_; }

 private:
  std::optional<Quality> level_;
  int in_a_row_ = 0;  // < 0: worse
};

}  // namespace kcs::meeting
