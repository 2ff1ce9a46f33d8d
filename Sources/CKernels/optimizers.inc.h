// Steps of optimizers whose direction is divided by a root: their loops are not vectorised without
// kernels, and then bound by the root instead of by memory. Formulas: see Runs/Optimizers.

// The gradient as the optimizer takes it: scaled by the clip factor, with L2 decay.
INLINE vec step_gradient(const unroll_step *c, vec g, vec w) {
  return v_fma(g, v_all(c->factor), v_mul(v_all(c->decay), w));
}

// w shrink - rate · direction / (√square · correction + epsilon).
INLINE vec step_weight(const unroll_step *c, vec w, vec direction, vec square) {
  const vec root = v_fma(v_sqrt(square), v_all(c->second_correction), v_all(c->epsilon));
  return v_sub(v_mul(w, v_all(c->shrink)), v_div(v_mul(v_all(c->rate), direction), root));
}

static void step_adam(long n, float *w, const float *g, float *m, float *v,
                      const unroll_step *c) {
  for (long i = 0; i < n; i += LANES) {
    const lanes k = first(n - i);
    const vec weight = v_load_first(w + i, k);
    const vec gradient = step_gradient(c, v_load_first(g + i, k), weight);
    const vec mean = v_fma(v_all(c->first), v_load_first(m + i, k),
                           v_mul(v_all(1.0f - c->first), gradient));
    const vec square = v_fma(v_all(c->second), v_load_first(v + i, k),
                             v_mul(v_mul(v_all(1.0f - c->second), gradient), gradient));
    v_store_first(m + i, k, mean);
    v_store_first(v + i, k, square);
    v_store_first(w + i, k, step_weight(c, weight, mean, square));
  }
}

static void step_rmsprop(long n, float *w, const float *g, float *s,
                         const unroll_step *c) {
  for (long i = 0; i < n; i += LANES) {
    const lanes k = first(n - i);
    const vec weight = v_load_first(w + i, k);
    const vec gradient = step_gradient(c, v_load_first(g + i, k), weight);
    const vec square = v_fma(v_all(c->second), v_load_first(s + i, k),
                             v_mul(v_mul(v_all(1.0f - c->second), gradient), gradient));
    v_store_first(s + i, k, square);
    v_store_first(w + i, k, step_weight(c, weight, gradient, square));
  }
}

static void step_adagrad(long n, float *w, const float *g, float *s,
                         const unroll_step *c) {
  for (long i = 0; i < n; i += LANES) {
    const lanes k = first(n - i);
    const vec weight = v_load_first(w + i, k);
    const vec gradient = step_gradient(c, v_load_first(g + i, k), weight);
    const vec square = v_fma(gradient, gradient, v_load_first(s + i, k));
    v_store_first(s + i, k, square);
    v_store_first(w + i, k, step_weight(c, weight, gradient, square));
  }
}
