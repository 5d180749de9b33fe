#include <config.h>

#include "capture/wlan.h"

#include "base/bytes.h"
#include "capture/link.h"

enum {
	FC_TYPE = 0x0c, FC_DATA = 0x08,			/* first octet of frame control */
	FC_NO_DATA = 0x40, FC_QOS = 0x80,
	FC_TO_DS = 0x01, FC_FROM_DS = 0x02, FC_MORE = 0x04,	/* second octet */
	FC_PROTECTED = 0x40, FC_ORDER = 0x80,
	QOS_AMSDU = 0x80,
};

static uint32_t le16(const uint8_t *p)
{
	return (uint32_t)p[1] << 8 | p[0];
}

static uint32_t le32(const uint8_t *p)
{
	return le16(p + 2) << 16 | le16(p);
}

/*
 * A subframe (IEEE 802.11 section 9.3.2.2.2): destination (6), source (6), length (2), then
 * LLC; all but the last are padded to four octets.
 */
struct next wlan_subframe(struct packet *pk)
{
	uint32_t length, whole;

	pk->more_n = pk->more_wire = 0;
	if (pk->n < 14)
		return next_skip(SKIP_BAD_LINK);
	length = nf_be16(pk->p + 12);
	whole = (14 + length + 3) & ~3u;
	if (whole + 14 <= pk->wire) {	/* less is the frame's checksum */
		pk->more = pk->p + (whole < pk->n ? whole : pk->n);
		pk->more_n = whole < pk->n ? pk->n - whole : 0;
		pk->more_wire = pk->wire - whole;
	}
	packet_advance(pk, 14);
	packet_limit(pk, length);
	return link_llc(pk);
}

/*
 * Data frames (IEEE 802.11 section 9.3.2.1)
 *	 0	2	frame control
 *	 2	2	duration
 *	 4	18	addresses 1 to 3
 *	22	2	fragment (low 4 bits) and sequence number
 *	24	6	address 4, between access points only
 *		2	QoS control, in QoS frames
 *		4	HT control, in QoS frames with the order bit
 * and, where the driver says that it PADDED the header, as much as makes fours of it.
 */
static struct next data_frame(struct packet *pk, bool padded)
{
	uint32_t header = 24;
	bool amsdu = false;
	uint8_t kind, flags;

	if (pk->n < 2)
		return next_skip(SKIP_BAD_LINK);
	kind = pk->p[0];
	flags = pk->p[1];
	if ((kind & FC_TYPE) != FC_DATA || (kind & FC_NO_DATA) != 0)
		return next_skip(SKIP_NOT_IP);
	if (pk->n < header)
		return next_skip(SKIP_BAD_LINK);
	if ((flags & FC_MORE) != 0 || (pk->p[22] & 0x0f) != 0)
		return next_skip(SKIP_FRAGMENT_LOST);
	if ((flags & (FC_TO_DS | FC_FROM_DS)) == (FC_TO_DS | FC_FROM_DS))
		header += 6;
	if ((kind & FC_QOS) != 0) {
		if (pk->n < header + 2)
			return next_skip(SKIP_BAD_LINK);
		amsdu = (pk->p[header] & QOS_AMSDU) != 0;
		header += (flags & FC_ORDER) != 0 ? 6 : 2;
	}
	if (padded)
		header = (header + 3) & ~3u;
	if ((flags & FC_PROTECTED) != 0)
		return next_skip(SKIP_ENCRYPTED);
	if (pk->n < header)
		return next_skip(SKIP_BAD_LINK);
	packet_advance(pk, header);
	return amsdu ? wlan_subframe(pk) : link_llc(pk);
}

struct next wlan_frame(struct packet *pk)
{
	return data_frame(pk, false);
}

/*
 * Radiotap, little-endian
 *	 0	1	version 0
 *	 2	2	length of this header
 *	 4	4	fields present; bit 31: four more of these follow
 *	then the fields: TSFT (8, aligned to 8) if bit 0, flags (1) if bit 1, ...
 */
struct next wlan_radiotap(struct packet *pk)
{
	enum { TSFT = 1, FLAGS = 2, FLAG_DATA_PAD = 0x20, FLAG_BAD_FCS = 0x40 };
	uint32_t length, at = 4, present;
	uint8_t flags = 0;

	if (pk->n < 8 || pk->p[0] != 0)
		return next_skip(SKIP_BAD_LINK);
	length = le16(pk->p + 2);
	if (length < 8 || length > pk->n)
		return next_skip(SKIP_BAD_LINK);
	present = le32(pk->p + 4);
	do
		at += 4;
	while (length - at >= 4 && (pk->p[at - 1] & 0x80) != 0);
	if ((present & TSFT) != 0)
		at = ((at + 7) & ~7u) + 8;
	if ((present & FLAGS) != 0 && at < length)
		flags = pk->p[at];
	packet_advance(pk, length);
	if ((flags & FLAG_BAD_FCS) != 0)
		return next_skip(SKIP_BAD_LINK);
	return data_frame(pk, (flags & FLAG_DATA_PAD) != 0);
}

/* AVS: version (4), length of this header (4), big-endian. */
struct next wlan_avs(struct packet *pk)
{
	uint32_t length;

	if (pk->n < 8)
		return next_skip(SKIP_BAD_LINK);
	length = nf_be32(pk->p + 4);
	if (length < 8 || length > pk->n)
		return next_skip(SKIP_BAD_LINK);
	packet_advance(pk, length);
	return wlan_frame(pk);
}

/* Prism: message code (4), length of this header (4), in the order of the capturing machine. */
struct next wlan_prism(struct packet *pk)
{
	uint32_t length;

	if (pk->n < 8)
		return next_skip(SKIP_BAD_LINK);
	if (nf_be16(pk->p) == 0x8021)		/* AVS under Prism's number */
		return wlan_avs(pk);
	length = le32(pk->p + 4);
	if (length > 0xffff)
		length = nf_be32(pk->p + 4);
	if (length < 8 || length > pk->n)
		return next_skip(SKIP_BAD_LINK);
	packet_advance(pk, length);
	return wlan_frame(pk);
}
