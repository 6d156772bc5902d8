internal import Documents
public import Site
public import Tree

/// What nova-compute reads of a tree, for those who ask the cloud about the node.
public struct NovaFiles: Sendable {
  /// In the order in which it reads them.
  public let files: [FileSnapshot]
  /// CONF.host, where it is fixed; otherwise nova takes the host name.
  public let host: String?
  /// As it stands there; nil where none does.
  public let myIP: String?
  /// 32 hexadecimal digits; nil where there is no such file yet.
  public let computeID: String?

  public init(_ platform: Platform, in tree: any TreeReading) throws(TreeError) {
    let nova = platform.nova
    let configurations = ConfigurationCache()
    var documents = OsloDocuments(configurations)
    let order = try documents.open(nova.configFiles, nova.configDirectories, in: tree)
    files = order.compactMap { documents[$0]?.snapshot }
    host = documents.original("DEFAULT", "host", in: order).map(\.value).flatMap { $0.contains("$") ? nil : $0 }
    myIP = documents.original("DEFAULT", "my_ip", in: order)?.value.trimmingBlanks
    let paths = ComputeID.paths(platform.following(tree, configurations).nova)
    let place = try tree.places(paths).first { $0.isRemovable }
    computeID = try place.flatMap { place throws(TreeError) in try tree.file(place.path) }
      .flatMap { ComputeID.uuid(in: $0.bytes) }
  }
}
