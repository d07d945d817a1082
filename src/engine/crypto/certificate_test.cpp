#include "engine/crypto/certificate.h"

#include <gtest/gtest.h>

#include <regex>

namespace kcs::crypto {
namespace {

TEST(Certificate, HasASha256FingerprintInTheFormOfSdp) {
  const std::string fingerprint = Certificate::Generate().fingerprint_sha256();
  EXPECT_TRUE(std::regex_match(fingerprint, std::regex("([0-9A-F]{2}:){31}[0-9A-F]{2}"))) << fingerprint;
}

TEST(Certificate, IsAnotherOneEachTimeAndSharedByCopies) {
  const Certificate one = Certificate::Generate();
  const Certificate copy = one;
  EXPECT_EQ(one.fingerprint_sha256(), copy.fingerprint_sha256());
  EXPECT_NE(one.fingerprint_sha256(), Certificate::Generate().fingerprint_sha256());
}

}  // namespace
}  // namespace kcs::crypto
