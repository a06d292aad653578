// Exit codes of the programs. Plain values.
#ifndef INVOCATOR_COMMON_BASE_EXIT_CODE_H_
#define INVOCATOR_COMMON_BASE_EXIT_CODE_H_

namespace invocator {

enum ExitCode : int {
  kExitOk = 0,
  kExitBadUsage = 2,
  kExitNotCarriedOut = 3,
  kExitNotKept = 4,
  kExitThresholdMissed = 5,
  kExitInterrupted = 130,
};

}  // namespace invocator

#endif  // INVOCATOR_COMMON_BASE_EXIT_CODE_H_
