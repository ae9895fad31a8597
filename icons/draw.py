#!/usr/bin/env python3
"""Draws the icons that Tauri and the desktops take from doorbell.svg.

Needs rsvg-convert (Debian: librsvg2-bin) and nothing else; run it after changing the SVG and commit what it writes.
"""

import pathlib
import struct
import subprocess

HERE = pathlib.Path(__file__).parent


def png(side: int) -> bytes:
    size = ["--width", str(side), "--height", str(side)]
    return subprocess.run(
        ["rsvg-convert", *size, HERE / "doorbell.svg"], check=True, stdout=subprocess.PIPE
    ).stdout


def ico(sides: list[int]) -> bytes:
    """Windows: a directory of PNG pictures; a side of 256 is written as 0."""
    pictures = [png(side) for side in sides]
    directory = struct.pack("<HHH", 0, 1, len(sides))
    offset = len(directory) + 16 * len(sides)
    for side, picture in zip(sides, pictures):
        directory += struct.pack("<BBBBHHII", side % 256, side % 256, 0, 0, 1, 32, len(picture), offset)
        offset += len(picture)
    return directory + b"".join(pictures)


def icns(kinds: dict[str, int]) -> bytes:
    """macOS: PNG pictures, each under its four-letter kind."""
    body = b""
    for kind, side in kinds.items():
        picture = png(side)
        body += kind.encode() + struct.pack(">I", 8 + len(picture)) + picture
    return b"icns" + struct.pack(">I", 8 + len(body)) + body


def main() -> None:
    for name, side in {"32x32": 32, "128x128": 128, "128x128@2x": 256, "icon": 512}.items():
        (HERE / f"{name}.png").write_bytes(png(side))
    (HERE / "icon.ico").write_bytes(ico([16, 24, 32, 48, 64, 256]))
    kinds = {"icp4": 16, "icp5": 32, "ic11": 32, "ic12": 64, "ic07": 128, "ic13": 256, "ic08": 256, "ic14": 512, "ic09": 512, "ic10": 1024}
    (HERE / "icon.icns").write_bytes(icns(kinds))


if __name__ == "__main__":
    main()
