"""Apps as the tests configure them (daemon.libconfig makes files of these dicts)."""

KEY, SECRET = "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"

# Key schema in full: no DescribeTable is needed.
TASK = {"hash_key": "id", "attributes": {"id": "S"}}


def connection(url, **settings):
    """A `dynamodb` group for a fake upstream: one try, unless the test says otherwise."""
    return {"region": "eu-west-1", "host": url, "aws_access_key_id": KEY,
            "aws_secret_access_key": SECRET, "max_retry_attempts": 0, "base_backoff_ms": 1,
            **settings}


def todo_app(url, **settings):
    """An app with the one model todo; each get is a request, unless the test says otherwise."""
    return {"dynamodb": connection(url, **{"batch_width": 0, **settings}),
            "models": {"todo": TASK}}


def embedded_app(host, **task):
    """The same on the embedded store."""
    return {"dynamodb": {"host": host}, "models": {"todo": {**TASK, **task}}}
