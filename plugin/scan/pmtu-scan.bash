# SPDX-License-Identifier: GPL-2.0-or-later
# Completion of pmtu-scan's arguments for bash.
_pmtu_scan() {
  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} head=
  local verdicts="not_exercised compliant compliant_by_fragmentation probing unverifiable hint_undeliverable
    black_hole_recovered black_hole_suspected black_hole_receiver probably_ignoring black_hole_confirmed
    fragments_lost ignoring"
  local preferences="reaction_time_ms= processing_slack_ms= hint_full_age_s= hint_max_age_s= black_hole_transmissions=
    receiver_hole_s= max_paths= max_flows= max_joined_datagrams="
  COMPREPLY=()
  case $before in
  -f | --format) mapfile -t COMPREPLY < <(compgen -W "ndjson json table report html" -- "$word") ;;
  -e | --fail-on)
    [[ $word != *,* ]] || head=${word%,*},
    mapfile -t COMPREPLY < <(compgen -P "$head" -W "$verdicts" -- "${word##*,}")
    ;;
  -p | --preference)
    mapfile -t COMPREPLY < <(compgen -W "$preferences" -- "$word")
    compopt -o nospace
    ;;
  -j | --jobs) ;;
  *)
    if [[ $word == -* ]]; then
      mapfile -t COMPREPLY < <(compgen -W "--format --jobs --fail-on --preference --together --follow --metrics --help --version" -- "$word")
    else
      compopt -o default
    fi
    ;;
  esac
}
complete -F _pmtu_scan pmtu-scan
