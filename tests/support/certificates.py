"""A certificate authority of the test's own, and certificates of any kind from it."""
import dataclasses
import datetime
import ipaddress
import pathlib

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

DAY = datetime.timedelta(days=1)
SERVER = ExtendedKeyUsageOID.SERVER_AUTH
CLIENT = ExtendedKeyUsageOID.CLIENT_AUTH
KEYS = {
    "ec": lambda: ec.generate_private_key(ec.SECP256R1()),
    "rsa": lambda: rsa.generate_private_key(65537, 2048),
    "ed25519": ed25519.Ed25519PrivateKey.generate,
}
SANS = {
    "DNS": x509.DNSName,
    "URI": x509.UniformResourceIdentifier,
    "EMAIL": x509.RFC822Name,
    "IP": lambda text: x509.IPAddress(ipaddress.ip_address(text)),
}


@dataclasses.dataclass
class Pair:
    certificate: pathlib.Path
    key: pathlib.Path


def name_of(subject):
    """"O=Acme,CN=web", as the certificate has them."""
    oids = {"CN": NameOID.COMMON_NAME, "O": NameOID.ORGANIZATION_NAME}
    return x509.Name([x509.NameAttribute(oids[kind], value) for kind, value in
                      (part.split("=", 1) for part in subject.split(",") if part)])


def write_key(path, key, password=None):
    way = (serialization.BestAvailableEncryption(password) if password
           else serialization.NoEncryption())
    path.write_bytes(key.private_bytes(serialization.Encoding.PEM,
                                       serialization.PrivateFormat.PKCS8, way))
    path.chmod(0o600)


class Certificates:
    def __init__(self, folder, name="Test authority"):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(exist_ok=True)
        self.name, self.key = name_of(f"CN={name}"), KEYS["ec"]()
        self.file = self.folder / "ca.pem"
        made = (self._builder(self.name, self.key, -DAY, 2 * DAY)
                .add_extension(x509.BasicConstraints(True, None), True)
                .sign(self.key, hashes.SHA256()))
        self.file.write_bytes(made.public_bytes(serialization.Encoding.PEM))

    def _builder(self, subject, key, begin, end):
        now = datetime.datetime.utcnow()
        return (x509.CertificateBuilder().subject_name(subject).issuer_name(self.name)
                .public_key(key.public_key()).serial_number(x509.random_serial_number())
                .not_valid_before(now + begin).not_valid_after(now + end))

    def pair(self, file):
        return Pair(self.folder / f"{file}.pem", self.folder / f"{file}.key")

    def issue(self, file, subject="CN=localhost", sans=("DNS:localhost", "IP:127.0.0.1"),
              key="ec", begin=-DAY, end=DAY, purpose=SERVER, password=None):
        """FILE.pem and FILE.key in the authority's folder."""
        pair = self.pair(file)
        own = KEYS[key]()
        builder = self._builder(name_of(subject), own, begin, end)
        builder = builder.add_extension(x509.BasicConstraints(False, None), True)
        if sans:
            names = [SANS[kind](value) for kind, value in (san.split(":", 1) for san in sans)]
            builder = builder.add_extension(x509.SubjectAlternativeName(names), False)
        if purpose:
            builder = builder.add_extension(x509.ExtendedKeyUsage([purpose]), False)
        made = builder.sign(self.key, hashes.SHA256())
        pair.certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
        write_key(pair.key, own, password)
        return pair
