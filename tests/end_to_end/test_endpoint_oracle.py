"""Endpoints that are configured for Lambda, held against botocore's own look
(Debian 12's is older than these settings: it is PyPI's)."""

import re
import subprocess

import pytest
from conftest import REPOSITORY, clean_environment
from results import KEYS, write_workload

PYTHON = REPOSITORY / ".venv" / "bin" / "python"
AWS = "https://lambda.us-west-1.amazonaws.com"
LOOK = (
    "import botocore.session; print(botocore.session.Session().create_client("
    "'lambda', region_name='us-west-1').meta.endpoint_url)"
)
PROFILE = "[profile p]\nservices = s\nendpoint_url = http://profile:1\n"
SERVICES = "[services s]\nsts =\n  endpoint_url = http://sts:1\nlambda =\n" \
    "  endpoint_url = http://section:1\n"
ALL = {"AWS_ENDPOINT_URL": "http://all:1"}
OWN = {"AWS_ENDPOINT_URL_LAMBDA": "http://own:1/x"}
IGNORED = "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"
IGNORE = {IGNORED: "true"}

CASES = {
    "nothing": ("[profile p]\n", {}, AWS),
    "profile": ("[profile p]\nendpoint_url=http://profile:1\n", {},
                "http://profile:1"),
    "section": (PROFILE + SERVICES, {}, "http://section:1"),
    "section_of_sts": (PROFILE + SERVICES.split("lambda")[0], {},
                       "http://profile:1"),
    "all": (PROFILE + SERVICES, ALL, "http://all:1"),
    "own": (PROFILE + SERVICES, ALL | OWN, "http://own:1/x"),
    "empty": (PROFILE + SERVICES, {"AWS_ENDPOINT_URL": ""},
              "http://section:1"),
    "ignored": (PROFILE + SERVICES, ALL | OWN | IGNORE, AWS),
    "ignored_by_the_profile": (
        PROFILE + "ignore_configured_endpoint_urls = true\n" + SERVICES, {},
        AWS),
    "not_ignored_after_all": (
        PROFILE + "ignore_configured_endpoint_urls = true\n" + SERVICES,
        {IGNORED: "false"}, "http://section:1"),
    "ignored_in_upper_case": (
        PROFILE + SERVICES, ALL | {IGNORED: "TRUE"}, AWS),
    "not_ignored_by_one": (PROFILE + SERVICES, {IGNORED: "1"},
                           "http://section:1"),
    "path": ("[profile p]\n", {"AWS_ENDPOINT_URL": "http://a:1/x/y"},
             "http://a:1/x/y"),
    "section_with_tabs": (
        PROFILE + "[services\ts]\nlambda =\n\n\t# c\n"
        "\tendpoint_url = http://tab:1\n", {}, "http://tab:1"),
    "section_with_indented_keys": (
        PROFILE + "[services s]\n lambda =\n  endpoint_url=http://in:1\n", {},
        "http://in:1"),
    "section_without_indent": (
        PROFILE + "[services s]\nlambda =\nendpoint_url = http://in:1\n", {},
        "error"),
    "section_without_nesting": (
        PROFILE + "[services s]\nlambda = http://in:1\n", {}, "error"),
    "section_that_is_not_there": (PROFILE, {}, "error"),
    "section_of_no_use": (PROFILE, ALL, "http://all:1"),
}


@pytest.mark.skipif(
    not PYTHON.is_file(),
    reason="PyPI's botocore is not installed: scripts/install_deps.sh --python "
    "does that where PyPI is reachable",
)
@pytest.mark.parametrize("name", CASES)
def test_endpoint_is_the_one_botocore_finds(invocator, tmp_path, name):
    config, variables, expected = CASES[name]
    (tmp_path / "config").write_text(config)
    env = KEYS | variables | {
        "AWS_CONFIG_FILE": str(tmp_path / "config"), "AWS_PROFILE": "p"}
    looked = subprocess.run(
        [str(PYTHON), "-c", LOOK], env=clean_environment(env),
        capture_output=True, text=True, timeout=60,
    )
    assert (looked.stdout.strip() or "error") == expected, looked.stderr
    workload = write_workload(tmp_path, {"thumb": {
        "invoker": "lambda", "application": "thumb", "region": "us-west-1",
        "interarrivals_list": [0.1]}})
    planned = invocator(["plan", workload], env=env)
    if expected == "error":
        assert planned.returncode == 2
        return
    assert planned.returncode == 0, planned.stderr
    found = re.search(r"calls of thumb go to (\S+) ", planned.stdout)
    assert (found[1] if found else AWS) == expected
