// exp, tanh and sigmoid, for any vector.
//
// Goals in order: never NaN for a number; few ulp; speed. One reduction serves all three:
//
//   x = n ln 2 + r with n whole and |r| <= ln 2 / 2,  p = e^r - 1,
//   e^x = 2^n (1 + p),  e^x - 1 = 2^n p + (2^n - 1).
//
// Refused: a rational tanh (degrees 9/8) saves two multiplications, but sigmoid through it loses
// every digit for large negative x.

// p and n of x, which must be finite or NaN.
INLINE vec exp_reduced(vec x, vec *n) {
  *n = v_round(v_mul(x, v_all(0x1.715476p+0f)));
  vec r = v_fnma(*n, v_all(0x1.62e430p-1f), x);
  r = v_fnma(*n, v_all(-0x1.05c610p-29f), r);
  // Minimax for the relative error of p, 1.3e-8 (a fifth of a rounding) before rounding.
  vec q = v_all(0x1.6bec04p-10f);
  q = v_fma(q, r, v_all(0x1.1227b0p-7f));
  q = v_fma(q, r, v_all(0x1.555674p-5f));
  q = v_fma(q, r, v_all(0x1.5554b0p-3f));
  q = v_fma(q, r, v_all(0x1.fffffep-2f));
  return v_fma(v_mul(r, r), q, r);
}

INLINE vec exp_of(vec x) {
  // e^89 overflows and e^-104 underflows; between them n stays within what `v_scale` can do.
  x = v_max(v_all(-104.0f), v_min(v_all(89.0f), x));
  vec n;
  const vec p = exp_reduced(x, &n);
  return v_scale(v_add(p, v_all(1)), n);
}

// 1 / (1 + e^-x).
INLINE vec sigmoid_of(vec x) {
  const vec one = v_all(1);
  return v_div(one, v_add(one, exp_of(v_sub(v_zero(), x))));
}

// t / (t + 2) with t = e^2|x| - 1; the sign is put back, so the function is odd to the bit.
INLINE vec tanh_of(vec x) {
  // From 9.02 on tanh x is 1 in float, and at 10 so is t / (t + 2).
  const vec y = v_min(v_all(10), v_abs(x));
  vec n;
  const vec p = exp_reduced(v_add(y, y), &n), one = v_all(1);
  const vec power = v_scale(one, n);
  const vec t = v_fma(power, p, v_sub(power, one));
  return v_sign(v_div(t, v_add(t, v_all(2))), x);
}

#define APPLY(name, function)                                                    \
  static void name(long n, const float *x, float *y) {                           \
    long i = 0;                                                                  \
    for (; i + LANES <= n; i += LANES) v_store(y + i, function(v_load(x + i)));  \
    const lanes rest = first(n - i);                                             \
    if (i < n) v_store_first(y + i, rest, function(v_load_first(x + i, rest)));  \
  }

APPLY(exp_all, exp_of)
APPLY(sigmoid_all, sigmoid_of)
APPLY(tanh_all, tanh_of)
#undef APPLY
