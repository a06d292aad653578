"""The AWS CLI, Debian's or another one, of version 1 or 2, as a judge of what
the gateway says: it signs, waits and reads answers by AWS's service model."""

import json
import shutil
import subprocess

import pytest
from conftest import clean_environment
from results import KEYS

AWS = next(filter(None, map(shutil.which, ["/usr/bin/aws", "aws"])), None)
needs_aws_cli = pytest.mark.skipif(
    AWS is None, reason="no aws (Debian's awscli)"
)


def aws_cli(service, url, home):
    """call(*arguments, keys=KEYS) -> its answer; None where it has none."""

    def call(*arguments, keys=KEYS):
        done = subprocess.run(
            [AWS, service, *arguments, "--endpoint-url", url,
             "--region", "us-west-1", "--output", "json"],
            env=clean_environment(keys | {"AWS_PAGER": "", "HOME": home}),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout) if done.stdout.strip() else None

    return call
