#include "CYaml.h"

#include <stddef.h>

static struct imprint_yaml functions;
static struct imprint_library library = {
    .files = {"libyaml-0.so.2"},
    .names = (const char *const[]){IMPRINT_YAML_FUNCTIONS(IMPRINT_NAME) NULL},
    .functions = &functions,
};

const struct imprint_yaml *imprint_yaml(void) { return imprint_load(&library); }
