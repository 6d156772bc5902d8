import Foundation
import Glibc
import Support
import Testing

/// Real disks that are full or may not be written, and real signals.
@Suite("Full disks, read-only mounts, signals: all or none", .serialized)
struct DiskTests {
  /// Fills a disk of its own to some level, applies, makes room, recovers, and applies again. What the tree was at each
  /// stage is copied to where the disk is not.
  private static let script = """
    set -eu
    program=$1 folder=$2 kind=$3 free=$4
    disk=$folder/disk
    mkdir -p "$disk"
    if [ "$kind" = tmpfs ]; then
      mount -t tmpfs -o size=3m,mode=755 tmpfs "$disk"
    else
      truncate -s 6M "$folder/image"
      mkfs.ext4 -q -F -m 0 -b 1024 "$folder/image"
      mount -o loop "$folder/image" "$disk"
    fi
    cp -a "$folder/tree" "$disk/tree"
    run() { status=0; "$program" "$@" --root "$disk/tree" >>"$folder/said" 2>&1 || status=$?; }
    cat /dev/zero >"$disk/filler" 2>/dev/null || true
    size=$(stat -c %s "$disk/filler")
    keep=$((size - free * 1024))
    truncate -s "$((keep > 0 ? keep : 0))" "$disk/filler"
    run apply compute2 --site "$folder/site.toml" --yes
    echo "$status" >"$folder/status"
    cp -a "$disk/tree" "$folder/full"
    rm "$disk/filler"
    run recover
    echo "$status" >"$folder/recovered"
    cp -a "$disk/tree" "$folder/roomy"
    run apply compute2 --site "$folder/site.toml" --yes
    echo "$status" >"$folder/again"
    """

  @Test("A disk that is really full, at any level, leaves all or nothing", arguments: ["tmpfs", "ext4"])
  func full(_ kind: String) async throws {
    guard LabNode.isRoot, let unshare = RealProgram.find("unshare") else { return }
    let scratch = try Scratch()
    let lab = try await LabNode(in: scratch)
    let judge = try await Judge(lab)
    var statuses: [Int] = []
    for free in Array(0...24) + [28, 32, 40, 48, 56, 64, 80, 96, 128, 200] {
      let node = try await lab.copy(as: "full-\(free)")
      defer { node.remove() }
      let outcome = try await unshare.run(
        [
          "--mount", "--propagation", "private", "sh", "-c", Self.script, "sh", Imprint.program.path, node.folder, kind,
          "\(free)",
        ])
      guard outcome.status == 0 else {
        return RealProgram.missing("a \(kind) to fill (\(outcome.error))")
      }
      func number(_ name: String) throws -> Int? {
        Int(try String(contentsOfFile: "\(node.folder)/\(name)", encoding: .utf8).trimmingCharacters(in: .newlines))
      }
      let said = try String(contentsOfFile: "\(node.folder)/said", encoding: .utf8)
      let status = try #require(try number("status"))
      statuses.append(status)
      #expect([0, 73, 74].contains(status), "\(free) KiB: \(said)")
      if status != 0 { #expect(said.contains("No space left"), "\(free) KiB: \(said)") }
      if !said.contains("imprint recover") {
        let full = try TreeRecord(of: "\(node.folder)/full").without(["/var/lib/imprint"])
        #expect(judge.side(of: full).side == (status == 0 ? .after : .before), "\(free) KiB: \(said)")
      }
      #expect(try number("recovered") == 0, "\(free) KiB: \(said)")
      let roomy = try TreeRecord(of: "\(node.folder)/roomy").without(["/var/lib/imprint"])
      let found = judge.side(of: roomy)
      #expect(found.side != nil, "\(free) KiB: \(found.problems)")
      #expect(try number("again") == 0, "\(free) KiB: \(said)")
    }
    #expect(statuses.contains(0) && statuses.contains { $0 != 0 }, "\(statuses)")
    print("crash suite: \(kind) filled to \(statuses.count) levels, \(statuses.filter { $0 != 0 }.count) too full")
  }

  @Test("A read-only mount is refused as that, with nothing left on it")
  func readOnly() async throws {
    guard LabNode.isRoot, let unshare = RealProgram.find("unshare") else { return }
    let scratch = try Scratch()
    let node = try await LabNode(in: scratch)
    let before = try TreeRecord(of: node.root)
    for place in [node.root, "\(node.root)/etc", "\(node.root)/var/lib", "\(node.root)/etc/nova"] {
      let script = "mount --bind '\(place)' '\(place)' && mount -o remount,bind,ro '\(place)' && exec \"$@\""
      let outcome = try await unshare.run(
        ["--mount", "--propagation", "private", "sh", "-c", script, "sh", Imprint.program.path]
          + node.arguments("apply"))
      if outcome.error.contains("mount:") { return RealProgram.missing("permission to mount") }
      #expect(outcome.status == 74, "\(place): \(outcome.said)")
      #expect(outcome.error.contains("Read-only file system"))
      #expect(try TreeRecord(of: node.root).differences(from: before, .restored) == [], "\(place)")
    }
  }

  @Test("SIGINT, SIGTERM and SIGHUP at any moment leave all or nothing, and no keys lying about")
  func signals() async throws {
    let scratch = try Scratch()
    let lab = try await LabNode(in: scratch)
    let judge = try await Judge(lab)
    var numbers = SeededNumbers(seed: 7)
    let canMount = LabNode.isRoot
    let program = try Imprint.program.path
    var ends: [Int: Int] = [:]
    for index in 0..<60 {
      let node = try await lab.copy(as: "signal-\(index)")
      defer { node.remove() }
      let signal = ["INT", "TERM", "HUP"][index % 3]
      let delay = Double(Int.random(in: 0...160, using: &numbers)) / 1000
      // A memory disk of its own, so that what lies there is of this run.
      let script = """
        if [ "$1" = private ]; then mount -t tmpfs tmpfs /dev/shm || exit 99; fi
        shift 1
        keys=/dev/shm
        env --default-signal=INT,TERM,HUP "$@" >/dev/null 2>"$0" & child=$!
        sleep \(delay)
        kill -\(signal) $child 2>/dev/null
        wait $child
        status=$?
        ls -A $keys | grep imprint-keys
        exit $status
        """
      let folder = "\(node.folder)/said"
      let arguments =
        ["-c", script, folder, canMount ? "private" : "shared", program]
        + node.arguments("apply")
      let outcome =
        canMount
        ? try await RealProgram.needed("unshare").run(["--mount", "--propagation", "private", "bash"] + arguments)
        : try await RealProgram.needed("bash").run(arguments)
      if outcome.status == 99 { return RealProgram.missing("permission to mount") }
      ends[outcome.status, default: 0] += 1
      #expect([0, 129, 130, 143, 74, 69].contains(outcome.status), "\(signal) after \(delay) s: \(outcome.said)")
      if canMount { #expect(outcome.output.isEmpty, "\(signal) after \(delay) s leaves \(outcome.output)") }
      let found = try await judge.judge(node)
      #expect(found.problems.isEmpty, "\(signal) after \(delay) s: \(found.problems)")
    }
    print("crash suite: signals: \(ends.sorted { $0.key < $1.key }.map { "exit \($0.key): \($0.value)" })")
  }
}
