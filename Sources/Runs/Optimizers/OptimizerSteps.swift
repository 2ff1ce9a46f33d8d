import Compute

// One loop an optimizer, formula by formula as in `torch.optim`. The portable form; those with a root
// have kernels (CKernels/optimizers.inc.h), without which they ran at 8 of 56 GB/s.

/// `w -= η g`
@specialized(where S == Float)
@specialized(where S == Double)
func stepSGD<S: MatrixElement>(
  _ w: UnsafeMutablePointer<S>, _ g: UnsafePointer<S>, _ count: Int, _ factor: S,
  _ c: StepConstants<S>
) {
  for i in 0..<count {
    let gradient = g[i] * factor + c.decay * w[i]
    w[i] = w[i] * c.shrink - c.rate * gradient
  }
}

/// `m = μ m + g`, `w -= η m`; Nesterov: `w -= η (g + μ m)`. Sutskever et al. 2013.
@specialized(where S == Float)
@specialized(where S == Double)
func stepMomentum<S: MatrixElement>(
  _ w: UnsafeMutablePointer<S>, _ g: UnsafePointer<S>, _ m: UnsafeMutablePointer<S>,
  _ count: Int, _ factor: S, _ c: StepConstants<S>, isNesterov: Bool
) {
  for i in 0..<count {
    let gradient = g[i] * factor + c.decay * w[i]
    let velocity = c.first * m[i] + gradient
    m[i] = velocity
    let direction = isNesterov ? gradient + c.first * velocity : velocity
    w[i] = w[i] * c.shrink - c.rate * direction
  }
}

/// `m = β₁ m + (1-β₁) g`, `v = β₂ v + (1-β₂) g²`,
/// `w -= η/(1-β₁ᵗ) · m / (√v / √(1-β₂ᵗ) + ε)`. Kingma & Ba 2015; AdamW: Loshchilov & Hutter 2019.
@specialized(where S == Float)
@specialized(where S == Double)
func stepAdam<S: MatrixElement>(
  _ w: UnsafeMutablePointer<S>, _ g: UnsafePointer<S>, _ m: UnsafeMutablePointer<S>,
  _ v: UnsafeMutablePointer<S>, _ count: Int, _ factor: S, _ c: StepConstants<S>
) {
  let (first, second) = (1 - c.first, 1 - c.second)
  for i in 0..<count {
    let gradient = g[i] * factor + c.decay * w[i]
    let mean = c.first * m[i] + first * gradient
    let square = c.second * v[i] + second * gradient * gradient
    m[i] = mean
    v[i] = square
    w[i] =
      w[i] * c.shrink - c.rate * mean / (square.squareRoot() * c.secondCorrection + c.epsilon)
  }
}

/// `s = ρ s + (1-ρ) g²`, `w -= η g / (√s + ε)`. Tieleman & Hinton 2012.
@specialized(where S == Float)
@specialized(where S == Double)
func stepRMSProp<S: MatrixElement>(
  _ w: UnsafeMutablePointer<S>, _ g: UnsafePointer<S>, _ s: UnsafeMutablePointer<S>,
  _ count: Int, _ factor: S, _ c: StepConstants<S>
) {
  for i in 0..<count {
    let gradient = g[i] * factor + c.decay * w[i]
    let square = c.second * s[i] + (1 - c.second) * gradient * gradient
    s[i] = square
    w[i] = w[i] * c.shrink - c.rate * gradient / (square.squareRoot() + c.epsilon)
  }
}

/// `s += g²`, `w -= η g / (√s + ε)`. Duchi et al. 2011.
@specialized(where S == Float)
@specialized(where S == Double)
func stepAdagrad<S: MatrixElement>(
  _ w: UnsafeMutablePointer<S>, _ g: UnsafePointer<S>, _ s: UnsafeMutablePointer<S>,
  _ count: Int, _ factor: S, _ c: StepConstants<S>
) {
  for i in 0..<count {
    let gradient = g[i] * factor + c.decay * w[i]
    let square = s[i] + gradient * gradient
    s[i] = square
    w[i] = w[i] * c.shrink - c.rate * gradient / (square.squareRoot() + c.epsilon)
  }
}
