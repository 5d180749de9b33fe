/*
 * The names built in that are no elements; rows in filter_names.def.
 */
#ifndef MODEL_FILTER_GET_H
#define MODEL_FILTER_GET_H

#include "model/filter_tree.h"

extern const struct filter_name filter_get_rows[];
extern const size_t filter_nget_rows;

#endif
