/*
 * A line of python-netflow, read with jansson.
 */
#ifndef MODEL_CONNECTIONS_JSON_H
#define MODEL_CONNECTIONS_JSON_H

#include "model/connections.h"

enum connections_read { CONNECTIONS_READ, CONNECTIONS_BAD, CONNECTIONS_NO_MEMORY };

/*
 * Call FLOW for each flow of LINE, COMPLETE or not.  What it returns false for ends the line:
 * CONNECTIONS_NO_MEMORY.
 */
enum connections_read connections_json(struct nf_bytes line,
				       bool (*flow)(void *ctx, const struct connections_flow *f,
						    bool complete), void *ctx);

#endif
