import Foundation
import Support

extension Scratch {
  /// The tree of the lab's compute node with these files in it.
  func compute(with files: [String: String]) throws -> String {
    let usual = [
      "/etc/hostname": "compute\n", "/etc/hosts": "127.0.0.1 localhost\n192.168.10.20 compute\n",
      "/etc/passwd": "nova:x:162:162:nova:/var/lib/nova:/bin/bash\n",
    ]
    for (path, text) in usual.merging(files, uniquingKeysWith: { $1 }) {
      try write(text, to: "tree\(path)", mode: 0o600)
    }
    try write("x", to: "tree/bin/bash", mode: 0o755)
    return "\(path)/tree"
  }
}
