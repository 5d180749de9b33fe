/*
 * Sequence numbers: every verdict once, what counters count, whom a gap is put down to, and a
 * simulated network whose loss is known.
 */
#include <config.h>

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/nomem.h"
#include "base/strbuf.h"
#include "track/seq.h"

/*
 * A script: messages apart by blanks, each SEQUENCE/RECORDS with any of
 *
 *	?	a set lacks its template: RECORDS are those that could be counted
 *	=	the octets of the message before it that has this sequence
 *	tN	N templates		oN	N of the records are options data
 *	sN	N sets (1)		bN	N octets (100)
 *	uN	uptime of N s; time passes by one second a message
 *	dN	domain N (1)		iN	IPv4 Identification N
 *	DN	the capture dropped N packets up to here
 *	h	not shown		-N	exported N s before it should be
 *
 * What comes of it: EVENT@MESSAGE, of gaps, late and unverified ones with their units.
 */
struct row {
	const char *name;
	unsigned version;
	const char *script;
	const char *events;
	const char *totals;	/* of the first stream: "lost/received", and what is not 0 */
	/* at the end: the likely rule and totals by it; NULL: none is likely */
	const char *likely;
	struct nf_seq_opts opts;
};

static const struct row rows[] = {
	{ .name = "v1 has none", .version = 1, "0/3 0/3", "", "0/0" },
	{ .name = "v5 counts flows", .version = 5, "100/2 102/3 105/1", "", "0/6" },
	{ .name = "e4: v5 lost 96, one twice", .version = 5, "100/2 102/2 200/2 200/2=", "gap@3:96 duplicate@4",
	  "96/6 gaps 1 duplicates 1 holes 104+96" },
	{ .name = "e5: IPFIX, one set unknown", .version = 10, "0/2t1 2/0? 4/1", "unverified@3:2",
	  "0/3 unverified 1 inferred 2" },
	{ .name = "some records of the unknown message are known", .version = 10, "0/2 2/3? 9/1", "unverified@3:4",
	  "0/6 unverified 1 inferred 4" },
	{ .name = "two unknown messages", .version = 10, "0/2 2/0? 5/0? 6/1", "unverified@3:3 unverified@4:1",
	  "0/3 unverified 2 inferred 4" },
	{ .name = "e25: v9, one late, one twice, none lost", .version = 9, "10/0t1 11/1 13/1 12/1 14/1 14/1= 15/1",
	  "gap@3:1 late@4:1 duplicate@6", "0/6 gaps 1 late 1 duplicates 1" },
	{ .name = "e24: v9 that counts records, then a restart", .version = 9,
	  "10/0t1u100 11/2u101 13/1u102 14/3u103 17/2u104 19/1u105 20/4u106 24/2u107 26/3u108 "
	  "29/1u109 0/1t1u5",
	  "gap@3:1 gap@5:2 gap@6:1 gap@8:3 rule@9:records-and-templates restart@11",
	  "0/22 restarts 1" },
	{ .name = "v9 unknown sets do not matter", .version = 9, "1/0? 2/0? 4/0?", "gap@3:1",
	  "1/3 gaps 1 holes 3+1" },
	{ .name = "the wrap needs nothing", .version = 5, "4294967290/3 4294967293/10 7/3", "", "0/16" },
	{ .name = "a gap over the wrap, filled from its middle", .version = 5,
	  "4294967290/2 10/2 4294967294/4 4294967292/2 2/8",
	  "gap@2:14 late@3:4 late@4:2 late@5:8", "0/18 gaps 1 late 3" },
	{ .name = "late in part of a hole", .version = 5, "0/10 40/10 20/10", "gap@2:30 late@3:10",
	  "20/30 gaps 1 late 1 holes 10+10 30+10" },
	{ .name = "half in a hole is no late one", .version = 5, "0/10 20/10 5/10", "gap@2:10 overlap@3",
	  "10/30 gaps 1 overlaps 1 holes 10+10" },
	{ .name = "same octets, other number", .version = 5, "0/10 10/10 5/10", "overlap@3", "0/30 overlaps 1" },
	{ .name = "further ahead than a gap", .version = 5, "0/10 16777226/10 16777236/1", "gap@2:16777216",
	  "16777216/21 gaps 1 holes 10+16777216" },
	{ .name = "and one more is a jump", .version = 5, "0/10 20/1 16777238/10 16777248/1", "gap@2:10 jump@3",
	  "10/22 gaps 1 jumps 1" },
	{ .name = "with a bound of its own", .version = 5, "0/10 20/1 30/1", "gap@2:10 gap@3:9",
	  "19/12 gaps 2 holes 10+10 21+9", .opts = { .max_gap = 10 } },
	{ .name = "beyond that bound", .version = 5, "0/10 21/1 22/1", "jump@2", "0/12 jumps 1",
	  .opts = { .max_gap = 10 } },
	{ .name = "far back is a reset", .version = 5, "2000000/10 2000010/10 0/10 10/10", "reset@3",
	  "0/40 resets 1" },
	{ .name = "back by 2^20 is not", .version = 5, "1048576/10 10/10", "overlap@2", "0/20 overlaps 1" },
	{ .name = "but one more is", .version = 5, "1048577/10 10/10", "reset@2", "0/20 resets 1" },
	{ .name = "a bound of its own", .version = 5, "100/10 50/10", "reset@2", "0/20 resets 1",
	  .opts = { .max_back = 20 } },
	{ .name = "a restart: the uptime fell", .version = 5, "500/10u100 510/10u101 0/10u2 10/10u3", "restart@3",
	  "0/40 restarts 1" },
	{ .name = "a restart whose counter is ahead is no gap", .version = 5, "0/1u100 5/1u2 6/1u3", "restart@2",
	  "0/3 restarts 1" },
	{ .name = "late, from before the first", .version = 9, "44/1 41/1 35/1 45/1", "late@2:0 late@3:0",
	  "0/4 late 2" },
	{ .name = "too far before it", .version = 9, "44/1 27/1 45/1", "overlap@2", "0/3 overlaps 1" },
	{ .name = "half before it", .version = 10, "44/9 40/5 53/1", "overlap@2", "0/15 overlaps 1" },
	{ .name = "a count that begins again just below is a reset all the same", .version = 9,
	  "44/1 30/1 31/1 32/1 33/1 34/1 35/1 36/1 37/1",
	  "late@2:0 late@3:0 late@4:0 late@5:0 late@6:0 late@7:0 late@8:0 reset@9",
	  "0/9 resets 1" },
	{ .name = "late, from before the restart", .version = 5,
	  "500/10u100 510/10u101 0/10u2 520/10u102-1 10/10u4 20/10u5", "restart@3 late@4:0",
	  "0/60 late 1 restarts 1" },
	{ .name = "the uptime's wrap is none", .version = 5, "0/1u4294966 1/1u4294967 2/1u0 3/1u1", "", "0/4" },
	{ .name = "nor is a late message", .version = 5, "0/1u10 2/1u12 1/1u11", "gap@2:1 late@3:1",
	  "0/3 gaps 1 late 1" },
	{ .name = "a count that begins again below", .version = 10,
	  "500/10 510/10 0/10 10/5 15/10 25/10 35/10 45/10 55/10 65/10 75/10 95/1",
	  "reset@3 gap@12:10", "10/106 gaps 1 resets 1 holes 85+10" },
	{ .name = "a count that begins again near 0", .version = 10, "40/10 60/10 0/10 10/5 15/10 25/10",
	  "gap@2:10 late@3:0 late@4:0 reset@5", "10/55 gaps 1 resets 1" },
	{ .name = "and below, but not at 0", .version = 10,
	  "500/10 510/10 1/10 11/5 16/10 26/10 36/10 46/10 56/10 66/10 76/10 96/1",
	  "overlap@3 overlap@4 overlap@5 overlap@6 overlap@7 overlap@8 overlap@9 reset@10 "
	  "gap@12:10", "10/106 gaps 1 resets 1 holes 86+10" },
	{ .name = "templates alone have no units", .version = 10, "5/0t1 5/0t1 5/0t1= 5/2 7/1", "duplicate@3",
	  "0/3 duplicates 1" },
	{ .name = "templates alone that come late", .version = 10, "5/2 7/2 5/0t1 9/1", "late@3:0", "0/5 late 1" },
	{ .name = "an unknown message in a hole takes the rest of it", .version = 10, "0/2 12/2 4/1?",
	  "gap@2:10 late@3:8", "2/5 gaps 1 late 1 unverified 1 holes 2+2" },
	{ .name = "more holes than are kept", .version = 5, "0/1 2/1 4/1 6/1 1/1 5/1",
	  "gap@2:1 gap@3:1 gap@4:1 overlap@5 late@6:1",
	  "2/6 gaps 3 late 1 overlaps 1 forgotten 1 holes 3+1", .opts = { .max_holes = 2 } },
	{ .name = "hidden messages are learned from", .version = 5, "0/1 1/1h 5/1h 6/1 8/1", "gap@3:3 gap@5:1",
	  "1/3 gaps 1 holes 2+3 7+1" },
	/* what counters count */
	{ .name = "IPFIX that counts messages", .version = 10, "1/5 2/7 3/5 4/9 5/5 6/5 7/1 8/5 9/6 11/5",
	  "overlap@2 overlap@3 overlap@4 overlap@5 overlap@6 overlap@7 overlap@8 "
	  "rule@9:messages gap@10:1", "1/10 gaps 1 holes 10+1" },
	{ .name = "IPFIX that counts the message's own records", .version = 10,
	  "5/5 12/7 17/5 26/9 31/5 36/5 37/1 42/5 48/6 55/5",
	  "gap@2:2 overlap@3 gap@4:4 overlap@5 overlap@7 gap@8:1 rule@9:records-after gap@10:2",
	  "2/53 gaps 1 holes 48+2" },
	{ .name = "a message of unknown size among such ones", .version = 10,
	  "5/5 12/7 17/5 26/9 31/5 36/5 37/1 42/5 48/6 58/2? 60/2 65/3",
	  "gap@2:2 overlap@3 gap@4:4 overlap@5 overlap@7 gap@8:1 rule@9:records-after "
	  "unverified@10:8 gap@12:2", "2/55 gaps 1 unverified 1 inferred 8 holes 60+2" },
	{ .name = "IPFIX without its options data", .version = 10,
	  "0/5o1 4/5 9/5 14/5o2 17/5 22/5 27/5 32/5 37/5 42/5",
	  "overlap@2 overlap@5 rule@9:flows", "0/47" },
	{ .name = "softflowd: flows of the message too, options data not", .version = 10,
	  "19/20o1 22/3 29/8o1 30/1 39/9 46/7 49/3 51/2 60/9 71/1", NULL, "10/61 gaps 1 holes 60+10" },
	{ .name = "what came before the rule held is not verifiable", .version = 10,
	  "70/5 1/5 2/7 3/5 4/9 5/5 6/5 7/1 8/5 9/6 10/5", NULL, "0/10 unverified 1" },
	{ .name = "what is hidden counts for the rule, and is not received", .version = 10,
	  "1/5h 2/7h 3/5h 4/9h 5/5 6/5 7/1 8/5 9/6 10/1", NULL, "0/6" },
	{ .name = "IPFIX that counts sets", .version = 10,
	  "0/5s2 2/5s1 3/5s3 6/5s1 7/5s1 8/5s2 10/5s2 12/5s2 14/5s1", NULL, "0/15" },
	{ .name = "IPFIX that counts octets", .version = 10,
	  "0/5b90 90/6b80 170/5b90 260/5b70 330/5b70 400/5b70 470/5b70 540/5b70 610/5b70 690/5b70",
	  NULL, "10/750 gaps 1 holes 680+10" },
	{ .name = "IPFIX that counts templates too", .version = 10,
	  "0/5t2 7/5 12/5 17/5t2 24/5 29/5 34/5 39/5 44/5 50/2", NULL,
	  "1/51 gaps 1 holes 49+1" },
	{ .name = "IPFIX that stands still", .version = 10, "0/5 0/5 0/5 0/5 0/5 0/5 0/5 0/5 0/5 0/7", NULL,
	  "0/0" },
	{ .name = "one record each: silent", .version = 10, "0/1 1/1 2/1 3/1 4/1 5/1 6/1 7/1 8/1 9/1", "", "0/10" },
	{ .name = "one pair by chance is no rule", .version = 9,
	  "0/1 1/1 2/1 3/1 4/1 5/1 6/2 8/1 9/1 10/1 11/1 12/1 13/1 14/1 15/1", "gap@8:1",
	  "1/15 gaps 1 holes 7+1" },
	{ .name = "one counter for two domains", .version = 10,
	  "0/2d1 2/3d2 5/4d1 9/1d2 10/2d1 12/3d2 15/4d1 19/1d2 20/2d1 22/3d2 25/4d1 29/1d2 "
	  "30/2d1 32/3d2 35/4d1 39/1d2 40/1d1 41/2d2", NULL, "0/0" },
	/* what a short stream makes likely */
	{ .name = "softflowd: 22, 30 and 33 flows, one options record", .version = 10,
	  "22/23o1t5 52/30 85/33", "gap@2:7 gap@3:3", "10/86 gaps 2 holes 45+7 82+3",
	  "flows-after 0/85" },
	{ .name = "softflowd, captured later: the options record is not seen", .version = 10,
	  "122/30 152/30 185/33 200/15", "gap@3:3 overlap@4", NULL, "records-after 0/108" },
	{ .name = "softflowd, two messages, the first from 0", .version = 10, "20/21o1t5 34/14",
	  "overlap@2", "0/35 overlaps 1", "flows-after 0/34" },
	{ .name = "the same where they grow", .version = 10, "6/7o1t5 40/34", "gap@2:27", NULL,
	  "flows-after 0/40" },
	{ .name = "the same captured later: one pair", .version = 10, "120/21o1 134/14", "overlap@2",
	  "0/35 overlaps 1", NULL },
	{ .name = "one gap that fits, of a capture that begins with the second of two full messages",
	  .version = 10, "24/24 48/24 96/24", "gap@3:24", "24/72 gaps 1 holes 72+24", NULL },
	{ .name = "two gaps that fit nothing", .version = 10, "0/5 9/5 20/5", "gap@2:4 gap@3:6",
	  "10/15 gaps 2 holes 5+4 14+6", NULL },
	{ .name = "two gaps of which one fits", .version = 10, "0/5 9/9 29/7", "gap@2:4 gap@3:11",
	  NULL, NULL },
	{ .name = "v9 that counts records", .version = 9, "0/4t1 5/7 12/3", "gap@2:4 gap@3:6", NULL,
	  "records-and-templates 0/15" },
	{ .name = "v9, full messages, lost or counted", .version = 9, "0/24 24/24 48/24",
	  "gap@2:23 gap@3:23", NULL, NULL },
	{ .name = "v9, more of them", .version = 9, "0/24 24/24 48/24 72/24 96/3",
	  "gap@2:23 gap@3:23 gap@4:23 gap@5:23", NULL, "records 0/99" },
	{ .name = "v9, every other message", .version = 9, "1/7 3/9 5/7", "gap@2:1 gap@3:1", NULL,
	  NULL },
	{ .name = "v9, one gap", .version = 9, "1/1 2/2 4/1 5/1", "gap@3:1", NULL, NULL },
	{ .name = "v5 that counts messages", .version = 5, "0/30 1/30 2/12", "overlap@2 overlap@3",
	  NULL, "messages 0/3" },
	{ .name = "v5 that counts the message's own", .version = 5, "0/1 2/2 14/12",
	  "gap@2:1 gap@3:10", NULL, "records-after 0/15" },
	{ .name = "IPFIX that counts messages, one record but in one", .version = 10,
	  "9/1 10/4 11/1 12/1", "overlap@3 overlap@4", NULL, "messages 0/4" },
	{ .name = "unknown messages are in no pair", .version = 10, "9/5 10/4 11/3? 12/4 13/2",
	  NULL, NULL, "messages 0/3 unverified 2" },
	{ .name = "one thing more that does not fit", .version = 10, "9/5 10/4 11/3 14/4 15/2", NULL,
	  NULL, NULL },
	{ .name = "v9 that counts records, one message late", .version = 9,
	  "0/4 4/7 11/3 14/6 25/2 20/5 27/9 36/3 39/4", NULL, NULL, "records 0/16 unverified 6" },
	{ .name = "v9 with as many gaps, and one that nothing else explains", .version = 9,
	  "0/4 4/7 11/3 14/6 15/2 17/5 22/9", NULL, NULL, NULL },
	{ .name = "it stands still", .version = 10, "7/5 7/3 7/2", "overlap@2 overlap@3", NULL,
	  "nothing 0/0" },
	{ .name = "it stands still once", .version = 10, "0/0t4 0/0t2 0/1 0/1", "overlap@4", NULL,
	  NULL },
	{ .name = "templates alone are silent", .version = 10, "5/0t1 5/0t2 5/0t3 5/0t1", "", "0/0",
	  NULL },
	{ .name = "late templates among full messages", .version = 10, "0/5 5/5 5/0t1 10/5 15/5",
	  "late@3:0", "0/20 late 1", NULL },
	{ .name = "they settle nothing later, either", .version = 10,
	  "0/5 5/5 5/0t1 10/5 15/5 20/5 25/5 30/5 35/5 40/5 40/0t1 45/5",
	  "late@3:0 late@11:0", "0/50 late 2", NULL },
	{ .name = "Open vSwitch: one counter, from 1", .version = 10,
	  "1/0t2d1 1/0t1d2 1/1o1d2 2/1d1 3/1d1", "gap@4:1", NULL, "shared 0/0" },
	{ .name = "two counters, from 0", .version = 10, "0/0t2d1 0/0t1d2 0/1o1d2 1/1d1 2/1d1",
	  "gap@4:1", NULL, NULL },
	{ .name = "two counters", .version = 10, "1/0t2d1 70/0t1d2 70/1o1d2 2/1d1 3/1d1 4/1d1",
	  "gap@4:1", NULL, NULL },
	{ .name = "one counter, a domain's messages between two of the other's", .version = 10,
	  "10/2d1 12/3d2 15/4d1 19/1d2", NULL, NULL, "shared 0/0" },
	/* whom a gap is put down to */
	{ .name = "the network: Identification skipped as many", .version = 9,
	  "0/1i10 1/1i11 2/1i12 3/1i13 4/1i14 5/1i15 6/1i16 7/1i17 8/1i18 11/1i21",
	  "gap@10:2:network", "2/10 gaps 1 holes 9+2" },
	{ .name = "the exporter: it skipped none", .version = 9,
	  "0/1i10 1/1i11 2/1i12 3/1i13 4/1i14 5/1i15 6/1i16 7/1i17 8/1i18 11/1i19",
	  "gap@10:2:exporter", "2/10 gaps 1 holes 9+2" },
	{ .name = "nobody: it is no counter", .version = 9,
	  "0/1i10 1/1i31 2/1i12 3/1i99 4/1i14 5/1i15 6/1i16 7/1i17 8/1i18 11/1i21",
	  "gap@10:2", "2/10 gaps 1 holes 9+2" },
	{ .name = "nobody: it skipped fewer", .version = 9,
	  "0/1i10 1/1i11 2/1i12 3/1i13 4/1i14 5/1i15 6/1i16 7/1i17 8/1i18 11/1i20",
	  "gap@10:2", "2/10 gaps 1 holes 9+2" },
	{ .name = "the capture, which says so", .version = 9, "0/1D0 1/1D0 4/1D7 6/1D7", "gap@3:2:capture gap@4:1",
	  "3/4 gaps 2 holes 2+2 5+1" },
};

