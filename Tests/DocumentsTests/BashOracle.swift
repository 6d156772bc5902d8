import Testing

/// The real bash, sourcing many files, each in a shell of its own with no environment and no commands in reach.
enum BashOracle {
  static var isPresent: Bool { Oracle.program("bash") != nil }

  private static let driver = """
    for file in "$@"; do
      (
        exec env -i PATH=/nonexistent BASH_ORACLE_KEYS="$KEYS" /bin/bash --norc --noprofile -c '
          set +e
          __oracle_keys=$BASH_ORACLE_KEYS
          unset BASH_ORACLE_KEYS
          . "$0" >/dev/null 2>&1 </dev/null
          for __oracle_key in $__oracle_keys; do
            if [ "${!__oracle_key+x}" ]; then printf "%s=%s\\0" "$__oracle_key" "${!__oracle_key}"; fi
          done
          printf "\\1\\0"
        ' "$file"
      )
      printf '\\2\\0'
    done
    """

  /// For each file what the named variables hold after `source`; nil where the shell ended before it could say so.
  static func source(_ files: [[UInt8]], keys: [String]) throws -> [[String: [UInt8]]?] {
    let bash = try #require(Oracle.program("bash"))
    return try Oracle.withFiles(files) { paths in
      let names = "KEYS='\(keys.joined(separator: " "))'\n"
      let result = try Oracle.run(bash, ["-c", names + driver, "oracle"] + paths)
      var answers: [[String: [UInt8]]?] = []
      var values: [String: [UInt8]] = [:]
      var isComplete = false
      for item in result.output.split(separator: 0, omittingEmptySubsequences: false) {
        if item.elementsEqual([1]) {
          isComplete = true
        } else if item.elementsEqual([2]) {
          answers.append(isComplete ? values : nil)
          values = [:]
          isComplete = false
        } else if let equals = item.firstIndex(of: UInt8(ascii: "=")) {
          values[String(decoding: item[..<equals], as: UTF8.self)] = Array(item[(equals + 1)...])
        }
      }
      try #require(answers.count == files.count)
      return answers
    }
  }
}
