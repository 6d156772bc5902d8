import Testing

@testable import Documents

@Suite("bash reads what ShellAssignments says it does", .enabled(if: Oracle.isInCI || BashOracle.isPresent))
struct ShellAssignmentsOracleTests {
  static let keys = ["A", "B", "C", "AB", "IPADDR", "NAME", "a"]

  static let table = [
    "", "\n", "A=1", "A=1\n", "  A=1\n", "\tA=1\n", "A=\n", "A=1 # c\n", "A=1#c\n", "A = 1\n", "A= 1\n", "A =1\n",
    "export A=1\n", "export A=1 B=2\n", "export A\nA=1\n", "A=1\nexport A\n", "export  \\\n A=1\n",
    "NAME=System ens33\n",
    "A='1 2'\n", "A=\"1 2\"\n", "A='a'\"b\"c\\ d$'\\x41\\n\\101'\n", "A=$'a\\0b'c\n", "A=$'\\'\\\"\\\\\\?\\q\\x\\xz'\n",
    "A=$\"x\"\n", "A='it'\"'\"'s'\n", "A=a\\\nb\n", "A=\"a\\\nb\"\n", "A='a\\\nb'\n", "A\\\nB=1\n", "A=1 \\\nB=2\n",
    "A=\"x\ny\"\nB=1\n", "A='x\nB=2\ny'\nC=1\n", "A=1\r\nB=2\r\n", "A=\"1\"\r\nB='2'\r\n", "A=1 # c\r\nB=1\r\n",
    "\r\nA=1\r\n",
    "A=1 \r\nB=2\n", "\u{FEFF}A=1\nB=2\n", "\u{FEFF}# c\nB=2\n", "A=1\nA=2\n", "A=1 B=2\n", "A=1;B=2\n", "A=1 ; B=2;\n",
    "A=1;;B=2\n", "A=1; # c\n", ";A=1\n", "A=1 B=2 cmd\nC=3\n", "A+=x\n", "A=1\nA+=x\nA+=y\n", "A=1\nunset A\n",
    "A=1\nB=2\nunset -v A B C\nB+=x\n", "unset A\nA=1\n", "a=1\nA=$a\n", "A=1\nB=$A\nC=${A}2\n",
    "A=1\nB=\"$A x\"\nA=2\n",
    "A=$B\n", "A=$HOME\n", "A=$(echo 1)\nB=2\n", "A=`echo 1`\nB=2\n", "A=$((1+2))\nB=2\n", "A=${B:-x}\nC=1\n",
    "A=${B:=x}\nC=1\n", "B=1\nA=${B#1}\n", "A=$\n", "A=\"$\"\n", "A=$'\n", "A=\"\n", "B=1\nA='x\n", "A=\"`\n",
    "A=$(x\n",
    "A=1\nif true; then A=2; fi\nB=3\n", "if true; then\nA=2\nelse\nA=3\nfi\nB=3\n", "if false; then A=1; fi\n",
    "if true; then A=1\n", "A=1\nfi\nB=2\n", "for A in 1 2; do B=$A; done\nC=1\n", "while false; do A=1; done; B=2\n",
    "case x in a) A=1;; x|y) A=2;; esac\nB=1\n", "case x in (x) A=1 ;; esac; B=1\n", "{ A=1; }\nB=2\n", "(A=1)\nB=2\n",
    "f() { A=1; }\nB=2\n", "f() { A=1; }\nf\nB=2\n", "function f { A=1; }\nA=2\n", "A=1 && B=2\n", "false && A=1\n",
    "false || A=1\nB=2\n", "A=1 | B=2\n", "A=1 &\nB=2\n", "! A=1\nB=2\n", "A=1\nreturn\nA=2\n",
    "A=1\n[ x ] && return\nA=2\n",
    "A=1\nexit\n", "A=1\n. /dev/null\nB=2\n", "eval A=1\nB=2\n", "A=1\neval A=2\n", "readonly A=1\nA=2\nB=3\n",
    "declare A=1\nB=2\n",
    "A=(1 2)\nB=1\n", "A[0]=1\nB=1\n", "A=1\nA[0]=2\n", "A=(1\n2 # )\n)\nB=1\n", "A=1 >/dev/null\nB=2\n",
    ">/dev/null A=1\n",
    "cat <<E\nA=1\nE\nB=2\n", "cat <<-'E'\n\tA=1\n\tE\nB=2\n", "A=~\nB=x:~\nC=a~\n", "A=*\nB=?\nC={1,2}\n",
    "A=a&b\nB=1\n",
    "A=a|b\nB=1\n", "A=a<b\nB=1\n", "A=a(b\nB=1\n", "A=)\nB=1\n", "(\nB=1\n", "[[ a == b ]]\nB=1\n", "((A=1))\nB=1\n",
    "A=1\n((A++))\n", "let A=1\n", "read A </dev/null\nB=1\n", "printf -v A 1\nB=1\n", "A=\\\n", "A=1\\", "A=\\\\\n",
    "A=\\a\\ b\\#\n",
    "#A=1\n", " # A=1\nB=1", "A=1 #", "A='#'\nB=\"#\"\nC=x#y\n", "A-B=1\nB=1\n", "1A=1\nB=1\n", "A==1\n", "A=b=c\n",
    "A=\"a\"b'c'\n",
    "A=\"\\$x\\`\\\"\\\\\\q\"\n", "A=ü\nB='é'\n", "UID=1\nB=2\n", "UID=1; B=2\nC=3\n", "readonly A\nA=1; B=2\nC=3\n",
    "A=1\nB=2\nA=3", "A=1\n\"A=2\"\n", "'A'=2\nB=1\n", "\\A=2\nB=1\n",
    "A='\n'B=2\nC=1\n",
    "A=$(case x in x) echo;; esac)\nB=1\n", "A=$(echo ')')\nB=1\n", "A=\"$(echo \")\")\"\nB=1\n", "A=${B:-'}'}\nC=1\n",
    "A=\"${B:-'}\"\nC=1\n", "ETHTOOL_OPTS=\"-K ${DEVICE} tso on; x\"\nB=1\n", "A=1\nset -e\nfalse\nB=2\n",
    "A=1\nexec true\nB=2\n",
    "A=1\ncommand_not_there\nB=2\n", "A=1\nB=$A$A\nunset A\nC=$A\n", "A=1 export B=2\nC=1\n", "export 'A=1'\nB=1\n",
    "export -n A=1\nB=1\n",
    "export 1A=2 B=1\n", "A=1; B='x\n", "A=1 B='x\n", "A=\"1\" \"\"\nB=1\n", "A=1 $X\nB=1\n", "time A=1\nB=2\n",
    "A=1 && \\\nB=2\nC=3\n", "A=1 &&\n\nB=2\n",
    "A=$[1+1]\nB=1\n", "A=<(true)\nB=1\n", "A=1\u{01}\u{7F}\n", "IPADDR=1\\\r\nB=1\n", "A='1'\r\n\r\nB=1",
    "select A in 1; do B=1; done </dev/null\nC=1\n",
    "for ((A=0; A<2; A++)); do B=1; done\nC=1\n", "until true; do A=1; done\nB=1", "coproc A=1\nB=1\n",
    "A=1; then\nB=1\n", "A=\"a\" # it's\nB=1\n",
    "unset -f A\nB=1\n", "A=1\ntrue; unset A\nB=$A\n", "A=$'\\u41\\U00000042'\n", "A=$'\\c'\nB=1\n", "A=$'\\cA'\n",
    "A=1\nA+=\n", "A=x\nB=$AB\n", "A=x\nB=$A-B\n",
  ]

