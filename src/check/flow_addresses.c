/*
 * Addresses, and the version of IP that they are of.
 */
#include <config.h>

#include "check/flow.h"

enum { IP_VERSION = 60, ETHERTYPE = 256, ETHERTYPE_IPV4 = 0x0800, ETHERTYPE_IPV6 = 0x86dd };

/* Where a layout has its addresses and what explains that one is zero; -1. */
struct addresses {
	int src4, dst4, src6, dst6;
	int protocol, src_port, dst_port, version, ethertype;
};

/* The address of IPv6 is zero that the value V of the record at P refers to. */
static inline bool is_zero6(const uint8_t *p, uint64_t v)
{
	p += v >> 16;
	return (nf_be64(p) | nf_be64(p + 8)) == 0;
}

/* One of four is there and not zero. */
static bool is_set(const struct check_record *r, int four, int six)
{
	return (four >= 0 && check_value(r, four) != 0) ||
	       (six >= 0 && !is_zero6(r->rec->p, check_value(r, six)));
}

static uint64_t value_of(const struct check_record *r, int field, uint64_t otherwise)
{
	return field >= 0 ? check_value(r, field) : otherwise;
}

/* -- Zero ------------------------------------------------------------------------------- */

/*
 * Hosts without an address yet: DHCP; IGMP and ICMPv6 (neighbour discovery and listeners, which
 * have a hop-by-hop header that some meters take for the protocol).
 * Frames that are not IP's have no address at all.
 */
static bool may_be_zero(const struct check_record *r, const struct addresses *a)
{
	uint64_t protocol = value_of(r, a->protocol, 0);
	uint64_t src = value_of(r, a->src_port, 0), dst = value_of(r, a->dst_port, 0);
	uint64_t type = value_of(r, a->ethertype, ETHERTYPE_IPV4);

	if (type != ETHERTYPE_IPV4 && type != ETHERTYPE_IPV6)
		return true;
	if (a->version >= 0 && check_value(r, a->version) == 0)
		return true;
	if (protocol == CHECK_HOP_BY_HOP && a->protocol >= 0 && a->src6 >= 0)
		return true;
	return protocol == CHECK_IGMP || protocol == CHECK_ICMPV6 ||
	       (protocol == CHECK_UDP_PROTOCOL && (src == 67 || src == 68 || dst == 67 ||
						   dst == 68));
}

static void zero(const struct check_record *r, int field)
{
	struct nf_field f = nf_field(r->rec, (unsigned)field);

	check_claim(r->check, &(struct check_claim){
		.rule = CHECK_ADDR_ZERO, .at = r->at, .span = nf_span_of(f.offset, f.value.n),
		.tmpl = r->use->tmpl, .ie = f.def->ie, .args = { { .ie = f.def->ie } },
	});
}

static void look_at_zero(const struct check_record *r, struct check_step *s)
{
	const struct addresses *a = s->state;
	bool src = is_set(r, a->src4, a->src6), dst = is_set(r, a->dst4, a->dst6);

	if ((src && dst) || may_be_zero(r, a))
		return;
	if (!src)
		zero(r, a->src4 >= 0 ? a->src4 : a->src6);
	if (!dst)
		zero(r, a->dst4 >= 0 ? a->dst4 : a->dst6);
}

static inline uint64_t has_zero4(const struct check_rows *rows, const struct check_step *s,
				 size_t i)
{
	const struct addresses *a = s->state;

	return (check_column(rows, (unsigned)a->src4)[i] - 1) |
	       (check_column(rows, (unsigned)a->dst4)[i] - 1);
}

NF_WIDE
static uint64_t sift_zero4(const struct check_rows *rows, struct check_step *s)
{
	return check_sift(rows, s, has_zero4);
}