struct script {
	const char *at;
	uint64_t n;		/* messages up to now */
	uint64_t hashes[64];
	uint32_t sequences[64];
};

/* The next message of a script; false at its end. */
static bool next(struct script *s, unsigned version, struct nf_seq_message *m)
{
	char *end;

	while (*s->at == ' ')
		s->at++;
	if (*s->at == '\0')
		return false;
	*m = (struct nf_seq_message){
		.key = { .exporter = { .family = 4, .octets = { 192, 0, 2, 1 } },
			 .version = (uint16_t)version, .domain = 1 },
		.octets = 100, .sets = 1, .exact = true, .hash = s->n + 1, .frame = s->n + 1,
		.ordinal = s->n,
	};
	m->capture_ms = m->export_ms = 1704067200000 + (int64_t)s->n * 1000;
	m->sequence = (uint32_t)strtoul(s->at, &end, 10);
	assert_int_equal(*end, '/');
	m->records = m->flows = (uint32_t)strtoul(end + 1, &end, 10);
	m->count = (uint16_t)m->records;
	while (*end != ' ' && *end != '\0') {
		char c = *end++;
		uint32_t v = *end != ' ' ? (uint32_t)strtoul(end, &end, 10) : 0;

		if (c == 't')
			m->templates = v;
		else if (c == 'o')
			m->flows -= v;
		else if (c == 's')
			m->sets = v;
		else if (c == 'b')
			m->octets = v;
		else if (c == 'u')
			m->has_uptime = true, m->uptime_ms = v * 1000;
		else if (c == 'd')
			m->key.domain = v;
		else if (c == 'i')
			m->has_ip_id = true, m->ip_id = (uint16_t)v;
		else if (c == 'D')
			m->drops = v;
		else if (c == '-')
			m->export_ms -= v * 1000;
		else if (c == 'h')
			m->hidden = true;
		else if (c == '?')
			m->exact = false;
		else if (c == '=')
			for (uint64_t i = 0; i < s->n; i++)
				if (s->sequences[i] == m->sequence)
					m->hash = s->hashes[i];
	}
	s->hashes[s->n] = m->hash;
	s->sequences[s->n++] = m->sequence;
	s->at = end;
	return true;
}

