"""Runs a program without io_uring, as a container or an old kernel would:

    python3 seccomp.py PROGRAM ARGUMENT...

A filter answers its three system calls with EPERM."""

import ctypes
import os
import struct
import sys

IO_URING_CALLS = (425, 426, 427)  # the same on every architecture
PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 38, 22, 2
LOAD_NUMBER, JUMP_IF_EQUAL, RETURN = 0x20, 0x15, 0x06
ALLOW, REFUSE_WITH_EPERM = 0x7FFF0000, 0x00050001


def refuse(numbers):
    def line(code, value, if_so=0, if_not=0):
        return struct.pack("=HBBI", code, if_so, if_not, value)

    program = [line(LOAD_NUMBER, 0)]
    for left in range(len(numbers), 0, -1):
        # The last line refuses; the one before it allows.
        program.append(line(JUMP_IF_EQUAL, numbers[-left], left, 0))
    program += [line(RETURN, ALLOW), line(RETURN, REFUSE_WITH_EPERM)]
    code = ctypes.create_string_buffer(b"".join(program))
    head = struct.pack("@HP", len(program), ctypes.addressof(code))
    libc = ctypes.CDLL(None, use_errno=True)
    for options in (
        (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0),
        (PR_SET_SECCOMP, SECCOMP_MODE_FILTER, head, 0, 0),
    ):
        if libc.prctl(*options) != 0:
            raise OSError(ctypes.get_errno(), "prctl")


if __name__ == "__main__":
    refuse(IO_URING_CALLS)
    os.execv(sys.argv[1], sys.argv[1:])
