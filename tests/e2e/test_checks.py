"""The checks of tests/check complain where there is something to complain about."""
import pathlib
import shutil
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
CHECKS = ROOT / "tests/check"

GOOD = "/* One. */\n#include \"base/buf.h\"\n\nint one(void)\n{\n    return 1;\n}\n"
LONG_FUNCTION = "int one(void)\n{\n" + "    one();\n" * 41 + "}\n"

BAD = [
    # check, file, its text, what is named
    ("layers", "lib/base/a.c", '#include "aws/sigv4.h"\n', "a.c:1: "),
    ("layers", "lib/net/a.c", "\n#include <jansson.h>\n", "a.c:2: "),
    ("layers", "lib/model/a.c", "#include <libconfig.h>\n", "a.c:1: "),
    ("layers", "daemon/http/router.c", "#include <microhttpd.h>\n", "router.c:1: "),
    ("layers", "lib/aws/a.c", "#include <curl/curl.h>\n", "a.c:1: "),
    ("layers", "lib/net/a.c", "#include <openssl/evp.h>\n", "a.c:1: "),
    ("layers", "lib/store/dynamodb/a.c", "#include <sqlite3.h>\n", "a.c:1: "),
    ("layers", "lib/base/a.c", '#include "elsewhere/a.h"\n', "a.c:1: "),
    ("layers", "tests/unit/lib/base/a.c", '#include "net/http.h"\n', "a.c:1: "),
    ("banned", "lib/base/a.c", "int a = strcpy(b, c);\n", "strcpy"),
    ("banned", "lib/base/a.c", "void a(void)\n{\n    free (b);\n}\n", "a.c:3: free"),
    ("banned", "daemon/a.c", "char *a = strdup(b);\n", "strdup"),
    ("banned", "lib/net/a.c", "int a = printf(b);\n", "printf"),
    ("banned", "lib/net/a.c", "int a = abort();\n", "abort"),
    ("banned", "tests/unit/a.c", "int a = sprintf(b);\n", "sprintf"),
    ("sizes", "lib/base/a.c", LONG_FUNCTION, "one has 41 lines"),
    ("sizes", "lib/base/a.c", "\n" * 451, "451 lines"),
    ("sizes", "lib/base/a.c", "int a; /* %s */\n" % ("x" * 90), "a.c:1: "),
    ("marks", "daemon/a.c", "/* TO" "DO: later */\n", "a.c:1: "),
    ("format", "lib/base/a.c", "int  a ;\n", "lib/base/a.c:1"),
]


def run(check, root):
    return subprocess.run([CHECKS / check, root], capture_output=True, text=True, timeout=60)


@pytest.fixture
def tree(tmp_path):
    shutil.copy(ROOT / ".clang-format", tmp_path)
    for folder in ("lib/base", "daemon", "tests", "etc"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "lib/base/good.c").write_text(GOOD)
    return tmp_path


@pytest.mark.parametrize("check, path, text, named", BAD)
def test_check_complains(tree, check, path, text, named):
    file = tree / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    done = run(check, tree)
    assert done.returncode == 1
    assert named in done.stdout
    assert "good.c" not in done.stdout


@pytest.mark.parametrize("check", ["layers", "banned", "sizes", "marks", "format"])
def test_check_is_content(tree, check):
    done = run(check, tree)
    assert (done.returncode, done.stdout) == (0, f"{check}: ok\n"), done.stdout


def build_library(tree, source):
    """A libdynamod.so and an object of that source, where a build would leave them."""
    objects = tree / "build/CMakeFiles"
    objects.mkdir(parents=True)
    (tree / "lib/include").mkdir(exist_ok=True)
    (tree / "lib/include/dynamod.h").write_text("DM_EXPORT int dm_a(struct b *c);\n")
    (tree / "a.c").write_text(source)
    subprocess.run(["gcc", "-fPIC", "-c", tree / "a.c", "-o", objects / "a.c.o"], check=True)
    subprocess.run(["gcc", "-shared", objects / "a.c.o", "-o", tree / "build/libdynamod.so"],
                   check=True)


@pytest.mark.parametrize("source, status, named", [
    ("int dm_a(void) { return 1; }", 0, "ok"),
    ("int dm_a(void) { return 1; } int other(void) { return 1; }", 1, "other is exported"),
    ("int dm_b(void) { return 1; }", 1, "dm_a is declared"),
])
def test_exports(tree, source, status, named):
    build_library(tree, source)
    done = run("exports", tree)
    assert done.returncode == status and named in done.stdout


@pytest.mark.parametrize("source, status, named", [
    ("static const char *const a[] = {\"b\"}; const void *dm_a(void) { return a; }", 0, "ok"),
    ("static int a; int dm_a(void) { return a++; }", 1, "a in .bss"),
    ("int a = 1; int dm_a(void) { return a; }", 1, "a in .data"),
])
def test_globals(tree, source, status, named):
    build_library(tree, source)
    done = run("globals", tree)
    assert done.returncode == status and named in done.stdout
