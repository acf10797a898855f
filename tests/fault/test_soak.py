"""The soak, for a minute, with everything happening more often."""
from soak import soak

SECONDS = 60
GROWTH_MB = 4  # AddressSanitizer keeps what is freed for a while


def test_a_minute_of_everything(tmp_path, soak_report):
    made = soak(tmp_path, SECONDS, rotate_s=6, restart_s=12, growth_mb=GROWTH_MB)
    soak_report.append(made.report())
    assert made.restarts >= 3 and len(made.source.keys.issued) > 5
