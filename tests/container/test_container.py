"""The image is built from the Dockerfile and run as engines run it; the examples that use it
are sound."""
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import time

import pytest
import yaml

from container import BASE, Buildah, Container, copy_of_the_source
from debian import ROOT, need_root

BINARY = pathlib.Path(os.environ["DYNAMOD_BUILD"]) / "dynamod"
EXAMPLES = ROOT / "etc/examples"
APP = '''dynamodb = { host = "sqlite:/var/lib/dynamod/todo.db"; };
models = { todo = { hash_key = "id"; attributes = { id = "S"; }; allow = [ "read", "write" ]; }; };
'''
MODEL = "http://127.0.0.1:8080/models/todo"


@pytest.fixture(scope="module")
def buildah(tmp_path_factory, figures):
    need_root("container")
    folder = tmp_path_factory.mktemp("buildah")
    built = Buildah(folder)
    began = time.monotonic()
    try:
        built.make_base()
        built.build("dynamod", copy_of_the_source(folder / "source"))
        added = built.size("dynamod") - built.size(BASE)
        figures["the container image"] = [
            f"made in {time.monotonic() - began:.0f} s; {added:.0f} MB on top of Debian"]
        yield built
    finally:
        built.remove()


@pytest.fixture(scope="module")
def settings(buildah):
    return json.loads(buildah.run("inspect", "--type=image", "dynamod"))["Docker"]["config"]


@pytest.fixture(scope="module")
def root(buildah):
    """The image's files."""
    return pathlib.Path(buildah.run("mount", buildah.run("from", "--pull-never", "dynamod")))


@pytest.fixture
def apps(tmp_path):
    """What is mounted on apps.d, for whoever the image's user is."""
    (tmp_path / "todo.conf").write_text(APP)
    tmp_path.chmod(0o755)
    return tmp_path


@pytest.fixture
def running(root, settings, apps):
    container = Container(root, settings, apps)
    yield container
    container.kill()


@pytest.fixture
def healthy(running):
    return running.wait_healthy()


def status_of(pid):
    lines = pathlib.Path(f"/proc/{pid}/status").read_text().splitlines()
    return dict(line.split(":\t", 1) for line in lines)


def test_the_compiler_stayed_behind(root):
    assert (root / "usr/sbin/dynamod").is_file()
    left = [name for name in ("usr/bin/cc", "usr/bin/make", "src", "usr/include/dynamod.h")
            if (root / name).exists()]
    assert left == [] and not any((root / "var/lib/apt/lists").iterdir())


def test_it_serves_without_privileges_on_a_root_that_is_read_only(healthy):
    status = status_of(healthy.pid)
    assert status["NSpid"].split()[-1] == "1"
    assert set(status["Uid"].split()) == {"10001"}
    assert int(status["CapEff"], 16) == int(status["CapBnd"], 16) == 0
    assert "Read-only" in healthy.run("touch", "/etc/new").stderr

    asked = ["curl", "-sS", "--max-time", "30"]
    made = healthy.run(*asked, "--json", '{"id":"1"}', MODEL, inside=False)
    assert made.returncode == 0, made.stderr
    assert healthy.run(*asked, f"{MODEL}/1", inside=False).stdout == '{"id":"1"}\n'


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_to_process_1_ends_it_well(healthy, how):
    assert healthy.stop(how) == 0


def test_it_is_not_healthy_when_it_hangs(healthy):
    os.kill(healthy.pid, signal.SIGSTOP)
    assert not healthy.is_healthy()
    os.kill(healthy.pid, signal.SIGCONT)
    healthy.wait_healthy()


def test_a_configuration_that_is_wrong_ends_it_at_once(root, settings, apps):
    (apps / "todo.conf").write_text("nonsense = 1;")
    container = Container(root, settings, apps)
    assert container.process.wait(60) == 1
    assert "/etc/dynamod/apps.d/todo.conf:1: nonsense: expected " in container.process.stdout.read()


# --- the examples ---

def test_docker_compose_accepts_the_example():
    path = EXAMPLES / "docker-compose.yml"
    done = subprocess.run(["docker-compose", "-f", path, "config"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    service = yaml.safe_load(path.read_text())["services"]["dynamod"]
    published = {port.rpartition(":")[2] for port in service["ports"]}
    [exposed] = re.findall("^EXPOSE (.*)", (ROOT / "Dockerfile").read_text(), re.M)
    assert published == set(exposed.split())


@pytest.fixture
def objects():
    return list(yaml.safe_load_all((EXAMPLES / "kubernetes-sidecar.yaml").read_text()))


def judged(objects):
    modules = subprocess.run([ROOT / "tests/setup/node-modules"], capture_output=True, text=True,
                             check=True, stdin=subprocess.DEVNULL).stdout.strip()
    return subprocess.run(["node", ROOT / "tests/container/kubernetes.js", modules],
                          input=json.dumps(objects), capture_output=True, text=True,
                          check=True).stdout.strip()


def test_kubernetes_accepts_the_example(objects):
    assert judged(objects) == ""


def test_the_judge_of_kubernetes_sees_mistakes(objects):
    dynamod = objects[-1]["spec"]["template"]["spec"]["containers"][1]
    dynamod["livenessProb"] = dynamod.pop("livenessProbe")
    assert "livenessProb is unknown" in judged(objects)
    dynamod["ports"][0]["containerPort"] = "http"
    assert "containerPort must be integer" in judged(objects)


def assert_accepted(folder):
    done = subprocess.run([BINARY, "--test", "--config", folder / "dynamod.conf"],
                          capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_the_configuration_of_the_sidecar_is_accepted(objects, tmp_path):
    files = objects[0]["data"]
    (tmp_path / "apps.d").mkdir()
    [volume] = objects[-1]["spec"]["template"]["spec"]["volumes"]
    for item in volume["configMap"]["items"]:
        (tmp_path / item["path"]).write_text(files[item["key"]])
    assert_accepted(tmp_path)


def test_the_configuration_of_the_image_is_accepted(tmp_path):
    (tmp_path / "apps.d").mkdir()
    (tmp_path / "apps.d/todo.conf").write_text(APP.replace("/var/lib/dynamod/", ""))
    shutil.copy(ROOT / "etc/container/dynamod.conf", tmp_path)
    assert_accepted(tmp_path)
