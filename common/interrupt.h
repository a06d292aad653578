// Counts the signals that ask a program to end: SIGINT (Ctrl-C), SIGTERM,
// SIGHUP (the terminal is gone), SIGQUIT, and those of batch systems and limits
// (SIGUSR1, SIGUSR2, SIGALRM, SIGXCPU). Only a program's main calls
// CountInterrupts: signals belong to the process, not to its parts.
#ifndef INVOCATOR_COMMON_INTERRUPT_H_
#define INVOCATOR_COMMON_INTERRUPT_H_

namespace invocator {

// From now on signals are counted and do not end the process. After each one
// `then` runs, unless null, in the signal handler: it must be
// async-signal-safe. Signals ignored at the process's start stay ignored: nohup
// ignores SIGHUP, and a shell without job control ignores SIGINT and SIGQUIT of
// its background processes. Only the first call has an effect.
void CountInterrupts(void (*then)() = nullptr);

// Number of signals so far. Safe from any thread.
int Interrupts();

}  // namespace invocator

#endif  // INVOCATOR_COMMON_INTERRUPT_H_
