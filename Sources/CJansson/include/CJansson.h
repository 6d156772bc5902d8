// libjansson's functions, as CLoader.h finds them. NetworkManager's library brings it onto CentOS 7, and libvirt onto every
// compute node.
#ifndef CJANSSON_H
#define CJANSSON_H

#include "CLoader.h"

#include <jansson.h>

#define IMPRINT_JANSSON_FUNCTIONS(X) \
  X(json_loadb) \
  X(json_delete) \
  X(json_object_iter) \
  X(json_object_iter_next) \
  X(json_object_iter_key) \
  X(json_object_iter_value) \
  X(json_array_size) \
  X(json_array_get) \
  X(json_string_value) \
  X(json_string_length) \
  X(json_integer_value) \
  X(json_real_value)

struct imprint_jansson {
  IMPRINT_JANSSON_FUNCTIONS(IMPRINT_POINTER)
};

// NULL where there is no libjansson, or one that lacks any of these; all are in version 2.7.
const struct imprint_jansson *_Nullable imprint_jansson(void);

// What a text is wrong for, as a number: its words quote the text, which may hold a password. Zero before version 2.11.
int imprint_jansson_code(const json_error_t *_Nonnull error);

#endif
