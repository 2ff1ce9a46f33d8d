// Packing of float panels, for any vector.

static void gather_f32(long k, long n, long padded, const float *const *rows, long offset,
                       float *p, long width) {
  for (long j = 0; j < k; j++, p += width) {
    const float *row = rows[j];
    const long present = row ? n : 0;
    long i = 0;
    for (; i + LANES <= present; i += LANES) v_store(p + i, v_load(row + offset + i));
    if (i < present) {
      v_store(p + i, v_load_first(row + offset + i, first(present - i)));
      i += LANES;
    }
    for (; i < padded; i += LANES) v_store(p + i, v_zero());
  }
}

static void transpose_f32(long m, long k, const float *w, long stride, float *p, long width) {
  for (long i = 0; i < 16; i += LANES) {
    for (long j = 0; j < k; j += LANES) {
      const lanes columns = first(k - j);
      vec block[LANES];
      for (int row = 0; row < LANES; row++) {
        block[row] =
            i + row < m ? v_load_first(w + (i + row) * stride + j, columns) : v_zero();
      }
      v_transpose(block);
      const long count = k - j < LANES ? k - j : LANES;
      for (int column = 0; column < count; column++) {
        v_store(p + (j + column) * width + i, block[column]);
      }
    }
  }
}
