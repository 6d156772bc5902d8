import Support
import Testing

/// The three forms in which it comes.
enum Kind: String, CaseIterable, CustomTestStringConvertible {
  case deb, rpm, tar

  var testDescription: String { rawValue }

  /// A bare root below the folder, with the package in it.
  func installed(at scratch: Scratch) async throws -> BareRoot {
    let root = try BareRoot(at: "\(scratch.path)/root")
    try await install(in: root)
    return root
  }

  func install(in root: BareRoot) async throws {
    let packages = try await Packages.made
    switch self {
    case .deb: try await root.dpkg("-i", packages.deb).succeeded("dpkg -i")
    case .rpm: try await root.rpm("-i", packages.rpm).succeeded("rpm -i")
    case .tar:
      let unpacked = "\(root.path)/tmp/unpacked"
      let script = "mkdir -p '\(unpacked)' && tar -C '\(unpacked)' -xzf '\(packages.tar)' && '\(unpacked)'/*/install"
      try await RealProgram.needed("sh").run(["-c", script], environment: ["DESTDIR": root.path])
        .succeeded("install")
    }
  }

  /// The same version once more takes the way of a newer one.
  func upgrade(_ root: BareRoot) async throws {
    switch self {
    case .deb, .tar: try await install(in: root)
    case .rpm: try await root.rpm("-U", "--force", Packages.made.rpm).succeeded("rpm -U")
    }
  }

  func remove(_ root: BareRoot) async throws {
    try await tryToRemove(root).succeeded("removing it")
  }

  func tryToRemove(_ root: BareRoot) async throws -> RealProgram.Outcome {
    switch self {
    case .deb: try await root.dpkg("-r", "imprint")
    case .rpm: try await root.rpm("-e", "imprint")
    case .tar:
      try await RealProgram(path: "\(root.path)/opt/imprint/uninstall").run([], environment: ["DESTDIR": root.path])
    }
  }
}
