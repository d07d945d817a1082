#include "server/storage/meeting_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace kcs::storage {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class MeetingStoreTest : public ::testing::Test {
 protected:
  MeetingStoreTest() {
    std::string pattern = ::testing::TempDir() + "kcs store XXXXXX";  // the space is on purpose
    directory_ = ::mkdtemp(pattern.data());
  }
  ~MeetingStoreTest() override { std::filesystem::remove_all(directory_); }

  std::string Path(const char* name = "meetings.db") const { return directory_ / name; }
  MeetingStore Open(const char* name = "meetings.db") const {
    auto store = MeetingStore::Open("sqlite:" + Path(name));
    EXPECT_TRUE(store) << store.error();
    return std::move(*store);
  }

  // As another program with the same file would.
  void Execute(const char* statement) const {
    soci::session(soci::sqlite3, "dbname=\"" + Path() + "\"") << statement;
  }

  std::filesystem::path directory_;
};

StoredMeeting Standup() {
  return {"0b9c5c7e-0000-4000-8000-000000000001",
          "Stand-up \xf0\x9f\x91\x8b \"'; --",
          "alice",
          std::nullopt,
          std::nullopt,
          false,
          1'700'000'000'123};
}

TEST_F(MeetingStoreTest, GivesBackWhatWasStored) {
  MeetingStore store = Open();
  StoredMeeting secret = Standup();
  secret.id = "2";
  secret.password_hash = "$argon2id$...";
  secret.max_participants = 4'000'000'000U;
  secret.lobby = true;
  ASSERT_TRUE(store.Create(Standup()));
  ASSERT_TRUE(store.Create(secret));
  EXPECT_EQ(store.Get(Standup().id).value(), Standup());
  EXPECT_EQ(store.Get("2").value(), secret);
}

TEST_F(MeetingStoreTest, SurvivesARestart) {
  ASSERT_TRUE(Open().Create(Standup()));
  EXPECT_EQ(Open().Get(Standup().id).value(), Standup());
}

