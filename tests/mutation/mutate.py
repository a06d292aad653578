#!/usr/bin/env python3
"""Small faults in the core, one at a time: do the tests notice?

usage: mutate.py [--seed N] [--count N] [--minutes N] [--end-to-end]
                 [--build-dir DIR] [--json FILE] [PATH...]

Works on a copy of the sources in DIR (build-mutate), so that nothing need be
restored. Each mutant that compiles to another object than the original meets
the tests that include its header, then all unit tests, then, when asked for,
the end-to-end tests of its part. Prints every survivor and the score; PATHs
restrict it to these files. --minutes counts from when the original is built.
Exit 1 only if it could not be carried out or was ended before.
"""

import argparse
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import mutants

ROOT = pathlib.Path(__file__).resolve().parents[2]
SHARDS = 6  # most tests wait rather than compute
BUILD_SECONDS = 3600  # of the original, on a small machine without a cache
COMPILE_SECONDS = 300
MEMORY_BYTES = 2 << 30
# More steps than that (a header that everything includes) take too long.
MAX_STEPS = 20
END_TO_END_SECONDS = 240
END_TO_END = {
    "common/": ["test_arrivals_oracle.py", "test_signing_on_the_wire.py",
                "test_run.py"],
    "worker/": ["test_run.py", "test_outcomes.py", "test_overload.py",
                "test_fleet_run.py", "test_fleet_faults.py"],
    "coordinator/": ["test_fleet_run.py", "test_fleet_faults.py",
                     "test_run.py"],
    "coordinator/memory": ["test_memory_size.py"],
}


class CannotRun(Exception):
    pass


def copy_sources(target):
    """Brings `target` up to date; what is alike keeps its time stamp."""
    top = ("common", "coordinator", "worker", "gateway", "proto", "tests",
           "cmake", "examples", "scripts")
    wanted = [p for p in ROOT.iterdir() if p.is_file()]
    for folder in top:
        wanted += [p for p in (ROOT / folder).rglob("*") if p.is_file()]
    kept = set()
    for source in wanted:
        copy = target / source.relative_to(ROOT)
        kept.add(copy)
        if copy.is_file() and copy.read_bytes() == source.read_bytes():
            continue
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, copy)
    for folder in top:
        for copy in list((target / folder).rglob("*")):
            if copy.is_file() and copy not in kept:
                copy.unlink()


def run(command, seconds, cwd, env=None):
    """(exit code, output) of a command in a process group of its own, all of
    which ends with it; the code is None after `seconds`."""
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            command, cwd=cwd, env=env, stdin=subprocess.DEVNULL, stdout=log,
            stderr=subprocess.STDOUT, start_new_session=True)
        try:
            code = process.wait(seconds)
        except subprocess.TimeoutExpired:
            code = None
        finally:
            end_group(process)
        log.seek(0)
        return code, log.read().decode(errors="replace")


def end_group(process):
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()


class Build:
    def __init__(self, folder):
        # As in a checkout, so that a compiler's cache knows the commands.
        self.source = folder
        self.build = folder / "build"

    def make_original(self):
        self.source.mkdir(parents=True, exist_ok=True)
        copy_sources(self.source)
        flags = "-O1"
        linker = ["-DCMAKE_EXE_LINKER_FLAGS=-fuse-ld=lld"]
        code, output = run(
            ["cmake", "-G", "Ninja", "-S", self.source, "-B", self.build,
             "-DCMAKE_BUILD_TYPE=None", f"-DCMAKE_CXX_FLAGS={flags}",
             *(linker if shutil.which("ld.lld") else []),
             "-DINVOCATOR_TESTS=ON"], 600, ROOT)
        if code == 0:
            code, output = self.ninja("unit_tests", seconds=BUILD_SECONDS)
        if code != 0:
            raise CannotRun("the original does not build:\n" + output[-4000:])

    def ninja(self, *targets, seconds=COMPILE_SECONDS, env=None):
        jobs = str(os.cpu_count() or 1)
        return run(["ninja", "-j", jobs, *targets], seconds, self.build, env)

    def steps(self, target):
        code, output = run(["ninja", "-n", target], 60, self.build)
        steps = re.findall(r"^\[\d+/(\d+)\]", output, re.MULTILINE)
        return int(steps[-1]) if code == 0 and steps else 0

    def object_of(self, path):
        folder = path.split("/")[0]
        return f"CMakeFiles/{folder}.dir/{path}.o"


