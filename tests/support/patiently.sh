# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# To be read by scripts: `. tests/support/patiently.sh`.

# patiently COMMAND [ARGUMENT…]
# Archives have hiccups: a download is tried again, twice, before it counts as failed.
patiently() {
  for pause in 15 60 0; do
    "$@" && return
    [ "$pause" -eq 0 ] || { echo "once more in $pause s: $*" >&2; sleep "$pause"; }
  done
  echo "failed three times: $*" >&2
  return 1
}
