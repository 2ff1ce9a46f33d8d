// Sixteen floats in one AVX-512 register, in the vocabulary that the shared kernels are written in.
// `vector_avx2.h` has the same words for eight.
#ifndef UNROLL_VECTOR_AVX512_H
#define UNROLL_VECTOR_AVX512_H

#include <immintrin.h>
#include <stdint.h>

#define INLINE static inline __attribute__((always_inline))

#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512vl,avx512dq"))), \
                             apply_to = function)

typedef __m512 vec;
// The first lanes of a vector.
typedef __mmask16 lanes;
enum { LANES = 16 };

// All lanes from 16 on.
INLINE lanes first(long n) { return n >= 16 ? 0xffff : (lanes)((1u << n) - 1); }

INLINE vec v_load(const float *x) { return _mm512_loadu_ps(x); }
INLINE void v_store(float *y, vec a) { _mm512_storeu_ps(y, a); }
// Other lanes are zero and their memory is not touched.
INLINE vec v_load_first(const float *x, lanes n) { return _mm512_maskz_loadu_ps(n, x); }
INLINE void v_store_first(float *y, lanes n, vec a) { _mm512_mask_storeu_ps(y, n, a); }
// Other lanes are `other`.
INLINE vec v_keep(vec a, lanes n, vec other) { return _mm512_mask_mov_ps(other, n, a); }

INLINE vec v_zero(void) { return _mm512_setzero_ps(); }
INLINE vec v_all(float x) { return _mm512_set1_ps(x); }
INLINE vec v_broadcast(const float *x) { return _mm512_set1_ps(*x); }
INLINE vec v_add(vec a, vec b) { return _mm512_add_ps(a, b); }
INLINE vec v_sub(vec a, vec b) { return _mm512_sub_ps(a, b); }
INLINE vec v_mul(vec a, vec b) { return _mm512_mul_ps(a, b); }
INLINE vec v_div(vec a, vec b) { return _mm512_div_ps(a, b); }
INLINE vec v_sqrt(vec a) { return _mm512_sqrt_ps(a); }
// a b + c and c - a b, rounded once.
INLINE vec v_fma(vec a, vec b, vec c) { return _mm512_fmadd_ps(a, b, c); }
INLINE vec v_fnma(vec a, vec b, vec c) { return _mm512_fnmadd_ps(a, b, c); }
// b where a or b is NaN: put what may be NaN last.
INLINE vec v_min(vec a, vec b) { return _mm512_min_ps(a, b); }
INLINE vec v_max(vec a, vec b) { return _mm512_max_ps(a, b); }
INLINE vec v_round(vec a) {
  return _mm512_roundscale_ps(a, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
}
// a 2^n for whole n, with overflow and underflow.
INLINE vec v_scale(vec a, vec n) { return _mm512_scalef_ps(a, n); }

INLINE vec v_abs(vec a) { return _mm512_andnot_ps(_mm512_set1_ps(-0.0f), a); }
// The sign of `sign` put on a, which is positive.
INLINE vec v_sign(vec a, vec sign) {
  return _mm512_or_ps(a, _mm512_and_ps(sign, _mm512_set1_ps(-0.0f)));
}

// The largest lane, and the sum of lanes by folding halves.
INLINE float v_largest(vec a) { return _mm512_reduce_max_ps(a); }
INLINE float v_total(vec a) {
  const __m256 eight = _mm256_add_ps(_mm512_castps512_ps256(a), _mm512_extractf32x8_ps(a, 1));
  const __m128 four = _mm_add_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
  const __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
  return _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)));
}


