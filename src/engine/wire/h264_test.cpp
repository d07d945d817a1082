#include "engine/wire/h264.h"

#include <gtest/gtest.h>

#include "engine/wire/hex_for_test.h"

namespace kcs::wire {
namespace {

struct Expected {
  bool key_frame;
  bool start_of_frame;
  bool reference;
};

void Expect(const char* text, Expected expected) {
  const auto p = H264Payload::Parse(Hex(text));
  ASSERT_TRUE(p) << text;
  EXPECT_EQ(p->key_frame, expected.key_frame) << text;
  EXPECT_EQ(p->start_of_frame, expected.start_of_frame) << text;
  EXPECT_EQ(p->reference, expected.reference) << text;
}

TEST(H264, SingleNalUnits) {
  Expect("65 88 84", {true, true, true});    // IDR, first slice
  Expect("65 40 84", {true, false, true});   // IDR, a later slice
  Expect("41 9a 00", {false, true, true});   // slice
  Expect("01 9a 00", {false, true, false});  // slice that nobody refers to
  Expect("67 42 c0", {true, true, true});    // sequence parameter set
  Expect("68 ce 3c", {false, true, true});   // picture parameter set
  Expect("06 05 01", {false, true, false});  // SEI
  Expect("09 10", {false, true, false});     // delimiter
}

TEST(H264, Aggregates) {
  Expect("78 0003 6742c0 0002 68ce", {true, true, true});
  Expect("18 0002 4140 0001 01", {false, false, true});
  EXPECT_FALSE(H264Payload::Parse(Hex("78 0004 6742c0")));       // longer than the packet
  EXPECT_FALSE(H264Payload::Parse(Hex("78 0003 6742c0 00")));    // half a size
  EXPECT_FALSE(H264Payload::Parse(Hex("78 0000 0003 6742c0")));  // an empty unit
}

TEST(H264, Fragments) {
  Expect("7c 85 88", {true, true, true});    // IDR begins
  Expect("7c 05 88", {false, false, true});  // goes on: not a place to begin
  Expect("7c 45 88", {false, false, true});  // ends
  Expect("5c 81 9a", {false, true, true});
  EXPECT_FALSE(H264Payload::Parse(Hex("7c c5 88")));  // start and end at once
  EXPECT_FALSE(H264Payload::Parse(Hex("7c 85")));
}

TEST(H264, RejectsOtherPacketTypes) {
  for (const char* text : {"", "60 01", "79 0000", "7a 0000", "7b 0000", "7d 8500", "7e 00", "7f 00"}) {
    EXPECT_FALSE(H264Payload::Parse(Hex(text))) << text;
  }
}

}  // namespace
}  // namespace kcs::wire
