#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/architecture/rules.h"

// The rules of ARCHITECTURE.md, held against the sources as they are.
namespace kcs::architecture {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

const SourceTree& Sources() {
  static const SourceTree tree = ReadSourceTree(KCS_SOURCE_DIR "/src");
  return tree;
}

TEST(Architecture, SourcesAreFound) {
  ASSERT_THAT(Sources(), SizeIs(::testing::Gt(300u)));
  std::size_t includes = 0;
  for (const SourceFile& file : Sources()) includes += file.quoted_includes.size();
  EXPECT_GT(includes, Sources().size());
}

TEST(Architecture, RoomsIncludeOnlyRoomsBelowThem) { EXPECT_THAT(WrongWayIncludes(Sources()), IsEmpty()); }

TEST(Architecture, RoomsDoNotIncludeEachOtherInCircles) { EXPECT_THAT(RoomCycles(Sources()), IsEmpty()); }

TEST(Architecture, TheProductDoesNotUseTestHelpers) {
  EXPECT_THAT(TestHelpersInProduct(Sources()), IsEmpty());
}

TEST(Architecture, ProtobufEndsInTheProcessShells) {
  EXPECT_THAT(ProtobufOutsideTheShells(Sources()), IsEmpty());
}

TEST(Architecture, TimeAndChanceAreArguments) { EXPECT_THAT(ClocksAndChance(Sources()), IsEmpty()); }

TEST(Architecture, LibrariesStayInTheirRooms) { EXPECT_THAT(LibrariesOutOfPlace(Sources()), IsEmpty()); }

TEST(Architecture, FilesAreShort) { EXPECT_THAT(LongFiles(Sources()), IsEmpty()); }

}  // namespace
}  // namespace kcs::architecture
