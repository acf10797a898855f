"""What the checks share: the C files of a tree, and their text without comments."""
import pathlib
import re
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else HERE.parent.parent).resolve()

_COMMENT_OR_LITERAL = re.compile(
    r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)


def c_files(*folders, suffixes=(".c", ".h")):
    """(path relative to the root, text) of each C file in the folders, sorted."""
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in suffixes and path.is_file():
                yield str(path.relative_to(ROOT)), path.read_text()


def _blank(match):
    return re.sub(r"[^\n]", " ", match.group())


def code(text):
    """The text with comments and literals blanked out; lines keep their numbers."""
    return _COMMENT_OR_LITERAL.sub(_blank, text)


def finish(complaints):
    """Prints the check's verdict and ends."""
    name = pathlib.Path(sys.argv[0]).name
    for complaint in complaints:
        print(f"{name}: {complaint}")
    if complaints:
        sys.exit(1)
    print(f"{name}: ok")