class UnitTests:
    def __init__(self, build):
        self.program = build.build / "bin" / "unit_tests"
        self.source = build.source
        self.seconds = 300
        self.excluded = []

    def find(self, pattern):
        """What fails among the tests of a filter, and not by chance: also
        alone. None if all passed."""
        by_chance = []
        for _ in range(3):
            failed = self.run(pattern, self.seconds, by_chance)
            if failed is None or "." not in failed:
                return failed
            name = failed.split()[-1]
            if self.run(name, self.seconds):
                return failed
            by_chance.append(name)
        return failed

    def run(self, pattern, seconds, but=()):
        """The first failure among the tests of a filter; None if all passed."""
        excluded = ":".join([*self.excluded, *but])
        if excluded:
            excluded = "-" + excluded
        env = {n: v for n, v in os.environ.items()
               if not n.startswith(("AWS_", "INVOCATOR_", "GTEST_"))
               and not n.lower().endswith("_proxy")}
        with tempfile.TemporaryDirectory() as folder:
            env |= {"AWS_EC2_METADATA_DISABLED": "true", "TMPDIR": folder,
                    "GTEST_TOTAL_SHARDS": str(SHARDS)}
            return self.run_shards(
                [self.program, f"--gtest_filter={pattern}{excluded}",
                 "--gtest_fail_fast", "--gtest_color=no"], env, seconds, folder)

    def run_shards(self, command, env, seconds, folder):
        end = time.monotonic() + seconds
        shards = []
        try:
            for i in range(SHARDS):
                log = open(pathlib.Path(folder) / f"shard-{i}", "w+b")
                shards.append((subprocess.Popen(
                    command, cwd=folder, stdin=subprocess.DEVNULL, stdout=log,
                    stderr=subprocess.STDOUT, start_new_session=True,
                    env=env | {"GTEST_SHARD_INDEX": str(i)}), log))
            left = list(shards)
            while left and time.monotonic() < end:
                for shard in list(left):
                    code = shard[0].poll()
                    if code is None:
                        if memory_bytes(shard[0].pid) > MEMORY_BYTES:
                            return "takes too much memory"
                        continue
                    left.remove(shard)
                    if code != 0:
                        return failure(shard[1], code)
                time.sleep(0.02)
            return "took too long" if left else None
        finally:
            for process, log in shards:
                end_group(process)
                log.close()

    def of(self, path):
        """The filter of the tests that include the header of `path`."""
        header = path.rsplit(".", 1)[0] + ".h"
        name = pathlib.Path(path).stem
        suites = set()
        for test in (self.source / "tests").rglob("*_test.cc"):
            text = test.read_text()
            if f'"{header}"' in text or test.name == f"{name}_test.cc":
                suites |= set(
                    re.findall(r"^TEST(?:_[FP])?\((\w+),", text, re.M))
        return ":".join(f"{s}.*:*/{s}.*" for s in sorted(suites))

    def pass_original(self):
        """Tests that fail without a mutant do not count."""
        for _ in range(5):
            start = time.monotonic()
            failed = self.run("*", 600)
            if failed is None:
                self.seconds = 30 + 3 * (time.monotonic() - start)
                return
            if "." not in failed:
                break
            print(f"fails without a mutant, is left out: {failed}", flush=True)
            self.excluded.append(failed.split()[-1])
        raise CannotRun(f"the tests of the original fail: {failed}")


def memory_bytes(pid):
    try:
        pages = pathlib.Path(f"/proc/{pid}/statm").read_text().split()[1]
    except (OSError, IndexError):
        return 0
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


def failure(log, code):
    log.seek(0)
    text = log.read().decode(errors="replace")
    named = re.findall(r"^\[  FAILED  \] ([\w./]+)", text, re.MULTILINE)
    started = re.findall(r"\[ RUN      \] ([\w./]+)", text)
    if named:
        return named[0]
    return f"crash {code} in {started[-1]}" if started else f"code {code}"


