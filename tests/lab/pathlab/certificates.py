# SPDX-License-Identifier: GPL-2.0-or-later
"""A certificate chain of more than four kilobytes, so that a TLS server's first flight needs several datagrams."""

import pathlib

from .namespaces import run

_NAMES_ON_EACH = 40
_CHAIN = ("Root", "Policy", "Issuing", "appliance.example")


def chain(directory):
    """Path of a PEM file with the appliance's key and its chain; made once per directory."""
    directory = pathlib.Path(directory)
    bundle = directory / "chain.pem"
    if bundle.exists():
        return bundle
    directory.mkdir(parents=True, exist_ok=True)
    issuer = None
    for subject in _CHAIN:
        issuer = _issue(directory, subject, issuer, is_authority=subject != _CHAIN[-1])
    parts = [directory / f"{_CHAIN[-1]}.key", *(directory / f"{subject}.pem" for subject in reversed(_CHAIN[1:]))]
    bundle.write_text("".join(part.read_text() for part in parts))
    return bundle


def slim(directory):
    """Path of a PEM file with a key and a certificate that fit one small segment, so that the handshake passes."""
    bundle = pathlib.Path(directory) / "slim.pem"
    if not bundle.exists():
        key, certificate = bundle.with_suffix(".key"), bundle.with_suffix(".crt")
        run(
            [
                "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc",
                "-days", "3650", "-subj", "/CN=slim.example", "-keyout", key, "-out", certificate,
            ]
        )  # fmt: skip
        bundle.write_text(key.read_text() + certificate.read_text())
    return bundle


def _issue(directory, subject, issuer, is_authority):
    names = ",".join(f"DNS:host{number}.{subject.lower()}.example" for number in range(_NAMES_ON_EACH))
    signer = [] if issuer is None else ["-CA", directory / f"{issuer}.pem", "-CAkey", directory / f"{issuer}.key"]
    run(
        [
            "openssl", "req", "-x509", "-newkey", "rsa:2048", "-noenc", "-days", "3650",
            "-subj", f"/O=Path MTU laboratory/CN={subject}",
            "-addext", f"subjectAltName={names}",
            "-addext", f"basicConstraints=critical,CA:{str(is_authority).upper()}",
            "-keyout", directory / f"{subject}.key", "-out", directory / f"{subject}.pem",
            *signer,
        ]
    )  # fmt: skip
    return subject
