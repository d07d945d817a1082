#pragma once

#include "base/result.h"

namespace soci {
class session;
}

namespace kcs::storage {

// Brings a database to the version this program knows, each step in a transaction of its own. Throws
// soci_error; the error value is for a database that a newer version has made.
Result<void> Migrate(soci::session& sql);

}  // namespace kcs::storage
