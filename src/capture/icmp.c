#include <config.h>

#include "capture/icmp.h"

#include "base/bytes.h"
#include "capture/ip.h"
#include "capture/tunnel.h"

enum { HEADER = 8 };

/* A message: type (1), code (1), checksum (2), unused (4), the packet that it is about. */
static const struct {
	uint8_t protocol, type, code;
} unreachable[] = {
	{ IP_ICMP,	3,	3 },	/* RFC 792 */
	{ IP_ICMPV6,	1,	4 },	/* RFC 4443 section 3.1 */
};

static bool says_so(const struct packet *pk, uint8_t protocol)
{
	for (size_t i = 0; i < sizeof(unreachable) / sizeof(unreachable[0]); i++)
		if (unreachable[i].protocol == protocol && unreachable[i].type == pk->p[0] &&
		    unreachable[i].code == pk->p[1])
			return true;
	return false;
}

bool icmp_unreachable(const struct packet *pk, uint8_t protocol, struct capture_event *e)
{
	struct packet inner = *pk;
	struct next next;

	if (pk->n < HEADER || !says_so(pk, protocol))
		return false;
	packet_advance(&inner, HEADER);
	next = ip_read(&inner);
	for (int i = 0; next.kind == NEXT_PROTOCOL && i < TUNNELS_MAX; i++)
		if (!ip_extension(&inner, (uint8_t)next.value, &next))
			break;
	if (next.kind == NEXT_FRAGMENT && inner.fragment.at == 0)
		next = next_is(NEXT_PROTOCOL, inner.fragment.protocol);
	if (next.kind != NEXT_PROTOCOL || next.value != IP_UDP || inner.n < 4)
		return false;
	e->src = (struct nf_endpoint){ inner.src, nf_be16(inner.p) };
	e->dst = (struct nf_endpoint){ inner.dst, nf_be16(inner.p + 2) };
	return true;
}
