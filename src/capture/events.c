#include <config.h>

#include "capture/events.h"

const char *const capture_event_name[CAPTURE_EVENTS] = {
#define EVENT(name, text, at, amount) [EVENT_##name] = text,
#include "capture/events.def"
#undef EVENT
};
