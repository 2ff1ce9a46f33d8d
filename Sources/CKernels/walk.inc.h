// The walk of a tile through the depth, an element of both operands at a time. The includer defines
// `element` and
//
//   operand          a vector of elements
//   load_panel, broadcast_element, multiply_add

INLINE void walk(const int rows, const int vectors, long k, const element *a, long row_step,
                 long depth_step, const element *p, long width, vec sum[12][4]) {
  // Three bases, of which the compiler knows no relation: it would else walk from row to row by
  // additions, one after the other, and a tall tile would wait for them.
  const element *base[3] = {a, a + 4 * row_step, a + 8 * row_step};
  __asm__("" : "+r"(base[1]), "+r"(base[2]));
  for (long j = k; j > 0; j--) {
    operand b[4];
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++) {
      b[v] = load_panel(p + v * LANES);
      // 4 KiB ahead: with few rows, panels that come from the L3 cache arrive a fifth faster.
      __builtin_prefetch(p + v * LANES + 1024);
    }
#pragma clang loop unroll(full)
    for (int i = 0; i < rows; i++) {
      const operand x = broadcast_element(base[i / 4] + i % 4 * row_step);
#pragma clang loop unroll(full)
      for (int v = 0; v < vectors; v++) sum[i][v] = multiply_add(x, b[v], sum[i][v]);
    }
    base[0] += depth_step;
    base[1] += depth_step;
    base[2] += depth_step;
    p += width;
  }
}
