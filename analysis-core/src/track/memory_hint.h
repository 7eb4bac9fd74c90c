// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

namespace pmtu {

/// Asks the processor for the cache line at `address`, which will be written soon. Does nothing where the
/// compiler has no word for it.
#if defined(__GNUC__)
inline void fetch_line(const void* address) {
  // GCC drops the calls of a function that does nothing but give hints, unless something volatile is in it.
  __asm__ volatile("");
  __builtin_prefetch(address, 1);
}
#else
inline void fetch_line(const void*) {}
#endif

/// The same object, held where the compiler has it. Without it GCC computes the address of an element anew at
/// each use, which costs more than all that is done with it.
template <class T>
[[nodiscard, gnu::always_inline]] inline T& held(T& object) {
  T* place = &object;
#if defined(__GNUC__)
  __asm__("" : "+r"(place));
#endif
  return *place;
}

}  // namespace pmtu
