// `import Unroll` is all a user needs, from one name.
@_exported import Autodiff
@_exported import Compute
@_exported import Corpora
@_exported import Exchange
@_exported import Interchange
@_exported import Measures
@_exported import Networks
@_exported import Parallel
@_exported import Reports
@_exported import Runs
@_exported import Tasks
@_exported import Throughput
