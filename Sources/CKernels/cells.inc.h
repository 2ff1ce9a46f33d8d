// Gate arithmetic of the recurrent cells, one time step, for any vector. The formulas stand in
// `ckernels.h`; derivatives are taken from the activations that forward left behind.
//
// Gate buffers hold, per group of 16 units, the gates of these units side by side; state buffers
// hold the units in order. Both come from one unit index: gate b of unit u in group g is at
// g * 16 * blocks + b * 16 + u.

enum { GROUP = 16 };

// y (1 - y) scaled: what a sigmoid passes back.
INLINE vec sigmoid_backward(vec d, vec y) { return v_mul(d, v_fnma(y, y, y)); }
// d (1 - y²).
INLINE vec tanh_backward(vec d, vec y) { return v_fnma(v_mul(d, y), y, d); }

#define FOR_EACH_UNIT                     \
  for (long row = 0; row < m; row++)      \
    for (long g = 0; g < groups; g++)     \
      for (long u = 0; u < GROUP; u += LANES)

// What the next panel of units will touch is asked for while its product computes: gates of earlier
// steps lie in the L3 cache or beyond. Forward has them at hand, from the input product.
INLINE void expect_next(const float *x, int blocks) {
  for (int b = 0; b < blocks; b++) __builtin_prefetch(x + b * GROUP);
}

static void rnn_tanh_backward(long m, long groups, const float *h, long h_stride, const float *dh,
                              long dh_stride, float *d, long d_stride) {
  FOR_EACH_UNIT {
    const long unit = g * GROUP + u;
    v_store(d + row * d_stride + unit,
            tanh_backward(v_load(dh + row * dh_stride + unit), v_load(h + row * h_stride + unit)));
  }
}

static void sigmoid_back(long m, long groups, const float *y, long y_stride, const float *dy,
                         long dy_stride, float *d, long d_stride) {
  FOR_EACH_UNIT {
    const long unit = g * GROUP + u;
    v_store(d + row * d_stride + unit, sigmoid_backward(v_load(dy + row * dy_stride + unit),
                                                        v_load(y + row * y_stride + unit)));
  }
}

// 0 up to a half, 1 above.
INLINE vec zero_or_one(vec x) { return v_min(v_all(1), v_max(v_zero(), v_round(x))); }

static void clockwork_forward(long m, long groups, const float *gates, long gates_stride,
                              const float *periods, const float *c_prev, long c_prev_stride,
                              float *c, long c_stride, const float *h_prev, long h_prev_stride,
                              float *h, long h_stride) {
  const vec one = v_all(1);
  FOR_EACH_UNIT {
    const long unit = g * GROUP + u;
    const vec since = v_load(c_prev + row * c_prev_stride + unit), next = v_add(since, one);
    const vec rests = zero_or_one(since);
    const vec candidate = tanh_of(v_load(gates + row * gates_stride + unit));
    const vec before = v_load(h_prev + row * h_prev_stride + unit);
    const vec counts = zero_or_one(v_sub(v_load(periods + unit), next));
    v_store(h + row * h_stride + unit,
            v_fma(rests, before, v_mul(v_sub(one, rests), candidate)));
    v_store(c + row * c_stride + unit, v_mul(counts, next));
  }
}

static void clockwork_backward(long m, long groups, const float *c_prev, long c_prev_stride,
                               const float *c, long c_stride, const float *h, long h_stride,
                               const float *dh, long dh_stride, float *d, long d_stride, float *dc,
                               long dc_stride, float *dh_prev, long dh_prev_stride) {
  FOR_EACH_UNIT {
    const long unit = g * GROUP + u;
    const vec rests = zero_or_one(v_load(c_prev + row * c_prev_stride + unit));
    const vec counts = zero_or_one(v_load(c + row * c_stride + unit));
    const vec d_h = v_load(dh + row * dh_stride + unit);
    const vec d_new = v_fnma(d_h, rests, d_h);
    v_store(d + row * d_stride + unit,
            tanh_backward(d_new, v_load(h + row * h_stride + unit)));
    float *later = dc + row * dc_stride + unit, *direct = dh_prev + row * dh_prev_stride + unit;
    v_store(later, v_mul(counts, v_load(later)));
    v_store(direct, v_fma(d_h, rests, v_load(direct)));
  }
}

