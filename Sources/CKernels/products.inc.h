// Products with packed panels, for any vector. The includer defines
//
//   TILES            a list of X(rows, vectors): the tile bodies to compile
//   MAX_VECTORS      the widest tile, in vectors
//   max_rows         static const int[MAX_VECTORS + 1], the tallest tile of each width
//   HALVED_ROWS      up to so many rows, two tall tiles of half the width beat two low ones of the
//                    whole width: they read the panel once and not twice
//   element          4 bytes of an operand: a float, or two bf16 neighbours along k
//   walk             how a tile's sums go through the depth: `walk.inc.h` or `walk_widened.inc.h`
//
// A tile keeps rows x vectors sums in registers through the whole depth. Every sum is one chain
// from C (or zero) along k, whatever tile it falls into.
//
// The vectors run along the columns; A's elements are broadcast from where they lie, a[i * row_step
// + j * depth_step], so row-major and depth-major operands share one body.

typedef struct {
  long k, row_step, depth_step, width, c_stride;
  unroll_target onto;
  lanes tail;  // the lanes of a tile's last vector
} product;

INLINE void tile_body(const int rows, const int vectors, const product *s, const element *a,
                      const element *p, float *c) {
  const long c_stride = s->c_stride;
  const lanes tail = s->tail;
  vec sum[12][4];
  if (s->onto == UNROLL_CONTINUED) {
#pragma clang loop unroll(full)
    for (int i = 0; i < rows; i++) {
#pragma clang loop unroll(full)
      for (int v = 0; v < vectors; v++) {
        const float *from = c + i * c_stride + v * LANES;
        sum[i][v] = v + 1 < vectors ? v_load(from) : v_load_first(from, tail);
      }
    }
  } else {
#pragma clang loop unroll(full)
    for (int i = 0; i < rows; i++) {
#pragma clang loop unroll(full)
      for (int v = 0; v < vectors; v++) sum[i][v] = v_zero();
    }
  }
  walk(rows, vectors, s->k, a, s->row_step, s->depth_step, p, s->width, sum);
#pragma clang loop unroll(full)
  for (int i = 0; i < rows; i++) {
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++) {
      float *to = c + i * c_stride + v * LANES;
      const bool whole = v + 1 < vectors;
      if (s->onto == UNROLL_ADDED) {
        sum[i][v] = v_add(whole ? v_load(to) : v_load_first(to, tail), sum[i][v]);
      }
      if (whole) {
        v_store(to, sum[i][v]);
      } else {
        v_store_first(to, tail, sum[i][v]);
      }
    }
  }
}

#define X(rows, vectors)                                                                       \
  static __attribute__((noinline)) void tile_##rows##x##vectors(                               \
      const product *s, const element *a, const element *p, float *c) {                        \
    tile_body(rows, vectors, s, a, p, c);                                                      \
  }
TILES
#undef X

typedef void tile(const product *s, const element *a, const element *p, float *c);

static tile *const tiles[MAX_VECTORS + 1][13] = {
#define X(rows, vectors) [vectors][rows] = tile_##rows##x##vectors,
    TILES
#undef X
};

// C[m][n] = A · P, begun with C or added to it as `onto` says. Rows are cut into tiles of nearly equal
// height, since a tile of few rows keeps the multipliers waiting for its few sums.
static void multiply(long m, long n, long k, const element *a, long row_step, long depth_step,
                     const element *p, long width, float *c, long c_stride,
                     unroll_target onto) {
  for (long column = 0; column < n;) {
    const long left = n - column;
    int vectors =
        left >= MAX_VECTORS * LANES ? MAX_VECTORS : (int)((left + LANES - 1) / LANES);
    if (vectors == MAX_VECTORS && m > max_rows[vectors] && m <= HALVED_ROWS) vectors /= 2;
    const product s = {k,        row_step, depth_step, width,
                       c_stride, onto,     first(left - (vectors - 1) * LANES)};
    const long count = (m + max_rows[vectors] - 1) / max_rows[vectors];
    long row = 0;
    for (long t = 0; t < count; t++) {
      const long rows = (m - row) / (count - t);
      if (onto != UNROLL_REPLACED && t + 1 < count) {
        // The sums of the next tile come from far away while this one computes.
        const float *next = c + (row + rows) * c_stride + column;
        for (long i = 0; i < rows + 1; i++) {
          for (int v = 0; v < vectors; v++) __builtin_prefetch(next + i * c_stride + v * LANES, 1);
        }
      }
      tiles[vectors][rows](&s, a + row * row_step, p + column, c + row * c_stride + column);
      row += rows;
    }
    column += vectors * LANES;
  }
}
