// swift-tools-version: 6.2
import PackageDescription

/// Arrows point one way: imprint → Engine → {Fixups, Transaction, Identity → Metadata, Cluster → Live} → {HTTP, JSON} and
/// {Site, Documents, Tree} → C.
let package = Package(
  name: "imprint",
  products: [
    .executable(name: "imprint", targets: ["imprint"])
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
    .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.0", traits: []),
    .package(url: "https://github.com/apple/swift-system", from: "1.8.0"),
  ],
  targets: [
    // C and C++ below everything: system calls without a Swift overlay, the TOML reader, and libraries that are loaded when
    // they are needed.
    .target(name: "CLoader"),
    .target(name: "CLinux", dependencies: ["CLoader"]),
    .target(name: "CToml"),
    .target(name: "CSystemd", dependencies: ["CLoader"]),
    .target(name: "CCurl", dependencies: ["CLoader"]),
    .target(name: "CJansson", dependencies: ["CLoader"]),
    .target(name: "CYaml", dependencies: ["CLoader"]),
    .target(name: "CArchive", dependencies: ["CLoader"]),
    .target(name: "CProgram"),

    // Rooms that know nothing of each other.
    .target(name: "Documents"),
    .target(name: "HTTP", dependencies: ["CCurl"]),
    .target(name: "JSON", dependencies: ["CJansson"]),
    .target(name: "Tree", dependencies: ["CLinux"]),
    .target(name: "Site", dependencies: ["CToml", "Profiles"]),

    // Platform profiles: every file of the folder becomes part of the program.
    .target(name: "Profiles", path: "Profiles", plugins: ["EmbedProfiles"]),
    .plugin(name: "EmbedProfiles", capability: .buildTool(), dependencies: ["embed-profiles"]),
    .executableTarget(name: "embed-profiles", dependencies: ["CToml"]),

    .target(name: "Fixups", dependencies: ["Documents", "Site", "Tree"]),
    .target(name: "Transaction", dependencies: ["Tree"]),
    .target(name: "Metadata", dependencies: ["HTTP", "JSON", "Site", "CArchive", "CLinux"]),
    .target(name: "Identity", dependencies: ["Metadata", "JSON", "Site", "CLinux"]),
    .target(name: "Live", dependencies: ["Site", "Tree", "CSystemd", "CLinux"]),
    .target(
      name: "Cluster", dependencies: ["Documents", "HTTP", "JSON", "Live", "Site", "Tree", "CLinux", "CYaml"]),
    .target(
      name: "Engine",
      dependencies: [
        "Cluster", "Fixups", "Transaction", "Live", "Identity", "Metadata", "JSON", "Documents", "Site", "Tree",
        "CLinux",
      ]),
    .executableTarget(
      name: "imprint",
      dependencies: [
        "Cluster", "Engine", "Fixups", "Identity", "Live", "Metadata", "HTTP", "Transaction", "Documents", "Site",
        "Tree",
        "CLinux", "CProgram",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),

    // What `make bench` measures inside one process.
    .executableTarget(name: "imprint-bench", dependencies: ["Documents", "Engine"], path: "Benchmarks/Program"),

    // What the suites run inside namespaces and machines: one word, one effect of Live.
    .executableTarget(name: "live-effects", dependencies: ["Live", "Site"], path: "Tests/LiveEffects"),

    .testTarget(name: "DocumentsTests", dependencies: ["Documents", "Support"], exclude: ["Oracles/oslo_oracle.py"]),
    .testTarget(name: "SiteTests", dependencies: ["Site", "Profiles", "Support"]),
    .testTarget(name: "HTTPTests", dependencies: ["HTTP", "Support"], exclude: ["server.py"]),
    .testTarget(name: "JSONTests", dependencies: ["JSON"]),
    .testTarget(name: "TreeTests", dependencies: ["Tree"]),
    .testTarget(name: "TransactionTests", dependencies: ["Transaction", "Tree"]),
    .testTarget(name: "FixupsTests", dependencies: ["Fixups", "Site", "Tree", "Documents", "Support"]),
    .testTarget(
      name: "LiveTests", dependencies: ["Live", "CLinux", "Support", "live-effects"], exclude: ["Mocks"]),
    .testTarget(
      name: "ClusterTests", dependencies: ["Cluster", "Documents", "JSON", "Live", "Site", "Support", "Tree"],
      exclude: ["cloud.py", "recorded"]),
    .testTarget(
      name: "MetadataTests", dependencies: ["Metadata", "HTTP", "JSON", "Site", "CLinux", "Support", "imprint"],
      exclude: ["Servers", "Oracles"]),
    .testTarget(name: "IdentityTests", dependencies: ["Identity", "Metadata", "Site", "Support"]),
    .testTarget(
      name: "EngineTests",
      dependencies: [
        "Cluster", "Documents", "Engine", "Fixups", "Identity", "Live", "Site", "Support", "Transaction", "Tree",
      ]),
    .testTarget(
      name: "ImprintTests",
      dependencies: ["imprint", "Support", .product(name: "ArgumentParser", package: "swift-argument-parser")]),

    // What the black-box suites share, and the suites: they run the program as it was built.
    .target(
      name: "Support",
      dependencies: [
        "CLinux",
        .product(name: "Subprocess", package: "swift-subprocess"),
        .product(name: "SystemPackage", package: "swift-system"),
      ],
      path: "Tests/Support"),
    .testTarget(
      name: "FixtureTests", dependencies: ["Support", "CLinux", "Engine", "imprint"], exclude: ["memcheck.supp"]),
    .testTarget(name: "CrashTests", dependencies: ["Support", "imprint"]),
    .testTarget(name: "LabTests", dependencies: ["Support", "imprint"]),
    .testTarget(name: "MachineTests", dependencies: ["Support", "imprint", "live-effects"]),
    .testTarget(name: "HostileTests", dependencies: ["Support", "imprint"]),
    .testTarget(name: "DistTests", dependencies: ["Support", "imprint"]),
  ],
  swiftLanguageModes: [.v6],
  cxxLanguageStandard: .cxx17
)

// One set of rules for every target: explicit existentials, imports that say what they expose, no warnings.
for target in package.targets where target.type != .plugin {
  let inC = [
    "embed-profiles", "CLoader", "CLinux", "CToml", "CSystemd", "CCurl", "CJansson", "CYaml", "CArchive", "CProgram",
  ]
  let isSwift = !inC.contains(target.name)
  if isSwift {
    target.swiftSettings = [
      .enableUpcomingFeature("ExistentialAny"),
      .enableUpcomingFeature("InternalImportsByDefault"),
      .enableUpcomingFeature("MemberImportVisibility"),
      .treatAllWarnings(as: .error),
    ]
  }
}
