"""store_tool (support/store_tool.c) on a store that is DynamoDB, each operation timed."""
import json
import os
import pathlib
import subprocess
import time

import apps


class StoreProcess:
    def __init__(self, url):
        tool = pathlib.Path(os.environ["DYNAMOD_BUILD"]) / "tests" / "store_tool"
        self._process = subprocess.Popen([tool, url], stdin=subprocess.PIPE,
                                         stdout=subprocess.PIPE)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._process.stdin.close()
        self._process.stdout.close()
        assert self._process.wait(60) == 0

    def run(self, operation):
        """(answer, seconds)"""
        begin = time.monotonic()
        self._process.stdin.write(json.dumps(operation).encode() + b"\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline()), time.monotonic() - begin
