// Ctrl-C (SIGINT) and SIGTERM, counted: the first asks a run to stop sending
// and drain, the second to end at once.
#ifndef INVOCATOR_COORDINATOR_INTERRUPT_H_
#define INVOCATOR_COORDINATOR_INTERRUPT_H_

namespace invocator {

// Counts from now on instead of ending the process; no matter if it does so
// already.
void CountInterrupts();

// How many came so far. Safe from any thread.
int Interrupts();

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_INTERRUPT_H_