static void lstm_forward(long m, long groups, float *gates, long gates_stride, const float *c_prev,
                         long c_prev_stride, float *c, long c_stride, float *h, long h_stride) {
  FOR_EACH_UNIT {
    const long unit = g * GROUP + u;
    float *at = gates + row * gates_stride + g * 4 * GROUP + u;
    const vec input = sigmoid_of(v_load(at));
    const vec forget = sigmoid_of(v_load(at + GROUP));
    const vec candidate = tanh_of(v_load(at + 2 * GROUP));
    const vec output = sigmoid_of(v_load(at + 3 * GROUP));
    const vec before = v_load(c_prev + row * c_prev_stride + unit);
    const vec cell = v_fma(forget, before, v_mul(input, candidate));
    v_store(at, input);
    v_store(at + GROUP, forget);
    v_store(at + 2 * GROUP, candidate);
    v_store(at + 3 * GROUP, output);
    v_store(c + row * c_stride + unit, cell);
    v_store(h + row * h_stride + unit, v_mul(output, tanh_of(cell)));
  }
}

static void lstm_backward(long m, long groups, float *gates, long gates_stride,
                          const float *c_prev, long c_prev_stride, const float *c, long c_stride,
                          const float *dh, long dh_stride, float *dc, long dc_stride) {
  FOR_EACH_UNIT {
    const long unit = g * GROUP + u;
    float *at = gates + row * gates_stride + g * 4 * GROUP + u;
    expect_next(at + groups * 4 * GROUP, 4);
    expect_next(c_prev + row * c_prev_stride + unit + groups * GROUP, 1);
    const vec input = v_load(at), forget = v_load(at + GROUP);
    const vec candidate = v_load(at + 2 * GROUP), output = v_load(at + 3 * GROUP);
    const vec before = v_load(c_prev + row * c_prev_stride + unit);
    const vec squashed = tanh_of(v_load(c + row * c_stride + unit));
    const vec d_h = v_load(dh + row * dh_stride + unit);
    const vec d_later = v_load(dc + row * dc_stride + unit);
    const vec d_cell = v_add(d_later, tanh_backward(v_mul(d_h, output), squashed));
    v_store(at, sigmoid_backward(v_mul(d_cell, candidate), input));
    v_store(at + GROUP, sigmoid_backward(v_mul(d_cell, before), forget));
    v_store(at + 2 * GROUP, tanh_backward(v_mul(d_cell, input), candidate));
    v_store(at + 3 * GROUP, sigmoid_backward(v_mul(d_h, squashed), output));
    v_store(dc + row * dc_stride + unit, v_mul(d_cell, forget));
  }
}

// Gates f g o; the input gate is 1 - f.
static void lstm_coupled_forward(long m, long groups, float *gates, long gates_stride,
                                 const float *c_prev, long c_prev_stride, float *c, long c_stride,
                                 float *h, long h_stride) {
  FOR_EACH_UNIT {
    const long unit = g * GROUP + u;
    float *at = gates + row * gates_stride + g * 3 * GROUP + u;
    const vec forget = sigmoid_of(v_load(at));
    const vec candidate = tanh_of(v_load(at + GROUP));
    const vec output = sigmoid_of(v_load(at + 2 * GROUP));
    const vec before = v_load(c_prev + row * c_prev_stride + unit);
    const vec cell = v_fma(forget, v_sub(before, candidate), candidate);
    v_store(at, forget);
    v_store(at + GROUP, candidate);
    v_store(at + 2 * GROUP, output);
    v_store(c + row * c_stride + unit, cell);
    v_store(h + row * h_stride + unit, v_mul(output, tanh_of(cell)));
  }
}