// Rows become columns.
INLINE void v_transpose(vec r[LANES]) {
  vec t[LANES];
  for (int i = 0; i < 16; i += 2) {
    t[i] = _mm512_unpacklo_ps(r[i], r[i + 1]);
    t[i + 1] = _mm512_unpackhi_ps(r[i], r[i + 1]);
  }
  // Now 4 x 4 blocks: r[i + j] has columns j, j + 4, j + 8, j + 12 of rows i ... i + 3.
  for (int i = 0; i < 16; i += 4) {
    const __m512d a = (__m512d)t[i], b = (__m512d)t[i + 1];
    const __m512d c = (__m512d)t[i + 2], d = (__m512d)t[i + 3];
    r[i] = (vec)_mm512_unpacklo_pd(a, c);
    r[i + 1] = (vec)_mm512_unpackhi_pd(a, c);
    r[i + 2] = (vec)_mm512_unpacklo_pd(b, d);
    r[i + 3] = (vec)_mm512_unpackhi_pd(b, d);
  }
  for (int j = 0; j < 4; j++) {
    t[j] = _mm512_shuffle_f32x4(r[j], r[4 + j], 0x88);
    t[4 + j] = _mm512_shuffle_f32x4(r[j], r[4 + j], 0xdd);
    t[8 + j] = _mm512_shuffle_f32x4(r[8 + j], r[12 + j], 0x88);
    t[12 + j] = _mm512_shuffle_f32x4(r[8 + j], r[12 + j], 0xdd);
  }
  for (int j = 0; j < 4; j++) {
    r[j] = _mm512_shuffle_f32x4(t[j], t[8 + j], 0x88);
    r[8 + j] = _mm512_shuffle_f32x4(t[j], t[8 + j], 0xdd);
    r[4 + j] = _mm512_shuffle_f32x4(t[4 + j], t[12 + j], 0x88);
    r[12 + j] = _mm512_shuffle_f32x4(t[4 + j], t[12 + j], 0xdd);
  }
}

// ---- unsigned integers, for the random words ----------------------------------------------------

typedef __m512i ivec;

INLINE ivec i_load(const uint32_t *x) { return _mm512_loadu_si512(x); }
INLINE ivec i_all(uint32_t x) { return _mm512_set1_epi32((int)x); }
INLINE ivec i_add(ivec a, ivec b) { return _mm512_add_epi32(a, b); }
INLINE ivec i_xor(ivec a, ivec b) { return _mm512_xor_si512(a, b); }
// The two halves of the 64-bit products.
INLINE void i_multiply(ivec a, ivec b, ivec *low, ivec *high) {
  const ivec even = _mm512_mul_epu32(a, b), odd = _mm512_mul_epu32(_mm512_srli_epi64(a, 32), b);
  *low = _mm512_mask_blend_epi32(0xaaaa, even, _mm512_slli_epi64(odd, 32));
  *high = _mm512_mask_blend_epi32(0xaaaa, _mm512_srli_epi64(even, 32), odd);
}
// Within 128 bits: w[j][i] becomes w[i][j].
INLINE void i_transpose4(ivec w[4]) {
  const ivec a = _mm512_unpacklo_epi32(w[0], w[1]), b = _mm512_unpackhi_epi32(w[0], w[1]);
  const ivec c = _mm512_unpacklo_epi32(w[2], w[3]), d = _mm512_unpackhi_epi32(w[2], w[3]);
  w[0] = _mm512_unpacklo_epi64(a, c);
  w[1] = _mm512_unpackhi_epi64(a, c);
  w[2] = _mm512_unpacklo_epi64(b, d);
  w[3] = _mm512_unpackhi_epi64(b, d);
}
// a where word >= threshold, else zero.
INLINE vec v_where_not_below(vec a, ivec word, ivec threshold) {
  return _mm512_maskz_mov_ps(_mm512_cmpge_epu32_mask(word, threshold), a);
}

// ---- doubles -------------------------------------------------------------------------------------

// Sixteen sums of squares.
typedef struct {
  __m512d low, high;
} dvec;

INLINE dvec d_zero(void) { return (dvec){_mm512_setzero_pd(), _mm512_setzero_pd()}; }
INLINE dvec d_add_squares(dvec sum, const float *x, long n) {
  const __m512 all = _mm512_maskz_loadu_ps(first(n), x);
  const __m512d a = _mm512_cvtps_pd(_mm512_castps512_ps256(all));
  const __m512d b = _mm512_cvtps_pd(_mm512_extractf32x8_ps(all, 1));
  return (dvec){_mm512_fmadd_pd(a, a, sum.low), _mm512_fmadd_pd(b, b, sum.high)};
}
// Halves are folded: lane i with i + 8, then + 4, + 2, + 1.
INLINE double d_total(dvec a) {
  const __m512d eight = _mm512_add_pd(a.low, a.high);
  const __m256d four =
      _mm256_add_pd(_mm512_castpd512_pd256(eight), _mm512_extractf64x4_pd(eight, 1));
  const __m128d two = _mm_add_pd(_mm256_castpd256_pd128(four), _mm256_extractf128_pd(four, 1));
  return _mm_cvtsd_f64(two) + _mm_cvtsd_f64(_mm_unpackhi_pd(two, two));
}

// A store that does not pass through the caches.
INLINE void v_stream(float *y, vec a) { _mm512_stream_ps(y, a); }

#pragma clang attribute pop

#endif
