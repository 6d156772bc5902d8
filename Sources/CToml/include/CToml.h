#ifndef CTOML_H
#define CTOML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum ctoml_kind : int32_t {
  ctoml_table,
  ctoml_array,
  ctoml_string,
  ctoml_integer,
  ctoml_real,
  ctoml_boolean,
  ctoml_date,  // a date, a time, or both
} ctoml_kind;

/// One value of a document. Lines and columns count from 1, columns in characters. Texts are UTF-8, have no NUL at their
/// end, and live as long as the document.
typedef struct ctoml_node {
  ctoml_kind kind;
  uint32_t line, column;
  uint32_t key_line, key_column;  // 0 in an array
  const char *key;
  size_t key_length;
  const char *text;  // of a string
  size_t text_length;
  int64_t integer;
  double real;
  bool boolean;
  size_t children;  // of a table, in the order of the file, or of an array
} ctoml_node;

typedef struct ctoml_document ctoml_document;

/// Never NULL. Free it with ctoml_free.
ctoml_document *ctoml_parse(const char *bytes, size_t count);
void ctoml_free(ctoml_document *document);

/// All values, each before its children; the first is the top table. No values after a syntax error.
const ctoml_node *ctoml_nodes(const ctoml_document *document, size_t *count);

typedef struct ctoml_error {
  uint32_t line, column;
  const char *message;  // ends in NUL
} ctoml_error;

/// The syntax error, or NULL.
const ctoml_error *ctoml_syntax_error(const ctoml_document *document);

#ifdef __cplusplus
}
#endif
#endif
