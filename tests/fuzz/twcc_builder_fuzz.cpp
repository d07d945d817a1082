#include <map>
#include <vector>

#include "base/check.h"
#include "engine/wire/rtcp_header.h"
#include "engine/wire/rtcp_transport_feedback.h"

// The input is a series of arrivals: whatever the builder takes must be read from what it writes.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace kcs;
  using namespace kcs::wire;
  ByteReader in(Bytes(data, size));
  const std::uint16_t base = in.U16();
  const std::size_t max_size = in.U16() % 1400;
  Timestamp now(Duration(std::int64_t{in.U32()} * 1000));
  TransportFeedbackBuilder builder(base, now, max_size);
  std::map<std::uint16_t, std::int64_t> added;
  std::uint16_t sequence = base;
  const std::int64_t reference = ToMicros(now) / 64'000 * 64'000;
  while (in.ok() && in.remaining() > 0) {
    const std::uint8_t step = in.U8();
    sequence = static_cast<std::uint16_t>(sequence + (step == 0xff ? in.U16() : step & 3));
    now += Duration((step & 4) != 0 ? std::int64_t{static_cast<std::int16_t>(in.U16())} * 260
                                    : (step >> 3) * 100);
    const std::size_t before = builder.size();
    if (builder.Add(sequence, now)) {
      KCS_CHECK(!added.contains(sequence));
      added.emplace(sequence, ToMicros(now));
    } else {
      KCS_CHECK(builder.size() == before);
    }
  }
  if (builder.empty()) return 0;
  KCS_CHECK(builder.size() <= max_size);
  std::vector<std::uint8_t> out(builder.size());
  ByteWriter writer(out);
  builder.Write(Ssrc(1), Ssrc(2), 3, writer);
  KCS_CHECK(writer.ok() && writer.size() == out.size());

  RtcpCompoundReader reader(out);
  const auto packet = reader.Next();
  KCS_CHECK(packet);
  const auto feedback = TransportFeedback::Parse(packet->count, packet->body);
  KCS_CHECK(feedback && feedback->status_count == builder.status_count());
  TransportFeedbackReader statuses(*feedback);
  const std::int64_t offset = reference - std::int64_t{feedback->reference_time} * 64'000;
  while (const auto status = statuses.Next()) {
    const auto it = added.find(status->sequence);
    KCS_CHECK(status->received == (it != added.end()));
    if (!status->received) continue;
    const std::int64_t error = it->second - (status->arrival_us + offset);
    KCS_CHECK(error >= 0 && error < 250);
  }
  return 0;
}
