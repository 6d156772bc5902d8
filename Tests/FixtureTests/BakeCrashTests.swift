import Foundation
import Glibc
import Support
import Testing

/// What is finished stays finished, whatever ends a bake, and the same command goes on.
@Suite("Baking: ended in the middle", .serialized)
struct BakeCrashTests {
  /// Each is its node, and no two share anything.
  private static func expectAll(_ bakery: Bakery, _ numbers: ClosedRange<Int>) async throws {
    let trees = numbers.map { "\(bakery.into)/compute\($0)" }
    for (number, tree) in zip(numbers, trees) {
      let verified = try await Imprint.run(["verify", "compute\(number)", "--root", tree, "--site", bakery.site])
      #expect(verified.status == 0, "\(verified.said)")
    }
    let twins = try await Bakery.twins(trees)
    #expect(twins.status == 0, "\(twins.said)")
    #expect(bakery.parts.isEmpty, "\(bakery.parts)")
  }

  @Test("by a kill that nothing can hold back")
  func killed() async throws {
    let bakery = try await Bakery()
    let killed = try await bakery.script(
      """
      "$@" & bake=$!
      until [[ -e $0/compute2 ]]; do kill -0 $bake || exit 98; sleep 0.01; done
      kill -9 $bake
      wait $bake
      """, "compute[2-9]", ["--jobs", "2"])
    #expect(killed.status == 137, "\(killed.said)")
    let finished = (2...9).filter { bakery.exists("compute\($0)") }
    #expect(!finished.isEmpty && finished.count < 8)
    let inodes = try finished.map { try bakery.inode("compute\($0)") }
    let (answer, status) = try await bakery.bake("compute[2-9]")
    #expect(status == 0 && answer.done)
    // One may have been finished in the moment that its process had left.
    #expect(answer.nodes.filter { $0.state == "before" }.count >= finished.count)
    #expect(try finished.map { try bakery.inode("compute\($0)") } == inodes)
    try await Self.expectAll(bakery, 2...9)
  }

  @Test("by Ctrl-C, which leaves nothing half made", arguments: [("INT", 130), ("TERM", 143), ("HUP", 129)])
  func interrupted(_ signal: String, _ status: Int) async throws {
    let bakery = try await Bakery()
    let outcome = try await bakery.script(
      """
      env --default-signal=INT,TERM,HUP "$@" & bake=$!
      until [[ -e $0/compute2 ]]; do kill -0 $bake || exit 98; sleep 0.01; done
      kill -\(signal) $bake
      wait $bake
      """, "compute[2-9]", ["--jobs", "1"])
    #expect(outcome.status == status && outcome.output.contains("not made: "), "\(outcome.said)")
    #expect(bakery.parts.isEmpty, "\(bakery.parts)")
    let (answer, code) = try await bakery.bake("compute[2-4]")
    #expect(code == 0 && answer.node("compute2")?.state == "before")
  }

  @Test("at any of its own steps")
  func steps() async throws {
    let bakery = try await Bakery()
    #expect(try await bakery.bake("compute[2-5]").status == 0)
    let own = "\(bakery.into)/.imprint-bake"
    let files = FileManager.default
    // Whole, and without its name: it gets that.
    let inode = try bakery.inode("compute2")
    try files.moveItem(atPath: "\(bakery.into)/compute2", toPath: "\(own)/compute2.part")
    // Half made: made anew.
    try files.removeItem(atPath: "\(own)/compute3.done")
    try files.moveItem(atPath: "\(bakery.into)/compute3", toPath: "\(own)/compute3.part")
    try bakery.scratch.write("half", to: "nodes/.imprint-bake/compute3.part/usr/half")
    try bakery.scratch.write("half", to: "nodes/.imprint-bake/compute3.mark")
    // Taken away by somebody: made anew.
    try files.removeItem(atPath: "\(bakery.into)/compute4")
    let (answer, status) = try await bakery.bake("compute[2-5]")
    #expect(status == 0 && answer.nodes.map(\.state) == ["before", "baked", "baked", "before"])
    #expect(try bakery.inode("compute2") == inode)
    #expect(!bakery.exists("compute3/usr/half"))
    try await Self.expectAll(bakery, 2...5)
    // What was made with another site is said, and left.
    try bakery.scratch.write(try String(contentsOfFile: bakery.site, encoding: .utf8) + "# more\n", to: "site.toml")
    let later = try await bakery.bake("compute[2-6]").answer
    #expect(later.node("compute2")?.remarks.first?.contains("another site file") == true)
    #expect(later.node("compute6")?.remarks == [] && later.done)
  }

