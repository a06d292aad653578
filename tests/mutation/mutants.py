"""Mutants of C++ sources: universalmutator's rules and those of cpp.rules.

A mutant is one changed line. Dropped without a compiler's help: what changes
comments, texts or names that the line does not have.
"""

import contextlib
import dataclasses
import io
import pathlib
import random
import re

from universalmutator import mutator

HERE = pathlib.Path(__file__).resolve().parent
# Words that a rule may put in.
NEW_WORDS = {
    "break", "continue", "if", "true", "false", "std", "min", "max", "begin",
    "end", "front", "back", "all_of", "any_of", "none_of", "lower_bound",
    "upper_bound", "min_element", "max_element", "d", "f",
}
WORD = re.compile(r"[A-Za-z_]\w*")
TEXT_RULE = '".+" ==> ""'
# Nothing that runs.
INERT = re.compile(r"\s*(//|#|using |namespace |class |struct |[})\];]*$)")
# In a header, what looks like the body of a function.
BODY = re.compile(r"\breturn\b|[^=<>!]=[^=].*;|\+\+|--|\bif \(|\bfor \(")


@dataclasses.dataclass(frozen=True)
class Mutant:
    path: str
    line: int
    before: str
    after: str

    def __str__(self):
        return (
            f"{self.path}:{self.line}: {self.before.strip()}"
            f"  ->  {' '.join(self.after.split())}"
        )


def core_files(root):
    """The paths of core.txt that are there, relative to `root`."""
    for line in (HERE / "core.txt").read_text().splitlines():
        if line.startswith("#"):
            continue
        for ending in (".h", ".cc"):
            if (root / (line + ending)).is_file():
                yield line + ending


def code_lines(root, path):
    """The numbers of the lines that a mutant may change."""
    for number, text in enumerate((root / path).read_text().splitlines(), 1):
        if INERT.match(text) or (path.endswith(".h") and not BODY.search(text)):
            continue
        yield number


def normal(text):
    return re.sub(r"\s+", "", text)


def mutants_of_line(path, number, text):
    """Every mutant of one line that may compile, each once."""
    with contextlib.redirect_stdout(io.StringIO()):
        made = mutator.mutants_regexp(
            [text + "\n"],
            ruleFiles=[
                "universal.rules",
                "c_like.rules",
                "cpp.rules",
                str(HERE / "slips.rules"),
            ],
            ignorePatterns=[],
            ignoreStringOnly=True,
        )
    words = set(WORD.findall(text)) | NEW_WORDS
    seen = {normal(text)}
    for _, after, (rule, _), _ in made:
        after = after.rstrip("\n")
        if rule == TEXT_RULE:
            continue
        if normal(after) in seen or not words.issuperset(WORD.findall(after)):
            continue
        seen.add(normal(after))
        yield Mutant(path, number, text, after)


def draw(root, seed, only=()):
    """Mutants in an order that `seed` chooses, one a line and as many a file as
    it has lines of code; those of the paths in `only`, if there are any."""
    chosen = random.Random(seed)
    places = [
        (path, number)
        for path in core_files(root)
        if not only or path in only
        for number in code_lines(root, path)
    ]
    chosen.shuffle(places)
    for path, number in places:
        text = (root / path).read_text().splitlines()[number - 1]
        candidates = list(mutants_of_line(path, number, text))
        chosen.shuffle(candidates)
        # The next takes the place of one that does not compile.
        yield candidates[:3]
