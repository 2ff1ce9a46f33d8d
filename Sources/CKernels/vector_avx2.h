// Eight floats in one AVX2 register, in the vocabulary of `vector_avx512.h`.
#ifndef UNROLL_VECTOR_AVX2_H
#define UNROLL_VECTOR_AVX2_H

#include <immintrin.h>
#include <stdint.h>

#define INLINE static inline __attribute__((always_inline))

#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)

typedef __m256 vec;
// The first lanes of a vector: all bits of a lane are set or none.
typedef __m256i lanes;
enum { LANES = 8 };

// All lanes from 8 on.
INLINE lanes first(long n) {
  return _mm256_cmpgt_epi32(
      _mm256_set1_epi32(n < 8 ? (int)n : 8), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}

INLINE vec v_load(const float *x) { return _mm256_loadu_ps(x); }
INLINE void v_store(float *y, vec a) { _mm256_storeu_ps(y, a); }
INLINE vec v_load_first(const float *x, lanes n) { return _mm256_maskload_ps(x, n); }
INLINE void v_store_first(float *y, lanes n, vec a) { _mm256_maskstore_ps(y, n, a); }
INLINE vec v_keep(vec a, lanes n, vec other) { return _mm256_blendv_ps(other, a, (vec)n); }

INLINE vec v_zero(void) { return _mm256_setzero_ps(); }
INLINE vec v_all(float x) { return _mm256_set1_ps(x); }
INLINE vec v_broadcast(const float *x) { return _mm256_broadcast_ss(x); }
INLINE vec v_add(vec a, vec b) { return _mm256_add_ps(a, b); }
INLINE vec v_sub(vec a, vec b) { return _mm256_sub_ps(a, b); }
INLINE vec v_mul(vec a, vec b) { return _mm256_mul_ps(a, b); }
INLINE vec v_div(vec a, vec b) { return _mm256_div_ps(a, b); }
INLINE vec v_sqrt(vec a) { return _mm256_sqrt_ps(a); }
INLINE vec v_fma(vec a, vec b, vec c) { return _mm256_fmadd_ps(a, b, c); }
INLINE vec v_fnma(vec a, vec b, vec c) { return _mm256_fnmadd_ps(a, b, c); }
INLINE vec v_min(vec a, vec b) { return _mm256_min_ps(a, b); }
INLINE vec v_max(vec a, vec b) { return _mm256_max_ps(a, b); }
INLINE vec v_round(vec a) {
  return _mm256_round_ps(a, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
}
// a 2^n for |n| <= 250. In two steps: 2^n alone may be out of range where a 2^n is not.
INLINE vec v_scale(vec a, vec n) {
  const __m256i whole = _mm256_cvtps_epi32(n), half = _mm256_srai_epi32(whole, 1);
  const __m256i rest = _mm256_sub_epi32(whole, half), bias = _mm256_set1_epi32(127);
  const vec x = (vec)_mm256_slli_epi32(_mm256_add_epi32(half, bias), 23);
  const vec y = (vec)_mm256_slli_epi32(_mm256_add_epi32(rest, bias), 23);
  return _mm256_mul_ps(_mm256_mul_ps(a, x), y);
}
INLINE vec v_abs(vec a) { return _mm256_andnot_ps(_mm256_set1_ps(-0.0f), a); }
INLINE vec v_sign(vec a, vec sign) {
  return _mm256_or_ps(a, _mm256_and_ps(sign, _mm256_set1_ps(-0.0f)));
}

INLINE float v_largest(vec a) {
  __m128 four = _mm_max_ps(_mm256_castps256_ps128(a), _mm256_extractf128_ps(a, 1));
  four = _mm_max_ps(four, _mm_movehl_ps(four, four));
  return _mm_cvtss_f32(_mm_max_ss(four, _mm_movehdup_ps(four)));
}
INLINE float v_total(vec a) {
  const __m128 four = _mm_add_ps(_mm256_castps256_ps128(a), _mm256_extractf128_ps(a, 1));
  const __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
  return _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)));
}

