"""The wheel: built from the programs under test, inspected, and used in an
otherwise empty virtual environment."""

import os
import pathlib
import re
import subprocess
import sys
import zipfile

import pytest
from conftest import REPOSITORY, clean_environment, not_sanitized, program
from results import KEYS, Results, every, write_workload

PROGRAMS = {"invocator", "invocator-worker", "invocator-gateway"}
# Part of every system of the wheel's tag.
SYSTEM_LIBRARIES = {
    "libc.so.6",
    "libgcc_s.so.1",
    "libm.so.6",
    "libresolv.so.2",
    "libstdc++.so.6",
    "libz.so.1",
}
TOOLS_WITHIN_S = 120
BUILD_WITHIN_S = 300
RUN_WITHIN_S = 60

pytestmark = not_sanitized


def done(*command, within_s=RUN_WITHIN_S, env=None, cwd=None):
    return subprocess.run(
        [*map(str, command)],
        env=env or clean_environment(),
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=within_s,
    )


def output(*command, **keys):
    """Runs a command, which must succeed; returns its stdout."""
    ended = done(*command, **keys)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


@pytest.fixture(scope="module")
def tools():
    """The folder with auditwheel."""
    # PyPI may be behind a proxy.
    ended = done(
        *(REPOSITORY / "scripts" / "install_deps.sh", "--wheel-tools"),
        within_s=TOOLS_WITHIN_S,
        env=os.environ,
    )
    if ended.returncode != 0:
        pytest.skip(f"no auditwheel from PyPI: {ended.stderr.splitlines()[-1:]}")
    return pathlib.Path(ended.stdout.strip()).parent


@pytest.fixture(scope="module")
def wheel(tools, tmp_path_factory):
    out = tmp_path_factory.mktemp("wheel")
    printed = output(
        REPOSITORY / "scripts" / "package_wheel.sh",
        *(pathlib.Path(program("invocator")).parent, out),
        within_s=BUILD_WITHIN_S,
    )
    (path,) = out.iterdir()
    assert printed == f"{path}\n"
    return path


@pytest.fixture(scope="module")
def tree(wheel, tmp_path_factory):
    """The wheel's files."""
    folder = tmp_path_factory.mktemp("tree")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


@pytest.fixture(scope="module")
def bin_dir(wheel, tmp_path_factory):
    """Scripts of a virtual environment with only the wheel, installed without
    an index."""
    folder = tmp_path_factory.mktemp("fresh") / "venv"
    output(sys.executable, "-m", "venv", folder)
    output(folder / "bin" / "pip", "install", "--no-index", wheel)
    return folder / "bin"


@pytest.fixture
def alone(bin_dir):
    """An environment in which all programs come from the wheel."""
    return clean_environment(KEYS | {"PATH": str(bin_dir)})


def dynamic(path):
    """(needed libraries, search paths) of a program or library."""
    said = output("readelf", "--dynamic", "--wide", path)
    needed = re.findall(r"\(NEEDED\).*\[(.*)\]", said)
    return set(needed), re.findall(r"\((?:RPATH|RUNPATH)\).*\[(.*)\]", said)


def test_tag_is_python_3_and_the_glibc_of_this_system(wheel, tools, tree):
    *_, python, abi, platforms = wheel.stem.split("-")
    assert (python, abi) == ("py3", "none")
    found = re.findall(
        rf"manylinux_(\d+)_(\d+)_{os.uname().machine}\b", platforms
    )
    assert len(found) == len(platforms.split("."))
    here = os.confstr("CS_GNU_LIBC_VERSION").removeprefix("glibc ")
    assert max((int(a), int(b)) for a, b in found) == tuple(
        map(int, here.split("."))
    )
    said = output(tools / "auditwheel", "show", wheel)
    assert any(f'"{each}"' in said for each in platforms.split(".")), said
    (about,) = tree.glob("*.dist-info/WHEEL")
    assert "Root-Is-Purelib: false" in about.read_text()


def test_carries_what_is_needed_and_nothing_else(tree):
    files = {p.relative_to(tree) for p in tree.rglob("*") if p.is_file()}
    source = REPOSITORY / "python" / "invocator"
    package = {p.name for p in source.glob("*.py")} | {"py.typed"}
    expected = {pathlib.Path("invocator", name) for name in package}
    expected |= {pathlib.Path("invocator", "bin", name) for name in PROGRAMS}
    expected |= {p for p in files if p.parts[0] == "invocator.libs"}
    (about,) = tree.glob("*.dist-info")
    expected |= {p for p in files if p.parts[:2] == (about.name, "licenses")}
    expected |= {
        pathlib.Path(about.name, name)
        for name in ["METADATA", "RECORD", "WHEEL", "entry_points.txt"]
    }
    expected |= {pathlib.Path(about.name, "sboms", "auditwheel.cdx.json")}
    assert files == expected


