#include "bench/janus/sdp.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kcs::janus {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using wire::ExtensionType;

const LocalEnd kLocal{
    .username_fragment = "me", .password = "secret", .fingerprint_sha256 = "AB:CD", .cname = "cn"};

// The shape of an offer of Janus 1.1.2 to a subscriber.
const std::string kOffer =
    "v=0\r\n"
    "o=- 1 1 IN IP4 192.0.2.2\r\n"
    "s=VideoRoom 1\r\n"
    "t=0 0\r\n"
    "a=group:BUNDLE 0\r\n"
    "a=fingerprint:sha-256 01:02:03\r\n"
    "a=ice-lite\r\n"
    "m=video 9 UDP/TLS/RTP/SAVPF 96 97\r\n"
    "c=IN IP4 192.0.2.2\r\n"
    "a=sendonly\r\n"
    "a=mid:0\r\n"
    "a=rtcp-mux\r\n"
    "a=ice-ufrag:ufra\r\n"
    "a=ice-pwd:password\r\n"
    "a=setup:actpass\r\n"
    "a=rtpmap:96 VP8/90000\r\n"
    "a=rtcp-fb:96 nack pli\r\n"
    "a=extmap:3/sendonly http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01\r\n"
    "a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid\r\n"
    "a=extmap:9 urn:3gpp:video-orientation\r\n"
    "a=rtpmap:97 rtx/90000\r\n"
    "a=fmtp:97 apt=96\r\n"
    "a=ssrc-group:FID 1000 2000\r\n"
    "a=ssrc:1000 cname:janus\r\n"
    "a=ssrc:2000 cname:janus\r\n"
    "a=candidate:1 1 udp 2015363327 192.0.2.2 34425 typ host\r\n"
    "a=candidate:2 1 tcp 1015363327 192.0.2.2 9 typ host tcptype active\r\n"
    "a=end-of-candidates\r\n";

TEST(JanusSdp, TellsWhereTheMediaIsAndWhatItLooksLike) {
  const auto remote = ParseDescription(kOffer);
  ASSERT_TRUE(remote.has_value()) << remote.error();
  EXPECT_EQ(remote->mid, "0");
  EXPECT_EQ(remote->transport.ice.username_fragment, "ufra");
  EXPECT_EQ(remote->transport.ice.password, "password");
  EXPECT_THAT(remote->transport.ice.candidates, ElementsAre(SocketAddress::V4(192, 0, 2, 2, 34425)));
  ASSERT_EQ(remote->transport.fingerprints.size(), 1u);
  EXPECT_EQ(remote->transport.fingerprints[0].algorithm, "sha-256");
  EXPECT_EQ(remote->transport.fingerprints[0].value, "01:02:03");
  EXPECT_EQ(remote->ssrc, wire::Ssrc(1000));
  EXPECT_EQ(remote->rtx_ssrc, wire::Ssrc(2000));
  EXPECT_EQ(remote->extensions.id(ExtensionType::kTransportWideCc), 3);
  EXPECT_EQ(remote->extensions.id(ExtensionType::kMid), 4);
}

TEST(JanusSdp, NamesWhatIsMissing) {
  const auto without = [](std::string_view begin) {
    std::string sdp = kOffer;
    for (std::size_t at = sdp.find(begin); at != std::string::npos; at = sdp.find(begin))
      sdp.erase(at, sdp.find('\n', at) + 1 - at);
    const auto remote = ParseDescription(sdp);
    return remote ? std::string("nothing") : remote.error();
  };
  EXPECT_THAT(without("m="), HasSubstr("media section"));
  EXPECT_THAT(without("a=ice-pwd"), HasSubstr("ICE credentials"));
  EXPECT_THAT(without("a=candidate:1"), HasSubstr("candidate"));
  EXPECT_THAT(without("a=fingerprint"), HasSubstr("fingerprint"));
  EXPECT_EQ(without("a=ssrc"), "nothing");
  EXPECT_THAT(ParseDescription(kOffer + "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\n").error(),
              HasSubstr("more than one"));
}

TEST(JanusSdp, AnAnswerTakesTheCodecsAndExtensionsOfTheOffer) {
  const std::string answer = AnswerToReceive(kLocal, *ParseDescription(kOffer));
  EXPECT_THAT(answer, HasSubstr("a=group:BUNDLE 0\r\nm=video 9 UDP/TLS/RTP/SAVPF 96 97\r\nc=IN IP4 "));
  EXPECT_THAT(answer, HasSubstr("a=mid:0\r\n"));
  EXPECT_THAT(answer, HasSubstr("a=setup:active\r\na=recvonly\r\na=rtpmap:96 VP8/90000\r\n"));
  EXPECT_THAT(answer, HasSubstr("a=rtcp-fb:96 nack pli\r\n"));
  EXPECT_THAT(answer, HasSubstr("a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid\r\n"));
  EXPECT_THAT(answer, HasSubstr("a=fmtp:97 apt=96\r\n"));
}

TEST(JanusSdp, AnOfferIsWhatTheSenderThenSends) {
  load::RtpSender::Settings sender;
  sender.ssrc = wire::Ssrc(11);
  sender.rtx_ssrc = wire::Ssrc(22);
  sender.payload_type = 96;
  sender.rtx_payload_type = 97;
  sender.mid = "1";
  sender.extensions.Set(ExtensionType::kTransportWideCc, 3);
  const std::string offer = OfferToSend(kLocal, sender);
  EXPECT_THAT(offer, HasSubstr("m=video 9 UDP/TLS/RTP/SAVPF 96 97\r\n"));
  EXPECT_THAT(offer, HasSubstr("a=ice-ufrag:me\r\na=ice-pwd:secret\r\na=fingerprint:sha-256 AB:CD\r\n"));
  EXPECT_THAT(offer, HasSubstr("a=extmap:3 http://www.ietf.org/id/draft-holmer"));
  EXPECT_THAT(offer, HasSubstr("a=ssrc-group:FID 11 22\r\na=ssrc:11 cname:cn\r\n"));
  EXPECT_EQ(offer.find("abs-send-time"), std::string::npos);
}

}  // namespace
}  // namespace kcs::janus
