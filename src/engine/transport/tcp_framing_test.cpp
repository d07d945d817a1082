#include "engine/transport/tcp_framing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace kcs::transport {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::string Frame(std::string_view body) {
  const auto header = FrameHeader(body.size());
  return std::string(AsText(header)) + std::string(body);
}

std::vector<std::string> ReadAll(FrameReader& reader, std::string_view stream) {
  std::vector<std::string> frames;
  Bytes input = AsBytes(stream);
  while (const auto frame = reader.Next(input)) frames.emplace_back(AsText(*frame));
  EXPECT_TRUE(input.empty());
  return frames;
}

TEST(FrameReader, CutsAStreamIntoFrames) {
  FrameReader reader;
  EXPECT_THAT(ReadAll(reader, Frame("one") + Frame("three") + Frame("x")), ElementsAre("one", "three", "x"));
}

TEST(FrameReader, PutsFramesTogetherFromSingleBytes) {
  FrameReader reader;
  std::vector<std::string> frames;
  for (const char c : Frame("hello") + Frame("world")) {
    for (std::string& frame : ReadAll(reader, std::string_view(&c, 1))) frames.push_back(std::move(frame));
  }
  EXPECT_THAT(frames, ElementsAre("hello", "world"));
}

TEST(FrameReader, KeepsTheBeginningOfAFrameBetweenReads) {
  FrameReader reader;
  const std::string stream = Frame("first") + Frame("second");
  EXPECT_THAT(ReadAll(reader, stream.substr(0, 10)), ElementsAre("first"));
  EXPECT_THAT(ReadAll(reader, stream.substr(10)), ElementsAre("second"));
}

TEST(FrameReader, SkipsEmptyFrames) {
  FrameReader reader;
  EXPECT_THAT(ReadAll(reader, Frame("") + Frame("") + Frame("a") + Frame("")), ElementsAre("a"));
  EXPECT_THAT(ReadAll(reader, Frame("b")), ElementsAre("b"));
}

TEST(FrameReader, TakesTheLongestFrameAndGivesUpAtALongerOne) {
  FrameReader reader;
  const std::string longest(FrameReader::kMaxFrame, 'l');
  EXPECT_THAT(ReadAll(reader, Frame(longest)), ElementsAre(longest));
  EXPECT_FALSE(reader.failed());
  EXPECT_THAT(ReadAll(reader, Frame(longest + "l") + Frame("after")), IsEmpty());
  EXPECT_TRUE(reader.failed());
  EXPECT_THAT(ReadAll(reader, Frame("after")), IsEmpty());
}

TEST(FrameReader, FramesMayBeChangedInPlace) {
  FrameReader reader;
  const std::string stream = Frame("abc") + Frame("def");
  Bytes input = AsBytes(stream);
  auto frame = reader.Next(input);
  ASSERT_TRUE(frame.has_value());
  (*frame)[0] = 'X';
  frame = reader.Next(input);
  ASSERT_TRUE(frame.has_value());
  EXPECT_EQ(AsText(*frame), "def");
}

}  // namespace
}  // namespace kcs::transport
