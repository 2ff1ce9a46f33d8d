// Packing of float panels, for any vector.

static void gather_f32(long k, long n, long padded, const float *const *rows, long offset,
                       float *p, long width, long panel_step) {
  for (long j = 0; j < k; j++, p += width) {
    prefetch_row(rows, j, k, offset, n);
    const float *row = rows[j];
    for (long start = 0; start < padded; start += width) {
      float *to = p + start / width * panel_step;
      const long here = padded - start < width ? padded - start : width;
      const long present = !row ? 0 : n - start < here ? n - start : here;
      long i = 0;
      for (; i + LANES <= present; i += LANES) v_store(to + i, v_load(row + offset + start + i));
      if (i < present) {
        v_store(to + i, v_load_first(row + offset + start + i, first(present - i)));
        i += LANES;
      }
      for (; i < here; i += LANES) v_store(to + i, v_zero());
    }
  }
}

static void gather_blocks_f32(long k, long groups, long blocks, const float *const *rows,
                              long offset, float *p) {
  const long width = 16 * groups;
  for (long j = 0; j < k; j++) {
    prefetch_row(rows, j, k, offset, width * blocks);
    const float *from = rows[j] + offset;
    for (long g = 0; g < groups; g++) {
      for (long b = 0; b < blocks; b++, from += 16) {
        float *to = p + (b * k + j) * width + 16 * g;
        for (int i = 0; i < 16; i += LANES) v_store(to + i, v_load(from + i));
      }
    }
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
