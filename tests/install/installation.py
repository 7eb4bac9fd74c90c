# SPDX-License-Identifier: GPL-2.0-or-later
"""What the tests of installation and packages share: the build that is installed, and tshark that uses it."""
import contextlib
import json
import os
import pathlib
import subprocess

SOURCE = pathlib.Path(os.environ["PMTU_SOURCE_DIR"])
BUILD = pathlib.Path(os.environ["PMTU_BUILD_DIR"])
CMAKE = os.environ["PMTU_CMAKE"]
VERSION = os.environ["PMTU_VERSION"]
SERIES = os.environ["PMTU_SERIES"]
TSHARK = os.environ["PMTU_TSHARK"]
AS_USER = SOURCE / "tests" / "support" / "as_user"
SEED = SOURCE / "captures" / "seed-appliance.pcapng"
HEALTHY = SOURCE / "captures" / "healthy-client.pcapng"

# Beside Wireshark, relative to its prefix; and for one user, relative to the home.
PLUGIN = f"{os.environ['PMTU_PLUGIN_FOLDER']}/epan/pmtu.so"
PERSONAL_PLUGIN = f".local/lib/wireshark/plugins/{SERIES}/epan/pmtu.so"
PROFILE = sorted(file.name for file in (SOURCE / "plugin" / "profile" / "Path MTU").iterdir())
MANUAL = "share/man/man4/wireshark-pmtu.4.gz"
SCAN = "bin/pmtu-scan"
SCAN_FILES = (SCAN, "share/man/man1/pmtu-scan.1.gz", "share/bash-completion/completions/pmtu-scan")


def profile_below(folder):
    return [f"{folder}/Path MTU/{file}" for file in PROFILE]


def personal_files():
    """What one user gets, relative to the home."""
    return sorted([PERSONAL_PLUGIN, *(f".local/{file}" for file in (MANUAL, *SCAN_FILES)),
                   *profile_below(".config/wireshark/profiles")])


def run(*command, **variables):
    """Output of a command that is expected to end well."""
    environment = dict(os.environ, LC_ALL="C.UTF-8", **variables)
    result = subprocess.run([str(word) for word in command], env=environment, stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT, text=True, check=False)
    assert result.returncode == 0, f"{command} ended with {result.returncode}: {result.stdout}"
    return result.stdout


def files(folder):
    """All files below a folder, relative to it."""
    return sorted(str(file.relative_to(folder)) for file in pathlib.Path(folder).rglob("*") if not file.is_dir())


def readable(folder):
    """Lets the ordinary user, who runs tshark, in."""
    for file in [pathlib.Path(folder), *pathlib.Path(folder).rglob("*")]:
        file.chmod(file.stat().st_mode | (0o755 if file.is_dir() else 0o444))


def tshark(*arguments, **variables):
    return run(AS_USER, "env", *(f"{name}={value}" for name, value in variables.items()), TSHARK, *arguments)


def scanned(program):
    """Verdicts of the story by the pmtu-scan that was installed, which needs nothing of the build folder."""
    lines = run(AS_USER, "env", "-C", "/", program, SEED).splitlines()
    return [json.loads(line)["verdict"] for line in lines]


def completed(script, *words):
    """What bash offers for the last word once it has read the script."""
    line = " ".join(f"'{word}'" for word in words)
    commands = f"source '{script}'; COMP_WORDS=({line}); COMP_CWORD={len(words) - 1}; _pmtu_scan 2>/dev/null; echo \"${{COMPREPLY[@]}}\""
    return run("bash", "--norc", "-c", commands).split()


def listed(**variables):
    """Rows of Help ▸ About ▸ Plugins that name this plugin: version, kind."""
    rows = [line.split("\t") for line in tshark("-G", "plugins", **variables).splitlines()]
    return [(row[1].strip(), row[2].strip()) for row in rows if row[0].strip() == "pmtu.so"]


def at_home(home):
    """Variables for a tshark whose user lives in this folder."""
    return {"HOME": home, "XDG_CONFIG_HOME": pathlib.Path(home, ".config")}


@contextlib.contextmanager
def nothing_installed():
    """A build folder that has forgotten what its user installed; remembers afterwards."""
    kept = {manifest: manifest.read_bytes() for manifest in BUILD.glob("install_manifest*.txt")}
    for manifest in kept:
        manifest.unlink()
    try:
        yield
    finally:
        for manifest in BUILD.glob("install_manifest*.txt"):
            manifest.unlink()
        for manifest, content in kept.items():
            manifest.write_bytes(content)
