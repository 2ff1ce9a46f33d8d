// Which tables this processor and operating system can run, and the state of a thread's
// floating-point unit.
#include "tables.h"

#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>

typedef struct {
  bool avx2, avx512, avx512_bf16;
} features;

// Vector state that the operating system saves at a context switch.
static uint64_t saved_state(void) {
  uint32_t low, high;
  __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return (uint64_t)high << 32 | low;
}

static features detect(void) {
  features found = {false, false, false};
  unsigned a, b, c, d;
  if (!__get_cpuid(1, &a, &b, &c, &d)) return found;
  const bool fma = c & (1u << 12), osxsave = c & (1u << 27), avx = c & (1u << 28);
  if (!osxsave || !avx || !fma) return found;
  const uint64_t state = saved_state();
  const bool saves_ymm = (state & 0x06) == 0x06;  // XMM, upper halves of YMM
  const bool saves_zmm = (state & 0xe6) == 0xe6;  // and mask registers, ZMM
  if (!__get_cpuid_count(7, 0, &a, &b, &c, &d)) return found;
  const unsigned f_dq_bw_vl = 1u << 16 | 1u << 17 | 1u << 30 | 1u << 31;
  found.avx2 = saves_ymm && (b & (1u << 5));
  found.avx512 = found.avx2 && saves_zmm && (b & f_dq_bw_vl) == f_dq_bw_vl;
  if (a >= 1 && __get_cpuid_count(7, 1, &a, &b, &c, &d)) {
    found.avx512_bf16 = found.avx512 && (a & (1u << 5));
  }
  return found;
}

// Operations in a clock tick, the most of several times: the first wake the vector units up.
static double best_rate(double (*peak)(long rounds)) {
  double best = 0;
  for (int i = 0; i < 8; i++) {
    const uint64_t start = __rdtsc();
    const double operations = peak(500);
    const double rate = operations / (double)(__rdtsc() - start);
    if (rate > best) best = rate;
  }
  return best;
}

// Whether VDPBF16PS does less than FMAs with widened operands, a tenth of whose time goes into
// widening. It does twice as much as FMAs on Zen 4 and 5, half as much on Emerald Rapids.
static bool are_dots_slow(void) {
  const double fmas = best_rate(unroll_table_avx512_bf16_widened.peak_bf16);
  return best_rate(unroll_table_avx512_bf16.peak_bf16) < 0.9 * fmas;
}

const unroll_kernels *unroll_kernels_avx2(void) {
  return detect().avx2 ? &unroll_table_avx2 : 0;
}

const unroll_kernels *unroll_kernels_avx512(void) {
  const features found = detect();
  if (found.avx512_bf16) return unroll_kernels_bf16(are_dots_slow());
  return found.avx512 ? &unroll_table_avx512 : 0;
}

const unroll_kernels *unroll_kernels_bf16(bool widened) {
  if (!detect().avx512_bf16) return 0;
  return widened ? &unroll_table_avx512_bf16_widened : &unroll_table_avx512_bf16;
}

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
const unroll_kernels *unroll_kernels_bf16(bool widened) {
  (void)widened;
  return 0;
}

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
