/* Which domain of the one side is which of the other. */
#include <config.h>

#include "model/diff.h"

#include <arpa/inet.h>

static bool address(const char *text, size_t n, struct nf_addr *a)
{
	char copy[64];

	*a = (struct nf_addr){ 0 };
	if (n >= sizeof(copy))
		return false;
	memcpy(copy, text, n);
	copy[n] = '\0';
	a->family = strchr(copy, ':') != NULL ? 6 : 4;
	return inet_pton(a->family == 6 ? AF_INET6 : AF_INET, copy, a->octets) == 1;
}

bool diff_mapping(const char *text, struct nf_addr *old, struct nf_addr *new)
{
	const char *equals = strchr(text, '=');

	return equals != NULL && address(text, (size_t)(equals - text), old) &&
	       address(equals + 1, strlen(equals + 1), new);
}

/* The address that OLD has in the new capture. */
static struct nf_addr mapped(const struct diff *d, const struct nf_addr *old)
{
	struct nf_addr from, to;

	for (size_t i = 0; i < d->opts.nmap; i++)
		if (diff_mapping(d->opts.map[i], &from, &to) && nf_same_addr(&from, old))
			return to;
	return *old;
}

static void pair(struct diff *d, int32_t old, int32_t new)
{
	d->to[0][old] = new;
	d->to[1][new] = old;
}

/* The one domain of SIDE that has no mate, of ADDR if it is given; NONE where there are several. */
static int32_t only_one(const struct diff *d, unsigned side, const struct nf_addr *addr)
{
	int32_t one = MEANING_NONE;

	for (size_t i = 0; i < d->of[side]->ndomains; i++) {
		if (d->to[side][i] != MEANING_NONE ||
		    (addr != NULL && !nf_same_addr(&d->of[side]->domains[i]->addr, addr)))
			continue;
		if (one != MEANING_NONE)
			return MEANING_NONE;
		one = (int32_t)i;
	}
	return one;
}

/* The one address of SIDE none of whose domains has a mate; NULL where there are several. */
static const struct nf_addr *only_address(const struct diff *d, unsigned side)
{
	const struct nf_addr *one = NULL;

	for (size_t i = 0; i < d->of[side]->ndomains; i++) {
		const struct nf_addr *a = &d->of[side]->domains[i]->addr;

		if (d->to[side][i] != MEANING_NONE)
			continue;
		if (one != NULL && !nf_same_addr(one, a))
			return NULL;
		one = a;
	}
	return one;
}

static void match_numbers(struct diff *d, const struct nf_addr *old, const struct nf_addr *new)
{
	const struct meaning *a = d->of[0];

	for (size_t i = 0; i < a->ndomains; i++) {
		int32_t j;

		if (d->to[0][i] != MEANING_NONE || !nf_same_addr(&a->domains[i]->addr, old))
			continue;
		j = meaning_domain_of(d->of[1], new, a->domains[i]->domain, false);
		if (j != MEANING_NONE && d->to[1][j] == MEANING_NONE)
			pair(d, (int32_t)i, j);
	}
}

/* By address and number; what is left alone of an address, and then of all. */
void diff_match_domains(struct diff *d)
{
	const struct meaning *a = d->of[0];
	const struct nf_addr *x, *y;

	for (size_t i = 0; i < a->ndomains; i++) {
		struct nf_addr new = mapped(d, &a->domains[i]->addr);

		match_numbers(d, &a->domains[i]->addr, &new);
	}
	for (size_t i = 0; i < a->ndomains; i++) {
		struct nf_addr new = mapped(d, &a->domains[i]->addr);
		int32_t old_one = only_one(d, 0, &a->domains[i]->addr);
		int32_t new_one = only_one(d, 1, &new);

		if (old_one != MEANING_NONE && new_one != MEANING_NONE)
			pair(d, old_one, new_one);
	}
	x = only_address(d, 0);
	y = only_address(d, 1);
	if (x != NULL && y != NULL)
		match_numbers(d, x, y);
	if (only_one(d, 0, NULL) != MEANING_NONE && only_one(d, 1, NULL) != MEANING_NONE)
		pair(d, only_one(d, 0, NULL), only_one(d, 1, NULL));
}

static void tell_alone(struct diff *d, unsigned side)
{
	enum diff_kind kind = side == 0 ? DIFF_EXPORTER_GONE : DIFF_EXPORTER_NEW;

	for (size_t i = 0; i < d->of[side]->ndomains; i++) {
		const struct meaning_domain *domain = d->of[side]->domains[i];
		int32_t where[2] = { MEANING_NONE, MEANING_NONE };
		struct difference *x;

		if (d->to[side][i] != MEANING_NONE ||
		    !diff_wants(d, kind, MEANING_ALWAYS, NULL, NULL))
			continue;
		where[side] = (int32_t)i;
		x = diff_add(d, kind, where[0], where[1]);
		x->frame[side] = domain->frame;
		x->records[side] = domain->records;
		d->total[kind]++;
	}
}

void diff_lone_domains(struct diff *d)
{
	tell_alone(d, 0);
	tell_alone(d, 1);
}
