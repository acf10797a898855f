"""Every credential provider through the real daemon: chosen, refreshed, failing, mended. The
keys are seen in the signatures that arrive at the upstream."""
import calendar
import concurrent.futures
import json
import os
import select
import time

import pytest

from aws_site import (LONG_S, ROLE, base_profile, container, imds, in_environment, ini, ini_keys,
                      static, sts, write_at_once)
from aws_servers import text_reply
from aws_sources import (EXPIRING, INSTANCES, FromContainer, FromImds, FromProcess, FromRole,
                         FromWebIdentity)
from upstream import Close, Reset

SOON_S = 4  # how long credentials live that are to be refreshed within a test


@pytest.fixture
def source(request, site, serving, authority, tmp_path):
    kind, lifetime_s = request.param
    made = kind(site, serving, authority, tmp_path, lifetime_s)
    site.start(made.environment)
    return made


def sources(kinds=EXPIRING, lifetime_s=3600):
    return pytest.mark.parametrize("source", [(kind, lifetime_s) for kind in kinds], indirect=True,
                                   ids=[kind.__name__ for kind in kinds])


@sources()
def test_keys_are_found_once_and_used_for_all(site, source):
    for _ in range(3):
        site.assert_uses(source.keys)
    assert len(source.keys.issued) == 1


@sources(lifetime_s=SOON_S)
def test_keys_are_refreshed_before_they_expire_and_no_request_suffers(site, source):
    first = site.key_id()
    site.wait_until(lambda: site.key_id() != first)
    assert site.key_id() == source.keys.issued[1]["AccessKeyId"]


def refuses(_):
    return text_reply("no", 400)


def resets(_):
    raise Reset


