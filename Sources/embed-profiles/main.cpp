// embed-profiles OUTPUT PROFILE.toml...: a Swift source with every profile as an outline of its values, made while the program is
// built: each start of it reads one profile, and reading TOML takes ten times as long.
//
// A line for each value, before those of its children: a letter for what it is and the number of its children, its key, and what
// it says, with tabs between them. Profile (Profiles/Profiles.swift) says the same to its readers.

#include "CToml.h"

#include <cstdio>
#include <fstream>
#include <iostream>
#include <sstream>
#include <string>
#include <string_view>

namespace {

// What would end a field, a line, or the literal that all stands in.
bool is_plain(std::string_view text) {
  for (const unsigned char byte : text) {
    if (byte < 0x20 || byte == 0x7F) return false;
  }
  return text.find("\"\"\"####") == std::string_view::npos;
}

char letter(ctoml_kind kind) {
  switch (kind) {
    case ctoml_table: return 't';
    case ctoml_array: return 'a';
    case ctoml_string: return 's';
    case ctoml_integer: return 'i';
    case ctoml_boolean: return 'b';
    case ctoml_real: return 'r';
    default: return 'd';
  }
}

bool add_outline(const std::string &path, std::ostream &out) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream read;
  read << file.rdbuf();
  if (!file) return std::cerr << path << ": cannot be read\n", false;
  const std::string bytes = read.str();
  ctoml_document *document = ctoml_parse(bytes.data(), bytes.size());
  bool is_right = true;
  if (const ctoml_error *error = ctoml_syntax_error(document)) {
    std::cerr << path << ":" << error->line << ":" << error->column << ": error: " << error->message << "\n";
    is_right = false;
  }
  size_t count = 0;
  const ctoml_node *nodes = ctoml_nodes(document, &count);
  for (size_t index = 0; is_right && index < count; index++) {
    const ctoml_node &node = nodes[index];
    const std::string_view key{node.key ? node.key : "", node.key_length};
    const std::string_view text{node.text ? node.text : "", node.text_length};
    if (!is_plain(key) || !is_plain(text)) {
      std::cerr << path << ":" << node.line << ":" << node.column << ": error: a control character\n";
      is_right = false;
    }
    out << letter(node.kind) << node.children << '\t' << key << '\t';
    if (node.kind == ctoml_integer) out << node.integer;
    if (node.kind == ctoml_boolean) out << (node.boolean ? 1 : 0);
    out << text << '\n';
  }
  ctoml_free(document);
  return is_right;
}

}  // namespace

int main(int count, char **arguments) {
  if (count < 2) return std::cerr << "embed-profiles OUTPUT PROFILE.toml...\n", 64;
  std::ostringstream out;
  out << "extension Profile {\n  /// In the order of their names.\n  public static let all: [Profile] = [\n";
  for (int index = 2; index < count; index++) {
    const std::string path = arguments[index];
    const size_t start = path.rfind('/') + 1;
    out << "    Profile(name: \"" << path.substr(start, path.rfind('.') - start) << "\", outline: ####\"\"\"\n";
    if (!add_outline(path, out)) return 1;
    out << "\n\"\"\"####),\n";
  }
  out << "  ]\n}\n";
  std::ofstream file(arguments[1], std::ios::binary);
  file << out.str();
  file.close();
  if (!file) return std::cerr << arguments[1] << ": cannot be written\n", 74;
  return 0;
}