  private func check(_ file: ShellAssignments, _ answer: [String: [UInt8]]?) -> (known: Int, unknown: Int) {
    guard let answer else { return (0, 0) }
    var counts = (known: 0, unknown: 0)
    for key in Self.keys {
      switch file.value(key) {
      case .literal(let text):
        counts.known += 1
        #expect(answer[key] == Array(text.utf8), "\(key) in \(file.bytes.debugText)")
      case .unknown: counts.unknown += 1
      case nil where file.evaluation.sawOpaque: break
      case nil: #expect(answer[key] == nil, "\(key) in \(file.bytes.debugText)")
      }
    }
    return counts
  }

  @Test("Every case of the table")
  func tableCases() throws {
    let files = Self.table.map { ShellAssignments(Array($0.utf8)) }
    let answers = try BashOracle.source(files.map(\.bytes), keys: Self.keys)
    for (file, answer) in zip(files, answers) { _ = check(file, answer) }
  }

  static let values = [
    "192.168.10.21", "", "a b", "it's", "\"q\"", "$HOME", "`x`", "a\\b", "it's $5 \"x\" \\ `", "x\ny", "#c", "a#b", "~",
    "a;b", "ü", "x\r", "\t", "(", "a=b", "\u{7F}",
  ]

  /// What bash has to read after an edit: the target's value, and everything else as before.
  private func checkEdits(
    _ files: [ShellAssignments], checksLines: Bool = false,
    _ edit: (ShellAssignments, Int) throws -> (ShellAssignments, String, String?)?
  ) throws {
    var cases: [(before: ShellAssignments, after: ShellAssignments, key: String, value: String?)] = []
    for (number, file) in files.enumerated() {
      guard let (after, key, value) = try edit(file, number) else { continue }
      cases.append((file, after, key, value))
      if checksLines { checkLines(file, after, key) }
    }
    let answers = try BashOracle.source(cases.flatMap { [$0.before.bytes, $0.after.bytes] }, keys: Self.keys)
    for (number, one) in cases.enumerated() {
      guard let before = answers[2 * number] else { continue }
      let text: Comment =
        "\(one.key) to \(one.value ?? "nil") in \(one.before.bytes.debugText) → \(one.after.bytes.debugText)"
      guard let after = answers[2 * number + 1] else {
        Issue.record("the shell ended: \(text)")
        continue
      }
      for key in Self.keys {
        #expect(after[key] == (key == one.key ? one.value.map { Array($0.utf8) } : before[key]), "\(key) after \(text)")
      }
    }
    #expect(cases.count * 2 > files.count)
  }

