"""The examples do what they say: configuration files are accepted as they are, and the program
that lists pages lists them."""
import pathlib
import re
import shutil
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
ETC = ROOT / "etc"
SHOP = '''
dynamodb = { host = "sqlite::memory:"; };
models = { orders = { hash_key = "customer"; range_key = "at"; seed = "orders.jsonl";
                      attributes = { customer = "S"; at = "N"; }; }; };
'''


def test_the_example_files_pass_the_check(binary, tmp_path):
    (tmp_path / "apps.d").mkdir()
    shutil.copy(ETC / "dynamod.conf.example", tmp_path / "dynamod.conf")
    shutil.copy(ETC / "app.conf.example", tmp_path / "apps.d/todo.conf")
    done = subprocess.run([binary, "-t", "-c", tmp_path / "dynamod.conf"], text=True,
                          capture_output=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout + done.stderr == f"{tmp_path}/dynamod.conf: ok\n"


def test_the_minimal_configuration_passes_the_check(binary, tmp_path):
    (tmp_path / "apps.d").mkdir()
    shutil.copy(ETC / "dynamod.conf", tmp_path / "dynamod.conf")
    shutil.copy(ETC / "demo/apps.d/demo.conf", tmp_path / "apps.d/demo.conf")
    done = subprocess.run([binary, "-t", "-c", tmp_path / "dynamod.conf"], text=True,
                          capture_output=True)
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def query_program(binary, tmp_path_factory):
    """The example, linked with the library under test and its sanitizers."""
    build = binary.parent
    sanitizers = re.search("^SANITIZE:STRING=(.*)$", (build / "CMakeCache.txt").read_text(), re.M)
    flags = [f"-fsanitize={sanitizers[1]}"] if sanitizers and sanitizers[1] else []
    program = tmp_path_factory.mktemp("query") / "query"
    subprocess.run(["cc", "-std=c11", "-Wall", "-Wextra", "-Werror", *flags,
                    f"-I{ROOT}/lib/include", ETC / "examples/query.c", build / "libdynamod.so",
                    f"-Wl,-rpath,{build}", "-o", program], check=True)
    return program


@pytest.fixture
def shop(tmp_path):
    items = "".join(f'{{"customer":"c1","at":{at},"total":{at * 10}}}\n' for at in range(1, 6))
    (tmp_path / "orders.jsonl").write_text(items)
    (tmp_path / "shop.conf").write_text(SHOP)
    return tmp_path / "shop.conf"


def test_the_query_example_lists_counts_and_finds(query_program, shop):
    done = subprocess.run([query_program, shop, "orders", "c1", "total", "gt.10"], text=True,
                          capture_output=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout == '''\
page: [{"customer":"c1","at":2,"total":20}]
page: [{"customer":"c1","at":3,"total":30},{"customer":"c1","at":4,"total":40}]
page: [{"customer":"c1","at":5,"total":50}]
count: 4
last: {"customer":"c1","at":5,"total":50}
'''


def test_the_query_example_says_what_is_wrong(query_program, shop):
    done = subprocess.run([query_program, shop, "orders", "c1", "customer", "eq.c1"], text=True,
                          capture_output=True)
    assert done.returncode == 1
    assert done.stderr.startswith('invalid-filter: filter "customer": ')
