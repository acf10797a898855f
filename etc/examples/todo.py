"""A todo from Python: read, changed, and one that is not there. Needs nothing else."""
import json
import os
import urllib.error
import urllib.request

MODELS = os.environ.get("MODELS_URL", "http://localhost:8080/models")


def ask(method, path, body=None):
    data = None if body is None else json.dumps(body).encode()
    fields = {"Content-Type": "application/json", "Prefer": "return=representation"}
    request = urllib.request.Request(MODELS + path, data, fields, method=method)
    with urllib.request.urlopen(request, timeout=15) as reply:
        return json.load(reply)


print(ask("GET", "/todo/1")["name"])
print("done:", json.dumps(ask("PATCH", "/todo/1", {"done": True})["done"]))
try:
    ask("GET", "/todo/4")
except urllib.error.HTTPError as problem:
    print(json.load(problem)["detail"])
