#pragma once

#include <cmath>
#include <cstdint>

#include "base/entropy.h"

namespace kcs::media {

struct LevelForTest {
  std::uint8_t level = 127;  // -dBov
  bool voice = false;
};

// Somebody who talks, as audio levels every 20 ms: words of 200-500 ms with syllables, gaps of 40-160 ms
// between them, and after some words a pause of 300-700 ms. Otherwise the noise of a room.
class TalkForTest {
 public:
  explicit TalkForTest(std::uint64_t seed, int loudness = 30) : entropy_(seed), loudness_(loudness) {}

  void Begin() {
    talking_ = true;
    words_ = 8;
    left_ = 0;
    in_word_ = false;
  }
  void End() { talking_ = false; }
  bool talking() const { return talking_; }

  LevelForTest Next() {
    if (!talking_) return Noise();
    if (left_ == 0) Turn();
    --left_;
    if (!in_word_) return Noise();
    ++age_;
    const double syllables = 6 * std::sin(age_ * 0.02 * 2 * 3.14159 * 4);
    const double soft_begin = age_ <= 2 ? 15 : 0;
    return {.level = Clamp(loudness_ + syllables + soft_begin + Between(-3, 3)), .voice = true};
  }

  LevelForTest Noise() { return {.level = Clamp(72 + Between(-6, 6)), .voice = false}; }
  int Between(int low, int high) {
    return low + static_cast<int>(entropy_.Below(static_cast<std::uint32_t>(high - low + 1)));
  }

 private:
  static std::uint8_t Clamp(double level) {
    return static_cast<std::uint8_t>(level < 0 ? 0 : level > 127 ? 127 : level);
  }
  void Turn() {
    in_word_ = !in_word_;
    age_ = 0;
    if (in_word_) {
      left_ = Between(10, 25);
      return;
    }
    left_ = Between(2, 8);
    if (--words_ == 0) {
      left_ = Between(15, 35);
      words_ = Between(5, 12);
    }
  }

  SeededEntropy entropy_;
  int loudness_;
  bool talking_ = false;
  bool in_word_ = false;
  int words_ = 8;
  int left_ = 0;
  int age_ = 0;
};

}  // namespace kcs::media
