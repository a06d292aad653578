"""Shows the results' page: in a browser, in a notebook, for several runs."""

import html
import pathlib
import subprocess
import tempfile
import webbrowser
from typing import Sequence

from ._errors import InvocatorError
from ._programs import find_program

FRAME_HEIGHT_PX = 800
# The notebook's file and the browser hold the page as text.
MAX_INLINE_BYTES = 32 * 1024 * 1024


def open_page(page: pathlib.Path) -> bool:
    """Returns whether a browser could be started."""
    if not page.is_file():
        raise InvocatorError(f"{page}: does not exist")
    return webbrowser.open(page.as_uri())


def frame(page: pathlib.Path) -> str:
    """Returns HTML that embeds the page in a notebook. Its scripts run in an
    opaque origin, without access to the notebook."""
    try:
        size = page.stat().st_size
        if size > MAX_INLINE_BYTES:
            name = html.escape(str(page))
            return f"<p>{name}: {size >> 20} MB, see open()</p>"
        text = page.read_text(encoding="utf-8")
    except OSError as error:
        return f"<p>{html.escape(f'{page}: {error.strerror}')}</p>"
    return (
        f'<iframe srcdoc="{html.escape(text)}" sandbox="allow-scripts" '
        f'width="100%" height="{FRAME_HEIGHT_PX}" style="border: 0" '
        f'title="Report of a run"></iframe>'
    )


def page_of_runs(folders: Sequence[pathlib.Path]) -> pathlib.Path:
    """Writes one page for several runs to a temporary folder, which is not
    removed: a browser may show it after the end of this process."""
    page = pathlib.Path(tempfile.mkdtemp(prefix="invocator-"), "report.html")
    done = subprocess.run(
        [find_program("invocator"), "report", *folders, "-o", page],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    if done.returncode != 0:
        raise InvocatorError(done.stderr.decode("utf-8", "replace"))
    return page
