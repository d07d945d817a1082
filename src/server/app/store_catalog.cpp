#include "server/app/store_catalog.h"

#include <memory>
#include <utility>

#include "base/log.h"

namespace kcs::app {
namespace {

using storage::StoredMeeting;
using storage::StoreError;

meeting::MeetingRecord ToRecord(const StoredMeeting& stored) {
  return {stored.id,
          stored.title,
          stored.host_id,
          stored.password_hash,
          stored.max_participants.value_or(0),
          stored.lobby,
          meeting::UnixMillis{stored.created_at}};
}

StoredMeeting ToStored(const meeting::MeetingRecord& record) {
  StoredMeeting stored;
  stored.id = record.id;
  stored.title = record.title;
  stored.host_id = record.host_id;
  stored.password_hash = record.password_hash;
  if (record.max_participants != 0) stored.max_participants = record.max_participants;
  stored.lobby = record.lobby;
  stored.created_at = record.created_at.value();
  return stored;
}

meeting::Error ToError(const StoreError& error) {
  if (error.code == StoreError::Code::kNotFound)
    return {meeting::ErrorCode::kNotFound, "there is no such meeting"};
  log::error("storage: {}", error.message);
  return {meeting::ErrorCode::kUnavailable, "the meetings cannot be read or written now"};
}

Result<meeting::MeetingRecord, StoreError> ToRecord(Result<StoredMeeting, StoreError> stored) {
  if (!stored) return Fail(std::move(stored.error()));
  return ToRecord(*stored);
}

}  // namespace

template <typename T>
void StoreCatalog::Run(std::function<Result<T, StoreError>(storage::MeetingStore&)> work,
                       std::function<void(Result<T, meeting::Error>)> done) {
  const auto unavailable = [done] {
    done(Fail(meeting::Error{meeting::ErrorCode::kUnavailable, "the server is too busy"}));
  };
  if (jobs_.size() >= kMaxQueue) {
    runtime_.Post(unavailable);
    return;
  }
  const auto outcome = std::make_shared<std::optional<Result<T, StoreError>>>();
  jobs_.push_back({[this, work = std::move(work), outcome] { outcome->emplace(work(store_)); },
                   [done = std::move(done), outcome] {
                     if (**outcome) {
                       if constexpr (std::is_void_v<T>) {
                         done({});
                       } else {
                         done(std::move(***outcome));
                       }
                     } else {
                       done(Fail(ToError((*outcome)->error())));
                     }
                   },
                   unavailable});
  Next();
}

void StoreCatalog::Next() {
  if (busy_ || jobs_.empty()) return;
  const auto job = std::make_shared<Job>(std::move(jobs_.front()));
  jobs_.pop_front();
  busy_ = runtime_.Blocking([job] { job->work(); },
                            [this, job] {
                              busy_ = false;
                              job->then();
                              Next();
                            });
  if (busy_) return;
  runtime_.Post([this, job] {
    job->refuse();
    Next();
  });
}

void StoreCatalog::Find(const std::string& meeting_id, Found found) {
  Run<meeting::MeetingRecord>(
      [meeting_id](storage::MeetingStore& store) { return ToRecord(store.Get(meeting_id)); },
      std::move(found));
}

void StoreCatalog::Create(meeting::MeetingRecord record, Found done) {
  Run<meeting::MeetingRecord>(
      [record =
           std::move(record)](storage::MeetingStore& store) -> Result<meeting::MeetingRecord, StoreError> {
        if (auto created = store.Create(ToStored(record)); !created) return Fail(std::move(created.error()));
        return record;
      },
      std::move(done));
}

void StoreCatalog::List(std::optional<std::string> host_id, std::size_t limit, std::size_t offset,
                        Listed done) {
  Run<meeting::MeetingPage>(
      [query = storage::MeetingQuery{std::move(host_id), limit, offset}](
          storage::MeetingStore& store) -> Result<meeting::MeetingPage, StoreError> {
        auto page = store.List(query);
        if (!page) return Fail(std::move(page.error()));
        meeting::MeetingPage result;
        result.total = page->total;
        for (const StoredMeeting& stored : page->meetings) result.meetings.push_back(ToRecord(stored));
        return result;
      },
      std::move(done));
}

void StoreCatalog::Update(const std::string& meeting_id, meeting::MeetingChange change, Found done) {
  storage::MeetingChange stored;
  stored.title = std::move(change.title);
  stored.password_hash = std::move(change.password_hash);
  stored.lobby = change.lobby;
  if (change.max_participants) {
    stored.max_participants =
        *change.max_participants == 0 ? std::nullopt : std::optional(*change.max_participants);
  }
  Run<meeting::MeetingRecord>(
      [meeting_id, stored = std::move(stored)](storage::MeetingStore& store) {
        return ToRecord(store.Update(meeting_id, stored));
      },
      std::move(done));
}

void StoreCatalog::Remove(const std::string& meeting_id, Removed done) {
  Run<void>([meeting_id](storage::MeetingStore& store) { return store.Delete(meeting_id); }, std::move(done));
}

}  // namespace kcs::app
