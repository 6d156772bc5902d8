internal import ArgumentParser
internal import Engine
internal import HTTP
internal import Metadata

struct MetadataCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "metadata",
    abstract: "What OpenStack tells this machine: the config drive and the metadata service.",
    discussion: """
      Without PATH a summary. A PATH without a slash is a document of the newest version, or the one named: meta_data.json, \
      user_data, vendor_data.json, vendor_data2.json, network_data.json, password. Any other is a path from the top: \
      openstack/latest/meta_data.json, latest/meta-data/instance-id. Its bytes are written as they are.

      The drive is found by its label, config-2. Where there is none, the service is asked.

      EXAMPLES
        imprint metadata
        imprint metadata --property role
        imprint metadata user_data | gunzip
        imprint metadata --drive drive.iso --versions
        imprint metadata --compare
      """)

  @OptionGroup var common: CommonOptions

  @Argument(help: ArgumentHelp("A document or a path to write out as it is.", valueName: "path"))
  var path: String?

  @Option(help: "Where to read: drive or service; the drive where there is one.")
  var source: Source?

  enum Source: String, ExpressibleByArgument, CaseIterable { case drive, service }

  @Option(help: ArgumentHelp("A device, an image file or a directory.", valueName: "path"), completion: .file())
  var drive: String?

  @Option(help: ArgumentHelp("The service, where it is not at its usual address.", valueName: "url"))
  var service: String?

  @Option(help: ArgumentHelp("A version of the tree; the newest where none is named.", valueName: "date"))
  var version: String?

  @Option(help: ArgumentHelp("Only the value of one property that the machine was made with.", valueName: "name"))
  var property: String?

  @Flag(help: "The versions, with their dates.")
  var versions = false

  @Flag(help: "Every path that there is.")
  var tree = false

  @Flag(help: "The service and the drive side by side; exit with 2 where they differ.")
  var compare = false

  func validate() throws {
    guard [path != nil, property != nil, versions, tree, compare].filter({ $0 }).count <= 1 else {
      throw ValidationError("PATH, --property, --versions, --tree and --compare exclude each other")
    }
    guard !(source == .service && drive != nil), !(source == .drive && service != nil) || compare else {
      throw ValidationError("--source and the place named are not the same")
    }
  }

  func run() throws {
    if compare { return try compareBoth() }
    try answer(place())
  }

  // MARK: Where

  private func place() throws -> any MetadataPlace {
    if drive != nil || source == .drive { return try theDrive() }
    if service != nil || source == .service { return try theService() }
    if !DriveSearch.devices(root: common.root).isEmpty { return try theDrive() }
    do {
      return try theService()
    } catch let error as MetadataError {
      throw MetadataError(error.code, "there is no config drive, and \(error.reason)", advice: error.advice)
    }
  }

  private func theDrive() throws(MetadataError) -> ConfigDrive {
    if let drive { return try ConfigDrive(drive) }
    return try ConfigDrive.find(root: common.root)
  }

  private func theService() throws -> MetadataService {
    guard let service else { return try MetadataService.find(ServiceAddress.usual(root: common.root)) }
    do {
      return try MetadataService.find([ServiceAddress(try HTTPURL(service))])
    } catch let error as HTTPError {
      throw ValidationError("--service \(service): \(error.reason)")
    }
  }

  // MARK: What

  private func answer(_ place: any MetadataPlace) throws {
    if let path { return try write(path, from: place) }
    if tree { return try Terminal.answer(place.files().map { $0 + "\n" }.joined()) }
    if versions {
      let versions = try place.versions()
      return try Terminal.answer(
        common.format == .json ? JSON.text(JSON.VersionsOut(place, versions)) : MetadataText.text(versions))
    }
    let metadata = try Metadata(from: place, version: version)
    if let property {
      guard let value = metadata.metaData?[property: property] else {
        throw MetadataError(.absent, "\(place.title) has no property \(property)")
      }
      return try Terminal.answer(value + "\n")
    }
    try Terminal.answer(
      common.format == .json
        ? JSON.text(JSON.MetadataOut(metadata)) : MetadataText(ink: common.palette).text(metadata))
    if !metadata.problems.isEmpty { throw ExitCode(EngineError.Code.invalid.rawValue) }
  }

  private func write(_ path: String, from place: any MetadataPlace) throws {
    let isDocument = !path.contains("/") && !["openstack", "ec2"].contains(path)
    let full = isDocument ? "openstack/\(try version ?? place.newestVersion().name)/\(path)" : path
    let plain = full.split(separator: "/").joined(separator: "/")
    // A service answers to a directory too, with a list like ours.
    if !path.hasSuffix("/"), let bytes = try place.bytes(plain) { return try Terminal.answer(bytes) }
    guard let entries = try place.entries(plain) else { throw MetadataError(.absent, "\(place.title) has no \(plain)") }
    try Terminal.answer(entries.map { $0.name + ($0.isDirectory ? "/" : "") + "\n" }.joined())
  }

  private func compareBoth() throws {
    let comparison = MetadataComparison(
      try Metadata(from: theService(), version: version), try Metadata(from: theDrive(), version: version))
    try Terminal.answer(
      common.format == .json
        ? JSON.text(JSON.ComparisonOut(comparison)) : MetadataText(ink: common.palette).text(comparison))
    if !comparison.differing.isEmpty { throw ExitCode(2) }
  }
}
