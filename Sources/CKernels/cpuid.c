// Which tables this processor and operating system can run, and the state of a thread's
// floating-point unit.
#include "ckernels.h"

#if defined(__x86_64__)
#include <immintrin.h>

// No kernels yet: the portable form runs.
const unroll_kernels *unroll_kernels_avx2(void) { return 0; }
const unroll_kernels *unroll_kernels_avx512(void) { return 0; }

uint32_t unroll_flush_denormals(void) {
  const uint32_t state = _mm_getcsr();
  _mm_setcsr(state | 0x8040);  // FTZ, DAZ
  return state;
}

void unroll_restore_denormals(uint32_t state) { _mm_setcsr(state); }

void unroll_spin_hint(void) { _mm_pause(); }

#else

const unroll_kernels *unroll_kernels_avx2(void) { return 0; }
const unroll_kernels *unroll_kernels_avx512(void) { return 0; }

#if defined(__aarch64__)

uint32_t unroll_flush_denormals(void) {
  uint64_t state;
  __asm__ volatile("mrs %0, fpcr" : "=r"(state));
  __asm__ volatile("msr fpcr, %0" : : "r"(state | 1u << 24));  // FZ
  return (uint32_t)state;
}

void unroll_restore_denormals(uint32_t state) {
  __asm__ volatile("msr fpcr, %0" : : "r"((uint64_t)state));
}

void unroll_spin_hint(void) { __asm__ volatile("yield"); }

#else

uint32_t unroll_flush_denormals(void) { return 0; }
void unroll_restore_denormals(uint32_t state) { (void)state; }
void unroll_spin_hint(void) {}

#endif
#endif
