// toml++ behind the few functions of CToml.h: a parsed document as one flat list of nodes with their places.

#include "CToml.h"
#include "KeyDepth.h"

#include <algorithm>
#include <string>
#include <vector>

#define TOML_HEADER_ONLY 1
#define TOML_EXCEPTIONS 0
#define TOML_ENABLE_FORMATTERS 0
#define TOML_ENABLE_UNRELEASED_FEATURES 0
// The parser and the destructors recurse: together with the limit on dotted keys this bounds the stack they take.
#define TOML_MAX_NESTED_VALUES 32
#include <toml++/toml.h>

struct ctoml_document {
  toml::table root;
  std::vector<ctoml_node> nodes;
  std::string message;
  ctoml_error error{};
  bool failed = false;

  void fail(uint32_t line, uint32_t column, std::string_view text) {
    message = text;
    error = {line, column, message.c_str()};
    failed = true;
  }
  void add(const toml::node &value, const toml::key *key);
  void add_children(const toml::table &table);
};

void ctoml_document::add_children(const toml::table &table) {
  // toml++ keeps a table sorted by name. People mean the order in which they wrote it.
  std::vector<std::pair<const toml::key *, const toml::node *>> children;
  for (auto &&[key, value] : table) children.emplace_back(&key, &value);
  std::sort(children.begin(), children.end(), [](const auto &left, const auto &right) {
    const auto a = left.first->source().begin, b = right.first->source().begin;
    return a.line != b.line ? a.line < b.line : a.column < b.column;
  });
  for (const auto &[key, value] : children) add(*value, key);
}

void ctoml_document::add(const toml::node &value, const toml::key *key) {
  ctoml_node node{};
  node.line = value.source().begin.line;
  node.column = value.source().begin.column;
  if (key) {
    node.key = key->str().data();
    node.key_length = key->str().size();
    node.key_line = key->source().begin.line;
    node.key_column = key->source().begin.column;
  }
  if (const auto *table = value.as_table()) {
    node.kind = ctoml_table;
    node.children = table->size();
    nodes.push_back(node);
    add_children(*table);
    return;
  }
  if (const auto *array = value.as_array()) {
    node.kind = ctoml_array;
    node.children = array->size();
    nodes.push_back(node);
    for (const auto &element : *array) add(element, nullptr);
    return;
  }
  if (const auto *text = value.as_string()) {
    node.kind = ctoml_string;
    node.text = text->get().data();
    node.text_length = text->get().size();
  } else if (const auto *integer = value.as_integer()) {
    node.kind = ctoml_integer;
    node.integer = integer->get();
  } else if (const auto *real = value.as_floating_point()) {
    node.kind = ctoml_real;
    node.real = real->get();
  } else if (const auto *boolean = value.as_boolean()) {
    node.kind = ctoml_boolean;
    node.boolean = boolean->get();
  } else {
    node.kind = ctoml_date;
  }
  nodes.push_back(node);
}

ctoml_document *ctoml_parse(const char *bytes, size_t count) {
  auto *document = new ctoml_document;
  const std::string_view text{bytes ? bytes : "", bytes ? count : 0};
  if (const auto deep = ctoml::too_deep_key(text); deep.line != 0) {
    document->fail(deep.line, deep.column, "this key has too many parts");
    return document;
  }
  auto result = toml::parse(text);
  if (!result) {
    const auto &error = result.error();
    document->fail(error.source().begin.line, error.source().begin.column, error.description());
    return document;
  }
  document->root = std::move(result).table();
  document->add(document->root, nullptr);
  return document;
}

void ctoml_free(ctoml_document *document) { delete document; }

const ctoml_node *ctoml_nodes(const ctoml_document *document, size_t *count) {
  *count = document->nodes.size();
  return document->nodes.data();
}

const ctoml_error *ctoml_syntax_error(const ctoml_document *document) {
  return document->failed ? &document->error : nullptr;
}