// Rows become columns.
INLINE void v_transpose(vec r[LANES]) {
  vec t[LANES];
  for (int i = 0; i < 8; i += 2) {
    t[i] = _mm256_unpacklo_ps(r[i], r[i + 1]);
    t[i + 1] = _mm256_unpackhi_ps(r[i], r[i + 1]);
  }
  for (int i = 0; i < 8; i += 4) {
    const __m256d a = (__m256d)t[i], b = (__m256d)t[i + 1];
    const __m256d c = (__m256d)t[i + 2], d = (__m256d)t[i + 3];
    r[i] = (vec)_mm256_unpacklo_pd(a, c);
    r[i + 1] = (vec)_mm256_unpackhi_pd(a, c);
    r[i + 2] = (vec)_mm256_unpacklo_pd(b, d);
    r[i + 3] = (vec)_mm256_unpackhi_pd(b, d);
  }
  for (int j = 0; j < 4; j++) {
    const vec low = r[j], high = r[4 + j];
    r[j] = _mm256_permute2f128_ps(low, high, 0x20);
    r[4 + j] = _mm256_permute2f128_ps(low, high, 0x31);
  }
}

// ---- unsigned integers, for the random words ----------------------------------------------------

typedef __m256i ivec;

INLINE ivec i_load(const uint32_t *x) { return _mm256_loadu_si256((const __m256i *)x); }
INLINE ivec i_all(uint32_t x) { return _mm256_set1_epi32((int)x); }
INLINE ivec i_add(ivec a, ivec b) { return _mm256_add_epi32(a, b); }
INLINE ivec i_xor(ivec a, ivec b) { return _mm256_xor_si256(a, b); }
INLINE void i_multiply(ivec a, ivec b, ivec *low, ivec *high) {
  const ivec even = _mm256_mul_epu32(a, b), odd = _mm256_mul_epu32(_mm256_srli_epi64(a, 32), b);
  *low = _mm256_blend_epi32(even, _mm256_slli_epi64(odd, 32), 0xaa);
  *high = _mm256_blend_epi32(_mm256_srli_epi64(even, 32), odd, 0xaa);
}
INLINE void i_transpose4(ivec w[4]) {
  const ivec a = _mm256_unpacklo_epi32(w[0], w[1]), b = _mm256_unpackhi_epi32(w[0], w[1]);
  const ivec c = _mm256_unpacklo_epi32(w[2], w[3]), d = _mm256_unpackhi_epi32(w[2], w[3]);
  w[0] = _mm256_unpacklo_epi64(a, c);
  w[1] = _mm256_unpackhi_epi64(a, c);
  w[2] = _mm256_unpacklo_epi64(b, d);
  w[3] = _mm256_unpackhi_epi64(b, d);
}
INLINE vec v_where_not_below(vec a, ivec word, ivec threshold) {
  return _mm256_and_ps(a, (vec)_mm256_cmpeq_epi32(_mm256_max_epu32(word, threshold), word));
}

// ---- doubles -------------------------------------------------------------------------------------

typedef struct {
  __m256d a, b, c, d;
} dvec;

INLINE dvec d_zero(void) {
  const __m256d zero = _mm256_setzero_pd();
  return (dvec){zero, zero, zero, zero};
}
INLINE dvec d_add_squares(dvec sum, const float *x, long n) {
  const __m256 low = n >= 8 ? _mm256_loadu_ps(x) : _mm256_maskload_ps(x, first(n));
  const __m256 high = n >= 16  ? _mm256_loadu_ps(x + 8)
                      : n <= 8 ? _mm256_setzero_ps()
                               : _mm256_maskload_ps(x + 8, first(n - 8));
  const __m256d a = _mm256_cvtps_pd(_mm256_castps256_ps128(low));
  const __m256d b = _mm256_cvtps_pd(_mm256_extractf128_ps(low, 1));
  const __m256d c = _mm256_cvtps_pd(_mm256_castps256_ps128(high));
  const __m256d d = _mm256_cvtps_pd(_mm256_extractf128_ps(high, 1));
  return (dvec){_mm256_fmadd_pd(a, a, sum.a), _mm256_fmadd_pd(b, b, sum.b),
                _mm256_fmadd_pd(c, c, sum.c), _mm256_fmadd_pd(d, d, sum.d)};
}
INLINE double d_total(dvec s) {
  const __m256d four =
      _mm256_add_pd(_mm256_add_pd(s.a, s.c), _mm256_add_pd(s.b, s.d));
  const __m128d two = _mm_add_pd(_mm256_castpd256_pd128(four), _mm256_extractf128_pd(four, 1));
  return _mm_cvtsd_f64(two) + _mm_cvtsd_f64(_mm_unpackhi_pd(two, two));
}

INLINE void v_stream(float *y, vec a) { _mm256_stream_ps(y, a); }

#pragma clang attribute pop

#endif
