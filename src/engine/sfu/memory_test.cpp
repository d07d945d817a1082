#include <gtest/gtest.h>
#include <openssl/crypto.h>

#include "base/testing/allocations.h"
#include "engine/sfu/testing/core_rig.h"

namespace kcs::sfu {
namespace {

using testing::CoreRig;

constexpr std::uint32_t kConsumers = 1024;
constexpr std::uint32_t kTransports = 64;

// Before OpenSSL has allocated anything: what it takes is counted with ours, in all tests of this program.
const bool kOpenSslIsCounted =
    CRYPTO_set_mem_functions(
        [](std::size_t size, const char*, int) { return CountedAllocate(size); },
        [](void* memory, std::size_t size, const char*, int) { return CountedReallocate(memory, size); },
        [](void* memory, const char*, int) { CountedFree(memory); }) == 1;

void AddConsumers(CoreRig& rig, const CreateProducer& producer) {
  for (std::uint32_t i = 0; i < kConsumers; ++i) {
    CreateConsumer consumer =
        testing::ConsumerOf(producer, TransportId(2), ConsumerId(i + 1), wire::Ssrc(5000 + 10 * i));
    consumer.cname = "a name as long as browsers make them";
    rig.Must(consumer);
  }
}

// What a consumer is and owns. The tables that name it have grown before: those are some 100 bytes more.
std::int64_t BytesOfAConsumer(const CreateProducer& producer) {
  CoreRig rig;
  rig.Join();
  rig.Join();
  rig.Exchange();
  rig.Must(producer);
  AddConsumers(rig, producer);
  for (std::uint32_t i = 0; i < kConsumers; ++i) {
    rig.Must(ConsumerCommand{.consumer = ConsumerId(i + 1), .action = ConsumerAction::kClose});
  }
  const std::int64_t before = BytesInUse();
  AddConsumers(rig, producer);
  return (BytesInUse() - before) / kConsumers;
}

TEST(Memory, AConsumerOfSoundHasNoneOfWhatPicturesNeed) {
  const std::int64_t bytes =
      BytesOfAConsumer(testing::AudioProducer(TransportId(1), ProducerId(1), wire::Ssrc(1000)));
  RecordProperty("bytes", static_cast<int>(bytes));
  EXPECT_LE(bytes, 400);
}

TEST(Memory, AConsumerOfPicturesTakesAKilobyteAtMost) {
  const std::int64_t bytes = BytesOfAConsumer(
      testing::VideoProducer(TransportId(1), ProducerId(1), {testing::Encoding(1000, 1001)}));
  RecordProperty("bytes", static_cast<int>(bytes));
  EXPECT_LE(bytes, 1024);
}

// What transports take that have connected and then have nothing to do, with their places in the tables: of
// each of them, `after` the handshakes.
std::int64_t BytesOfATransport(Duration after) {
  CoreRig rig;
  rig.Join();  // what all share
  rig.Exchange();
  const std::int64_t before = BytesInUse();
  for (std::uint32_t i = 0; i < kTransports; ++i) rig.Join();
  rig.Exchange();
  rig.Advance(after);
  for (const CoreRig::Member& member : rig.members()) EXPECT_TRUE(member.peer->connected());
  for (CoreRig::Member& member : rig.members()) member.peer.reset();  // those are not the worker's
  return (BytesInUse() - before) / kTransports;
}

TEST(Memory, AnIdleTransportTakesThirtyKilobytesAtMostWhenItsHandshakeWasLetGo) {
  ASSERT_TRUE(kOpenSslIsCounted);
  const std::int64_t bytes = BytesOfATransport(crypto::DtlsSession::kLastFlightKept + 1s);
  RecordProperty("bytes", static_cast<int>(bytes));
  EXPECT_LE(bytes, 30'000);
}

TEST(Memory, ATransportTakesFiftyKilobytesWhileItsLastFlightCanBeRepeated) {
  const std::int64_t bytes = BytesOfATransport(1s);
  RecordProperty("bytes", static_cast<int>(bytes));
  EXPECT_GT(bytes, 30'000) << "what OpenSSL takes is not counted";
  EXPECT_LE(bytes, 55'000);
}

}  // namespace
}  // namespace kcs::sfu
