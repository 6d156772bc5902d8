// libyaml's functions, as CLoader.h finds them. Python's YAML module brings it onto every node that has an OpenStack service.
#ifndef CYAML_H
#define CYAML_H

#include "CLoader.h"

#include <yaml.h>

#define IMPRINT_YAML_FUNCTIONS(X) \
  X(yaml_parser_initialize) \
  X(yaml_parser_set_input_string) \
  X(yaml_parser_parse) \
  X(yaml_parser_delete) \
  X(yaml_event_delete)

struct imprint_yaml {
  IMPRINT_YAML_FUNCTIONS(IMPRINT_POINTER)
};

// NULL where there is no libyaml.
const struct imprint_yaml *_Nullable imprint_yaml(void);

#endif
