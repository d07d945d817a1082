#pragma once

#include <string>
#include <vector>

#include "tests/architecture/source_tree.h"

// The rules of ARCHITECTURE.md. Each returns one sentence a breach.
namespace kcs::architecture {

using Breaches = std::vector<std::string>;

// Every directory is a room that the table of layers knows, and includes only rooms below it.
Breaches WrongWayIncludes(const SourceTree& tree);

// Rooms that include each other, at whatever distance. Tests do not count: they may use a room's test
// helpers.
Breaches RoomCycles(const SourceTree& tree);

// Only tests use what is written for tests.
Breaches TestHelpersInProduct(const SourceTree& tree);

// Protobuf's types end in engine/worker and server/workers.
Breaches ProtobufOutsideTheShells(const SourceTree& tree);

// Time and chance are arguments in the engine below its shell, and in server/meeting and server/ortc.
Breaches ClocksAndChance(const SourceTree& tree);

// A library has rooms of its own, and stays out of headers that other rooms include.
Breaches LibrariesOutOfPlace(const SourceTree& tree);

Breaches LongFiles(const SourceTree& tree);

}  // namespace kcs::architecture
