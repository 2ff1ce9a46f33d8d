// Softmax with cross-entropy, sums and dropout, for any vector.

static float softmax_cross_entropy(long n, float *logits, long target, float scale) {
  const float logit = logits[target];
  const vec lowest = v_all(-INFINITY);
  vec peaks = lowest;
  long i = 0;
  for (; i + LANES <= n; i += LANES) peaks = v_max(peaks, v_load(logits + i));
  const lanes rest = first(n - i);
  if (i < n) peaks = v_max(peaks, v_keep(v_load_first(logits + i, rest), rest, lowest));
  const float largest = v_largest(peaks);
  const vec shift = v_all(largest);

  // With a gradient the exponentials are kept, so that each is computed once.
  const bool keeps = scale != 0;
  vec sums = v_zero();
  for (i = 0; i + LANES <= n; i += LANES) {
    const vec e = exp_of(v_sub(v_load(logits + i), shift));
    sums = v_add(sums, e);
    if (keeps) v_store(logits + i, e);
  }
  if (i < n) {
    const vec e = exp_of(v_sub(v_load_first(logits + i, rest), shift));
    sums = v_add(sums, v_keep(e, rest, v_zero()));
    if (keeps) v_store_first(logits + i, rest, e);
  }
  const float sum = v_total(sums);

  if (keeps) {
    const vec factor = v_all(scale / sum);
    for (i = 0; i + LANES <= n; i += LANES) v_store(logits + i, v_mul(v_load(logits + i), factor));
    if (i < n) v_store_first(logits + i, rest, v_mul(v_load_first(logits + i, rest), factor));
    logits[target] -= scale;
  }
  return logf(sum) - (logit - largest);
}

static double sum_of_squares(long n, const float *x) {
  dvec sum = d_zero();
  for (long i = 0; i < n; i += 16) sum = d_add_squares(sum, x + i, n - i);
  return d_total(sum);
}

// Rows 0 ... k - 1, or those in a list; the list ahead is not read beyond its end.
INLINE void add_rows_of(const int vectors, const int32_t *list, long k, const float *x, long stride,
                        float *sums) {
  vec sum[8];
#pragma clang loop unroll(full)
  for (int v = 0; v < vectors; v++) sum[v] = v_load(sums + v * LANES);
  for (long j = 0; j < k; j++) {
    const long ahead = list ? list[j + ROWS_AHEAD < k ? j + ROWS_AHEAD : k - 1] : j + ROWS_AHEAD;
    const float *row = x + (list ? list[j] : j) * stride;
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++) {
      sum[v] = v_add(sum[v], v_load(row + v * LANES));
      __builtin_prefetch(x + ahead * stride + v * LANES);
    }
  }
#pragma clang loop unroll(full)
  for (int v = 0; v < vectors; v++) v_store(sums + v * LANES, sum[v]);
}

INLINE void add_all_rows(const int32_t *list, long k, long n, const float *x, long stride,
                         float *sums) {
  long i = 0;
  for (; i + 8 * LANES <= n; i += 8 * LANES) add_rows_of(8, list, k, x + i, stride, sums + i);
  for (; i + 2 * LANES <= n; i += 2 * LANES) add_rows_of(2, list, k, x + i, stride, sums + i);
  for (; i < n; i += LANES) add_rows_of(1, list, k, x + i, stride, sums + i);
}

static void add_rows(long k, long n, const float *x, long stride, float *sums) {
  add_all_rows(0, k, n, x, stride, sums);
}

static void add_listed_rows(long k, const int32_t *list, long n, const float *x, long stride,
                            float *sums) {
  add_all_rows(list, k, n, x, stride, sums);
}

static void add_block(long m, long n, const float *x, long x_stride, float *y, long y_stride) {
  for (; m > 0; m--, x += x_stride, y += y_stride) {
    long i = 0;
    for (; i + LANES <= n; i += LANES) {
      // Rows of y lie far apart, and far away.
      __builtin_prefetch(y + ROWS_AHEAD * y_stride + i, 1);
      v_store(y + i, v_add(v_load(y + i), v_load(x + i)));
    }
    const lanes rest = first(n - i);
    if (i < n)
      v_store_first(y + i, rest, v_add(v_load_first(y + i, rest), v_load_first(x + i, rest)));
  }
}

// Ten rounds on LANES counters: w[j] holds word j of each.
INLINE void philox(ivec w[4], uint64_t seed) {
  uint32_t key0 = (uint32_t)seed, key1 = (uint32_t)(seed >> 32);
  for (int round = 0; round < 10; round++) {
    ivec low0, high0, low1, high1;
    i_multiply(w[0], i_all(0xD2511F53u), &low0, &high0);
    i_multiply(w[2], i_all(0xCD9E8D57u), &low1, &high1);
    w[0] = i_xor(i_xor(high1, w[1]), i_all(key0));
    w[1] = low1;
    w[2] = i_xor(i_xor(high0, w[3]), i_all(key1));
    w[3] = low0;
    key0 += 0x9E3779B9u;
    key1 += 0xBB67AE85u;
  }
}

static void dropout(long n, const float *x, float *y, uint64_t seed, uint32_t purpose,
                    uint32_t update, uint32_t row, uint32_t threshold, float scale) {
  // A transpose within 128 bits must leave the words in the order of their indices: lane 4 l + q
  // therefore counts block (LANES / 4) q + l.
  uint32_t order[LANES];
  for (int lane = 0; lane < LANES; lane++) order[lane] = LANES / 4 * (lane % 4) + lane / 4;
  ivec blocks = i_load(order);
  const ivec limit = i_all(threshold);
  const vec factor = v_all(scale);
  for (long start = 0; start < n; start += 4 * LANES) {
    ivec w[4] = {blocks, i_all(row), i_all(update), i_all(purpose)};
    philox(w, seed);
    i_transpose4(w);
    for (int q = 0; q < 4; q++) {
      const long at = start + q * LANES;
      if (at + LANES <= n) {
        v_store(y + at, v_where_not_below(v_mul(v_load(x + at), factor), w[q], limit));
      } else if (at < n) {
        const lanes rest = first(n - at);
        v_store_first(y + at, rest,
                      v_where_not_below(v_mul(v_load_first(x + at, rest), factor), w[q], limit));
      }
    }
    blocks = i_add(blocks, i_all(LANES));
  }
}
