// Counts the signals that ask a program to end: SIGINT (Ctrl-C), SIGTERM,
// SIGHUP (the terminal is gone) and SIGQUIT. Only a program's main calls
// CountInterrupts: signals belong to the process, not to its parts.
#ifndef INVOCATOR_COMMON_INTERRUPT_H_
#define INVOCATOR_COMMON_INTERRUPT_H_

namespace invocator {

// Counts from now on instead of ending the process, and calls `then`, unless
// null, after each: in the signal handler, so it must be async-signal-safe.
// A signal that was ignored when the process started stays ignored: nohup does
// so to SIGHUP, and a shell without job control to SIGINT and SIGQUIT of what
// it starts in the background. Only the first call counts.
void CountInterrupts(void (*then)() = nullptr);

// How many came so far. Safe from any thread.
int Interrupts();

}  // namespace invocator

#endif  // INVOCATOR_COMMON_INTERRUPT_H_
