// SPDX-License-Identifier: GPL-2.0-or-later
#include "verdict/evidence.h"

namespace pmtu {

Verdict Evidence::verdict() const {
  // A mark outweighs everything: later obedience does not erase it.
  if (ignored_packets != 0) return delivered ? Verdict::ignoring : Verdict::probably_ignoring;
  switch (black_hole) {
    case BlackHole::confirmed:
      return Verdict::black_hole_confirmed;
    case BlackHole::recovered:
      return Verdict::black_hole_recovered;
    case BlackHole::suspected:
      return Verdict::black_hole_suspected;
    case BlackHole::none:
      break;
  }
  if (hole == Hole::open) return Verdict::black_hole_receiver;
  if (hole == Hole::recovered) return Verdict::black_hole_recovered;
  if (accepted_hints == 0) {
    if (sibling_packets != 0 || hint_cut) return Verdict::unverifiable;
    if (refused_hints != 0) return Verdict::hint_undeliverable;
    return one_sided ? Verdict::unverifiable : Verdict::none;
  }
  if (fragmented) return Verdict::compliant_by_fragmentation;
  if (obeyed) return Verdict::compliant;
  if (probes != 0) return Verdict::probing;
  if (unverifiable != 0) return Verdict::unverifiable;
  return Verdict::not_exercised;
}

}  // namespace pmtu
