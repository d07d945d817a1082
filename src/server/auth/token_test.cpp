#include "server/auth/token.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "server/auth/cjose_handles.h"
#include "server/auth/keys.h"
#include "server/auth/token_vectors.h"

namespace kcs::auth {
namespace {

namespace json = boost::json;
using ::testing::HasSubstr;

constexpr std::int64_t kNow = 1'700'000'000;
constexpr char kSecret[] = "a secret of 32 bytes or longer!!";
const Claims kAlice{"alice", "Alice", Role::kAdmin, 1'700'003'600};

// A token with any payload, signed with kSecret.
std::string Sign(const json::value& payload) {
  const std::string text = json::serialize(payload);
  cjose_err error{};
  const auto key = KeyFromSecret(kSecret);
  const HeaderHandle header(cjose_header_new(&error));
  cjose_header_set(header.get(), CJOSE_HDR_ALG, CJOSE_HDR_ALG_HS256, &error);
  const JwsHandle jws(cjose_jws_sign(
      key->key.get(), header.get(), reinterpret_cast<const std::uint8_t*>(text.data()), text.size(), &error));
  const char* compact = nullptr;
  cjose_jws_export(jws.get(), &compact, &error);
  return compact;
}

Result<Claims, TokenRejection> VerifyPayload(const json::value& payload, const TokenPolicy& policy = {}) {
  return TokenVerifier::FromSecret(kSecret, policy)->Verify(Sign(payload), kNow);
}

TokenError ErrorOf(const Result<Claims, TokenRejection>& result) {
  EXPECT_FALSE(result);
  return result ? TokenError::kMissing : result.error().error;
}

TEST(TokenVerifier, AcceptsWhatOthersSign) {
  EXPECT_EQ(TokenVerifier::FromSecret(kSecret)->Verify(vectors::kHs256Token, kNow).value(), kAlice);
  EXPECT_EQ(TokenVerifier::FromPublicKey(vectors::kRsaPublic)->Verify(vectors::kRs256Token, kNow).value(),
            kAlice);
  EXPECT_EQ(TokenVerifier::FromPublicKey(vectors::kEcPublic)->Verify(vectors::kEs256Token, kNow).value(),
            kAlice);
}

TEST(TokenVerifier, FindsTheKeyOfASetById) {
  const auto verifier = TokenVerifier::FromJwks(vectors::kJwks);
  ASSERT_TRUE(verifier) << verifier.error();
  EXPECT_EQ(verifier->Verify(vectors::kRs256Token, kNow).value(), kAlice);
  EXPECT_EQ(verifier->Verify(vectors::kEs256Token, kNow).value(), kAlice);
  EXPECT_EQ(ErrorOf(verifier->Verify(vectors::kHs256Token, kNow)), TokenError::kUnknownKey);
}

TEST(TokenVerifier, UsesNoKeyOfAnotherIdEvenWhenItIsTheOnlyOne) {
  const auto verifier = TokenVerifier::FromJwks(vectors::kOneKeyJwks);
  EXPECT_TRUE(verifier->Verify(vectors::kEs256Token, kNow));
  EXPECT_EQ(ErrorOf(verifier->Verify(vectors::kRs256Token, kNow)), TokenError::kUnknownKey);
}

TEST(TokenVerifier, AcceptsTheConfiguredAlgorithmOnly) {
  const auto secret = TokenVerifier::FromSecret(kSecret);
  EXPECT_EQ(ErrorOf(secret->Verify(vectors::kNoneToken, kNow)), TokenError::kAlgorithm);
  EXPECT_EQ(ErrorOf(secret->Verify(vectors::kHs512Token, kNow)), TokenError::kAlgorithm);
  EXPECT_EQ(ErrorOf(secret->Verify(vectors::kRs256Token, kNow)), TokenError::kAlgorithm);
  const auto rsa = TokenVerifier::FromPublicKey(vectors::kRsaPublic);
  EXPECT_EQ(ErrorOf(rsa->Verify(vectors::kEs256Token, kNow)), TokenError::kAlgorithm);
  // The classic confusion: the public key, which everybody has, taken as the secret of an HMAC.
  EXPECT_EQ(ErrorOf(rsa->Verify(vectors::kConfusedToken, kNow)), TokenError::kAlgorithm);
}

TEST(TokenVerifier, NoticesEveryChange) {
  const auto verifier = TokenVerifier::FromSecret(kSecret);
  const std::string token = vectors::kHs256Token;
  // The last character's lowest bits carry nothing, so it is left alone.
  for (std::size_t i = 0; i + 1 < token.size(); ++i) {
    std::string changed = token;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(verifier->Verify(changed, kNow)) << "at " << i;
  }
  EXPECT_EQ(ErrorOf(TokenVerifier::FromSecret("another")->Verify(token, kNow)), TokenError::kSignature);
}

TEST(TokenVerifier, EndsWithTheTokensTime) {
  const auto verifier = TokenVerifier::FromSecret(kSecret);
  const std::int64_t end = kAlice.expires_at + kDefaultLeeway;
  EXPECT_TRUE(verifier->Verify(vectors::kHs256Token, end - 1));
  EXPECT_EQ(ErrorOf(verifier->Verify(vectors::kHs256Token, end)), TokenError::kExpired);
  EXPECT_EQ(ErrorOf(VerifyPayload({{"sub", "a"}})), TokenError::kClaims);
  EXPECT_EQ(ErrorOf(VerifyPayload({{"sub", "a"}, {"exp", "tomorrow"}})), TokenError::kClaims);
  EXPECT_EQ(ErrorOf(VerifyPayload({{"sub", "a"}, {"exp", kNow + 60}, {"nbf", kNow + 30}})),
            TokenError::kNotYetValid);
  EXPECT_TRUE(VerifyPayload({{"sub", "a"}, {"exp", 1.7000001e9}, {"nbf", kNow}}));
}

TEST(TokenVerifier, RefusesWhatIsNoToken) {
  const auto verifier = TokenVerifier::FromSecret(kSecret);
  EXPECT_EQ(ErrorOf(verifier->Verify("", kNow)), TokenError::kMissing);
  EXPECT_EQ(ErrorOf(verifier->Verify(std::string(8193, 'a'), kNow)), TokenError::kTooLong);
  for (const char* text :
       {"a", "a.b", "..", "a..c", "a.b.", "a.b.c.d", "a.b.c=", "e30.e30.e30 ", "e30.e30.AA"}) {
    EXPECT_FALSE(verifier->Verify(text, kNow)) << text;
  }
  EXPECT_EQ(ErrorOf(verifier->Verify(vectors::kCritToken, kNow)), TokenError::kMalformed);
}

TEST(TokenVerifier, NamesThePersonByIdWithoutAName) {
  const auto claims = VerifyPayload({{"sub", "bob"}, {"exp", kNow + 60}});
  ASSERT_TRUE(claims);
  EXPECT_EQ(claims->name, "bob");
  EXPECT_EQ(claims->role, Role::kUser);
}

TEST(TokenVerifier, ShortensAnIdThatServesAsNameWithoutSplittingACharacter) {
  std::string id;
  for (int i = 0; i < 120; ++i) id += "\xc3\xa9";
  EXPECT_EQ(VerifyPayload({{"sub", id}, {"exp", kNow + 60}})->name, id.substr(0, 200));
}

TEST(TokenVerifier, RefusesClaimsOutOfBounds) {
  const std::pair<json::object, const char*> cases[] = {
      {{{"name", "x"}}, "no sub"},
      {{{"sub", ""}}, "no sub"},
      {{{"sub", 7}}, "sub is no string"},
      {{{"sub", std::string(129, 'a')}}, "sub is longer than 128"},
      {{{"sub", "a"}, {"name", std::string(101, 'a')}}, "name is longer than 100"},
      {{{"sub", "a\nb"}}, "control characters"},
      {{{"sub", "a"}, {"role", "root"}}, "neither user nor admin"},
      {{{"sub", "a"}, {"role", 1}}, "role is no string"},
  };
  for (auto [payload, message] : cases) {
    payload["exp"] = kNow + 60;
    const auto result = VerifyPayload(payload);
    EXPECT_EQ(ErrorOf(result), TokenError::kClaims);
    EXPECT_THAT(result.error().message, HasSubstr(message));
  }
  EXPECT_TRUE(VerifyPayload({{"sub", "a"}, {"exp", kNow + 60}, {"name", std::string(100, 'a')}}));
}

TEST(TokenVerifier, ChecksIssuerAndAudienceWhenConfigured) {
  const json::object base{{"sub", "a"}, {"exp", kNow + 60}};
  const auto with = [&](json::object more) {
    more.insert(base.begin(), base.end());
    return more;
  };
  const TokenPolicy policy{"https://id.example.org", "meet", 0};
  EXPECT_EQ(ErrorOf(VerifyPayload(base, policy)), TokenError::kIssuer);
  EXPECT_EQ(ErrorOf(VerifyPayload(with({{"iss", "https://evil"}, {"aud", "meet"}}), policy)),
            TokenError::kIssuer);
  EXPECT_EQ(ErrorOf(VerifyPayload(with({{"iss", policy.issuer}, {"aud", "shop"}}), policy)),
            TokenError::kAudience);
  EXPECT_TRUE(VerifyPayload(with({{"iss", policy.issuer}, {"aud", "meet"}}), policy));
  EXPECT_TRUE(VerifyPayload(with({{"iss", policy.issuer}, {"aud", json::array{"shop", "meet"}}}), policy));
}

TEST(TokenVerifier, RefusesKeysThatAreNoneOrWeak) {
  EXPECT_FALSE(TokenVerifier::FromSecret(""));
  EXPECT_THAT(TokenVerifier::FromPublicKey("nonsense").error(), HasSubstr("PEM"));
  EXPECT_THAT(TokenVerifier::FromPublicKey(vectors::kWeakRsaPublic).error(), HasSubstr("2048"));
  EXPECT_THAT(TokenVerifier::FromPublicKey(vectors::kP384Public).error(), HasSubstr("P-256"));
  EXPECT_FALSE(TokenVerifier::FromJwks("{"));
  EXPECT_FALSE(TokenVerifier::FromJwks(R"({"keys":[]})"));
  EXPECT_FALSE(TokenVerifier::FromJwks(R"({"keys":[{"kty":"oct","k":"AAAA"}]})"));
  EXPECT_FALSE(TokenVerifier::FromJwks(R"({"keys":[{"kty":"RSA","n":"AQ","e":"AQAB"}]})"));
  EXPECT_FALSE(TokenVerifier::FromJwks(R"({"keys":[{"kty":"RSA","n":")" + std::string(400, 'A') + R"("}]})"));
  EXPECT_FALSE(TokenVerifier::FromJwks(R"({"keys":[{"kty":"RSA","n":")" + std::string(400, 'x') + R"("}]})"));
  EXPECT_FALSE(TokenVerifier::FromJwks(R"({"keys":[{"kty":"EC","crv":"P-256","x":"AQ","y":"AQ"}]})"));
  EXPECT_FALSE(TokenVerifier::FromJwks(R"({"keys":[{"kty":"EC","crv":"P-256"}]})"));
}

TEST(IssueToken, MakesWhatTheVerifierAccepts) {
  const TokenPolicy policy{"issuer", "audience", 0};
  const auto token = IssueToken(kAlice, kSecret, kNow, policy);
  ASSERT_TRUE(token) << token.error();
  EXPECT_EQ(TokenVerifier::FromSecret(kSecret, policy)->Verify(*token, kNow).value(), kAlice);
}

TEST(IssueToken, RefusesWhatWouldNotBeAccepted) {
  EXPECT_FALSE(IssueToken({"", "x", Role::kUser, kNow + 60}, kSecret, kNow));
  EXPECT_FALSE(IssueToken({"a", "x", Role::kUser, kNow - 60}, kSecret, kNow));
  EXPECT_FALSE(IssueToken(kAlice, "", kNow));
}

}  // namespace
}  // namespace kcs::auth
