"""Endpoints: botocore's own evaluation of DynamoDB's rule set says the same, for all of its
regions, in every combination of flags."""
import copy
import itertools
import os
import subprocess

import botocore.session
import pytest
from botocore.endpoint_provider import EndpointProvider
from botocore.exceptions import EndpointProviderError

TOOL = os.path.join(os.environ["DYNAMOD_BUILD"], "tests", "endpoint_tool")
HOST = "https://example.com:8443"

# What the SDKs' later partitions.json says, where this botocore is older.
LATER = {
    "aws-iso": {"supportsDualStack": True, "dualStackDnsSuffix": "api.aws.ic.gov"},
    "aws-iso-b": {"supportsDualStack": True, "dualStackDnsSuffix": "api.aws.scloud"},
}
ODD = ["local", "eu-south-9", "us-gov-central-7", "us-gov-west", "us-gov-a-b-1", "us-gov--1",
       "cn-1", "cn-x-1x", "us-iso-far-12", "us-isob-far-3", "us-isox-far-3", "xx-new-1", "a"]


@pytest.fixture(scope="module")
def rules():
    loader = botocore.session.get_session().get_component("data_loader")
    ruleset = loader.load_service_model("dynamodb", "endpoint-rule-set-1")
    partitions = copy.deepcopy(loader.load_data("partitions"))
    for partition in partitions["partitions"]:
        partition["outputs"].update(LATER.get(partition["id"], {}))
    return EndpointProvider(ruleset, partitions), partitions


def judge(provider, region, fips, dualstack, host):
    """"URL REGION", or None where the rules refuse."""
    parameters = {"Region": region, "UseFIPS": bool(fips), "UseDualStack": bool(dualstack)}
    if host:
        parameters["Endpoint"] = host
    try:
        endpoint = provider.resolve_endpoint(**parameters)
    except EndpointProviderError:
        return None
    [scheme] = endpoint.properties.get("authSchemes", [{}])
    return f"{endpoint.url}/ {scheme.get('signingRegion', region)}"


def ask(questions):
    lines = "".join(" ".join(map(str, question)).rstrip() + "\n" for question in questions)
    none = {"AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null"}
    ended = subprocess.run([TOOL], input=lines, env=none, stdout=subprocess.PIPE, check=True,
                           text=True, timeout=120)
    return ended.stdout.splitlines()


def test_every_region_and_flag_leads_where_the_rule_set_leads(rules):
    provider, partitions = rules
    regions = [region for partition in partitions["partitions"] for region in partition["regions"]]
    questions = list(itertools.product(regions + ODD, [0, 1], [0, 1], ["", HOST]))
    assert len(questions) > 300
    for question, answer in zip(questions, ask(questions), strict=True):
        expected = judge(provider, *question)
        if expected is None:
            assert answer.startswith("error: "), question
        else:
            assert answer == expected, question
