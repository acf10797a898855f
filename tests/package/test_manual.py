"""The manual pages say all that there is to say, and nothing else; so do the completions."""
import gzip
import os
import pathlib
import re
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ["DYNAMOD_BUILD"])
PAGES = ["dynamod.8", "dynamod.conf.5", "libdynamod.3"]
EXAMPLES = {"THE FILE OF THE DAEMON": "dynamod.conf.example", "THE FILE OF AN APP": "app.conf.example"}


def source(page):
    return gzip.decompress((BUILD / f"man/{page}.gz").read_bytes()).decode()


def section(page, title):
    return re.search(rf"^\.Sh {title}\n(.*?)(?=^\.Sh )", source(page), re.M | re.S)[1]


def plain(page):
    """As a terminal shows it, without bold, underlining and the ends of lines."""
    done = subprocess.run(["mandoc", "-T", "utf8"], input=source(page), capture_output=True, text=True,
                          check=True)
    return " ".join(re.sub(".\b", "", done.stdout).split())


def options(text):
    return set(re.findall(r"(?<![\w-])--?[a-zA-Z][a-z-]*", text))


def said_by_help():
    return options(subprocess.run([BUILD / "dynamod", "--help"], capture_output=True, text=True,
                                  check=True).stdout)


@pytest.mark.parametrize("page", PAGES)
def test_mandoc_has_nothing_to_say(page):
    done = subprocess.run(["mandoc", "-T", "lint", "-W", "style"], input=source(page),
                          capture_output=True, text=True)
    # Which pages a machine has is its own affair.
    said = [line for line in (done.stdout + done.stderr).splitlines()
            if "referenced manual not found" not in line and "mandoc.db" not in line]
    assert said == []


@pytest.mark.parametrize("title", EXAMPLES)
def test_the_example_has_every_setting_of_the_page(title):
    names = re.findall(r"^\.It Ic (\w+)", section("dynamod.conf.5", title), re.M)
    example = (ROOT / "etc" / EXAMPLES[title]).read_text()
    assert len(names) > 8
    missing = [name for name in names if not re.search(rf"\b{name} = ", example)]
    assert missing == []


def test_a_setting_as_the_page_shows_it():
    assert ("threads = number Threads, each with connections of its own. 0: one a CPU. 0 to 256. "
            "The default is ‘0’.") in plain("dynamod.conf.5")


def test_libdynamod_names_every_function_once():
    header = "".join((ROOT / "lib/include" / name).read_text()
                     for name in ("dynamod.h", "dynamod_write.h"))
    code = re.sub(r"/\*.*?\*/", "", header, flags=re.S)
    declared = set(re.findall(r"\b(dm_\w+)\(", code))
    described = "".join(re.findall(r"^\.It .*", source("libdynamod.3"), re.M))
    returned = section("libdynamod.3", "RETURN VALUES")
    named = re.findall(r"Fn (dm_\w+)", described + returned)
    assert sorted(named) == sorted(declared)


def test_the_example_of_libdynamod_compiles():
    program = re.search(r"^#include.*?^}$", source("libdynamod.3"), re.M | re.S)[0]
    subprocess.run(["cc", "-std=c11", "-Wall", "-Wextra", "-Werror", "-fsyntax-only",
                    f"-I{ROOT}/lib/include", "-x", "c", "-"],
                   input=program.replace("\\e", "\\"), text=True, check=True)


def test_dynamod_has_the_options_of_help():
    items = re.findall(r"^\.It (Fl .*)", source("dynamod.8"), re.M)
    named = options(" ".join(items).replace("Fl Fl ", "--").replace("Fl ", "-").replace(" , -", " --"))
    assert named == said_by_help()


def test_zsh_completes_the_options_of_help():
    said = (ROOT / "etc/completion/_dynamod").read_text()
    assert options(re.sub(r"\[.*?\]|_arguments -s", "", said)) == said_by_help()
    subprocess.run(["zsh", "-n", ROOT / "etc/completion/_dynamod"], check=True)


def bash_completes(*words):
    script = ('source "$1"; shift; COMP_WORDS=(dynamod "$@"); COMP_CWORD=$#; _dynamod; '
              'printf "%s\\n" "${COMPREPLY[@]}"')
    done = subprocess.run(["bash", "-c", script, "bash", ROOT / "etc/completion/dynamod.bash", *words],
                          capture_output=True, text=True, check=True, cwd=ROOT / "etc",
                          env={**os.environ, "PATH": f"{BUILD}:{os.environ['PATH']}"})
    return set(done.stdout.split())


def test_bash_completes_the_options_of_help():
    assert bash_completes("-") == said_by_help()
    assert bash_completes("--che") == {name for name in said_by_help() if name.startswith("--che")}


def test_bash_completes_the_names_of_files():
    assert bash_completes("-c", "dynamod.") == {"dynamod.conf", "dynamod.conf.example"}
