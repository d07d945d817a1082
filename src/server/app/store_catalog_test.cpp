#include "server/app/store_catalog.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "server/http/manual_runtime.h"

namespace kcs::app {
namespace {

namespace fs = std::filesystem;
using meeting::ErrorCode;
using meeting::MeetingRecord;

class Catalog : public ::testing::Test {
 protected:
  Catalog() { Reopen(); }
  ~Catalog() override {
    catalog_.reset();
    fs::remove_all(directory_);
  }

  void Reopen() {
    catalog_.reset();
    fs::create_directories(directory_);
    auto store = storage::MeetingStore::Open("sqlite:" + (directory_ / "meetings.db").string());
    ASSERT_TRUE(store.has_value()) << store.error();
    catalog_.emplace(runtime_, *std::move(store));
  }
  // Runs one call and returns its answer, which must not come from inside the call.
  template <typename T, typename Call>
  Result<T, meeting::Error> Await(Call call) {
    std::optional<Result<T, meeting::Error>> answer;
    call([&](Result<T, meeting::Error> a) { answer = std::move(a); });
    EXPECT_FALSE(answer.has_value());
    runtime_.RunPosted();
    return *answer;
  }
  Result<MeetingRecord, meeting::Error> Find(const std::string& id) {
    return Await<MeetingRecord>([&](auto done) { catalog_->Find(id, done); });
  }
  MeetingRecord Make(const std::string& id, const std::string& host) {
    MeetingRecord record{id, "Team", host, "hash", 5, true, meeting::UnixMillis{123}};
    const auto made = Await<MeetingRecord>([&](auto done) { catalog_->Create(record, done); });
    EXPECT_TRUE(made.has_value());
    return record;
  }

  fs::path directory_ = fs::temp_directory_path() / ("kcs_store_catalog_" + std::to_string(getpid()));
  http::ManualRuntime runtime_;
  std::optional<StoreCatalog> catalog_;
};

TEST_F(Catalog, FindsAMeetingAgainAfterARestart) {
  Make("m1", "alice");
  Reopen();
  const auto found = Find("m1");
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->title, "Team");
  EXPECT_EQ(found->host_id, "alice");
  EXPECT_EQ(found->password_hash, "hash");
  EXPECT_EQ(found->max_participants, 5U);
  EXPECT_TRUE(found->lobby);
  EXPECT_EQ(found->created_at, meeting::UnixMillis{123});
}

TEST_F(Catalog, SaysWhatIsNotThere) {
  EXPECT_EQ(Find("nothing").error().code, ErrorCode::kNotFound);
  EXPECT_EQ(Await<void>([&](auto done) { catalog_->Remove("nothing", done); }).error().code,
            ErrorCode::kNotFound);
}

TEST_F(Catalog, ChangesOnlyWhatIsNamed) {
  Make("m1", "alice");
  meeting::MeetingChange change;
  change.password_hash = std::optional<std::string>();
  change.max_participants = 0;
  const auto changed = Await<MeetingRecord>([&](auto done) { catalog_->Update("m1", change, done); });
  ASSERT_TRUE(changed.has_value());
  EXPECT_EQ(changed->title, "Team");
  EXPECT_EQ(changed->password_hash, std::nullopt);
  EXPECT_EQ(changed->max_participants, 0U);
}

TEST_F(Catalog, ListsByHost) {
  Make("m1", "alice");
  Make("m2", "bob");
  const auto list = [&](std::optional<std::string> host) {
    return Await<meeting::MeetingPage>([&](auto done) { catalog_->List(host, 10, 0, done); })->total;
  };
  EXPECT_EQ(list("alice"), 1U);
  EXPECT_EQ(list(std::nullopt), 2U);
}

TEST_F(Catalog, ForgetsWhatIsRemoved) {
  Make("m1", "alice");
  EXPECT_TRUE(Await<void>([&](auto done) { catalog_->Remove("m1", done); }).has_value());
  EXPECT_EQ(Find("m1").error().code, ErrorCode::kNotFound);
}

TEST_F(Catalog, AnswersCallsInTheirOrder) {
  Make("m1", "alice");
  std::vector<int> order;
  catalog_->Find("m1", [&](const auto&) { order.push_back(1); });
  catalog_->Remove("m1", [&](const auto&) { order.push_back(2); });
  catalog_->Find("m1", [&](const auto& found) { order.push_back(found ? 0 : 3); });
  runtime_.RunPosted();
  EXPECT_EQ(order, (std::vector<int>{1, 2, 3}));
}

}  // namespace
}  // namespace kcs::app
