// Blocks signals on a thread for a while.
#ifndef INVOCATOR_COMMON_PROCESS_SIGNALS_HELD_H_
#define INVOCATOR_COMMON_PROCESS_SIGNALS_HELD_H_

#include <csignal>

namespace invocator {

// Blocks all signals on its thread while it lives, except those that the
// thread's own faults raise. Threads started meanwhile inherit the mask.
class SignalsHeld {
 public:
  SignalsHeld() {
    sigset_t all;
    sigfillset(&all);
    for (const int fault :
         {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT}) {
      sigdelset(&all, fault);
    }
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~SignalsHeld() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  SignalsHeld(const SignalsHeld&) = delete;
  SignalsHeld& operator=(const SignalsHeld&) = delete;

 private:
  sigset_t before_;
};

}  // namespace invocator

#endif  // INVOCATOR_COMMON_PROCESS_SIGNALS_HELD_H_
