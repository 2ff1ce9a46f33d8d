int unroll_placeholder;
