#include <config.h>

#include "out/connections.h"

#include <ctype.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>
#include <time.h>

#include "out/out.h"

void connections_size(struct nf_strbuf *s, uint64_t octets)
{
	static const char units[] = "KMG";
	double v = (double)octets / 1024;
	unsigned i = 0;

	if (octets < 1024) {
		nf_sb_printf(s, "%" PRIu64 "B", octets);
		return;
	}
	for (; i < 2 && v >= 1024; i++)
		v /= 1024;
	nf_sb_printf(s, "%.2f%c", v, units[i]);
}

void connections_duration(struct nf_strbuf *s, int64_t seconds)
{
	int64_t v = seconds < 0 ? 0 : seconds;

	if (v < 60)
		nf_sb_printf(s, "%" PRId64 " sec", v);
	else if (v <= 3600)
		nf_sb_printf(s, "%02" PRId64 ":%02" PRId64 " min", v / 60, v % 60);
	else
		nf_sb_printf(s, "%" PRId64 ":%02" PRId64 ".%02" PRId64 " hours", v / 3600,
			     v % 3600 / 60, v % 60);
}

/* What NAME appends, in a column of WIDTH. */
static void column(struct nf_strbuf *s, size_t from, unsigned width)
{
	out_align(s, from, width, false);
	nf_sb_str(s, " | ");
}

static void when(struct nf_strbuf *s, double time)
{
	time_t seconds = fabs(time) < 1e11 ? (time_t)floor(time) : 0;
	struct tm tm;
	char text[40] = "";

	if (gmtime_r(&seconds, &tm) != NULL)
		strftime(text, sizeof(text), "%Y-%m-%d %H:%M.%S", &tm);
	nf_sb_str(s, text);
}

static void service(struct nf_strbuf *s, const struct connections_report *r,
		    const struct connection *x)
{
	const char *name = NULL;

	if (r->service != NULL) {
		name = r->service(r->ctx, x->source->sport);
		if (name == NULL)
			name = r->service(r->ctx, x->other->dport);
	}
	if (name == NULL) {
		nf_sb_printf(s, "(%u %u)", x->source->sport, x->other->dport);
		return;
	}
	for (; *name != '\0'; name++)
		nf_sb_char(s, (char)toupper((unsigned char)*name));
}

/* "name (address)"; the address twice where it has no name, as there. */
static void host(struct nf_strbuf *s, const struct connections_report *r, const struct nf_addr *a)
{
	size_t from = s->n;

	if (r->name != NULL)
		r->name(r->ctx, s, a);
	if (s->n == from)
		out_addr(s, a);
	nf_sb_str(s, " (");
	out_addr(s, a);
	nf_sb_char(s, ')');
}

static void row(struct nf_strbuf *s, const struct connections_report *r,
		const struct connection *x)
{
	size_t at = s->n;

	when(s, x->source->time > x->other->time ? x->source->time : x->other->time);
	nf_sb_str(s, " | ");
	at = s->n;
	service(s, r, x);
	column(s, at, 14);
	at = s->n;
	connections_size(s, x->source->octets);
	column(s, at, 8);
	at = s->n;
	connections_duration(s, x->source->duration_ms / 1000);
	column(s, at, 9);
	at = s->n;
	nf_sb_u64(s, x->source->packets + x->other->packets);
	out_align(s, at, 7, true);
	nf_sb_str(s, " | Between ");
	host(s, r, &x->source->src);
	nf_sb_str(s, " and ");
	host(s, r, &x->source->dst);
	nf_sb_char(s, '\n');
}

static void title(struct nf_strbuf *s)
{
	nf_sb_str(s, "Timestamp           | Service        | Size     | Duration  | Packets | "
		     "Involved hosts\n");
	nf_sb_pad(s, '-', 100);
	nf_sb_char(s, '\n');
}

/* -- Flows without a peer ------------------------------------------------------------- */

static const char *protocol(uint8_t number)
{
	switch (number) {
	case 1:		return "ICMP";
	case 6:		return "TCP";
	case 17:	return "UDP";
	case 58:	return "ICMPv6";
	default:	return "UNKNOWN";
	}
}

static void end_of(struct nf_strbuf *s, const struct connections_report *r,
		   const struct nf_addr *a, uint16_t port)
{
	size_t from = s->n, name;

	if (r->name != NULL)
		r->name(r->ctx, s, a);
	name = s->n;
	if (name != from)
		nf_sb_str(s, " (");
	out_addr(s, a);
	if (name != from)
		nf_sb_char(s, ')');
	nf_sb_printf(s, ":%u", port);
}

static void lone(struct nf_strbuf *s, const struct connections_report *r,
		 const struct connections_flow *f)
{
	nf_sb_str(s, "From ");
	end_of(s, r, &f->src, f->sport);
	nf_sb_str(s, " to ");
	end_of(s, r, &f->dst, f->dport);
	nf_sb_printf(s, " with proto %s and size ", protocol(f->protocol));
	connections_size(s, f->octets);
	nf_sb_printf(s, " (%" PRIu64 " packets)\n", f->packets);
}

static void unpaired(struct nf_strbuf *s, const struct connections_report *r)
{
	const struct connections_flow *f;
	bool noise = true;

	if (connections_unpaired(r->connections, 0) == NULL)
		return;
	nf_sb_printf(s, "\nFlows without a peer: %" PRIu64 "\n",
		     connections_counts(r->connections)->unpaired);
	for (size_t i = 0; (f = connections_unpaired(r->connections, i)) != NULL; i++) {
		if (f->packets < r->packets)
			continue;
		lone(s, r, f);
		noise = false;
	}
	if (noise)
		nf_sb_str(s, "They were all noise!\n");
}

void connections_text(struct nf_strbuf *s, const struct connections_report *r)
{
	struct connection x;
	uint64_t few = 0;
	bool first = true;

	for (size_t i = 0; connections_at(r->connections, i, &x); i++) {
		if (x.source->packets + x.other->packets < r->packets) {
			few++;
			continue;
		}
		if (first)
			title(s);
		first = false;
		row(s, r, &x);
	}
	if (few != 0)
		nf_sb_printf(s, "%" PRIu64 " connections skipped, because they had less than %"
			     PRIu64 " packets (-p says how many).\n", few, r->packets);
	if (r->verbose)
		unpaired(s, r);
}
