#include <gtest/gtest.h>

#include "base/testing/allocations.h"
#include "engine/sfu/testing/core_rig.h"

namespace kcs::sfu {
namespace {

using testing::CoreRig;

constexpr std::uint32_t kConsumers = 1024;

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

}  // namespace
}  // namespace kcs::sfu
