// Policies of --on-worker-loss.
#ifndef INVOCATOR_COORDINATOR_CONDUCTOR_LOSS_POLICY_H_
#define INVOCATOR_COORDINATOR_CONDUCTOR_LOSS_POLICY_H_

namespace invocator {

// What a run does when it loses a worker.
enum class OnWorkerLoss {
  kFinish,  // the others go on
  kAbort,   // everybody stops
  kReplan,  // the others also play the lost one's remaining calls
};

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_CONDUCTOR_LOSS_POLICY_H_
