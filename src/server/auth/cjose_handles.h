#pragma once

extern "C" {
#include <cjose/cjose.h>
}

#include <memory>

// Owners for cjose's objects; for the sources of this room only.
namespace kcs::auth {

struct CjoseRelease {
  void operator()(cjose_jwk_t* key) const { cjose_jwk_release(key); }
  void operator()(cjose_jws_t* jws) const { cjose_jws_release(jws); }
  void operator()(cjose_header_t* header) const { cjose_header_release(header); }
};
using JwkHandle = std::unique_ptr<cjose_jwk_t, CjoseRelease>;
using JwsHandle = std::unique_ptr<cjose_jws_t, CjoseRelease>;
using HeaderHandle = std::unique_ptr<cjose_header_t, CjoseRelease>;

}  // namespace kcs::auth
