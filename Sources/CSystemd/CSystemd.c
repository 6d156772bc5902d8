#include "CSystemd.h"

#include <stddef.h>

static struct imprint_systemd functions;
static struct imprint_library library = {
    .files = {"libsystemd.so.0"},
    .names = (const char *const[]){IMPRINT_SYSTEMD_FUNCTIONS(IMPRINT_NAME) NULL},
    .optional = (const char *const[]){"sd_bus_add_match_async", NULL},
    .functions = &functions,
};

const struct imprint_systemd *imprint_systemd(void) { return imprint_load(&library); }
