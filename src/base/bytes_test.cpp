#include "base/bytes.h"

#include <gtest/gtest.h>

#include <array>

namespace kcs {
namespace {

TEST(ByteReader, ReadsIntegersInNetworkOrder) {
  const std::array<std::uint8_t, 10> data = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
  ByteReader reader(data);
  EXPECT_EQ(reader.U8(), 0x01);
  EXPECT_EQ(reader.U16(), 0x0203);
  EXPECT_EQ(reader.U24(), 0x040506U);
  EXPECT_EQ(reader.U32(), 0x0708090aU);
  EXPECT_TRUE(reader.ok());
  EXPECT_EQ(reader.remaining(), 0U);
}

TEST(ByteReader, FailsForGoodWhenReadPastTheEnd) {
  const std::array<std::uint8_t, 3> data = {1, 2, 3};
  ByteReader reader(data);
  EXPECT_EQ(reader.U32(), 0U);
  EXPECT_FALSE(reader.ok());
  EXPECT_EQ(reader.U8(), 0U) << "a failed reader gives nothing, even where bytes are left";
  EXPECT_TRUE(reader.Read(1).empty());
}

TEST(ByteWriter, WritesWhatTheReaderReads) {
  std::array<std::uint8_t, 18> buffer{};
  ByteWriter writer(buffer);
  writer.U8(1);
  writer.U16(0x0203);
  writer.U24(0x040506);
  writer.U32(0x0708090a);
  writer.U64(0x1112131415161718ULL);
  ASSERT_TRUE(writer.ok());
  ByteReader reader(writer.written());
  EXPECT_EQ(reader.U8(), 1);
  EXPECT_EQ(reader.U16(), 0x0203);
  EXPECT_EQ(reader.U24(), 0x040506U);
  EXPECT_EQ(reader.U32(), 0x0708090aU);
  EXPECT_EQ(reader.U64(), 0x1112131415161718ULL);
}

TEST(ByteWriter, FailsForGoodWhenFull) {
  std::array<std::uint8_t, 3> buffer{};
  ByteWriter writer(buffer);
  writer.U32(1);
  EXPECT_FALSE(writer.ok());
  writer.U8(1);
  EXPECT_EQ(writer.size(), 0U);
}

}  // namespace
}  // namespace kcs
