internal import CProgram
internal import Glibc

/// What this program is: `imprint --version`.
enum Version {
  /// The one place where it stands; the packages ask the program.
  static let number = "0.1.0"

  /// Every start builds the command's configuration; the long text is put together only where it is asked for.
  static func text(_ arguments: [String]) -> String {
    guard arguments.contains("--version") else { return number }
    let commit = imprint_commit().map { String(cString: $0) } ?? "unknown: not built with make release"
    return (["imprint \(number)", "commit \(commit)"] + libraries).joined(separator: "\n")
  }

  /// The bundle's list of what is in it: one library a line with its version. Without a bundle, the C library in use.
  private static var libraries: [String] {
    var path = [CChar](repeating: 0, count: 4096)
    guard imprint_beside_libc("versions", &path, path.count) == 0, let file = fopen(path, "re") else {
      return ["glibc \(String(cString: imprint_libc_version())) of this machine"]
    }
    defer { fclose(file) }
    var text = [UInt8](repeating: 0, count: 16 << 10)
    let count = fread(&text, 1, text.count, file)
    return ["bundled:"] + String(decoding: text[..<count], as: UTF8.self).split(separator: "\n").map { "  \($0)" }
  }
}