def end_to_end(build, path):
    """The first failure of the end-to-end tests of a file's part."""
    key = max((k for k in END_TO_END if path.startswith(k)), key=len)
    code, output = build.ninja(
        "invocator", "invocator-worker", "invocator-gateway")
    if code != 0:
        return "does not link"
    env = dict(os.environ, INVOCATOR_BIN_DIR=str(build.build / "bin"),
               AWS_EC2_METADATA_DISABLED="true")
    code, output = run(
        ["/usr/bin/python3", "-m", "pytest", "-x", "-q", "-p",
         "no:cacheprovider",
         *(f"tests/end_to_end/{name}" for name in END_TO_END[key])],
        END_TO_END_SECONDS, build.source, env)
    if code == 0:
        return None
    failed = re.findall(r"^(?:FAILED|ERROR) (\S+)", output, re.MULTILINE)
    return failed[0] if failed else "took too long"


def try_mutant(build, tests, mutant, with_end_to_end):
    """(fate, word): "invalid", "same", "unit", "end to end" or "survived"."""
    source = build.source / mutant.path
    original = source.read_text()
    lines = original.splitlines(keepends=True)
    lines[mutant.line - 1] = mutant.after + "\n"
    source.write_text("".join(lines))
    try:
        env = dict(os.environ, CCACHE_DISABLE="1")
        if mutant.path.endswith(".cc"):
            target = build.object_of(mutant.path)
            before = (build.build / target).read_bytes()
            code, _ = build.ninja(target, env=env)
            if code != 0:
                return "invalid", ""
            if (build.build / target).read_bytes() == before:
                return "same", ""
        elif build.steps("unit_tests") > MAX_STEPS:
            return "invalid", ""
        code, _ = build.ninja("unit_tests", env=env)
        if code != 0:
            return "invalid", ""
        own = tests.of(mutant.path)
        failed = (own and tests.find(own)) or tests.find("*")
        if failed:
            return "unit", failed
        failed = with_end_to_end and end_to_end(build, mutant.path)
        return ("end to end", failed) if failed else ("survived", "")
    finally:
        source.write_text(original)
        # From the compiler's cache, if there is one: the next mutant's build
        # does without.
        build.ninja(build.object_of(mutant.path)
                    if mutant.path.endswith(".cc") else "unit_tests")


def campaign(arguments, build, tests, end, results):
    """Adds (mutant, fate, word) to `results` until there are enough or it is
    too late for another."""
    for candidates in mutants.draw(
            build.source, arguments.seed, arguments.paths):
        for mutant in candidates:
            late = time.monotonic() + tests.seconds > end
            if late or len(results) == arguments.count:
                return
            fate, word = try_mutant(
                build, tests, mutant, arguments.end_to_end)
            if fate == "invalid":
                continue
            if fate != "same":
                results.append((mutant, fate, word))
                print(f"{fate:10} {mutant}  {word}", flush=True)
            break


def print_summary(arguments, results):
    survivors = [m for m, fate, _ in results if fate == "survived"]
    by_units = sum(fate == "unit" for _, fate, _ in results)
    print(f"\nseed {arguments.seed}: {len(results)} mutants, unit tests found "
          f"{by_units}, end-to-end tests "
          f"{len(results) - by_units - len(survivors)}"
          f"{'' if arguments.end_to_end else ' (not run)'}, "
          f"{len(survivors)} survived")
    if results:
        print(f"score: unit {100 * by_units / len(results):.0f} %, all "
              f"{100 - 100 * len(survivors) / len(results):.0f} %")
    for mutant in survivors:
        print(f"survived {mutant}")


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--count", type=int, default=40)
    parser.add_argument("--minutes", type=float, default=20)
    parser.add_argument("--end-to-end", action="store_true")
    parser.add_argument("--build-dir", default=ROOT / "build-mutate",
                        type=lambda p: pathlib.Path(p).resolve())
    parser.add_argument("--json", type=pathlib.Path)
    parser.add_argument("paths", nargs="*")
    arguments = parser.parse_args()

    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    # A job in the background inherits it as ignored; tests send it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGQUIT, signal.SIG_DFL)
    build = Build(arguments.build_dir)
    tests = UnitTests(build)
    results = []
    try:
        print("building the original", flush=True)
        build.make_original()
        end = time.monotonic() + 60 * arguments.minutes
        tests.pass_original()
        campaign(arguments, build, tests, end, results)
    except CannotRun as error:
        print(f"mutate.py: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 1
    finally:
        print_summary(arguments, results)
    if arguments.json:
        arguments.json.write_text(json.dumps(
            [{"path": m.path, "line": m.line, "before": m.before,
              "after": m.after, "fate": fate, "by": word}
             for m, fate, word in results], indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
