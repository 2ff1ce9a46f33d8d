#define _GNU_SOURCE

#include "csystem.h"

#ifdef __linux__
#include <sys/syscall.h>
#include <unistd.h>
#endif

void interleave_memory(void *start, size_t bytes, const void *nodes, size_t bits) {
#ifdef SYS_mbind
  // MPOL_INTERLEAVE and MPOL_MF_MOVE of <numaif.h>, which comes with a library that is not needed for this; the kernel
  // takes a bit less than it is told.
  enum { interleave = 3, move = 2 };
  syscall(SYS_mbind, start, bytes, interleave, nodes, bits + 1, move);
#else
  (void)start, (void)bytes, (void)nodes, (void)bits;
#endif
}
