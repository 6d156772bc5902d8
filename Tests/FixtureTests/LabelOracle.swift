import Foundation
import Support
import Testing

/// SELinux labels of files that an apply made, held against what the tree's own policy says, read by selabel_lookup(8) of
/// selinux-utils. Only root can set labels where no SELinux runs.
struct LabelOracle {
  let root: String

  func check(_ paths: [String]) async throws {
    guard !paths.isEmpty, TreeSetup.isRoot, let getfattr = RealProgram.find("getfattr"),
      let place = try await NetworkOracles.unpacked(["selinux-utils"])
    else { return }
    let lookup = RealProgram(path: "\(place)/usr/sbin/selabel_lookup")
    let config = try String(contentsOfFile: "\(root)/etc/selinux/config", encoding: .utf8).split(separator: "\n")
    let type = config.first { $0.hasPrefix("SELINUXTYPE=") }?.dropFirst("SELINUXTYPE=".count) ?? ""
    let contexts = "\(root)/etc/selinux/\(type)/contexts/files/file_contexts"
    for path in paths {
      var isDirectory: ObjCBool = false
      #expect(FileManager.default.fileExists(atPath: root + path, isDirectory: &isDirectory), "\(path) is there")
      let kind = isDirectory.boolValue ? "dir" : "file"
      let said = try await lookup.run(["-b", "file", "-r", "-f", contexts, "-k", path, "-t", kind])
        .succeeded("selabel_lookup \(path)").output
      let wanted = String(said.split(separator: "\n").first ?? "").replacing("Default context: ", with: "")
      let seen = try await getfattr.run(["--only-values", "--absolute-names", "-n", "security.selinux", root + path])
      let label = String(seen.output).replacing("\0", with: "")
      #expect(!wanted.isEmpty && label == wanted, "the label of \(path): \(seen.said)")
    }
  }
}