  private func checkLines(_ before: ShellAssignments, _ after: ShellAssignments, _ key: String) {
    let changed = unifiedDiff(old: before.bytes, new: after.bytes, oldName: "", newName: "", context: 0)
      .hunks.flatMap(\.lines)
    let contents = changed.map { $0.bytes.filter { $0 != 0x0A && $0 != 0x0D } }
    for (line, content) in zip(changed, contents) where line.kind == .removed {
      let isAbout = content.contains(Array(key.utf8)) || content.contains(Array("MULTI".utf8))
      let onlyEnding = contents.count { $0 == content } > 1
      #expect(isAbout || onlyEnding || content.isEmpty, "\(before.bytes.debugText) → \(after.bytes.debugText)")
    }
  }

  private func setting(_ file: ShellAssignments, _ key: String, _ value: String) -> (ShellAssignments, String, String?)?
  {
    var edited = file
    do {
      try edited.set(key, to: value)
      var again = edited
      try again.set(key, to: value)
      #expect(again.bytes == edited.bytes, "\(file.bytes.debugText)")
    } catch {
      #expect(edited.bytes == file.bytes)
      return nil
    }
    #expect(edited.value(key) == .literal(value))
    return (edited, key, value)
  }

  private func removing(_ file: ShellAssignments, _ key: String) -> (ShellAssignments, String, String?)? {
    var edited = file
    do {
      try edited.remove(key)
      var again = edited
      try again.remove(key)
      #expect(again.bytes == edited.bytes, "\(file.bytes.debugText)")
    } catch {
      #expect(edited.bytes == file.bytes)
      return nil
    }
    if file.evaluation.names.contains(key) || !file.evaluation.sawOpaque { return (edited, key, nil) }
    return nil
  }