static void lstm_coupled_backward(long m, long groups, float *gates, long gates_stride,
                                  const float *c_prev, long c_prev_stride, const float *c,
                                  long c_stride, const float *dh, long dh_stride, float *dc,
                                  long dc_stride) {
  FOR_EACH_UNIT {
    const long unit = g * GROUP + u;
    float *at = gates + row * gates_stride + g * 3 * GROUP + u;
    const vec forget = v_load(at), candidate = v_load(at + GROUP), output = v_load(at + 2 * GROUP);
    const vec before = v_load(c_prev + row * c_prev_stride + unit);
    const vec squashed = tanh_of(v_load(c + row * c_stride + unit));
    const vec d_h = v_load(dh + row * dh_stride + unit);
    const vec d_later = v_load(dc + row * dc_stride + unit);
    const vec d_cell = v_add(d_later, tanh_backward(v_mul(d_h, output), squashed));
    v_store(at, sigmoid_backward(v_mul(d_cell, v_sub(before, candidate)), forget));
    v_store(at + GROUP, tanh_backward(v_fnma(d_cell, forget, d_cell), candidate));
    v_store(at + 2 * GROUP, sigmoid_backward(v_mul(d_h, squashed), output));
    v_store(dc + row * dc_stride + unit, v_mul(d_cell, forget));
  }
}

// The LSTM, whose i, f and o see the cell state: p holds p_i p_f p_o for each group.
static void lstm_peephole_forward(long m, long groups, float *gates, long gates_stride,
                                  const float *p, const float *c_prev, long c_prev_stride,
                                  float *c, long c_stride, float *h, long h_stride) {
  FOR_EACH_UNIT {
    const long unit = g * GROUP + u;
    float *at = gates + row * gates_stride + g * 4 * GROUP + u;
    const float *hole = p + g * 3 * GROUP + u;
    const vec before = v_load(c_prev + row * c_prev_stride + unit);
    const vec input = sigmoid_of(v_fma(v_load(hole), before, v_load(at)));
    const vec forget = sigmoid_of(v_fma(v_load(hole + GROUP), before, v_load(at + GROUP)));
    const vec candidate = tanh_of(v_load(at + 2 * GROUP));
    const vec cell = v_fma(forget, before, v_mul(input, candidate));
    const vec output = sigmoid_of(v_fma(v_load(hole + 2 * GROUP), cell, v_load(at + 3 * GROUP)));
    v_store(at, input);
    v_store(at + GROUP, forget);
    v_store(at + 2 * GROUP, candidate);
    v_store(at + 3 * GROUP, output);
    v_store(c + row * c_stride + unit, cell);
    v_store(h + row * h_stride + unit, v_mul(output, tanh_of(cell)));
  }
}

static void lstm_peephole_backward(long m, long groups, float *gates, long gates_stride,
                                   const float *p, const float *c_prev, long c_prev_stride,
                                   const float *c, long c_stride, const float *dh, long dh_stride,
                                   float *dc, long dc_stride, float *dp, long dp_stride) {
  FOR_EACH_UNIT {
    const long unit = g * GROUP + u, holes = g * 3 * GROUP + u;
    float *at = gates + row * gates_stride + g * 4 * GROUP + u;
    float *d_hole = dp + row * dp_stride + holes;
    const float *hole = p + holes;
    const vec input = v_load(at), forget = v_load(at + GROUP);
    const vec candidate = v_load(at + 2 * GROUP), output = v_load(at + 3 * GROUP);
    const vec before = v_load(c_prev + row * c_prev_stride + unit);
    const vec cell = v_load(c + row * c_stride + unit);
    const vec squashed = tanh_of(cell);
    const vec d_h = v_load(dh + row * dh_stride + unit);
    const vec d_later = v_load(dc + row * dc_stride + unit);
    const vec d_output = sigmoid_backward(v_mul(d_h, squashed), output);
    const vec d_cell = v_fma(d_output, v_load(hole + 2 * GROUP),
                             v_add(d_later, tanh_backward(v_mul(d_h, output), squashed)));
    const vec d_input = sigmoid_backward(v_mul(d_cell, candidate), input);
    const vec d_forget = sigmoid_backward(v_mul(d_cell, before), forget);
    v_store(at, d_input);
    v_store(at + GROUP, d_forget);
    v_store(at + 2 * GROUP, tanh_backward(v_mul(d_cell, input), candidate));
    v_store(at + 3 * GROUP, d_output);
    v_store(d_hole, v_mul(d_input, before));
    v_store(d_hole + GROUP, v_mul(d_forget, before));
    v_store(d_hole + 2 * GROUP, v_mul(d_output, cell));
    v_store(dc + row * dc_stride + unit,
            v_fma(d_forget, v_load(hole + GROUP),
                  v_fma(d_input, v_load(hole), v_mul(d_cell, forget))));
  }
}

