#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/bytes.h"
#include "base/check.h"
#include "server/auth/claims.h"
#include "server/auth/token.h"

// Any bytes as a token, as the payload of a signed one, as a JWK set and as a PEM file; the first byte
// chooses.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace kcs::auth;
  constexpr std::int64_t kNow = 1'700'000'000;
  static const auto secret =
      TokenVerifier::FromSecret("a secret of 32 bytes or longer!!", {"issuer", "audience", 0});
  static const auto keys = TokenVerifier::FromJwks(R"({"keys":[{"kty":"EC","crv":"P-256","kid":"k",)"
                                                   R"("x":"axfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpY",)"
                                                   R"("y":"T-NC4v4af5uO5-tKfA-eFivOM1drMV7Oy7ZAaDe_UfU"}]})");
  KCS_CHECK(secret && keys);
  if (size == 0) return 0;
  const std::string_view text = kcs::AsText(kcs::Bytes(data, size).subspan(1));
  switch (data[0] % 4) {
    case 0:
      // No input can carry the right signature.
      KCS_CHECK(!secret->Verify(text, kNow));
      KCS_CHECK(!keys->Verify(text, kNow));
      break;
    case 1: {
      const auto claims = ReadClaims(text, {"", "", 0}, kNow);
      if (!claims) break;
      KCS_CHECK(!claims->user_id.empty() && !claims->name.empty() && claims->expires_at >= kNow);
      // What was accepted once can be issued and accepted again.
      const auto token = IssueToken(*claims, "north", claims->expires_at - 1);
      KCS_CHECK(token &&
                TokenVerifier::FromSecret("north")->Verify(*token, claims->expires_at - 1) == *claims);
      break;
    }
    case 2:
      static_cast<void>(TokenVerifier::FromJwks(text));
      break;
    default:
      static_cast<void>(TokenVerifier::FromPublicKey(text));
  }
  return 0;
}
