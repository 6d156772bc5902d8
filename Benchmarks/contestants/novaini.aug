(* nova.conf as an INI file; Augeas has no lens of its own for it. *)
module NovaIni =
  let comment = IniFile.comment "#" "#"
  let separator = IniFile.sep "=" "="
  let entry = IniFile.indented_entry /[A-Za-z0-9_.-]+/ separator comment
  let title = IniFile.indented_title IniFile.record_re
  let record = IniFile.record title entry
  let lns = IniFile.lns record comment
