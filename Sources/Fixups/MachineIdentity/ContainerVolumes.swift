internal import Tree

/// Volumes in which kolla's containers keep what a host has in /etc and /var/lib: docker's, and podman's (kolla-ansible,
/// ansible/group_vars/all/common.yml, `container_engine_volumes_path`).
enum ContainerVolumes {
  private static let engines = [
    ("docker", "/var/lib/docker/volumes"), ("podman", "/var/lib/containers/storage/volumes"),
  ]

  /// A path or a pattern within a volume, for either.
  static func paths(_ volume: String, _ rest: String) -> [String] {
    engines.map { "\($0.1)/\(volume)/_data/\(rest)" }
  }

  /// The program that runs the container of a volume's file; nil for a file of the host's.
  static func engine(of path: TreePath) -> String? {
    engines.first { path.description.hasPrefix("\($0.1)/") }?.0
  }
}
