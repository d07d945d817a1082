#include "server/http/message.h"

#include <gtest/gtest.h>

#include "server/http/response_head.h"
#include "server/http/target.h"

namespace kcs::http {
namespace {

TEST(Headers, CompareNamesWithoutCase) {
  Headers headers;
  headers.Add("Content-Type", "text/html");
  headers.Add("X-A", "1");
  headers.Add("x-a", "2");
  EXPECT_EQ(headers.Get("content-type"), "text/html");
  EXPECT_EQ(headers.Get("X-a"), "1");
  headers.Set("X-A", "3");
  EXPECT_EQ(headers.fields().size(), 2U);
  EXPECT_EQ(headers.Get("x-a"), "3");
  EXPECT_FALSE(headers.Has("x-b"));
}

TEST(Request, FindsTheBearerToken) {
  Request request;
  EXPECT_EQ(request.BearerToken(), "");
  request.headers.Set("Authorization", "bearer  abc.def ");
  EXPECT_EQ(request.BearerToken(), "abc.def");
  request.headers.Set("Authorization", "Basic abc");
  EXPECT_EQ(request.BearerToken(), "");
}

TEST(Target, IsDecoded) {
  Request request;
  ASSERT_TRUE(ParseTarget("/a%20b/c?x=1%26&y=a+b&z&x=2#frag", request));
  EXPECT_EQ(request.path, "/a b/c");
  EXPECT_EQ(request.query.Get("x"), "1&");
  EXPECT_EQ(request.query.Get("y"), "a b");
  EXPECT_TRUE(request.query.Has("z"));
  EXPECT_EQ(request.query.entries().size(), 4U);
}

TEST(Target, IsRefusedWhenMalformed) {
  for (const char* target :
       {"", "a", "*", "http://h/", "/%", "/%4", "/%zz", "/%00", "/?a=%g0", "/a b", "/a\x01"}) {
    Request request;
    EXPECT_FALSE(ParseTarget(target, request)) << target;
  }
}

TEST(ResponseHead, HasWhatTheRfcAsksFor) {
  const Response response = Response::Text(200, "hello");
  EXPECT_EQ(
      ResponseHead(response, {.unix_millis = 784'111'777'000}),
      "HTTP/1.1 200 OK\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nContent-Type: text/plain; charset=utf-8\r\n"
      "Content-Length: 5\r\n\r\n");
  EXPECT_NE(ResponseHead(response, {.keep_alive = false}).find("Connection: close\r\n"), std::string::npos);
}

TEST(ResponseHead, AnnouncesNoBodyWhereThereCannotBeOne) {
  Response response;
  response.status = 204;
  EXPECT_EQ(ResponseHead(response, {}).find("Content-Length"), std::string::npos);
  EXPECT_FALSE(SendsBody(response, {}));
  EXPECT_FALSE(SendsBody(Response::Text(200, "x"), {.head_request = true}));
}

TEST(ResponseHead, LeavesOutFieldsThatWouldSplitIt) {
  Response response;
  response.headers.Add("X-A", "a\r\nSet-Cookie: x=1");
  response.headers.Add("X\r\nY", "1");
  EXPECT_EQ(ResponseHead(response, {}).find("Cookie"), std::string::npos);
  EXPECT_EQ(ResponseHead(response, {}).find("Y"), std::string::npos);
}

TEST(Response, SaysErrorsTheSameWayEverywhere) {
  EXPECT_EQ(Response::Error(404).body,
            R"({"success":false,"message":"Not Found","error":{"code":"not-found"}})");
}

}  // namespace
}  // namespace kcs::http
