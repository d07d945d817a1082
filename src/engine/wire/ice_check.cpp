#include "engine/wire/ice_check.h"

namespace kcs::wire {

void BeginIceCheck(const IceCheck& check, const TransactionId& transaction, StunWriter& writer) {
  writer.Begin(StunClass::kRequest, kStunBinding, transaction);
  writer.AddUsername(check.username);
  if (check.controlled) {
    writer.AddIceControlled(check.tie_breaker);
  } else {
    writer.AddIceControlling(check.tie_breaker);
  }
  if (check.use_candidate) writer.AddUseCandidate();
  if (check.priority) writer.AddPriority(*check.priority);
}

}  // namespace kcs::wire