static uint64_t sift_zero6(const struct check_rows *rows, struct check_step *s)
{
	const struct addresses *a = s->state;
	const uint64_t *src = check_column(rows, (unsigned)a->src6);
	const uint64_t *dst = check_column(rows, (unsigned)a->dst6);
	uint64_t odd = 0;

	for (size_t i = 0; i < rows->n; i++) {
		const uint8_t *p = rows->recs[i].p;
		uint64_t zero = is_zero6(p, src[i]);	/* both are looked at: no branch */

		zero |= is_zero6(p, dst[i]);
		odd |= zero << i;
	}
	return odd;
}

/* -- The version ------------------------------------------------------------------------ */

static void version_claim(const struct check_record *r, const struct addresses *a,
			  const char *what)
{
	struct nf_field f = nf_field(r->rec, (unsigned)a->version);

	check_claim(r->check, &(struct check_claim){
		.rule = CHECK_IP_VERSION_MISMATCH, .at = r->at,
		.span = nf_span_of(f.offset, f.value.n), .tmpl = r->use->tmpl, .ie = f.def->ie,
		.args = { { .u = check_value(r, a->version) }, { .s = what } },
	});
}

static void version(const struct check_record *r, struct check_step *s)
{
	const struct addresses *a = s->state;
	uint64_t v = check_value(r, a->version);
	bool four = is_set(r, a->src4, -1) || is_set(r, a->dst4, -1);
	bool six = is_set(r, -1, a->src6) || is_set(r, -1, a->dst6);

	if (four && six)
		version_claim(r, a, "addresses of both IPv4 and IPv6");
	else if (four && v != 4)
		version_claim(r, a, "IPv4 addresses");
	else if (six && v != 6)
		version_claim(r, a, "IPv6 addresses");
}

/* -- Planning --------------------------------------------------------------------------- */

/* Element ID, if it takes LENGTH octets. */
static int of_length(const struct nf_layout *l, uint16_t id, uint16_t length)
{
	int i = check_field_of(l, NF_PEN_IANA, id);

	return i >= 0 && l->fields[i].length == length ? i : -1;
}

static void find(const struct nf_layout *l, struct addresses *a)
{
	a->src4 = of_length(l, 8, 4);
	a->dst4 = of_length(l, 12, 4);
	a->src6 = of_length(l, 27, 16);
	a->dst6 = of_length(l, 28, 16);
	a->protocol = check_integer_of(l, 4);
	a->src_port = check_integer_of(l, 7);
	a->dst_port = check_integer_of(l, 11);
	a->version = check_integer_of(l, IP_VERSION);
	a->ethertype = check_integer_of(l, ETHERTYPE);
}

/* Catalysts of v7 and v8 leave out what their flow mask does; events have one end. */
static void plan_zero(struct check_plan *p, struct addresses *a)
{
	bool four = a->src4 >= 0 && a->dst4 >= 0, six = a->src6 >= 0 && a->dst6 >= 0;
	struct check_step *s;

	if ((!four && !six) || p->version == 7 || p->version == 8 ||
	    p->layout->slot[NF_ROLE_EVENT] >= 0 || !check_wants(p->check, CHECK_ADDR_ZERO))
		return;
	check_applies(p->check, CHECK_ADDR_ZERO);
	s = check_plan_step(p, look_at_zero);
	if (s == NULL)
		return;
	s->sift = !six ? sift_zero4 : !four ? sift_zero6 : NULL;
	if (s->sift != NULL) {
		check_plan_column(p, (unsigned)(four ? a->src4 : a->src6));
		check_plan_column(p, (unsigned)(four ? a->dst4 : a->dst6));
	}
	s->state = a;
}

static void plan_version(struct check_plan *p, struct addresses *a)
{
	struct check_step *s;

	if (a->version < 0)
		return;
	check_applies(p->check, CHECK_IP_VERSION_MISMATCH);
	s = check_plan_step(p, version);
	if (s != NULL)
		s->state = a;
}

void check_plan_addresses(struct check_plan *p)
{
	struct addresses *a = check_alloc(p->check, sizeof(*a));

	if (a == NULL)
		return;
	find(p->layout, a);
	if (a->src4 < 0 && a->dst4 < 0 && a->src6 < 0 && a->dst6 < 0)
		return;
	plan_zero(p, a);
	plan_version(p, a);
}