static void event_text(struct nf_strbuf *s, const struct nf_seq_event *e)
{
	nf_sb_printf(s, "%s%s@%" PRIu64, s->n != 0 ? " " : "", nf_seq_kind_name(e->kind), e->frame);
	if (e->kind == NF_SEQ_GAP || e->kind == NF_SEQ_LATE || e->kind == NF_SEQ_UNVERIFIED)
		nf_sb_printf(s, ":%" PRIu64, e->units);
	if (e->kind == NF_SEQ_RULE)
		nf_sb_printf(s, ":%s", nf_seq_rule_name(e->rule));
	if (e->cause != NF_SEQ_CAUSE_UNKNOWN)
		nf_sb_printf(s, ":%s", nf_seq_cause_name(e->cause));
}

static void some(struct nf_strbuf *s, const char *name, uint64_t n)
{
	if (n != 0)
		nf_sb_printf(s, " %s %" PRIu64, name, n);
}

static void totals_text(struct nf_strbuf *s, const struct nf_seq_stream *stream)
{
	const struct nf_seq_totals *t = &stream->totals;
	uint64_t by_cause = 0;

	nf_sb_printf(s, "%" PRIu64 "/%" PRIu64, t->lost, t->received);
	some(s, "gaps", t->gaps);
	some(s, "late", t->late);
	some(s, "duplicates", t->duplicates);
	some(s, "overlaps", t->overlaps);
	some(s, "restarts", t->restarts);
	some(s, "resets", t->resets);
	some(s, "jumps", t->jumps);
	some(s, "unverified", t->unverified);
	some(s, "inferred", t->inferred);
	some(s, "forgotten", stream->forgotten);
	for (unsigned i = 0; i < stream->nholes; i++)
		nf_sb_printf(s, "%s%" PRIu32 "+%" PRIu32, i == 0 ? " holes " : " ",
			     stream->holes[i].start, stream->holes[i].length);
	for (unsigned i = 0; i < NF_SEQ_CAUSES; i++)
		by_cause += t->lost_by[i];
	assert_int_equal(by_cause, t->lost);
}

