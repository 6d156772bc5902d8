// libsystemd's functions, as CLoader.h finds them: the bus and the journal.
#ifndef CSYSTEMD_H
#define CSYSTEMD_H

#include "CLoader.h"

#include <systemd/sd-bus.h>
#include <systemd/sd-journal.h>

#define IMPRINT_SYSTEMD_FUNCTIONS(X) \
  X(sd_bus_new) \
  X(sd_bus_set_address) \
  X(sd_bus_set_bus_client) \
  X(sd_bus_start) \
  X(sd_bus_close) \
  X(sd_bus_unref) \
  X(sd_bus_get_fd) \
  X(sd_bus_get_events) \
  X(sd_bus_get_timeout) \
  X(sd_bus_process) \
  X(sd_bus_call_async) \
  X(sd_bus_add_match) \
  X(sd_bus_slot_unref) \
  X(sd_bus_message_new_method_call) \
  X(sd_bus_message_unref) \
  X(sd_bus_message_append_basic) \
  X(sd_bus_message_open_container) \
  X(sd_bus_message_close_container) \
  X(sd_bus_message_peek_type) \
  X(sd_bus_message_enter_container) \
  X(sd_bus_message_exit_container) \
  X(sd_bus_message_read_basic) \
  X(sd_bus_message_get_error) \
  X(sd_bus_message_get_path) \
  X(sd_bus_message_get_sender) \
  X(sd_journal_sendv) \
  X(sd_journal_open) \
  X(sd_journal_close) \
  X(sd_journal_get_fd) \
  X(sd_journal_process) \
  X(sd_journal_add_match) \
  X(sd_journal_add_disjunction) \
  X(sd_journal_add_conjunction) \
  X(sd_journal_seek_tail) \
  X(sd_journal_previous) \
  X(sd_journal_get_data) \
  X(sd_journal_get_realtime_usec)

struct imprint_systemd {
  IMPRINT_SYSTEMD_FUNCTIONS(IMPRINT_POINTER)
  // Since version 237.
  __typeof__(&sd_bus_add_match_async) _Nullable sd_bus_add_match_async;
};

// NULL where there is no libsystemd, or one that lacks any of these; all of them are in version 219.
const struct imprint_systemd *_Nullable imprint_systemd(void);

#endif
