"""Stories: tests that wait more than they work, played side by side.

    @story
    def test_something(stage, parameter): ...

All stories of a module are begun with the first of them, in their order and
AT_ONCE at a time, each on a Stage of its own; a test takes the outcome of its
story. Put the long ones first. A story's only fixture is `stage`. The module
imports the fixture `stories`.
"""

import concurrent.futures
import inspect

import pytest
from stage import Stage

AT_ONCE = 8
# Of one story, when it is among the last to begin.
DEADLINE_S = 300


def story(body):
    parameters = list(inspect.signature(body).parameters)
    parameters.remove("stage")

    def test(request, stories, **_):
        stories[request.node.nodeid].result(DEADLINE_S)

    test.__name__ = body.__name__
    test.__doc__ = body.__doc__
    test.__module__ = body.__module__
    test.__signature__ = inspect.Signature(
        [
            inspect.Parameter(name, inspect.Parameter.POSITIONAL_OR_KEYWORD)
            for name in ["request", "stories", *parameters]
        ]
    )
    test.pytestmark = getattr(body, "pytestmark", [])
    test.body = body
    return test


def play(body, folder, parameters):
    with Stage(folder) as stage:
        body(stage, **parameters)


@pytest.fixture(scope="module")
def stories(request, tmp_path_factory):
    """{a test's node id: the future of its story}"""
    pool = concurrent.futures.ThreadPoolExecutor(AT_ONCE)
    begun = {}
    for item in request.session.items:
        body = getattr(getattr(item, "function", None), "body", None)
        if body is None or item.module is not request.module:
            continue
        callspec = getattr(item, "callspec", None)
        begun[item.nodeid] = pool.submit(
            *(play, body, tmp_path_factory.mktemp(item.originalname)),
            callspec.params if callspec else {},
        )
    yield begun
    pool.shutdown(cancel_futures=True)
