/// Arithmetic on whole rows of numbers, where they lie. One file a function or two.
package enum Rows {}