static void scripts(void **state)
{
	bool failed = false;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *row = &rows[i];
		struct nf_seq *q = nf_seq_new(&row->opts);
		struct script script = { .at = row->script };
		struct nf_seq_event events[NF_SEQ_EVENTS];
		struct nf_strbuf said, totals;
		struct nf_seq_message m;

		assert_non_null(q);
		nf_strbuf_init(&said);
		nf_strbuf_init(&totals);
		while (next(&script, row->version, &m)) {
			unsigned n = nf_seq_feed(q, &m, events);

			assert_true(n <= NF_SEQ_EVENTS);
			for (unsigned j = 0; j < n; j++)
				event_text(&said, &events[j]);
		}
		totals_text(&totals, nf_seq_stream_at(q, 0));
		if ((row->events != NULL && strcmp(nf_strbuf_cstr(&said), row->events) != 0) ||
		    (row->totals != NULL && strcmp(nf_strbuf_cstr(&totals), row->totals) != 0)) {
			print_error("%s:\n  %s | %s\n", row->name, nf_strbuf_cstr(&said),
				    nf_strbuf_cstr(&totals));
			failed = true;
		}
		nf_seq_settle(q);
		nf_strbuf_clear(&totals);
		if (nf_seq_stream_at(q, 0)->likely) {
			nf_sb_str(&totals, nf_seq_rule_name(nf_seq_stream_at(q, 0)->rule));
			nf_sb_char(&totals, ' ');
			totals_text(&totals, nf_seq_stream_at(q, 0));
		}
		if (strcmp(nf_strbuf_cstr(&totals), row->likely != NULL ? row->likely : "") != 0) {
			print_error("%s: likely %s\n", row->name, nf_strbuf_cstr(&totals));
			failed = true;
		}
		nf_strbuf_done(&said);
		nf_strbuf_done(&totals);
		nf_seq_free(q);
	}
	assert_false(failed);
}

