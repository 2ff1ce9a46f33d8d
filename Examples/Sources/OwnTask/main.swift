import Unroll
