"""The configuration files that are shipped as examples are accepted as they are."""
import pathlib
import shutil
import subprocess

ETC = pathlib.Path(__file__).resolve().parents[2] / "etc"


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