/* What an event says besides: frames before it, and how late a message is. */
static void details(void **state)
{
	static const struct {
		const char *script;
		unsigned kind;		/* of the last message's event */
		uint64_t since;
		uint32_t late_by;
	} cases[] = {
		{ "1/1 2/1 4/1", NF_SEQ_GAP, 2, 0 },
		{ "1/1 2/1 4/1 3/1", NF_SEQ_LATE, 3, 1 },
		{ "1/1 2/1 4/1 5/1 4/1= 6/1 3/1", NF_SEQ_LATE, 6, 3 },
		{ "1/1 2/1 3/1 2/1=", NF_SEQ_DUPLICATE, 2, 0 },
		{ "1/1 2/1 3/1 2/1", NF_SEQ_OVERLAP, 3, 0 },
		{ "1/1u9 2/1u10 1/1u2", NF_SEQ_RESTART, 2, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct nf_seq *q = nf_seq_new(&(struct nf_seq_opts){ .max_gap = 0 });
		struct script script = { .at = cases[i].script };
		struct nf_seq_event events[NF_SEQ_EVENTS] = { { .kind = NF_SEQ_KINDS } };
		struct nf_seq_message m;

		assert_non_null(q);
		while (next(&script, 9, &m))
			nf_seq_feed(q, &m, events);
		assert_int_equal(events[0].kind, cases[i].kind);
		assert_int_equal(events[0].frame, m.frame);
		assert_int_equal(events[0].since_frame, cases[i].since);
		assert_int_equal(events[0].late_by, cases[i].late_by);
		nf_seq_free(q);
	}
}

/*
 * A counter that stands still, and messages that differ where only all of their octets say so: at
 * first, and from the second one on after a long row of numbers that went on.
 */
static void same_number(void **state)
{
	struct nf_seq *q = nf_seq_new(&(struct nf_seq_opts){ .max_gap = 0 });
	struct nf_seq_event events[NF_SEQ_EVENTS];
	struct nf_seq_message m = { .key.version = 9, .hash = 1, .exact = true };
	static const uint8_t octets[3][80] = { { 0 }, { [40] = 1 }, { [40] = 2 } };

	(void)state;
	assert_non_null(q);
	for (unsigned i = 0; i < 2; i++, m.frame++) {
		m.bytes = (struct nf_bytes){ octets[i], sizeof(octets[i]) };
		nf_seq_feed(q, &m, events);
	}
	for (unsigned i = 0; i < 200; i++, m.frame++) {
		m.sequence++;
		nf_seq_feed(q, &m, events);
	}
	assert_int_equal(nf_seq_stream_at(q, 0)->totals.duplicates, 0);
	nf_seq_feed(q, &m, events);
	assert_int_equal(nf_seq_stream_at(q, 0)->totals.duplicates, 1);
	m.sequence++;
	for (unsigned i = 0; i < 3; i++, m.frame++) {
		m.bytes = (struct nf_bytes){ octets[i], sizeof(octets[i]) };
		nf_seq_feed(q, &m, events);
	}
	assert_int_equal(nf_seq_stream_at(q, 0)->totals.duplicates, 1);
	nf_seq_feed(q, &m, events);
	assert_int_equal(nf_seq_stream_at(q, 0)->totals.duplicates, 2);
	nf_seq_free(q);
}

/* Every allocation fails once: what finds no room is counted, and nothing leaks. */
static void out_of_memory(void **state)
{
	bool failed = true;

	(void)state;
	for (long n = 0; failed; n++) {
		struct nomem memory = { .left = n };
		struct nf_seq_event events[NF_SEQ_EVENTS];
		struct script script = {
			.at = "0/1 2/1 4/1 3/1 9/1 0/1d2 5/1d2 0/1d3 1/1d3 20/1 30/1 40/1 50/1",
		};
		struct nf_seq_message m;
		uint64_t counted = 0;
		struct nf_seq *q;

		nomem_begin(&memory);
		q = nf_seq_new(&(struct nf_seq_opts){ .max_holes = 3 });
		while (q != NULL && next(&script, 5, &m))
			nf_seq_feed(q, &m, events);
		if (q != NULL) {
			for (size_t i = 0; nf_seq_stream_at(q, i) != NULL; i++)
				counted += nf_seq_stream_at(q, i)->totals.messages;
			assert_int_equal(counted + nf_seq_beyond(q), script.n);
		}
		nf_seq_free(q);
		nomem_end(&memory);
		failed = memory.failed;
	}
}

/* v9 is keyed by exporter and Source ID, the others by session; SCTP streams, v8 aggregations. */
static void keys(void **state)
{
	static const struct {
		struct nf_seq_key a, b;
		bool same;
	} pairs[] = {
		{ { .version = 9, .domain = 1 }, { .version = 9, .domain = 2 }, false },
		{ { .version = 5, .session = 1 }, { .version = 5, .session = 2 }, false },
		{ { .version = 5 }, { .version = 7 }, false },
		{ { .version = 5, .domain = 1 }, { .version = 5, .domain = 256 }, false },
		{ { .version = 8, .aggregation = 1 }, { .version = 8, .aggregation = 2 }, false },
		{ { .version = 10, .stream = 1 }, { .version = 10, .stream = 2 }, false },
		{ { .version = 10, .stream = 1 }, { .version = 10, .stream = 1 }, true },
		{ { .version = 9, .session = NF_SEQ_ANY_SESSION, .exporter = { .family = 4 } },
		  { .version = 9, .session = NF_SEQ_ANY_SESSION, .exporter = { .family = 6 } },
		  false },
		{ { .version = 9, .session = NF_SEQ_ANY_SESSION, .collector.octets = { 1 } },
		  { .version = 9, .session = NF_SEQ_ANY_SESSION, .collector.octets = { 2 } },
		  false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		struct nf_seq *q = nf_seq_new(&(struct nf_seq_opts){ .max_gap = 0 });
		struct nf_seq_event events[NF_SEQ_EVENTS];

		assert_non_null(q);
		nf_seq_feed(q, &(struct nf_seq_message){ .key = pairs[i].a }, events);
		nf_seq_feed(q, &(struct nf_seq_message){ .key = pairs[i].b }, events);
		assert_int_equal(nf_seq_stream_at(q, 1) == NULL, pairs[i].same);
		nf_seq_free(q);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(scripts),
		cmocka_unit_test(details),
		cmocka_unit_test(same_number),
		cmocka_unit_test(keys),
		cmocka_unit_test(out_of_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
