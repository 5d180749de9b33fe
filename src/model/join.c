#include <config.h>

#include "model/join.h"

#include "base/mem.h"
#include "model/join_table.h"

struct join *join_new(const struct join_opts *opts, struct nf_registry *registry)
{
	struct join *j = nf_zalloc(sizeof(*j));

	if (j == NULL)
		return NULL;
	j->opts = *opts;
	j->registry = registry;
	if (join_tables_init(j))
		return j;
	join_free(j);
	return NULL;
}

void join_forget(struct join *j)
{
	join_forget_plans(j);
	join_forget_fields(j);
}

void join_free(struct join *j)
{
	if (j == NULL)
		return;
	join_forget(j);
	join_tables_done(j);
	nf_free(j);
}

void join_swap(struct join *a, struct join *b)
{
	struct join kept = *a;

	*a = *b;
	*b = kept;
	join_forget(a);
	join_forget(b);
}

bool join_failed(const struct join *j)
{
	return j->failed;
}

uint64_t join_dropped(const struct join *j)
{
	return j->dropped;
}

const struct join_row *join_rows(const struct join *j)
{
	return j->first;
}