  @Test("Of a node that fails the others are none the worse")
  func failing() async throws {
    let bakery = try await Bakery(
      more: """

        [nodes.broken]
        role       = "compute"
        addresses  = { management = "192.168.10.99", tunnel = "192.168.20.99" }
        interfaces = { tunnel = "ens35" }

        """)
    // A port of a bridge has no address: that is refused.
    let scripts = "\(bakery.template.root)/etc/sysconfig/network-scripts"
    try LabNode.write("DEVICE=ens35\nTYPE=Ethernet\nONBOOT=yes\nBRIDGE=br0\n", "\(scripts)/ifcfg-ens35")
    try LabNode.write("DEVICE=br0\nTYPE=Bridge\nONBOOT=yes\n", "\(scripts)/ifcfg-br0")
    let (answer, status) = try await bakery.bake("compute2,broken,compute[3-4]")
    #expect(status == 65 && !answer.done && answer.stopped == nil)
    #expect(answer.nodes.map(\.state) == ["baked", "failed", "baked", "baked"])
    let failure = try #require(answer.node("broken")?.failure)
    #expect(failure.status == 65 && failure.reason.contains("br0"), "\(failure.reason)")
    #expect(!failure.reason.contains(".part") && !bakery.exists("broken"))
    try await Self.expectAll(bakery, 2...4)
  }

  @Test("By a disk that is full, no more are begun, and what is finished is whole", .enabled(if: LabNode.isRoot))
  func full() async throws {
    let bakery = try await Bakery()
    try Data((0..<1_000_000).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 13) })
      .write(to: URL(fileURLWithPath: "\(bakery.template.root)/usr/share/large"))
    let text = """
      mkdir "$0" && mount -t tmpfs -o size=3500k tmpfs "$0" || exit 99
      "$@"; echo "status $?"
      ls -A "$0" "$0/.imprint-bake"
      mount -o remount,size=64m "$0" && "$@"; echo "status $?"
      for node in "$0"/compute*; do \(try Imprint.program.path) verify "${node##*/}" --root "$node" --site \(bakery.site) --quiet || echo bad; done
      """
    let outcome = try await RealProgram.needed("unshare").run(
      ["--mount", "--propagation", "private", "bash", "-uc", text, bakery.into, Imprint.program.path]
        + bakery.arguments("compute[2-9]", "tree", ["--jobs", "2"]), seconds: 300)
    if outcome.status == 99 { return RealProgram.missing("permission to mount") }
    #expect(outcome.output.contains("status 74") && outcome.error.contains("No space left"), "\(outcome.said)")
    #expect(outcome.output.contains("not made: compute"), "\(outcome.said)")
    #expect(!outcome.output.contains(".part") && !outcome.output.contains("bad"), "\(outcome.said)")
    #expect(outcome.output.contains("8 of 8 trees") && outcome.output.contains("status 0"), "\(outcome.said)")
  }

  @Test("Two at once in one folder are not")
  func locked() async throws {
    let bakery = try await Bakery()
    let outcome = try await bakery.script(
      """
      "$@" & bake=$!
      until [[ -e $0/.imprint-bake/site.toml ]]; do kill -0 $bake || exit 98; sleep 0.01; done
      "$@"; echo "status $?"
      wait $bake
      """, "compute[2-3]")
    #expect(outcome.status == 0 && outcome.output.contains("status 75"), "\(outcome.said)")
    #expect(outcome.error.contains("another imprint bakes into"))
  }
}
