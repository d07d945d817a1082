#include "load/options.h"

#include <gtest/gtest.h>

namespace kcs::load {
namespace {

TEST(Options, ReadsBitratesWithUnits) {
  EXPECT_EQ(ParseBitrate("1500k"), 1'500'000U);
  EXPECT_EQ(ParseBitrate("2.5M"), 2'500'000U);
  EXPECT_EQ(ParseBitrate("0"), 0U);
  for (const char* text : {"", "k", "-1", "1500kb", "2G", "1e3", "nan"})
    EXPECT_FALSE(ParseBitrate(text)) << text;
}

TEST(Options, ReadsTimesWithUnits) {
  EXPECT_EQ(ParseDuration("30"), Duration(30s));
  EXPECT_EQ(ParseDuration("1.5s"), Duration(1500ms));
  EXPECT_EQ(ParseDuration("5m"), Duration(300s));
  EXPECT_EQ(ParseDuration("1h"), Duration(3600s));
  for (const char* text : {"", "0", "0s", "s", "-1s", "2d", "25h"}) EXPECT_FALSE(ParseDuration(text)) << text;
}

TEST(Options, RefuseWhatContradictsItself) {
  EXPECT_TRUE(Validate({}));
  const auto refused = [](auto change) {
    Options options;
    change(options);
    return !Validate(options).has_value();
  };
  EXPECT_TRUE(refused([](Options& o) { o.meetings = 0; }));
  EXPECT_TRUE(refused([](Options& o) { o.publishers = o.participants + 1; }));
  EXPECT_TRUE(refused([](Options& o) { o.meetings = 600; }));
  EXPECT_TRUE(refused([](Options& o) {
    o.video_bitrate = 0;
    o.audio = false;
  }));
  EXPECT_TRUE(refused([](Options& o) { o.video_bitrate = 1000; }));
  EXPECT_TRUE(refused([](Options& o) { o.join_rate = 0; }));
  EXPECT_TRUE(refused([](Options& o) { o.verify_every = 0; }));
  EXPECT_TRUE(refused([](Options& o) { o.slower = 0; }));
  EXPECT_TRUE(refused([](Options& o) { o.slower = 21; }));
  EXPECT_FALSE(refused([](Options& o) { o.slower = 20; }));
  EXPECT_FALSE(refused([](Options& o) { o.publishers = 0; }));
}

}  // namespace
}  // namespace kcs::load
