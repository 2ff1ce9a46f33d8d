// The walk of a tile through the depth for elements of two bf16, without VDPBF16PS: both are
// widened to floats, which loses nothing, and multiplied one after the other, the odd one first, as
// that instruction does. Where denormals are flushed the bits are the same. Needs AVX-512.

// As many elements as a vector holds: steps of a row, or rows of a step.
enum { WIDENED = 16 };

INLINE vec even_halves(__m512i pairs) { return (vec)_mm512_slli_epi32(pairs, 16); }
INLINE vec odd_halves(__m512i pairs) {
  return (vec)_mm512_and_si512(pairs, _mm512_set1_epi32((int)0xffff0000));
}

// The elements of a tile's rows for up to 16 steps, into even[WIDENED][WIDENED] and odd behind it:
// row by row where a row's elements lie side by side, else step by step.
INLINE void widen(const int rows, long steps, const element *a, long row_step, long depth_step,
                  float *wide) {
  const bool by_row = depth_step == 1;
  const long count = by_row ? rows : steps, stride = by_row ? row_step : depth_step;
  const lanes present = first(by_row ? steps : rows);
  for (long i = 0; i < count; i++) {
    const __m512i pairs = _mm512_maskz_loadu_epi32(present, a + i * stride);
    v_store(wide + i * WIDENED, even_halves(pairs));
    v_store(wide + (WIDENED + i) * WIDENED, odd_halves(pairs));
  }
}

INLINE void walk(const int rows, const int vectors, long k, const element *a, long row_step,
                 long depth_step, const element *p, long width, vec sum[12][4]) {
  _Alignas(64) float wide[2 * WIDENED * WIDENED];
  const long wide_row = depth_step == 1 ? WIDENED : 1, wide_step = depth_step == 1 ? 1 : WIDENED;
  for (; k > 0; k -= WIDENED, a += WIDENED * depth_step) {
    const long steps = k < WIDENED ? k : WIDENED;
    widen(rows, steps, a, row_step, depth_step, wide);
    // As in `walk.inc.h`.
    const float *base[3] = {wide, wide + 4 * wide_row, wide + 8 * wide_row};
    __asm__("" : "+r"(base[1]), "+r"(base[2]));
    for (long j = 0; j < steps; j++) {
      vec even[4], odd[4];
#pragma clang loop unroll(full)
      for (int v = 0; v < vectors; v++) {
        const __m512i pairs = _mm512_loadu_si512(p + v * LANES);
        even[v] = even_halves(pairs);
        odd[v] = odd_halves(pairs);
        __builtin_prefetch(p + v * LANES + 1024);
      }
#pragma clang loop unroll(full)
      for (int i = 0; i < rows; i++) {
        const float *x = base[i / 4] + i % 4 * wide_row;
        const vec x_odd = v_broadcast(x + WIDENED * WIDENED), x_even = v_broadcast(x);
#pragma clang loop unroll(full)
        for (int v = 0; v < vectors; v++) sum[i][v] = v_fma(x_odd, odd[v], sum[i][v]);
#pragma clang loop unroll(full)
        for (int v = 0; v < vectors; v++) sum[i][v] = v_fma(x_even, even[v], sum[i][v]);
      }
      base[0] += wide_step;
      base[1] += wide_step;
      base[2] += wide_step;
      p += width;
    }
  }
}
