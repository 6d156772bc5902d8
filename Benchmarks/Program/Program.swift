/// Measurements that need many runs in one process: how fast nova.conf is read, and whether memory stays flat over many
/// trees. Answers in JSON; Benchmarks/run prints it.
internal import Documents
internal import Engine
internal import Glibc

@main
enum Program {
  static func main() throws {
    let arguments = CommandLine.arguments.dropFirst()
    switch (arguments.first, arguments.count) {
    case ("read", 2): read(try Measured.contents(of: Array(arguments)[1]))
    case ("trees", 3...): try applyAll(Array(arguments.dropFirst()))
    default:
      print("imprint-bench read NOVA_CONF | imprint-bench trees SITE TREE...")
      exit(64)
    }
  }

  /// Reads as long as takes two seconds, and looks one option up each time: that is what reading it is for.
  private static func read(_ bytes: [UInt8]) {
    var best = Double.infinity
    var rounds = 0
    let end = Measured.processorSeconds + 2
    while Measured.processorSeconds < end {
      let began = Measured.processorSeconds
      for _ in 0..<10 {
        let config = OsloConfig(bytes)
        if config.value("DEFAULT", "my_ip") == nil { exit(65) }
      }
      best = min(best, (Measured.processorSeconds - began) / 10)
      rounds += 10
    }
    let rate = Double(bytes.count) / best / 1e6
    print("{\"bytes\": \(bytes.count), \"rounds\": \(rounds), \"seconds\": \(best), \"megabytesPerSecond\": \(rate)}")
  }

  /// Applies to each tree, and says how much memory was resident at most after the 10th, 100th and last.
  private static func applyAll(_ arguments: [String]) throws {
    let site = arguments[0]
    var peaks: [String] = []
    let trees = arguments.dropFirst()
    for (index, root) in trees.enumerated() {
      let target = try Target(Request(root: root, site: site, node: "compute2"))
      let applied = try target.apply { _ in true }
      guard applied.transaction != nil, applied.verification?.holds == true else { exit(65) }
      let count = index + 1
      if count == 10 || count == 100 || count == trees.count {
        peaks.append("{\"trees\": \(count), \"kilobytes\": \(Measured.peakKilobytes)}")
      }
    }
    print("{\"peaks\": [\(peaks.joined(separator: ", "))], \"cpuSeconds\": \(Measured.processorSeconds)}")
  }
}

enum Measured {
  /// What this process itself has used, user and system.
  static var processorSeconds: Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }

  static var peakKilobytes: Int {
    var usage = rusage()
    getrusage(CInt(RUSAGE_SELF.rawValue), &usage)
    return usage.ru_maxrss
  }

  static func contents(of path: String) throws -> [UInt8] {
    guard let file = fopen(path, "r") else {
      perror(path)
      exit(66)
    }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = fread(&chunk, 1, chunk.count, file)
      if count == 0 { return bytes }
      bytes += chunk[..<count]
    }
  }
}