def test_programs_find_each_library_in_the_wheel(tree):
    programs = [*(tree / "invocator" / "bin").iterdir()]
    libraries = [*(tree / "invocator.libs").iterdir()]
    carried = {p.name for p in libraries}
    wanted = set()
    for path in programs + libraries:
        needed, search_paths = dynamic(path)
        wanted |= needed
        if path in programs:
            assert search_paths == ["$ORIGIN/../../invocator.libs"], path
        elif needed & carried:
            assert search_paths == ["$ORIGIN"], path
        else:
            assert search_paths == [], path
    assert carried <= wanted
    loader = {name for name in wanted if name.startswith("ld-linux")}
    assert wanted - carried - loader <= SYSTEM_LIBRARIES
    assert any(name.startswith("libcurl-") for name in carried)


def test_programs_are_stripped(tree):
    for path in (tree / "invocator" / "bin").iterdir():
        said = output("readelf", "--sections", "--wide", path)
        assert ".text" in said
        assert ".symtab" not in said and ".debug_info" not in said


def test_notices_of_all_code_it_carries(tree):
    (licenses,) = tree.glob("*.dist-info/licenses")
    notices = [*licenses.glob("*.copyright")]
    listed = {
        line.split()[0]
        for line in (licenses / "packages.txt").read_text().splitlines()
    }
    assert listed == {p.stem for p in notices}
    linked_in = REPOSITORY / "cmake" / "linked_in_packages.txt"
    assert set(linked_in.read_text().split()) <= listed
    names = [
        re.sub(r"-[0-9a-f]{8}(?=\.)", "", library.name)
        for library in (tree / "invocator.libs").iterdir()
    ]
    owners = output("dpkg", "-S", *(f"*/{name}" for name in names))
    assert {line.split(":")[0] for line in owners.splitlines()} <= listed
    for notice in notices:
        for text in re.findall(
            r"/usr/share/common-licenses/([\w.-]*\w)", notice.read_text()
        ):
            assert (licenses / "common-licenses" / text).is_file(), notice


SCRIPT = """
import subprocess, sys
from invocator import AWSFunctionInvocator, Gateway

workload = sys.argv[1]
with Gateway() as gateway:
    ivk = AWSFunctionInvocator(workload, env=gateway.env)
    ivk.invoke_all("keep", endpoint_url=gateway.url, out="python").wait(check=True)
    subprocess.run(
        ["invocator", "run", workload, "--memory-size", "keep", "--out", "command"]
        + ["--endpoint-url", gateway.url],
        check=True,
    )
"""


def test_python_and_command_play_the_same_schedule(bin_dir, alone, tmp_path):
    workload = write_workload(tmp_path, {"a": every(0.01, 20)})
    output(bin_dir / "python", "-c", SCRIPT, workload, env=alone, cwd=tmp_path)
    python = Results(tmp_path / "python").summary
    command = Results(tmp_path / "command").summary
    assert python["outcomes"] == command["outcomes"] == {"ok": 20}
    assert python["schedule_digest"] == command["schedule_digest"]


def test_commands_become_the_programs(bin_dir, alone):
    """The program replaces the interpreter, so that it gets signals itself."""
    for name in PROGRAMS:
        said = output(bin_dir / name, "--version", env=alone)
        assert said.startswith(f"{name} ")
    with subprocess.Popen(
        [bin_dir / "invocator-gateway", "--listen", "127.0.0.1:0"],
        env=alone,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    ) as gateway:
        try:
            assert gateway.stdout.readline().startswith("listening on ")
            running = pathlib.Path(os.readlink(f"/proc/{gateway.pid}/exe"))
        finally:
            gateway.terminate()
    assert running.name == "invocator-gateway"
    assert bin_dir.parent.resolve() in running.parents


@pytest.mark.parametrize("naming", ["--ca-file", "SSL_CERT_FILE"])
def test_its_openssl_and_libcurl_trust_the_named_authority(
    naming, bin_dir, alone, gateway, certificates, loopback_cert, tmp_path
):
    """Invocations are made with OpenSSL, control calls with libcurl."""
    cert, key = loopback_cert
    url = gateway("--tls-cert", cert, "--tls-key", key)
    workload = write_workload(tmp_path, {"a": every(0.01, 3, application="f")})
    command = [bin_dir / "invocator", "run", workload, "--endpoint-url", url]
    command += ["--memory-size", "256", "--out", tmp_path / "out"]
    untrusted = done(*command, env=alone)
    assert untrusted.returncode == 3
    assert "unable to get local issuer certificate" in untrusted.stderr
    ca = str(certificates.ca)
    if naming == "--ca-file":
        output(*command, naming, ca, env=alone)
    else:
        output(*command, env=alone | {naming: ca})
    assert Results(tmp_path / "out").outcomes == {"ok": 3}
