# Where the cluster runs: apart from everything else, with the programs it needs.
# SPDX-License-Identifier: Apache-2.0
import pathlib
import shutil
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "isolation"))
import isolation  # noqa: E402  beside the other suites
from isolation import Missing, is_inside, run_inside  # noqa: E402,F401  for who uses this

# How each package is known to be there.
PROGRAMS = {"patroni": "patroni", "etcd-server": "etcd", "haproxy": "haproxy", "iproute2": "ip"}
POSTGRES = "/usr/lib/postgresql"


def check():
    """Throws Missing."""
    isolation.check("./dev ha")
    absent = [package for package, program in PROGRAMS.items() if not shutil.which(program)]
    if subprocess.run(["/usr/bin/python3", "-c", "import etcd"], capture_output=True).returncode != 0:
        absent.append("python3-etcd")
    if not any(pathlib.Path(POSTGRES).glob("*/bin/initdb")):
        absent.append("postgresql-15")
    if absent:
        raise Missing(f"not installed: apt-get install {' '.join(sorted(absent))}")


def furnish():
    """Inside: folders in memory that nobody else sees. Returns the run's own."""
    return isolation.furnish("ha")
