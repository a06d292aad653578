"""A program in a terminal of tmux: its screen is read, its keys are typed and its
window is resized. The tmux server is the pane's own and ends with it."""

import re
import shlex
import subprocess
import tempfile

from conftest import clean_environment, program
from results import KEYS, wait_until

DEADLINE_S = 30
# Says how the program ended, and keeps the terminal open. tmux would know as
# well, but may overlook a child's end. The trap keeps the shell, not the child.
SCRIPT = 'trap : INT; "$@"; echo "ended with $?"; exec cat'
ENDED = re.compile(r"^ended with (\d+)$", re.MULTILINE)


class Pane:
    def __init__(self, args, columns=90, rows=30, env=None):
        """`invocator` with these arguments; `env` as env(1) takes it."""
        # A socket's path has to be short.
        self.folder = tempfile.TemporaryDirectory(dir="/tmp")
        command = shlex.join(
            ["sh", "-c", SCRIPT, "sh", "env", "-u", "NO_COLOR"]
            + [str(word) for word in env or []]
            + [program("invocator"), *map(str, args)]
        )
        self.tmux(
            "new-session", "-d", "-x", columns, "-y", rows, "exec " + command
        )

    def __enter__(self):
        return self

    def __exit__(self, *_):
        subprocess.run([*self.command(), "kill-server"], check=False)
        self.folder.cleanup()

    def command(self):
        return ["tmux", "-S", f"{self.folder.name}/tmux", "-f", "/dev/null"]

    def tmux(self, *args):
        return subprocess.run(
            [*self.command(), *map(str, args)],
            env=clean_environment(KEYS),
            stdout=subprocess.PIPE,
            text=True,
            check=True,
            timeout=DEADLINE_S,
        ).stdout

    def screen(self):
        """Its lines, without the empty ones at the end."""
        return self.tmux("capture-pane", "-p").rstrip().split("\n")

    def everything(self):
        """And those that have scrolled away, unwrapped."""
        text = self.tmux("capture-pane", "-p", "-J", "-S", "-")
        lines = [line.rstrip() for line in ENDED.sub("", text).split("\n")]
        return "\n".join(lines).rstrip().split("\n")

    def colours(self):
        """The screen with its escape sequences."""
        return self.tmux("capture-pane", "-p", "-e")

    def type(self, *keys):
        self.tmux("send-keys", *keys)

    def resize(self, columns, rows):
        self.tmux("resize-window", "-x", columns, "-y", rows)

    def wait_for(self, is_so, what, deadline_s=DEADLINE_S):
        """Waits for a screen of which that is so, and returns it."""
        seen = []

        def look():
            seen[:] = self.screen()
            return is_so(seen)

        try:
            wait_until(look, what, deadline_s, every_s=0.05)
        except BaseException:
            print("\n".join(seen))
            raise
        return list(seen)

    def exit_code(self):
        """Of the program; None while it runs."""
        found = ENDED.search(self.tmux("capture-pane", "-p", "-S", "-"))
        return int(found.group(1)) if found else None

    def ended(self, deadline_s=DEADLINE_S):
        """Waits for the program's end; its exit code."""
        wait_until(
            lambda: self.exit_code() is not None,
            "the program's end",
            deadline_s,
            every_s=0.05,
        )
        return self.exit_code()
