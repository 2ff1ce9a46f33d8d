// The table entries for products of bf16 pairs. The includer says what they are called:
//
//   panel_bf16, packed_bf16

void panel_bf16(long m, long n, long k, const uint16_t *a, long a_stride, const uint16_t *p,
                long width, float *c, long c_stride, bool add) {
  multiply(m, n, k / 2, (const element *)a, a_stride / 2, 1, (const element *)p, width, c,
           c_stride, add ? UNROLL_CONTINUED : UNROLL_REPLACED);
}

void packed_bf16(long m, long n, long k, const uint16_t *a, long a_stride,
                 const uint16_t *p, long width, float *c, long c_stride,
                 unroll_target onto) {
  multiply(m, n, k / 2, (const element *)a, 1, a_stride, (const element *)p, width, c, c_stride,
           onto);
}
