"""A script of ours that a test runs beside it and steers through its stdin: it
says its port first, then answers every line with one, and ends with stdin."""

import subprocess

STOP_DEADLINE_S = 10


class Child:
    def __init__(self, command):
        self.process = subprocess.Popen(
            [str(word) for word in command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
        )
        self.port = int(self.process.stdout.readline())

    def ask(self, *words):
        self.process.stdin.write(" ".join(map(str, words)) + "\n")
        return self.process.stdout.readline()

    def tell(self, *words):
        answer = self.ask(*words)
        assert answer == "ok\n", f"{words}: {answer!r}"

    def stop(self):
        self.process.stdin.close()
        try:
            self.process.wait(STOP_DEADLINE_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()
