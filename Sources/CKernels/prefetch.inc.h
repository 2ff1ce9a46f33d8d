// Rows come from far away and each lies elsewhere, so a few are asked for ahead.
enum { ROWS_AHEAD = 8 };

INLINE void prefetch_row(const float *const *rows, long j, long k, long offset, long n) {
  if (j + ROWS_AHEAD >= k || !rows[j + ROWS_AHEAD]) return;
  const float *row = rows[j + ROWS_AHEAD] + offset;
  for (long i = 0; i < n; i += 16) __builtin_prefetch(row + i);
}
