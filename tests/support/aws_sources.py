"""Every place whose keys expire: each sets itself up on a site, and can break and mend."""
import json
import sys

from aws_servers import Container, Imds, Keys, Sts, with_token
from aws_site import ROLE, base_profile, ini, write_at_once


class Source:
    """Where keys come from. `keys` hands them out; `environment` makes the daemon look there."""

    def __init__(self, site, serving, authority, folder, lifetime_s=3600):
        self.environment = {}
        self.keys = Keys(type(self).__name__.lower(), lifetime_s)
        site.secrets.append(self.keys)
        self.set_up(site, serving, authority, folder)


class FromImds(Source):
    v1 = False

    def set_up(self, site, serving, authority, folder):
        self.server = serving(Imds(self.keys, self.v1))
        site.secrets.append(self.server)
        self.environment = {"AWS_EC2_METADATA_DISABLED": "false",
                            "AWS_EC2_METADATA_SERVICE_ENDPOINT": self.server.url}
        self.server.token_status = 403 if self.v1 else 200

    def break_off(self, fault):
        self.server.fault = fault

    def mend(self):
        self.server.fault = None

    def halve(self):
        self.server.body = json.dumps(with_token(self.keys.issue()))[:60].encode()


class FromImdsV1(FromImds):
    v1 = True


class FromContainer(Source):
    def set_up(self, site, serving, authority, folder):
        self.server = serving(Container(self.keys, "container-token"))
        site.secrets.append(self.server)
        self.environment = {"AWS_CONTAINER_CREDENTIALS_FULL_URI": self.server.url,
                            "AWS_CONTAINER_AUTHORIZATION_TOKEN": "container-token"}

    break_off = FromImds.break_off
    mend = FromImds.mend
    halve = FromImds.halve


class FromRole(Source):
    action = "AssumeRole"

    def set_up(self, site, serving, authority, folder):
        self.server = serving(Sts(authority, self.keys, [base_profile(site)]))
        site.config(ini("default", role_arn=ROLE + "app", source_profile="base"))
        self.environment = {"AWS_ENDPOINT_URL_STS": self.server.url,
                            "AWS_CA_BUNDLE": str(authority.file)}

    break_off = FromImds.break_off
    mend = FromImds.mend

    def halve(self):
        self.server.body = f"<{self.action}Response><{self.action}Result><Credentials>"


class FromWebIdentity(FromRole):
    action = "AssumeRoleWithWebIdentity"

    def set_up(self, site, serving, authority, folder):
        self.server = serving(Sts(authority, self.keys))
        site.secrets.append(self.server)
        self.file = folder / "web-identity-token"
        self.rotate("first.web.token")
        self.environment = {"AWS_ENDPOINT_URL_STS": self.server.url,
                            "AWS_CA_BUNDLE": str(authority.file),
                            "AWS_ROLE_ARN": ROLE + "pod",
                            "AWS_WEB_IDENTITY_TOKEN_FILE": str(self.file)}

    def rotate(self, token):
        self.server.web_identity_token = token
        write_at_once(self.file, token)


class FromProcess(Source):
    """A program that asks a container's endpoint, so that it can be broken and counted."""

    def set_up(self, site, serving, authority, folder):
        self.server = serving(Container(self.keys))
        program = folder / "credential process"
        program.write_text(
            f"#!{sys.executable}\nimport json, sys, urllib.request\n"
            f"text = urllib.request.urlopen('{self.server.url}').read().decode()\n"
            "assert sys.argv[1:] == ['two words', '$HOME'], sys.argv\n"
            "text = text.replace('\"Token\"', '\"SessionToken\"')\n"
            "print(text.replace('{', '{\"Version\": 1, ', 1))\n")
        program.chmod(0o755)
        site.config(ini("default", credential_process=f"'{program}' 'two words' $HOME"))

    break_off = FromImds.break_off
    mend = FromImds.mend
    halve = FromImds.halve


EXPIRING = [FromImds, FromImdsV1, FromContainer, FromRole, FromWebIdentity, FromProcess]
INSTANCES = [FromImds, FromImdsV1]