static void gru_forward(long m, long groups, float *x, long x_stride, const float *u_parts,
                        long u_stride, float *un, long un_stride, const float *h_prev,
                        long h_prev_stride, float *h, long h_stride) {
  FOR_EACH_UNIT {
    const long unit = g * GROUP + u, gate = g * 3 * GROUP + u;
    float *at = x + row * x_stride + gate;
    const float *recurrent = u_parts + row * u_stride + gate;
    const vec reset = sigmoid_of(v_add(v_load(at), v_load(recurrent)));
    const vec update = sigmoid_of(v_add(v_load(at + GROUP), v_load(recurrent + GROUP)));
    const vec projected = v_load(recurrent + 2 * GROUP);
    const vec candidate = tanh_of(v_fma(reset, projected, v_load(at + 2 * GROUP)));
    const vec before = v_load(h_prev + row * h_prev_stride + unit);
    v_store(at, reset);
    v_store(at + GROUP, update);
    v_store(at + 2 * GROUP, candidate);
    v_store(un + row * un_stride + unit, projected);
    // (1 - z) n + z h
    v_store(h + row * h_stride + unit, v_fma(update, v_sub(before, candidate), candidate));
  }
}

static void gru_backward(long m, long groups, float *x, long x_stride, const float *un,
                         long un_stride, const float *h_prev, long h_prev_stride, const float *dh,
                         long dh_stride, float *du, long du_stride, float *dh_prev,
                         long dh_prev_stride) {
  FOR_EACH_UNIT {
    const long unit = g * GROUP + u, gate = g * 3 * GROUP + u;
    float *at = x + row * x_stride + gate, *d_recurrent = du + row * du_stride + gate;
    expect_next(at + groups * 3 * GROUP, 3);
    expect_next(d_recurrent + groups * 3 * GROUP, 3);
    expect_next(un + row * un_stride + unit + groups * GROUP, 1);
    expect_next(h_prev + row * h_prev_stride + unit + groups * GROUP, 1);
    expect_next(dh_prev + row * dh_prev_stride + unit + groups * GROUP, 1);
    const vec reset = v_load(at), update = v_load(at + GROUP), candidate = v_load(at + 2 * GROUP);
    const vec projected = v_load(un + row * un_stride + unit);
    const vec before = v_load(h_prev + row * h_prev_stride + unit);
    const vec d_h = v_load(dh + row * dh_stride + unit);
    const vec d_update = sigmoid_backward(v_mul(d_h, v_sub(before, candidate)), update);
    const vec d_candidate = tanh_backward(v_fnma(d_h, update, d_h), candidate);
    const vec d_reset = sigmoid_backward(v_mul(d_candidate, projected), reset);
    v_store(at, d_reset);
    v_store(at + GROUP, d_update);
    v_store(at + 2 * GROUP, d_candidate);
    v_store(d_recurrent, d_reset);
    v_store(d_recurrent + GROUP, d_update);
    v_store(d_recurrent + 2 * GROUP, v_mul(d_candidate, reset));
    float *direct = dh_prev + row * dh_prev_stride + unit;
    v_store(direct, v_fma(d_h, update, v_load(direct)));
  }
}

// Gates z n, without a reset gate.
static void gru_simple_forward(long m, long groups, float *gates, long gates_stride,
                               const float *h_prev, long h_prev_stride, float *h, long h_stride) {
  FOR_EACH_UNIT {
    const long unit = g * GROUP + u;
    float *at = gates + row * gates_stride + g * 2 * GROUP + u;
    const vec update = sigmoid_of(v_load(at)), candidate = tanh_of(v_load(at + GROUP));
    const vec before = v_load(h_prev + row * h_prev_stride + unit);
    v_store(at, update);
    v_store(at + GROUP, candidate);
    v_store(h + row * h_stride + unit, v_fma(update, v_sub(before, candidate), candidate));
  }
}

