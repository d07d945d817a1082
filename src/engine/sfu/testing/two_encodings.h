#pragma once

#include <cstddef>
#include <vector>

#include "engine/sfu/testing/core_rig.h"
#include "engine/sfu/testing/test_stream.h"

namespace kcs::sfu::testing {

// A core with one who sends and one who receives.
class OneToOne {
 protected:
  OneToOne() { rig_.Exchange(); }

  void Send(const TestStream::Packet& packet);
  void SendRtcp(CoreRig::Member& member, Bytes packet);

  CoreRig rig_;
  CoreRig::Member& sender_ = rig_.Join();
  CoreRig::Member& receiver_ = rig_.Join();
};

// One picture in two encodings, the producer 1, and a receiver of it.
class TwoEncodings : public OneToOne {
 protected:
  struct Shape {
    int packets = 1;
    std::size_t size = 300;  // of each packet, with its header
  };
  TwoEncodings(Shape low, Shape high);

  // The next picture's packets, those of the low encoding first.
  std::vector<TestStream::Packet> Picture(bool key);

  CreateProducer producer_;

 private:
  Shape low_shape_;
  Shape high_shape_;
  TestStream low_;
  TestStream high_;
};

}  // namespace kcs::sfu::testing
