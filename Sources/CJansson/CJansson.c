#include "CJansson.h"

#include <stddef.h>

static struct imprint_jansson functions;
static struct imprint_library library = {
    .files = {"libjansson.so.4"},
    .names = (const char *const[]){IMPRINT_JANSSON_FUNCTIONS(IMPRINT_NAME) NULL},
    .functions = &functions,
};

const struct imprint_jansson *imprint_jansson(void) { return imprint_load(&library); }

int imprint_jansson_code(const json_error_t *error) { return json_error_code(error); }
