internal import Foundation

/// The real files of Debian's packages: downloaded once into .build/debian-files, never kept in the repository, and
/// never installed.
public actor DebianPackages {
  public static let shared = DebianPackages()

  public struct Unavailable: Error, CustomStringConvertible {
    public let description: String
  }

  private let folder = "\(Repository.path)/.build/debian-files"

  public func lay(_ names: [String], over root: String) async throws {
    guard !names.isEmpty else { return }
    let archives = try await archives(of: names)
    // tar keeps the links that stand for /bin and /lib; dpkg -x would not.
    let script = """
      root=$1; shift
      for archive; do
        dpkg-deb --fsys-tarfile "$archive" | tar -x -C "$root" --keep-directory-symlink --no-same-owner \\
          --exclude ./usr/share/doc --exclude ./usr/share/man --exclude ./usr/share/locale --exclude ./usr/lib/python3
      done
      """
    try await RealProgram.needed("bash").run(["-euo", "pipefail", "-c", script, "bash", root] + archives)
      .succeeded("unpacking \(names.joined(separator: " "))")
  }

  /// Python modules of packages, for a program's PYTHONPATH: nothing is installed, and the machine's own are not touched.
  public func pythonPath(_ names: [String], as folder: String) async throws -> String {
    let root = "\(self.folder)/python-\(folder)"
    let modules = "\(root)/usr/lib/python3/dist-packages"
    if FileManager.default.fileExists(atPath: "\(root)/complete") { return modules }
    let archives = try await archives(of: names)
    let script = "root=$1; shift; for archive; do dpkg-deb -x \"$archive\" \"$root\"; done; touch \"$root/complete\""
    try await RealProgram.needed("bash").run(["-euo", "pipefail", "-c", script, "bash", root] + archives, seconds: 300)
      .succeeded("unpacking \(names.joined(separator: " "))")
    return modules
  }

  private func archives(of names: [String]) async throws -> [String] {
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    var known = try archives()
    let missing = names.filter { known[$0] == nil }
    if !missing.isEmpty {
      guard let apt = RealProgram.find("apt-get"), RealProgram.find("dpkg-deb") != nil else {
        throw Unavailable(description: "apt-get or dpkg-deb")
      }
      // Tests run side by side and want the same package: two programs that write one file get in each other's way.
      let scratch = "\(folder)/\(UUID().uuidString)"
      try FileManager.default.createDirectory(atPath: scratch, withIntermediateDirectories: true)
      defer { try? FileManager.default.removeItem(atPath: scratch) }
      var said = ""
      // An archive on the network may have a bad moment.
      for attempt in 0..<3 where !names.allSatisfy({ known[$0] != nil }) {
        if attempt > 0 { try await Task.sleep(for: .seconds(5)) }
        said = try await apt.run(["download", "-q"] + missing, in: scratch, seconds: 300).error
        for file in try FileManager.default.contentsOfDirectory(atPath: scratch) where file.hasSuffix(".deb") {
          rename("\(scratch)/\(file)", "\(folder)/\(file)")
        }
        known = try archives()
      }
      guard names.allSatisfy({ known[$0] != nil }) else {
        throw Unavailable(description: "Debian's package archive (\(said.suffix(300)))")
      }
    }
    return names.compactMap { known[$0] }
  }

  /// By package name.
  private func archives() throws -> [String: String] {
    let files = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".deb") }
    return Dictionary(
      files.compactMap { file in file.split(separator: "_").first.map { (String($0), "\(folder)/\(file)") } },
      uniquingKeysWith: { first, _ in first })
  }
}
