#include "engine/crypto/dtls.h"

namespace kcs::crypto {

const char* ToString(DtlsState state) {
  switch (state) {
    case DtlsState::kNew:
      return "new";
    case DtlsState::kConnecting:
      return "connecting";
    case DtlsState::kConnected:
      return "connected";
    case DtlsState::kFailed:
      return "failed";
    case DtlsState::kClosed:
      return "closed";
  }
  return "?";
}

const char* ToString(DtlsFailure failure) {
  switch (failure) {
    case DtlsFailure::kNone:
      return "none";
    case DtlsFailure::kTimeout:
      return "timeout";
    case DtlsFailure::kBadFingerprint:
      return "wrong fingerprint";
    case DtlsFailure::kAlert:
      return "alert";
    case DtlsFailure::kNoSrtpProfile:
      return "no SRTP profile in common";
    case DtlsFailure::kProtocol:
      return "protocol error";
  }
  return "?";
}

const char* ToString(SrtpProfile profile) {
  switch (profile) {
    case SrtpProfile::kAeadAes128Gcm:
      return "SRTP_AEAD_AES_128_GCM";
    case SrtpProfile::kAeadAes256Gcm:
      return "SRTP_AEAD_AES_256_GCM";
    case SrtpProfile::kAesCm128HmacSha1_80:
      return "SRTP_AES128_CM_SHA1_80";
  }
  return "unknown";
}

}  // namespace kcs::crypto
