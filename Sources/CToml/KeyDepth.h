#ifndef CTOML_KEYDEPTH_H
#define CTOML_KEYDEPTH_H

#include <cstdint>
#include <string_view>

namespace ctoml {

struct Place {
  uint32_t line = 0, column = 0;
};

/// The most parts of a dotted key.
constexpr int max_key_parts = 16;

/// The first key with too many parts, if there is one: a.b.c.… makes a table for each part, and toml++ takes them down
/// by recursion without a limit. Knows just enough of TOML to skip comments and strings; whatever it misreads is a
/// syntax error that comes before any later key.
inline Place too_deep_key(std::string_view text) {
  uint32_t line = 1, column = 1;
  int dots = 0;
  size_t at = 0;
  const auto step = [&] {
    const auto byte = static_cast<unsigned char>(text[at++]);
    if (byte == '\n') {
      line += 1;
      column = 1;
    } else if ((byte & 0xC0) != 0x80) {
      column += 1;
    }
  };
  const auto skip_string = [&](char quote) {
    const bool is_long = text.size() - at >= 3 && text[at + 1] == quote && text[at + 2] == quote;
    for (int i = 0; i < (is_long ? 3 : 1); ++i) step();
    while (at < text.size()) {
      if (quote == '"' && text[at] == '\\') {
        step();
        if (at < text.size()) step();
      } else if (text[at] == '\n' && !is_long) {
        return;
      } else if (text[at] == quote && !is_long) {
        return step();
      } else if (is_long && text.substr(at, 3) == std::string_view{quote == '"' ? "\"\"\"" : "'''"}) {
        for (int i = 0; i < 3; ++i) step();
        // Up to two more quotes belong to the string.
        for (int i = 0; i < 2 && at < text.size() && text[at] == quote; ++i) step();
        return;
      } else {
        step();
      }
    }
  };
  while (at < text.size()) {
    switch (text[at]) {
    case '#':
      while (at < text.size() && text[at] != '\n') step();
      break;
    case '"':
    case '\'': skip_string(text[at]); break;
    case '.':
      if (++dots >= max_key_parts) return {line, column};
      step();
      break;
    case '\n':
    case ',':
    case '=':
    case '[':
    case '{': dots = 0; step(); break;
    default: step();
    }
  }
  return {};
}

}  // namespace ctoml
#endif
