"""The order of the credential providers: botocore finds the same in the same place."""
import os
import random
import subprocess

import pytest

from aws_servers import process_document
from aws_site import (LONG_S, NO_IMDS, REGION, ROLE, container, imds, in_environment, ini, ini_keys,
                      static, sts, write_at_once)

# botocore of Debian 12 knows no AWS_ENDPOINT_URL_STS.
JUDGE = """
import os, sys
import botocore.session

class Session(botocore.session.Session):
    def create_client(self, name, **options):
        return super().create_client(name, **{
            **options, "endpoint_url": os.environ["AWS_ENDPOINT_URL_STS"]})

found = Session(profile=sys.argv[1] or None).get_credentials()
print(found.get_frozen_credentials().access_key if found else "none")
"""

PLACES = ["environment", "role", "web identity", "credentials file", "process", "config file",
          "container", "imds"]


def furnish(site, serving, authority, tmp_path, places, profile):
    """Sets up those places, each with keys that name it; the environment."""
    base = static(site, "base")
    sts_server, environment = sts(site, serving, authority, [base])
    sts_server.web_identity_token = "web.token"
    write_at_once(tmp_path / "web-token", "web.token")
    config, credentials = {}, {}
    for place in places:
        if place == "environment":
            environment.update(in_environment(static(site, "environment")))
        if place == "role":
            config.update(role_arn=ROLE + "role", source_profile="base")
        if place == "web identity":
            environment.update(AWS_WEB_IDENTITY_TOKEN_FILE=str(tmp_path / "web-token"),
                               AWS_ROLE_ARN=ROLE + "web")
        if place == "credentials file":
            credentials = ini_keys(static(site, "credentials"))
        if place == "process":
            document = tmp_path / "process.json"
            document.write_text(process_document(static(site, "process")))
            config.update(credential_process=f"cat {document}")
        if place == "config file":
            config.update(ini_keys(static(site, "config")))
        if place in ("container", "imds"):
            environment.update({"container": container, "imds": imds}[place](site, serving)[1])
    header = profile or "default"
    site.config(ini(f"profile {header}", region=REGION, **config))
    site.credentials(ini(header, **credentials) + ini("base", **ini_keys(base)))
    return sts_server, {**({"AWS_PROFILE": profile} if profile else {}), **environment}


def judged(site, environment, profile):
    answer = subprocess.run(
        ["/usr/bin/python3", "-c", JUDGE, profile], text=True, capture_output=True, timeout=LONG_S,
        env={"PATH": os.environ["PATH"], "HOME": str(site.home), "AWS_DEFAULT_REGION": REGION,
             **NO_IMDS, **environment})
    assert answer.returncode == 0, answer.stderr
    return answer.stdout.strip()


def subsets():
    """From each place on to the last, and some at random."""
    rng = random.Random(6)
    yield from (PLACES[first:] for first in range(len(PLACES)))
    yield from ([place for place in PLACES if rng.random() < 0.4] for _ in range(8))


def winner(key_id, sts_server):
    """The place that a key names; of STS, also how it was asked."""
    name = key_id.rstrip("0123456789")
    return (name, sts_server.calls[-1]["Action"]) if name == "ASIASTS" else name


@pytest.mark.parametrize("places", subsets(), ids=lambda places: "+".join(
    place.replace(" ", "-") for place in places))
def test_the_order_is_botocores(site, serving, authority, tmp_path, places):
    sts_server, environment = furnish(site, serving, authority, tmp_path, places, "")
    expected = winner(judged(site, environment, ""), sts_server)
    site.start(environment)
    if expected == "none":
        site.assert_refused()
    else:
        assert winner(site.key_id(), sts_server) == expected


PROFILE_PLACES = ["role", "credentials file", "process", "config file"]


@pytest.mark.parametrize("first", range(len(PROFILE_PLACES)))
def test_a_named_profile_goes_before_the_environment_as_in_botocore(
        site, serving, authority, tmp_path, first):
    places = [*PROFILE_PLACES[first:], "environment", "container", "imds"]
    sts_server, environment = furnish(site, serving, authority, tmp_path, places, "work")
    expected = winner(judged(site, environment, "work"), sts_server)
    site.start(environment)
    assert winner(site.key_id(), sts_server) == expected
