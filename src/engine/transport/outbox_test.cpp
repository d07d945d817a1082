#include "engine/transport/outbox.h"

#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <vector>

namespace kcs::transport {
namespace {

const Tuple kAlice{SocketAddress::V4(192, 0, 2, 1, 1000), 0, Protocol::kUdp};
const Tuple kBob{SocketAddress::V4(192, 0, 2, 2, 2000), 1, Protocol::kTcp};

std::string Text(const Outbox& out, std::size_t i) {
  return std::string(AsText(out.bytes(out.datagrams()[i])));
}

TEST(Outbox, KeepsDatagramsWithTheirReceivers) {
  Outbox out(1000, 10);
  EXPECT_TRUE(out.empty());
  EXPECT_TRUE(out.Append(kAlice, AsBytes("one")));
  EXPECT_TRUE(out.Append(kBob, AsBytes("two")));
  ASSERT_EQ(out.datagrams().size(), 2U);
  EXPECT_EQ(out.datagrams()[0].tuple, kAlice);
  EXPECT_EQ(out.datagrams()[1].tuple, kBob);
  EXPECT_EQ(Text(out, 0), "one");
  EXPECT_EQ(Text(out, 1), "two");
}

TEST(Outbox, CommittedDatagramsLieSideBySide) {
  Outbox out(1000, 10);
  for (int i = 0; i < 3; ++i) {
    std::uint8_t* memory = out.Reserve(200);  // more than is used in the end
    ASSERT_NE(memory, nullptr);
    std::memset(memory, 'a' + i, 100);
    out.Commit(kAlice, 100);
  }
  const auto datagrams = out.datagrams();
  EXPECT_EQ(datagrams[1].offset, datagrams[0].offset + datagrams[0].size);
  EXPECT_EQ(datagrams[2].offset, datagrams[1].offset + datagrams[1].size);
  EXPECT_EQ(out.used_bytes(), 300U);
}

TEST(Outbox, ReservedMemoryThatIsNotCommittedIsAsIfNeverAskedFor) {
  Outbox out(100, 10);
  EXPECT_NE(out.Reserve(100), nullptr);
  EXPECT_NE(out.Reserve(100), nullptr);
  EXPECT_TRUE(out.empty());
  EXPECT_EQ(out.dropped(), 0U);
}

TEST(Outbox, IsBoundedInBytes) {
  Outbox out(100, 10);
  EXPECT_TRUE(out.Append(kAlice, std::vector<std::uint8_t>(60)));
  EXPECT_FALSE(out.Append(kAlice, std::vector<std::uint8_t>(41)));
  EXPECT_EQ(out.Reserve(41), nullptr);
  EXPECT_TRUE(out.Append(kAlice, std::vector<std::uint8_t>(40)));
  EXPECT_EQ(out.dropped(), 2U);
  out.Clear();
  EXPECT_TRUE(out.empty());
  EXPECT_TRUE(out.Append(kAlice, std::vector<std::uint8_t>(100)));
  EXPECT_EQ(out.dropped(), 2U);  // a total, kept over Clear
}

TEST(Outbox, IsBoundedInNumber) {
  Outbox out(1000, 2);
  EXPECT_TRUE(out.Append(kAlice, AsBytes("1")));
  EXPECT_TRUE(out.Append(kAlice, AsBytes("2")));
  EXPECT_FALSE(out.Append(kAlice, AsBytes("3")));
  EXPECT_EQ(out.dropped(), 1U);
}

TEST(Outbox, TellsBeforehandWhetherSoManyFit) {
  Outbox out(2 * Outbox::kMaxDatagram, 3);
  EXPECT_TRUE(out.CanHold(2));
  EXPECT_FALSE(out.CanHold(3));  // in bytes
  out.Append(kAlice, AsBytes("1"));
  EXPECT_TRUE(out.CanHold(1));
  EXPECT_FALSE(out.CanHold(2));
  out.Append(kAlice, AsBytes("2"));
  out.Append(kAlice, AsBytes("3"));
  EXPECT_FALSE(out.CanHold(1));  // in number
}

TEST(Outbox, RefusesWhatIsNoDatagram) {
  Outbox out(10'000, 10);
  EXPECT_FALSE(out.Append(kAlice, std::vector<std::uint8_t>(Outbox::kMaxDatagram + 1)));
  EXPECT_TRUE(out.Append(kAlice, std::vector<std::uint8_t>(Outbox::kMaxDatagram)));
}

}  // namespace
}  // namespace kcs::transport
