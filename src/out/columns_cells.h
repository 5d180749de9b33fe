/*
 * What stands in the cells of columns.def: each writes the value of a record, or nothing.
 */
#ifndef OUT_COLUMNS_CELLS_H
#define OUT_COLUMNS_CELLS_H

#include "out/columns.h"

enum { FIRST, LAST, EVENT, ANY };	/* items of times */
enum { SRC, DST, NEXT_HOP };		/* items of addresses */

columns_cell cell_time, cell_duration, cell_number, cell_proto, cell_sampling, cell_direction,
	cell_address, cell_endpoint, cell_tcp_flags, cell_icmp, cell_event, cell_info;

#endif