def closes_half_way(_):
    raise Close(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{\"AccessKeyId\": \"ASIA")


def garbles(_):
    return b"\0\1\2 garbage \xff\r\n\r\n"


def is_huge(_):
    return text_reply("{" + " " * 200000 + "}")


@pytest.mark.parametrize("fault", [refuses, resets, closes_half_way, garbles, is_huge])
@sources([FromImds, FromContainer, FromRole])
def test_a_failing_service_gives_503_and_needs_no_restart_once_it_is_mended(site, source, fault):
    source.break_off(fault)
    site.assert_refused()
    source.mend()
    site.wait_until_good()
    site.assert_uses(source.keys)


@sources()
def test_half_an_answer_is_not_used(site, source):
    source.halve()
    site.assert_refused()
    source.server.body = None
    site.wait_until_good()
    site.assert_uses(source.keys)


@sources(lifetime_s=SOON_S)
def test_a_refresh_that_fails_is_tolerated_while_the_keys_are_valid(site, source):
    first = site.key_id()
    source.break_off(refuses)
    before = len(source.server.requests)
    site.wait_until(lambda: len(source.server.requests) > before)
    assert site.key_id() == first


def wait_for_expiry(keys):
    end = calendar.timegm(time.strptime(keys["Expiration"], "%Y-%m-%dT%H:%M:%SZ"))
    while time.time() <= end:
        time.sleep(end - time.time() + 0.01)


@sources([kind for kind in EXPIRING if kind not in INSTANCES], lifetime_s=SOON_S)
def test_expired_keys_are_not_used(site, source):
    site.signed_with()
    source.break_off(refuses)
    wait_for_expiry(source.keys.issued[-1])
    site.assert_refused()
    source.mend()
    site.wait_until_good()
    site.assert_uses(source.keys)


@sources(INSTANCES, lifetime_s=SOON_S)
def test_an_instances_expired_keys_are_used_on_while_its_service_is_down(site, source):
    first = site.key_id()
    source.break_off(resets)
    wait_for_expiry(source.keys.issued[-1])
    for _ in range(3):
        assert site.key_id() == first


# --- one by one -------------------------------------------------------------------------------


def test_imds_is_asked_in_version_2_with_a_token(site, serving):
    server, environment = imds(site, serving)
    site.start(environment)
    site.assert_uses(server.keys)
    assert [(request.method, request.path) for request in server.requests] == [
        ("PUT", server.TOKEN_PATH), ("GET", server.ROLES_PATH),
        ("GET", server.ROLES_PATH + "instance-role")]


def test_imds_of_version_1_alone_may_be_forbidden(site, serving):
    server, environment = imds(site, serving, v1=True)
    server.token_status = 404
    site.start({**environment, "AWS_EC2_METADATA_V1_DISABLED": "true"})
    site.assert_refused("imds")
    assert len(server.requests) == 1


def test_imds_says_why_a_role_cannot_be_had(site, serving):
    server, environment = imds(site, serving)
    server.body = json.dumps({"Code": "AssumeRoleUnauthorizedAccess", "Message": "not trusted",
                              "LastUpdated": "2024-01-01T00:00:00Z"}).encode()
    site.start(environment)
    site.assert_refused("imds", "AssumeRoleUnauthorizedAccess")


def test_the_containers_token_file_is_read_anew(site, serving, tmp_path):
    server, environment = container(site, serving, "pod-token-1")
    server.keys.lifetime_s = SOON_S
    file = tmp_path / "pod-token"
    write_at_once(file, "pod-token-1")
    site.secrets.append(["pod-token-1", "pod-token-2"])
    site.start({**environment, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": str(file)})
    site.signed_with()
    server.token = "pod-token-2"
    write_at_once(file, "pod-token-2")
    site.wait_until(lambda: len(server.keys.issued) > 1)
    assert server.requests[-1].header("Authorization") == "pod-token-2"


@pytest.mark.parametrize("url", ["http://192.0.2.1/", "http://169.254.169.254/latest",
                                 "http://3221225985/x", "http://[2001:db8::1]/"])
def test_a_container_endpoint_elsewhere_is_not_asked(site, url):
    site.start({"AWS_CONTAINER_CREDENTIALS_FULL_URI": url,
                "AWS_CONTAINER_AUTHORIZATION_TOKEN": "the-container-token"})
    site.secrets.append(["the-container-token"])
    site.assert_refused("container", "not allowed")


def test_a_container_token_that_would_be_a_header_more_is_not_sent(site, serving, tmp_path):
    server, environment = container(site, serving, "the-right-token")
    write_at_once(tmp_path / "token", "secret-token\r\nX-More: 1")
    site.secrets.append(["secret-token"])
    site.start({**environment, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": str(tmp_path / "token")})
    site.assert_refused("container")
    assert server.requests == []


def test_a_role_is_assumed_as_its_profile_says(site, serving, authority):
    base = base_profile(site)
    server, environment = sts(site, serving, authority, [base])
    site.config(ini("default", role_arn=ROLE + "app", source_profile="base",
                    external_id="ext=1&2", role_session_name="the-session",
                    duration_seconds=1234))
    site.start(environment)
    site.assert_uses(server.keys)
    assert server.calls == [{
        "Action": "AssumeRole", "Version": "2011-06-15", "RoleArn": ROLE + "app",
        "RoleSessionName": "the-session", "ExternalId": "ext=1&2", "DurationSeconds": "1234",
        "signer": base["AccessKeyId"]}]


def test_a_chain_of_three_roles_is_assumed_one_by_one(site, serving, authority):
    base = base_profile(site)
    server, environment = sts(site, serving, authority, [base])
    site.config(ini("default", role_arn=ROLE + "third", source_profile="second") +
                ini("profile second", role_arn=ROLE + "second", source_profile="first") +
                ini("profile first", role_arn=ROLE + "first", source_profile="base"))
    site.start(environment)
    site.get()
    issued = server.keys.issued
    assert [(call["RoleArn"], call["signer"]) for call in server.calls] == [
        (ROLE + "first", base["AccessKeyId"]), (ROLE + "second", issued[0]["AccessKeyId"]),
        (ROLE + "third", issued[1]["AccessKeyId"])]
    site.assert_uses(issued[2])


def test_a_loop_of_source_profiles_is_refused(site, serving, authority):
    server, environment = sts(site, serving, authority)
    site.config(ini("default", role_arn=ROLE + "a", source_profile="b") +
                ini("profile b", role_arn=ROLE + "b", source_profile="default"))
    site.start(environment)
    site.assert_refused()
    assert server.requests == []


@pytest.mark.parametrize("place, set_up", [
    ("Environment", None), ("EcsContainer", container), ("Ec2InstanceMetadata", imds)])
def test_a_role_may_start_from_a_credential_source(site, serving, authority, place, set_up):
    keys = static(site, "environment")
    start_from, known = in_environment(keys), [keys]
    if set_up:
        from_server, start_from = set_up(site, serving)
        known = [from_server.keys]
    server, environment = sts(site, serving, authority, known)
    site.config(ini("profile app", role_arn=ROLE + "app", credential_source=place))
    site.start({**environment, **start_from, "AWS_PROFILE": "app"})
    site.assert_uses(server.keys)


def test_sts_that_denies_is_told_of_by_its_code(site, serving, authority):
    base = base_profile(site)
    server, environment = sts(site, serving, authority, [base])
    server.fault = lambda _: server.denial("AccessDenied")
    site.config(ini("default", role_arn=ROLE + "app", source_profile="base"))
    site.start(environment)
    site.assert_refused("AccessDenied")


def test_sts_whose_certificate_is_not_trusted_is_not_asked(site, serving, authority):
    base = base_profile(site)
    server, environment = sts(site, serving, authority, [base])
    del environment["AWS_CA_BUNDLE"]
    site.config(ini("default", role_arn=ROLE + "app", source_profile="base"))
    site.start(environment)
    site.assert_refused("certificate")
    assert server.requests == []


@sources([FromWebIdentity], lifetime_s=SOON_S)
def test_a_rotated_web_identity_token_is_seen(site, source):
    first = site.key_id()
    source.rotate("second.web.token")
    site.secrets.append(["first.web.token"])
    site.wait_until(lambda: site.key_id() != first)
    assert source.server.calls[-1]["WebIdentityToken"] == "second.web.token"


def test_a_profile_that_is_nowhere_is_a_failure(site):
    site.start({**in_environment(static(site, "environment")), "AWS_PROFILE": "nowhere"})
    site.assert_refused()


def test_changed_shared_files_are_seen(site):
    first, second = static(site, "first"), static(site, "second")
    site.credentials(ini("default", **ini_keys(first)))
    site.start()
    site.assert_uses(first)
    site.credentials(ini("default", **ini_keys(second)))
    site.wait_until(lambda: site.key_id() == second["AccessKeyId"])
    site.assert_uses(second)


def test_a_half_written_credentials_file_does_no_harm(site):
    first, second = static(site, "first"), static(site, "second")
    site.credentials(ini("default", **ini_keys(first)))
    site.start()
    site.assert_uses(first)
    path, whole = site.home / ".aws/credentials", ini("default", **ini_keys(second))
    path.write_text(whole[:whole.index("aws_secret_access_key") + 12])
    for _ in range(5):
        assert site.key_id() == first["AccessKeyId"]
    path.write_text(whole)
    site.wait_until(lambda: site.key_id() == second["AccessKeyId"])


# --- credential_process -----------------------------------------------------------------------


def program(site, tmp_path, text):
    path = tmp_path / "program"
    path.write_text("#!/bin/sh\n" + text)
    path.chmod(0o755)
    site.config(ini("default", credential_process=path))


@pytest.mark.parametrize("text, words", [
    ("echo the-stderr-secret >&2; exit 3", ["status 3"]),
    ("kill -9 $$", ["signal 9"]),
    ("echo the-stdout-secret", ["JSON"]),
    ("echo '{\"Version\": 2}'", ["Version 1"]),
    ("exec yes the-stdout-secret", ["more than 65536 bytes"]),
    ("exit 0", ["JSON"]),
])
def test_a_process_that_fails_is_told_of_without_its_words(site, tmp_path, text, words):
    site.secrets.append(["the-stdout-secret", "the-stderr-secret"])
    program(site, tmp_path, text)
    site.start()
    site.assert_refused("credential_process", *words)


def test_processes_run_beside_many_threads(site, serving, authority, tmp_path, each_binary):
    source = FromProcess(site, serving, authority, tmp_path, SOON_S)
    site.start(source.environment, use=each_binary, threads=4)
    deadline = time.monotonic() + LONG_S
    with concurrent.futures.ThreadPoolExecutor(16) as clients:
        while len(source.keys.issued) < 3:
            assert time.monotonic() < deadline, site.daemon.log
            answers = clients.map(lambda _: site.get().status, range(32))
            assert set(answers) == {200}


def test_a_process_is_waited_for_though_our_parent_ignored_its_children(
        site, serving, authority, tmp_path, binary):
    source = FromProcess(site, serving, authority, tmp_path)
    wrapper = tmp_path / "wrapper"
    wrapper.write_text(f"#!/bin/sh\nexec env --ignore-signal=CHLD {binary} \"$@\"\n")
    wrapper.chmod(0o755)
    site.start(source.environment, use=wrapper)
    site.assert_uses(source.keys)


def test_a_process_that_hangs_holds_no_request_past_its_deadline_and_dies_with_us(site, tmp_path):
    pids = tmp_path / "pids"
    os.mkfifo(pids)
    program(site, tmp_path, f"sleep 1000 &\necho $$ $! >{pids}\nwait\n")
    site.start(request_timeout_seconds=1)
    site.get().assert_problem(504, "timeout")
    running = [os.pidfd_open(int(pid)) for pid in pids.read_text().split()]
    assert len(running) == 2 and not select.select(running, [], [], 0)[0]
    site.daemon.stop()
    for process in running:
        assert select.select([process], [], [], LONG_S)[0], "it has not ended"
        os.close(process)
    assert site.upstream.requests == []
