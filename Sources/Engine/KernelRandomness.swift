internal import CLinux
public import Fixups
internal import Glibc

/// Randomness from the kernel and from nowhere else (getrandom(2); /dev/urandom on kernels without it).
public struct KernelRandomness: FreshValues {
  public init() {}

  public func bytes(_ count: Int) throws -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    guard imprint_random(&bytes, count) == 0 else {
      throw EngineError(
        .inputOutput, "the kernel gives no random bytes: \(String(cString: strerror(imprint_errno())))",
        advice: "unique things cannot be made without them; mount /dev, or use a kernel with getrandom(2)")
    }
    return bytes
  }
}
