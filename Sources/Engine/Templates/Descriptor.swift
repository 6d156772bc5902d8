internal import Glibc

/// An open descriptor that closes itself.
final class Descriptor: Sendable {
  let number: CInt
  init(_ number: CInt) { self.number = number }
  deinit { close(number) }
}
