/*
 * What options say about a flow record, with where they say it.
 */
#ifndef OUT_JOINED_H
#define OUT_JOINED_H

#include "model/join_filter.h"
#include "out/out.h"

/* A line a name, as fields have them: "join.ingress.name   eth0 (frame 3)". */
void joined_text(struct out *o, struct join *j, const struct filter_at *at);

/* ,"join":{"ingress":{"name":{"value":"eth0","frame":3}}}, nothing where nothing is known. */
void joined_json(struct out *o, struct join *j, const struct filter_at *at);

#endif