static void gru_simple_backward(long m, long groups, float *gates, long gates_stride,
                                const float *h_prev, long h_prev_stride, const float *dh,
                                long dh_stride, float *dh_prev, long dh_prev_stride) {
  FOR_EACH_UNIT {
    const long unit = g * GROUP + u;
    float *at = gates + row * gates_stride + g * 2 * GROUP + u;
    const vec update = v_load(at), candidate = v_load(at + GROUP);
    const vec before = v_load(h_prev + row * h_prev_stride + unit);
    const vec d_h = v_load(dh + row * dh_stride + unit);
    v_store(at, sigmoid_backward(v_mul(d_h, v_sub(before, candidate)), update));
    v_store(at + GROUP, tanh_backward(v_fnma(d_h, update, d_h), candidate));
    float *direct = dh_prev + row * dh_prev_stride + unit;
    v_store(direct, v_fma(d_h, update, v_load(direct)));
  }
}

// Gates z n, of which n has no activation.
static void min_gru_activate(long m, long groups, float *gates, long gates_stride) {
  FOR_EACH_UNIT {
    float *at = gates + row * gates_stride + g * 2 * GROUP + u;
    v_store(at, sigmoid_of(v_load(at)));
  }
}

static void min_gru_backward(long m, long groups, float *gates, long gates_stride,
                             const float *h_prev, long h_prev_stride, const float *dh,
                             long dh_stride, float *dh_prev, long dh_prev_stride) {
  FOR_EACH_UNIT {
    const long unit = g * GROUP + u;
    float *at = gates + row * gates_stride + g * 2 * GROUP + u;
    const vec update = v_load(at), candidate = v_load(at + GROUP);
    const vec before = v_load(h_prev + row * h_prev_stride + unit);
    const vec d_h = v_load(dh + row * dh_stride + unit);
    v_store(at, sigmoid_backward(v_mul(d_h, v_sub(candidate, before)), update));
    v_store(at + GROUP, v_mul(d_h, update));
    float *direct = dh_prev + row * dh_prev_stride + unit;
    v_store(direct, v_add(v_load(direct), v_fnma(d_h, update, d_h)));
  }
}

// Gates i f g, of which g has no activation.
static void min_lstm_activate(long m, long groups, float *gates, long gates_stride, float *z,
                              long z_stride) {
  // Both gates may have underflowed to zero: then they count the same.
  const vec least = v_all(1e-30f);
  FOR_EACH_UNIT {
    float *at = gates + row * gates_stride + g * 3 * GROUP + u;
    const vec input = v_max(least, sigmoid_of(v_load(at)));
    const vec forget = v_max(least, sigmoid_of(v_load(at + GROUP)));
    v_store(at, input);
    v_store(at + GROUP, forget);
    v_store(z + row * z_stride + g * GROUP + u, v_div(input, v_add(input, forget)));
  }
}

static void min_lstm_backward(long m, long groups, float *gates, long gates_stride, const float *z,
                              long z_stride, const float *h_prev, long h_prev_stride,
                              const float *dh, long dh_stride, float *dh_prev,
                              long dh_prev_stride) {
  FOR_EACH_UNIT {
    const long unit = g * GROUP + u;
    float *at = gates + row * gates_stride + g * 3 * GROUP + u;
    const vec input = v_load(at), forget = v_load(at + GROUP), candidate = v_load(at + 2 * GROUP);
    const vec share = v_load(z + row * z_stride + unit);
    const vec before = v_load(h_prev + row * h_prev_stride + unit);
    const vec d_h = v_load(dh + row * dh_stride + unit);
    const vec d_share = sigmoid_backward(v_mul(d_h, v_sub(candidate, before)), share);
    v_store(at, v_fnma(d_share, input, d_share));
    v_store(at + GROUP, v_sub(v_mul(d_share, forget), d_share));
    v_store(at + 2 * GROUP, v_mul(d_h, share));
    float *direct = dh_prev + row * dh_prev_stride + unit;
    v_store(direct, v_add(v_load(direct), v_fnma(d_h, share, d_h)));
  }
}

static void mix(long m, long groups, const float *z, long z_stride, long z_step, const float *n,
                long n_stride, long n_step, const float *h_prev, long h_prev_stride, float *h,
                long h_stride) {
  FOR_EACH_UNIT {
    const long unit = g * GROUP + u;
    const vec before = v_load(h_prev + row * h_prev_stride + unit);
    const vec share = v_load(z + row * z_stride + g * z_step + u);
    const vec candidate = v_load(n + row * n_stride + g * n_step + u);
    v_store(h + row * h_stride + unit, v_fma(share, v_sub(candidate, before), before));
  }
}

#undef FOR_EACH_UNIT
