// Counts the signals that ask a program to end.
//
// Requests: SIGINT (Ctrl-C), SIGTERM, SIGQUIT. Each counts, so that a second
// one can end the program at once.
// Notices: SIGHUP (the terminal is gone), SIGUSR1, SIGUSR2 and SIGALRM (batch
// systems). One counts unless another signal came within 200 ms before: when a
// terminal closes, kernel and shell both send SIGHUP, and systemd may send it
// right after SIGTERM. SIGXCPU (the CPU limit) counts only as the first signal:
// the kernel repeats it every second.
//
// Only a program's main calls the first three functions: signals belong to the
// process, not to its parts. Signals ignored at the process's start stay
// ignored: nohup ignores SIGHUP, and a shell without job control ignores SIGINT
// and SIGQUIT of its background processes.
#ifndef INVOCATOR_COMMON_PROCESS_INTERRUPT_H_
#define INVOCATOR_COMMON_PROCESS_INTERRUPT_H_

namespace invocator {

// Until CountInterrupts, any of these signals ends the process at once, with a
// message and exit code 130, and kills its child
// (common/process/child_process.h).
void EndAtInterrupts();

// Counts signals from now on; they no longer end the process. The signal
// handler calls `then`, unless null, after each count: it must be
// async-signal-safe. Without `then` the program polls Interrupts. If it has not
// done so for 3 s after a signal, it is stuck, and the next request ends
// the process. Only the first call has an effect.
void CountInterrupts(void (*then)() = nullptr);

// Sends this process SIGTERM at the end of file of `fd`; discards its input.
// The parent process holds the other end of the pipe. Unlike PR_SET_PDEATHSIG,
// this does not depend on the parent's thread that started us.
void InterruptAtEof(int fd);

// The count so far. Safe from any thread.
int Interrupts();

}  // namespace invocator

#endif  // INVOCATOR_COMMON_PROCESS_INTERRUPT_H_
