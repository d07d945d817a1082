#pragma once

#include <deque>
#include <functional>

#include "server/http/runtime.h"
#include "server/meeting/meeting_record.h"
#include "server/storage/meeting_store.h"

namespace kcs::app {

// The store behind the catalogue's asynchronous face: calls wait in a queue, one at a time is on the thread
// pool.
class StoreCatalog final : public meeting::MeetingCatalog {
 public:
  static constexpr std::size_t kMaxQueue = 10'000;  // beyond: kUnavailable

  // `runtime` must outlive this, and this the last work of the runtime's pool.
  StoreCatalog(http::Runtime& runtime, storage::MeetingStore store)
      : runtime_(runtime), store_(std::move(store)) {}

  void Find(const std::string& meeting_id, Found found) override;
  void Create(meeting::MeetingRecord record, Found done) override;
  void List(std::optional<std::string> host_id, std::size_t limit, std::size_t offset, Listed done) override;
  void Update(const std::string& meeting_id, meeting::MeetingChange change, Found done) override;
  void Remove(const std::string& meeting_id, Removed done) override;

 private:
  struct Job {
    std::function<void()> work;  // on the pool
    std::function<void()> then;  // on the runtime's thread
    std::function<void()> refuse;
  };
  template <typename T>
  void Run(std::function<Result<T, storage::StoreError>(storage::MeetingStore&)> work,
           std::function<void(Result<T, meeting::Error>)> done);
  void Next();

  http::Runtime& runtime_;
  storage::MeetingStore store_;
  std::deque<Job> jobs_;
  bool busy_ = false;
};

}  // namespace kcs::app
