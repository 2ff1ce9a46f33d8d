// What the machine can do at best, for any vector.

// More chains than latency times units, so that no sum is waited for.
enum { CHAINS = LANES == 16 ? 24 : 12 };

static double peak_f32(long rounds) {
  vec sum[CHAINS];
#pragma clang loop unroll(full)
  for (int i = 0; i < CHAINS; i++) sum[i] = v_all((float)i);
  vec x = v_all(0.5f), y = v_all(0.25f);
  for (long round = 0; round < rounds; round++) {
    // The operands look new in every round: nothing can be computed once and reused.
    __asm__ volatile("" : "+v"(x), "+v"(y));
#pragma clang loop unroll(full)
    for (int i = 0; i < CHAINS; i++) sum[i] = v_fma(sum[i], x, y);
  }
#pragma clang loop unroll(full)
  for (int i = 1; i < CHAINS; i++) sum[0] = v_add(sum[0], sum[i]);
  __asm__ volatile("" : : "v"(sum[0]));
  return (double)rounds * CHAINS * LANES * 2;
}

static void triad(long n, float *a, const float *b, const float *c) {
  const vec three = v_all(3);
  for (long i = 0; i < n; i += LANES) v_stream(a + i, v_fma(three, v_load(c + i), v_load(b + i)));
  _mm_sfence();
}
