#include "server/storage/schema.h"

#include <soci/soci.h>

#include <array>
#include <string>
#include <vector>

namespace kcs::storage {
namespace {

// One entry a version, never changed once released. SQL that SQLite and PostgreSQL both take; flags are
// SMALLINT and times Unix milliseconds, because the two disagree on types for them.
const std::array<std::vector<const char*>, 1> kMigrations{{
    {
        "CREATE TABLE meetings ("
        "id VARCHAR(64) NOT NULL PRIMARY KEY, "
        "title VARCHAR(1000) NOT NULL, "
        "host_id VARCHAR(1000) NOT NULL, "
        "password_hash VARCHAR(200), "
        "max_participants BIGINT, "
        "lobby SMALLINT NOT NULL, "
        "created_at BIGINT NOT NULL)",
        "CREATE INDEX meetings_by_host ON meetings (host_id, created_at)",
        "CREATE INDEX meetings_by_time ON meetings (created_at)",
    },
}};

}  // namespace

Result<void> Migrate(soci::session& sql) {
  sql << "CREATE TABLE IF NOT EXISTS schema_version (version INTEGER NOT NULL)";
  int rows = 0;
  sql << "SELECT COUNT(*) FROM schema_version", soci::into(rows);
  if (rows == 0) sql << "INSERT INTO schema_version (version) VALUES (0)";
  int version = 0;
  sql << "SELECT MAX(version) FROM schema_version", soci::into(version);
  const int newest = static_cast<int>(kMigrations.size());
  if (version > newest) {
    return Fail("its schema has version " + std::to_string(version) + ", and this program knows only " +
                std::to_string(newest) + ": it was made by a newer one");
  }
  for (int next = version; next < newest; ++next) {
    soci::transaction transaction(sql);
    for (const char* statement : kMigrations[static_cast<std::size_t>(next)]) sql << statement;
    const int reached = next + 1;
    sql << "UPDATE schema_version SET version = :version", soci::use(reached);
    transaction.commit();
  }
  return {};
}

}  // namespace kcs::storage
