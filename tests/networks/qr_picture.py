# A QR code as the camera of a new device sees it: from picture to text.
# SPDX-License-Identifier: Apache-2.0
import subprocess

from waiting import PATIENCE_S

WIDTH = 800  # pixels


def read_qr_picture(svg):
    """The text in the code of that file."""
    picture = svg.with_suffix(".png")
    for command in (["rsvg-convert", "--width", str(WIDTH), "--background-color", "white",
                     "--output", picture, svg],
                    ["zbarimg", "--quiet", "--raw", "-Sdisable", "-Sqrcode.enable", picture]):
        done = subprocess.run(command, capture_output=True, text=True, check=True,
                              timeout=PATIENCE_S)
    return done.stdout.strip()
