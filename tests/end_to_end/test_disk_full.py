"""A disk that fills up while results are written: told, exit 3, and the summary
is still printed."""

import os
import subprocess

import pytest
from conftest import clean_environment, program
from results import KEYS, every, instance, stats, write_workload


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 64 KiB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", folder],
        capture_output=True,
        text=True,
    )
    if mounted.returncode != 0:
        pytest.skip(f"no tmpfs can be mounted: {mounted.stderr.strip()}")
    yield folder
    subprocess.run(["umount", folder], check=True)


def play(invocator, workload, url, out, *options):
    return invocator(
        ["run", workload, "--endpoint-url", url, "--out", out, *options],
        env=KEYS,
    )


# A row takes some 140 bytes; rows are written in blocks of 256 KiB. So the disk
# fills at the end, or in the middle of the run.
@pytest.mark.parametrize(
    "rate, seconds", [(1000, 1), (4000, 1.5)], ids=["at end", "on the way"]
)
def test_full_disk_is_told_and_the_summary_printed(
    invocator, gateway, small_disk, tmp_path, rate, seconds
):
    workload = write_workload(
        tmp_path,
        {"a": instance(distribution="Uniform", rate=rate, auth="none")},
        test_duration_in_seconds=seconds,
    )
    planned = int(rate * seconds)
    done = play(invocator, workload, gateway("--no-auth"), small_disk / "out")
    assert done.returncode == 3, done.stderr
    assert "invocations.csv" in done.stderr
    assert "No space left on device" in done.stderr
    assert f"ok {planned - 1}" in done.stdout or f"ok {planned}" in done.stdout
    assert "verdict" in done.stdout
    # Words, not a flood of them.
    assert len(done.stderr.splitlines()) < 15
    # No row is cut in two but the last.
    lines = (small_disk / "out" / "invocations.csv").read_text().split("\n")
    commas = lines[0].count(",")
    assert len(lines) > 100
    assert all(line.count(",") == commas for line in lines[:-1])
    # A summary is whole or not there.
    summary = small_disk / "out" / "summary.json"
    assert not summary.exists() or summary.read_text().endswith("}\n")


def test_disk_full_from_the_start_sends_nothing(
    invocator, gateway, small_disk, tmp_path
):
    with open(small_disk / "ballast", "wb", buffering=0) as ballast:
        with pytest.raises(OSError, match="No space left"):
            while ballast.write(b"x" * 4096):
                pass
    url = gateway()
    workload = write_workload(tmp_path, {"a": every(0.01, 10)})
    done = play(invocator, workload, url, small_disk / "out")
    assert done.returncode == 3, done.stderr
    assert "No space left on device" in done.stderr
    assert done.stdout == ""
    assert stats(url)["requests"] == 0


def test_results_on_a_full_device_are_told(invocator, gateway, tmp_path):
    """stdout itself may be on the full disk."""
    url = gateway()
    workload = write_workload(tmp_path, {"a": every(0.01, 10)})
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [program("invocator"), "run", workload, "--endpoint-url", url]
            + ["--out", tmp_path / "out"],
            env=clean_environment(KEYS),
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
        )
    assert done.returncode == 3, done.stderr
    assert "No space left on device" in done.stderr
    assert os.path.getsize(tmp_path / "out" / "summary.json") > 1000
