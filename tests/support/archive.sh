# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# To be read by scripts: `. tests/support/archive.sh`.

# archive_of debian|ubuntu
# Prints the address of that distribution's package archive: PMTU_DEBIAN_ARCHIVE or PMTU_UBUNTU_ARCHIVE where it is set,
# else what the apt of this machine is configured with, where this machine is of that distribution.
archive_of() {
  case $1 in
    debian) address=${PMTU_DEBIAN_ARCHIVE:-} variable=PMTU_DEBIAN_ARCHIVE ;;
    ubuntu) address=${PMTU_UBUNTU_ARCHIVE:-} variable=PMTU_UBUNTU_ARCHIVE ;;
    *) echo "no archive of $1 is known" >&2 && return 2 ;;
  esac
  if [ -z "$address" ] && [ "$(. /etc/os-release && echo "$ID")" = "$1" ]; then
    # The origin is known once `apt-get update` has run; without it the first archive of this release is taken.
    address=$(apt-get indextargets --format '$(ORIGIN)|$(RELEASE)|$(CODENAME)|$(REPO_URI)' 'Created-By: Packages' |
      awk -F '|' -v origin="$1" -v release="$(. /etc/os-release && echo "$VERSION_CODENAME")" '
        $2 != release && $3 != release || $4 !~ /^https?:/ { next }
        tolower($1) == origin { print $4; found = 1; exit }
        $1 == "" && first == "" { first = $4 }
        END { if (!found && first != "") print first }')
  fi
  [ -n "$address" ] || {
    echo "apt of this machine knows no archive of $1: set $variable to the address of one" >&2
    return 1
  }
  echo "${address%/}"
}
