// libyaml's functions, found in the host's library when one is first asked for (dlopen(3)), as libsystemd's are in
// CSystemd.h. Python's YAML module brings it onto every node that has an OpenStack service.
#ifndef CYAML_H
#define CYAML_H

#include <yaml.h>

#define IMPRINT_YAML_FUNCTIONS(X) \
  X(yaml_parser_initialize) \
  X(yaml_parser_set_input_string) \
  X(yaml_parser_parse) \
  X(yaml_parser_delete) \
  X(yaml_event_delete)

struct imprint_yaml {
#define IMPRINT_YAML_POINTER(name) __typeof__(&name) _Nonnull name;
  IMPRINT_YAML_FUNCTIONS(IMPRINT_YAML_POINTER)
#undef IMPRINT_YAML_POINTER
};

// NULL where there is no libyaml.
const struct imprint_yaml *_Nullable imprint_yaml(void);

#endif