TEST_F(MeetingStoreTest, KeepsTheFileFromOtherUsers) {
  Open();
  struct stat info {};
  ASSERT_EQ(::stat(Path().c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777U, 0600U);
}

TEST_F(MeetingStoreTest, SaysWhenThereIsNoSuchMeeting) {
  MeetingStore store = Open();
  EXPECT_EQ(store.Get("x").error().code, StoreError::Code::kNotFound);
  EXPECT_EQ(store.Update("x", {}).error().code, StoreError::Code::kNotFound);
  EXPECT_EQ(store.Delete("x").error().code, StoreError::Code::kNotFound);
}

TEST_F(MeetingStoreTest, TakesAnIdOnce) {
  MeetingStore store = Open();
  ASSERT_TRUE(store.Create(Standup()));
  StoredMeeting other = Standup();
  other.title = "Other";
  EXPECT_EQ(store.Create(other).error().code, StoreError::Code::kAlreadyExists);
  EXPECT_EQ(store.Get(other.id)->title, Standup().title);
}

TEST_F(MeetingStoreTest, ChangesOnlyWhatIsAsked) {
  MeetingStore store = Open();
  ASSERT_TRUE(store.Create(Standup()));
  MeetingChange change;
  change.password_hash = "hash";
  change.max_participants = 12;
  ASSERT_TRUE(store.Update(Standup().id, change));
  StoredMeeting expected = Standup();
  expected.password_hash = "hash";
  expected.max_participants = 12;
  EXPECT_EQ(store.Get(expected.id).value(), expected);

  MeetingChange removal;
  removal.password_hash = std::optional<std::string>();
  removal.title = "New";
  EXPECT_EQ(store.Update(expected.id, removal)->password_hash, std::nullopt);
  expected.password_hash.reset();
  expected.title = "New";
  EXPECT_EQ(store.Get(expected.id).value(), expected);
}

TEST_F(MeetingStoreTest, Forgets) {
  MeetingStore store = Open();
  ASSERT_TRUE(store.Create(Standup()));
  ASSERT_TRUE(store.Delete(Standup().id));
  EXPECT_FALSE(store.Get(Standup().id));
}

TEST_F(MeetingStoreTest, ListsTheNewestFirstByPages) {
  MeetingStore store = Open();
  for (int i = 0; i < 5; ++i) {
    StoredMeeting meeting = Standup();
    meeting.id = std::to_string(i);
    meeting.host_id = i % 2 == 0 ? "alice" : "bob";
    meeting.created_at = 1000 + i;
    ASSERT_TRUE(store.Create(meeting));
  }
  const auto ids = [&](const MeetingQuery& query) {
    std::vector<std::string> out;
    const auto page = store.List(query);
    EXPECT_TRUE(page);
    for (const auto& meeting : page->meetings) out.push_back(meeting.id);
    return out;
  };
  EXPECT_THAT(ids({}), ElementsAre("4", "3", "2", "1", "0"));
  EXPECT_THAT(ids({"alice", 100, 0}), ElementsAre("4", "2", "0"));
  EXPECT_THAT(ids({"alice", 2, 1}), ElementsAre("2", "0"));
  EXPECT_THAT(ids({"nobody", 100, 0}), ElementsAre());
  EXPECT_EQ(store.List({"alice", 1, 0})->total, 3U);
}

TEST_F(MeetingStoreTest, BoundsAPage) {
  MeetingStore store = Open();
  for (std::size_t i = 0; i < kMaxPage + 5; ++i) {
    StoredMeeting meeting = Standup();
    meeting.id = std::to_string(i);
    ASSERT_TRUE(store.Create(meeting));
  }
  const auto page = store.List({std::nullopt, 1'000'000, 0});
  EXPECT_EQ(page->meetings.size(), kMaxPage);
  EXPECT_EQ(page->total, kMaxPage + 5);
}

TEST_F(MeetingStoreTest, MakesTheDirectoryOfItsFile) {
  EXPECT_TRUE(Open("a/b/meetings.db").Create(Standup()));
}

TEST_F(MeetingStoreTest, SaysClearlyWhyAFileIsNoDatabase) {
  std::ofstream(Path()) << std::string(8192, 'x');
  const auto store = MeetingStore::Open("sqlite:" + Path());
  ASSERT_FALSE(store);
  EXPECT_THAT(store.error(), HasSubstr(Path()));
  EXPECT_THAT(store.error(), HasSubstr("not a database"));
}

TEST_F(MeetingStoreTest, SaysClearlyWhyAFileCannotBeWritten) {
  const auto directory = MeetingStore::Open("sqlite:" + directory_.string());
  ASSERT_FALSE(directory);
  EXPECT_THAT(directory.error(), HasSubstr("cannot open it for writing: Is a directory"));
  std::ofstream(Path("file")) << "x";
  const auto below = MeetingStore::Open("sqlite:" + Path("file/meetings.db"));
  ASSERT_FALSE(below);
  EXPECT_THAT(below.error(), HasSubstr("cannot make the directory"));
}

TEST_F(MeetingStoreTest, RefusesADatabaseOfANewerVersion) {
  Open();
  Execute("UPDATE schema_version SET version = 99");
  const auto store = MeetingStore::Open("sqlite:" + Path());
  ASSERT_FALSE(store);
  EXPECT_THAT(store.error(), HasSubstr("version 99"));
}

TEST_F(MeetingStoreTest, RefusesOtherUrls) {
  for (const char* url : {"", "sqlite:", "mysql://x", "meetings.db"}) {
    EXPECT_THAT(MeetingStore::Open(url).error(), HasSubstr("sqlite:PATH")) << url;
  }
}

TEST_F(MeetingStoreTest, ReportsADatabaseThatFailsLaterOn) {
  MeetingStore store = Open();
  Execute("DROP TABLE meetings");
  const auto created = store.Create(Standup());
  ASSERT_FALSE(created);
  EXPECT_EQ(created.error().code, StoreError::Code::kUnavailable);
  EXPECT_THAT(created.error().message, HasSubstr("meetings"));
  EXPECT_EQ(store.List({}).error().code, StoreError::Code::kUnavailable);
}

}  // namespace
}  // namespace kcs::storage
