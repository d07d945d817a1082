#include "engine/media/sequence_unwrapper.h"

#include <gtest/gtest.h>

namespace kcs::media {
namespace {

TEST(SequenceUnwrapper, CountsOnOverAWrap) {
  SequenceUnwrapper<std::uint16_t> unwrapper;
  EXPECT_EQ(unwrapper.Unwrap(65'534), 65'534);
  EXPECT_EQ(unwrapper.Unwrap(65'535), 65'535);
  EXPECT_EQ(unwrapper.Unwrap(0), 65'536);
  EXPECT_EQ(unwrapper.Unwrap(1), 65'537);
}

TEST(SequenceUnwrapper, PlacesAReorderedPacketBeforeTheWrap) {
  SequenceUnwrapper<std::uint16_t> unwrapper;
  unwrapper.Unwrap(65'533);
  unwrapper.Unwrap(3);
  EXPECT_EQ(unwrapper.Unwrap(65'535), 65'535);
  EXPECT_EQ(unwrapper.Unwrap(4), 65'540);
}

TEST(SequenceUnwrapper, GivesWhatIsOlderThanTheFirstANegativeNumber) {
  SequenceUnwrapper<std::uint16_t> unwrapper;
  unwrapper.Unwrap(1);
  EXPECT_EQ(unwrapper.Unwrap(65'535), -1);
}

TEST(SequenceUnwrapper, PeekingChangesNothing) {
  SequenceUnwrapper<std::uint32_t> unwrapper;
  unwrapper.Unwrap(10);
  EXPECT_EQ(unwrapper.Peek(20), 20);
  EXPECT_EQ(unwrapper.highest(), 10);
}

}  // namespace
}  // namespace kcs::media
