"""The compiler's and the linker's defences, in the daemon and the library that are installed."""
import os
import pathlib
import platform
import re
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("DYNAMOD_RELEASE", ROOT / "build"))
FILES = [BUILD / "dynamod", BUILD / "libdynamod.so"]
ON_X86 = pytest.mark.skipif(platform.machine() != "x86_64", reason="not of this processor")

pytestmark = pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)


def readelf(option, file):
    return subprocess.run(["readelf", "-W", option, file], check=True, capture_output=True,
                          text=True).stdout


def segments(file):
    """Type → flags of each."""
    found = re.findall(r"^  (\w+) +0x\S+ 0x\S+ 0x\S+ 0x\S+ 0x\S+ ([RWE ]{3})",
                       readelf("-l", file), re.M)
    assert len(found) > 5
    return [(kind, flags.replace(" ", "")) for kind, flags in found]


def test_its_place_is_another_each_time(file):
    assert re.search(r"Type: +DYN", readelf("-h", file))
    assert file.suffix == ".so" or "PIE" in readelf("-d", file)


def test_nothing_is_written_and_run(file):
    kinds = dict(segments(file))
    assert kinds["GNU_STACK"] == "RW"
    assert not [flags for _, flags in segments(file) if "W" in flags and "E" in flags]
    assert "TEXTREL" not in readelf("-d", file)


def test_code_is_apart_from_data(file):
    loaded = [flags for kind, flags in segments(file) if kind == "LOAD"]
    assert loaded == ["R", "RE", "R", "RW"]


def test_what_is_resolved_is_read_only_from_the_start(file):
    dynamic = readelf("-d", file)
    assert "GNU_RELRO" in dict(segments(file))
    assert re.search(r"FLAGS.*BIND_NOW", dynamic) and re.search(r"FLAGS_1.*NOW", dynamic)


def test_libraries_are_found_where_the_system_has_them(file):
    assert not re.search(r"RPATH|RUNPATH", readelf("-d", file))


@pytest.mark.parametrize("symbol", ["__stack_chk_fail", "__memcpy_chk", "__snprintf_chk"])
def test_copies_and_stacks_are_checked(file, symbol):
    if symbol == "__memcpy_chk" and f" {symbol}@" not in readelf("--dyn-syms", file):
        assert re.search(r" __\w+_chk@", readelf("--dyn-syms", file))  # all sizes were known
        return
    assert f" {symbol}@" in readelf("--dyn-syms", file)


def disassembled(file):
    return subprocess.run(["objdump", "-d", "--no-show-raw-insn", file], check=True,
                          capture_output=True, text=True).stdout


@ON_X86
def test_jumps_land_where_functions_begin(file):
    """The linker marks the file only where the C library's own objects are so too, which Debian
    12's are not: the code is ready for it."""
    assert disassembled(file).count("endbr64") > 500


@ON_X86
def test_large_stacks_are_touched_page_by_page(file):
    """So that none leaps over its guard: the prologue's probe is a no-op `or`."""
    assert re.search(r"orq? +\$0x0,(0x\w+)?\(%rsp\)", disassembled(file))
