// The kernels with bf16 operands and float sums, for AVX-512 with AVX512-BF16.
//
// Two bf16 neighbours along k are one element of 4 bytes, so the tiles are those of f32 with half
// the depth. VDPBF16PS adds both products to a sum, and treats denormals as zero whatever MXCSR
// says.
#if defined(__x86_64__)

#include <stdbool.h>

#include "tables.h"
#include "vector_avx512.h"

#pragma STDC FP_CONTRACT OFF

#pragma clang attribute push(                                                                 \
    __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512bf16"))), apply_to = function)

typedef uint32_t element;
typedef __m512bh operand;
INLINE operand load_panel(const element *p) { return (operand)_mm512_loadu_si512(p); }
INLINE operand broadcast_element(const element *a) { return (operand)_mm512_set1_epi32((int)*a); }
INLINE vec multiply_add(operand a, operand b, vec c) { return _mm512_dpbf16_ps(c, a, b); }
#include "tiles_avx512.h"

#include "prefetch.inc.h"
#include "walk.inc.h"
#include "products.inc.h"

#define panel_bf16 unroll_panel_bf16
#define packed_bf16 unroll_packed_bf16
#include "products_bf16.inc.h"

// ---- rounding and packing -----------------------------------------------------------------------

void unroll_round_bf16(long n, const float *x, uint16_t *y) {
  long i = 0;
  for (; i + 32 <= n; i += 32) {
    _mm512_storeu_si512(y + i, (__m512i)_mm512_cvtne2ps_pbh(v_load(x + i + 16), v_load(x + i)));
  }
  for (; i < n; i += 16) {
    const lanes rest = first(n - i);
    _mm256_mask_storeu_epi16(y + i, rest, (__m256i)_mm512_cvtneps_pbh(v_load_first(x + i, rest)));
  }
}

// Two rows as pairs: lane i holds (even[i], odd[i]).
INLINE __m512i pairs(vec even, vec odd) {
  const __m512i both = (__m512i)_mm512_cvtne2ps_pbh(odd, even);
  const __m512i low = _mm512_cvtepu16_epi32(_mm512_castsi512_si256(both));
  const __m512i high = _mm512_cvtepu16_epi32(_mm512_extracti64x4_epi64(both, 1));
  return _mm512_or_si512(low, _mm512_slli_epi32(high, 16));
}

void unroll_gather_bf16(long k, long n, long padded, const float *const *rows, long offset,
                        uint16_t *p, long width, long panel_step) {
  element *to = (element *)p;
  for (long j = 0; j < k; j += 2, to += width) {
    prefetch_row(rows, j, k, offset, n);
    prefetch_row(rows, j + 1, k, offset, n);
    const float *even = rows[j], *odd = j + 1 < k ? rows[j + 1] : 0;
    for (long i = 0; i < padded; i += 16) {
      const lanes present = i < n ? first(n - i) : 0;
      const vec a = even ? v_load_first(even + offset + i, present) : v_zero();
      const vec b = odd ? v_load_first(odd + offset + i, present) : v_zero();
      _mm512_storeu_si512(to + i / width * (panel_step / 2) + i % width, pairs(a, b));
    }
  }
}

void unroll_gather_blocks_bf16(long k, long groups, long blocks, const float *const *rows,
                               long offset, uint16_t *p) {
  const long width = 16 * groups, half = (k + 1) / 2;
  for (long j = 0; j < half; j++) {
    prefetch_row(rows, 2 * j, k, offset, width * blocks);
    prefetch_row(rows, 2 * j + 1, k, offset, width * blocks);
    const float *even = rows[2 * j] + offset;
    const float *odd = 2 * j + 1 < k ? rows[2 * j + 1] + offset : 0;
    for (long g = 0; g < groups; g++) {
      for (long b = 0; b < blocks; b++) {
        const long from = (g * blocks + b) * 16;
        element *to = (element *)p + (b * half + j) * width + 16 * g;
        _mm512_storeu_si512(to, pairs(v_load(even + from), odd ? v_load(odd + from) : v_zero()));
      }
    }
  }
}

void unroll_transpose_bf16(long m, long k, const float *w, long stride, uint16_t *p, long width) {
  element *to = (element *)p;
  for (long j = 0; j < k; j += 32) {
    const lanes low = first(k - j), high = k - j > 16 ? first(k - j - 16) : 0;
    vec block[16];
    for (int row = 0; row < 16; row++) {
      const float *from = w + row * stride + j;
      block[row] = row < m ? (vec)_mm512_cvtne2ps_pbh(v_load_first(from + 16, high),
                                                      v_load_first(from, low))
                           : v_zero();
    }
    v_transpose(block);  // of pairs, moved as floats
    const long count = (k - j + 1) / 2 < 16 ? (k - j + 1) / 2 : 16;
    for (int pair = 0; pair < count; pair++) {
      v_store((float *)(to + (j / 2 + pair) * width), block[pair]);
    }
  }
}

double unroll_peak_bf16(long rounds) {
  enum { CHAINS = 24 };
  vec sum[CHAINS];
#pragma clang loop unroll(full)
  for (int i = 0; i < CHAINS; i++) sum[i] = v_all((float)i);
  __m512i x = _mm512_set1_epi16(0x3c00), y = _mm512_set1_epi16(0x3c00);
  for (long round = 0; round < rounds; round++) {
    __asm__ volatile("" : "+v"(x), "+v"(y));
#pragma clang loop unroll(full)
    for (int i = 0; i < CHAINS; i++) sum[i] = multiply_add((operand)x, (operand)y, sum[i]);
  }
#pragma clang loop unroll(full)
  for (int i = 1; i < CHAINS; i++) sum[0] = v_add(sum[0], sum[i]);
  __asm__ volatile("" : : "v"(sum[0]));
  return (double)rounds * CHAINS * LANES * 4;
}

#pragma clang attribute pop

#else
typedef int unroll_no_avx512_bf16;
#endif
