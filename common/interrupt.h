// Counts the signals that ask a program to end.
//
// Requests: SIGINT (Ctrl-C), SIGTERM, SIGQUIT. Each counts, so that a second
// one can end the program at once.
// Notices: SIGHUP (the terminal is gone), SIGXCPU (the CPU limit), SIGUSR1,
// SIGUSR2 and SIGALRM (batch systems). One counts only if nothing came before
// it: systems repeat them (the kernel sends SIGXCPU every second) and send them
// beside a request (systemd sends SIGHUP after SIGTERM).
//
// Only a program's main calls the first two functions: signals belong to the
// process, not to its parts. Signals ignored at the process's start stay
// ignored: nohup ignores SIGHUP, and a shell without job control ignores SIGINT
// and SIGQUIT of its background processes.
#ifndef INVOCATOR_COMMON_INTERRUPT_H_
#define INVOCATOR_COMMON_INTERRUPT_H_

namespace invocator {

// Until CountInterrupts any of them ends the process in words, with exit code
// 130, whatever it waits for, and its child process (common/child_process.h).
void EndAtInterrupts();

// From now on signals are counted and do not end the process. After each count
// `then` runs, unless null, in the signal handler: it must be
// async-signal-safe. Without it the program asks Interrupts: if it has not for
// a second after a signal, because it is stuck, the next request ends the
// process. Only the first call has an effect.
void CountInterrupts(void (*then)() = nullptr);

// The count so far. Safe from any thread.
int Interrupts();

}  // namespace invocator

#endif  // INVOCATOR_COMMON_INTERRUPT_H_
