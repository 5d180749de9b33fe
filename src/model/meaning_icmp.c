/*
 * ICMP has no ports.  Some exporters say its type and code in the destination port, and 0 in the
 * other, others have elements for them and no ports: in keys, all say it as the former do.
 */
#include <config.h>

#include "model/meaning_internal.h"

static bool is_stated(const struct flow_view *view)
{
	static const uint8_t items[] = {
		FLOW_ICMP4, FLOW_ICMP4_TYPE, FLOW_ICMP6, FLOW_ICMP6_TYPE,
	};

	for (unsigned i = 0; i < sizeof(items); i++)
		if (view->field[items[i]] >= 0)
			return true;
	return false;
}

void meaning_icmp_plan(const struct meaning *m, struct meaning_plan *p)
{
	bool stated = m->opts.one_icmp && is_stated(&p->view);

	p->icmp = stated ? top_key_of(m->top, FLOW_DPORT) : -1;
	p->no_port = stated && p->view.field[FLOW_SPORT] < 0 ? top_key_of(m->top, FLOW_SPORT) : -1;
}

void meaning_put_icmp(const struct meaning *m, const struct meaning_plan *p,
		      const struct nf_rec *r, uint64_t *key, size_t stride)
{
	uint8_t type;
	int code;

	/* without a code, it is of a port, where it may stay */
	if (p->icmp < 0 || !flow_icmp(&p->view, r, &type, &code) || code < 0)
		return;
	key += stride;		/* behind the domain */
	top_key_number(m->top, (unsigned)p->icmp, (unsigned)type << 8 | (unsigned)code, key,
		       stride);
	if (p->no_port >= 0)
		top_key_number(m->top, (unsigned)p->no_port, 0, key, stride);
}