  @Test("After set() on each case of the table, bash reads the new value and no other changed")
  func tableSets() throws {
    let files = Self.table.map { ShellAssignments(Array($0.utf8)) }
    try checkEdits(files) { file, number in
      setting(file, Self.keys[number % 3], Self.values[number % Self.values.count])
    }
    try checkEdits(files) { file, number in setting(file, "A", "10.0.0.1") }
  }

  @Test("After remove() on each case of the table, bash has no such variable and the others as before")
  func tableRemovals() throws {
    let files = Self.table.map { ShellAssignments(Array($0.utf8)) }
    try checkEdits(files) { file, _ in removing(file, "A") }
    try checkEdits(files) { file, _ in removing(file, "B") }
  }

  static let fragments = [
    "A=1", "A=2", "B=1", "B='x y'", "C=\"x y\" # c", "A=\"q\"", "A='s' # it's", "  A=3", "export A=4", "export B=5 C=6",
    "A=7 B=8",
    "A=9;B=10", "A=1; C=2 ; B=3;", "# A=1", "", "", "A= 1", "A = 1", "A=a#b", "A=a\\ b", "A+=x", "B+=y", "unset A",
    "unset B C", "B=$A",
    "C=\"${B}z\"", "A=$A:1", "NAME=System ens33", "IPADDR=10.0.0.1", "IPADDR='10.0.0.2'", "AB=1", "a=1", "A=$'x\\ty'",
    "A=x\\\nMULTI", "  ",
    "A='MULTI\nMULTI B=2'", "B=\"MULTI\nMULTI\"", "A=~/x", "A=1 B=$A C=$B", "B=\"$A\" # c", "A=\"a\"'b'",
    "IPADDR=1 # old", "A=1 >/dev/null", "A=x;",
  ]
  static let rareFragments = [
    "A=$(echo x)", "B=${A%.*}", "if true; then A=c; fi", "true && B=d", ". /dev/null", "f() { A=f; }", "f", "eval A=1",
    "A=(1 2)", "A[1]=x",
    "B=`echo $A`", "readonly C", "return", "[ x ] && return", "cat <<E\nA=h\nE", "A='open", "fi", "B=${C:=1}", "(A=1)",
    "\u{FEFF}A=1", "declare A=1", "for A in 1; do :; done",
  ]

  static func randomFile(_ generator: inout SeededGenerator) -> [UInt8] {
    var text = ""
    let ending = generator.pick(["\n", "\n", "\n", "\r\n"])
    for _ in 0..<(generator.next() % 10) {
      text += generator.next() % 20 == 0 ? generator.pick(rareFragments) : generator.pick(fragments)
      text += ending
    }
    var bytes = Array(text.utf8)
    if generator.next() % 4 == 0, !bytes.isEmpty { bytes.removeLast() }
    return bytes
  }

  @Test("Files of nasty fragments, read, set and removed", arguments: [1, 2, 125] as [UInt64])
  func randomFiles(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    let files = (0..<150).map { _ in ShellAssignments(Self.randomFile(&generator)) }
    let answers = try BashOracle.source(files.map(\.bytes), keys: Self.keys)
    var known = 0
    var unknown = 0
    for (file, answer) in zip(files, answers) {
      let counts = check(file, answer)
      known += counts.known
      unknown += counts.unknown
    }
    #expect(known > 2 * unknown && known > 200)
    try checkEdits(files, checksLines: true) { file, _ in
      setting(file, generator.pick(Self.keys), generator.pick(Self.values))
    }
    try checkEdits(files, checksLines: true) { file, _ in removing(file, generator.pick(Self.keys)) }
  }
}
