"""pytest fixture `invocator_gateway`: a local gateway for a test.

    @pytest.mark.invocator_gateway("--latency", "20ms")
    def test_load(invocator_gateway):
        ivk = AWSFunctionInvocator(WORKLOAD, env=invocator_gateway.env)
        ivk.invoke_all(endpoint_url=invocator_gateway.url).wait(check=True)
"""

from typing import Iterator

import pytest

from ._gateway import Gateway


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers",
        "invocator_gateway(*options): options of the invocator-gateway that "
        "the fixture of this name starts",
    )


@pytest.fixture
def invocator_gateway(request: pytest.FixtureRequest) -> Iterator[Gateway]:
    """A Gateway on a free loopback port: url, env, stats(), pid."""
    marker = request.node.get_closest_marker("invocator_gateway")
    with Gateway(*(map(str, marker.args) if marker else ())) as gateway:
        yield gateway
