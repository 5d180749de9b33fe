/* Records: variable lengths, padding, values, slots. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/mem.h"
#include "lib/wirecheck.h"
#include "lib/wiretext.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const struct wiretext_case records_cases[] = {
	{
		.name = "tiny records: zeros are read as one, with a warning (quirk f2)",
		.payload =
			"ipfix\n"
			"set 2\n"
			"template 256 4/1 6/1\n"
			"set 256\n"
			"record 6/1 2/1\n"
			"pad\n",
		.want =
			"IPFIX 40\n"
			"set 2 template 16+16\n"
			"template 256 20+12: 4/1 6/1\n"
			"end\n"
			"set 256 data 32+8\n"
			"record 36+2: protocolIdentifier=6 tcpControlBits=2\n"
			"record 38+2: protocolIdentifier=0 tcpControlBits=0\n"
			"! padding-too-long 2 2\n"
			"end\n",
	},
	{
		.name = "padding",
		.payload =
			"ipfix\n"
			"set 2\n"
			"template 256 8/4 12/4 4/1\n"
			"set 256\n"
			"record 10.0.0.1 10.0.0.2 6/1\n"
			"pad\n",
		.want =
			"IPFIX 52\n"
			"set 2 template 16+20\n"
			"template 256 20+16: 8/4 12/4 4/1\n"
			"end\n"
			"set 256 data 36+16\n"
			"record 40+9: sourceIPv4Address=10.0.0.1 destinationIPv4Address=10.0.0.2 "
			"protocolIdentifier=6\n"
			"padding 49+3\n"
			"end\n",
	},
	{
		.name = "padding that is not zero",
		.payload =
			"ipfix\n"
			"set 2\n"
			"template 256 8/4 12/4 4/1\n"
			"set 256\n"
			"record 10.0.0.1 10.0.0.2 6/1\n"
			"octets 1/3\n",
		.want =
			"IPFIX 52\n"
			"set 2 template 16+20\n"
			"template 256 20+16: 8/4 12/4 4/1\n"
			"end\n"
			"set 256 data 36+16\n"
			"record 40+9: sourceIPv4Address=10.0.0.1 destinationIPv4Address=10.0.0.2 "
			"protocolIdentifier=6\n"
			"! padding-not-zero 3 0\n"
			"padding 49+3\n"
			"end\n",
	},
	{
		.name = "more left than padding can be",
		.payload =
			"ipfix\n"
			"set 2\n"
			"template 256 8/4 12/4 4/1\n"
			"set 256\n"
			"record 10.0.0.1 10.0.0.2 6/1\n"
			"octets 1/7\n",
		.want =
			"IPFIX 56\n"
			"set 2 template 16+20\n"
			"template 256 20+16: 8/4 12/4 4/1\n"
			"end\n"
			"set 256 data 36+20\n"
			"record 40+9: sourceIPv4Address=10.0.0.1 destinationIPv4Address=10.0.0.2 "
			"protocolIdentifier=6\n"
			"! template-misfit 7 9\n"
			"malformed 49+7\n"
			"end\n",
	},
	{
		.name = "no record at all",
		.payload =
			"ipfix\n"
			"set 2\n"
			"template 256 8/4 12/4 4/1\n"
			"set 256\n"
			"octets 1/7\n",
		.want =
			"IPFIX 47\n"
			"set 2 template 16+20\n"
			"template 256 20+16: 8/4 12/4 4/1\n"
			"end\n"
			"set 256 data 36+11\n"
			"! set-shorter-than-record 7 9\n"
			"malformed 40+7\n"
			"end\n",
	},
	{
		.name = "a value overruns its set; the next set is good (quirk f4)",
		.payload =
			"ipfix\n"
			"set 2\n"
			"template 256 8/4 82/v\n"
			"set 256\n"
			"record 10.0.0.1 v\"eth0\"\n"
			"octets 10.0.0.2 200/1 1/4\n"
			"set 256\n"
			"record 10.0.0.3 v\"eth1\"\n",
		.want =
			"IPFIX 67\n"
			"set 2 template 16+16\n"
			"template 256 20+12: 8/4 82/v\n"
			"end\n"
			"set 256 data 32+22\n"
			"record 36+9: sourceIPv4Address=10.0.0.1 interfaceName=eth0\n"
			"! record-overruns-set 205 9\n"
			"malformed 45+9\n"
			"end\n"
			"set 256 data 54+13\n"
			"record 58+9: sourceIPv4Address=10.0.0.3 interfaceName=eth1\n"
			"end\n",
	},
	{
		.name = "only variable-length fields (quirk f3); a cut prefix",
		.payload =
			"ipfix\n"
			"set 2\n"
			"template 256 82/v 83/v\n"
			"set 256\n"
			"record v\"a\" v\"b\"\n"
			"record v3\"a\" v\"\"\n"
			"octets 255/1 0/1\n",
		.want =
			"IPFIX 47\n"
			"set 2 template 16+16\n"
			"template 256 20+12: 82/v 83/v\n"
			"end\n"
			"set 256 data 32+15\n"
			"record 36+4: interfaceName=a interfaceDescription=b\n"
			"record 40+5: interfaceName=a interfaceDescription=\n"
			"! record-overruns-set 4 2\n"
			"malformed 45+2\n"
			"end\n",
	},
	{
		.name = "the fixed field behind a variable one is cut",
		.payload =
			"ipfix\n"
			"set 2\n"
			"template 256 82/v 8/4\n"
			"set 256\n"
			"record v\"a\" 10.0.0.1\n"
			"octets 3/1 \"abc\" 10/1 0/2\n",
		.want =
			"IPFIX 49\n"
			"set 2 template 16+16\n"
			"template 256 20+12: 82/v 8/4\n"
			"end\n"
			"set 256 data 32+17\n"
			"record 36+6: interfaceName=a sourceIPv4Address=10.0.0.1\n"
			"! record-overruns-set 8 7\n"
			"malformed 42+7\n"
			"end\n",
	},
	{
		.name = "a template of zero lengths only",
		.payload =
			"ipfix\n"
			"set 2\n"
			"template 256 8/0 12/0\n"
			"set 256\n"
			"octets 1/4\n",
		.want =
			"IPFIX 40\n"
			"set 2 template 16+16\n"
			"! field-of-zero-length 0 0\n"
			"! field-of-zero-length 0 0\n"
			"! template-of-zero-length 256 0\n"
			"template 256 20+12: 8/0 12/0\n"
			"end\n"
			"set 256 data 32+8\n"
			"! record-of-zero-length 0 0\n"
			"malformed 36+4\n"
			"end\n",
	},
	{
		.name = "a field of length 0 (quirk B3)",
		.payload =
			"ipfix\n"
			"set 2\n"
			"template 256 8/0 12/4\n"
			"set 256\n"
			"record 0/0 10.0.0.1\n",
		.want =
			"IPFIX 40\n"
			"set 2 template 16+16\n"
			"! field-of-zero-length 0 0\n"
			"template 256 20+12: 8/0 12/4\n"
			"end\n"
			"set 256 data 32+8\n"
			"record 36+4: sourceIPv4Address= destinationIPv4Address=10.0.0.1\n"
			"end\n",
	},
	{
		.name = "v9 with length 65535 (quirk B7)",
		.payload =
			"v9\n"
			"set 0\n"
			"template 256 8/4 82/v\n"
			"set 256\n"
			"record 10.0.0.1 v\"eth0\"\n"
			"pad\n",
		.want =
			"NetFlow v9 52\n"
			"set 0 template 20+16\n"
			"! variable-length-in-v9 65535 0\n"
			"template 256 24+12: 8/4 82/v\n"
			"end\n"
			"set 256 data 36+16\n"
			"record 40+9: sourceIPv4Address=10.0.0.1 interfaceName=eth0\n"
			"padding 49+3\n"
			"end\n",
	},
	{
		.name = "v9: zeros that the Length leaves out (quirk B1)",
		.payload =
			"v9\n"
			"set 0\n"
			"template 256 33002/2 40005/1 1/3\n"
			"set 256 length=10\n"
			"record 1/2 2/1 3/3\n"
			"octets 0/2\n"
			"set 256\n"
			"record 1/2 2/1 3/3\n",
		.want =
			"NetFlow v9 62\n"
			"set 0 template 20+20\n"
			"template 256 24+16: 33002/2 40005/1 1/3\n"
			"end\n"
			"! padding-beyond-set-length 2 10\n"
			"set 256 data 40+12\n"
			"record 44+6: NF_F_FW_EXT_EVENT=1 fw_event=2 octetDeltaCount=3\n"
			"padding 50+2\n"
			"end\n"
			"set 256 data 52+10\n"
			"record 56+6: NF_F_FW_EXT_EVENT=1 fw_event=2 octetDeltaCount=3\n"
			"end\n",
	},
	{
		.name = "v9: lengths that contradict the type (quirks B5, B6)",
		.payload =
			"v9\n"
			"set 0\n"
			"template 256 8/2 22/8 80/6 60/1 58/4\n"
			"set 256\n"
			"record 1/2 5/8 02:00:5e:00:53:01 4/1 7/4\n",
		.want =
			"NetFlow v9 73\n"
			"set 0 template 20+28\n"
			"! field-length-illegal 2 0\n"
			"! field-length-illegal 8 0\n"
			"! field-length-illegal 4 0\n"
			"template 256 24+24: 8/2 22/8 80/6 60/1 58/4\n"
			"end\n"
			"set 256 data 48+25\n"
			"record 52+21: sourceIPv4Address=0001 flowStartSysUpTime=5 "
			"destinationMacAddress=02:00:5e:00:53:01 ipVersion=4 vlanId=7\n"
			"end\n",
	},
};

static void records(void **state)
{
	(void)state;
	assert_int_equal(wiretext_differing(records_cases, COUNT(records_cases)), 0);
}

/* The first record of a payload's last set, its layout learned from the payload. */
struct first {
	struct wirecheck *wc;
	struct nf_bytes payload;
	struct nf_msg m;
	struct nf_resolution resolution;
	struct nf_recs recs;
	struct nf_rec rec;
};

static void first_begin(struct first *f, const char *payload)
{
	struct nf_resolver resolver;
	struct nf_set set = { .id = 0 };
	struct nf_sets sets;

	f->wc = wirecheck_new();
	f->payload = wiretext_payload(payload);
	resolver = wirecheck_resolver(f->wc);
	assert_true(nf_msg_open(&f->m, f->payload, 0, NULL));
	wirecheck_learn(f->wc, &f->m);
	nf_sets_open(&sets, &f->m, NULL);
	while (nf_set_next(&sets, &set))
		;
	resolver.resolve(resolver.ctx, set.id, set.bytes, set.offset, &f->resolution);
	if (set.kind == NF_SET_FIXED)
		f->resolution.layout = nf_fixed_layout(f->m.version, f->m.aggregation);
	assert_non_null(f->resolution.layout);
	nf_recs_open(&f->recs, &f->m, &set, f->resolution.layout,
		     (struct nf_scratch){ f->wc->words, NF_SCRATCH_WORDS }, NULL);
	assert_true(nf_rec_next(&f->recs, &f->rec));
}

static void first_end(struct first *f)
{
	nf_free((void *)(uintptr_t)f->payload.p);
	wirecheck_free(f->wc);
}

/* Every width of load, before and behind a field of variable length. */
static void values(void **state)
{
	static const char *const payloads[] = {
		"ipfix\nset 2\n"
		"template 256 4/1 7/2 8/4 1/8 2/3 80/6 434/1 434/2 434/4 27/16 82/0\n"
		"set 256\n"
		"record 6/1 80/2 10.0.0.1 0x0102030405060708/8 0x010203/3 02:00:5e:00:53:01 "
		"-1/1 -2/2 -3/4 2001:db8::1\n",
		"ipfix\nset 2\n"
		"template 256 82/v 4/1 7/2 8/4 1/8 2/3 80/6 434/1 434/2 434/4 27/16 83/v\n"
		"set 256\n"
		"record v\"ab\" 6/1 80/2 10.0.0.1 0x0102030405060708/8 0x010203/3 "
		"02:00:5e:00:53:01 -1/1 -2/2 -3/4 2001:db8::1 v3\"xyz\"\n",
	};
	static const uint64_t want[] = {
		6, 80, 0x0a000001, 0x0102030405060708, 0x010203, 0x02005e005301,
		(uint64_t)-1, (uint64_t)-2, (uint64_t)-3,
	};
	struct first f;
	uint64_t v[16];

	(void)state;
	for (size_t i = 0; i < COUNT(payloads); i++) {
		first_begin(&f, payloads[i]);
		nf_rec_values(&f.rec, v);
		for (size_t j = 0; j < COUNT(want); j++)
			assert_int_equal(v[j + i], want[j]);
		if (i == 0) {
			assert_int_equal(v[9], 31u << 16 | 16);
			assert_int_equal(v[10], 47u << 16 | 0);
		} else {
			assert_int_equal(v[0], 1u << 16 | 2);
			assert_int_equal(v[10], 34u << 16 | 16);
			assert_int_equal(v[11], 53u << 16 | 3);
		}
		first_end(&f);
	}
}

/* Records together, two at a time, are what they are one by one; the last time there is room. */
static void rows(void **state)
{
	static const char *const payloads[] = {
		"ipfix\nset 2\ntemplate 256 4/1 8/4\nset 256\nrecord 6/1 10.0.0.1\n"
		"record 17/1 10.0.0.2\nrecord 1/1 10.0.0.3\nrecord 6/1 10.0.0.4\n"
		"record 6/1 10.0.0.5\n",
		"ipfix\nset 2\ntemplate 256 82/v 83/v 7/2\nset 256\nrecord v\"a\" v\"bc\" 80/2\n"
		"record v\"def\" v\"\" 81/2\nrecord v\"\" v3\"g\" 82/2\nrecord v\"h\" v\"i\" 83/2\n"
		"record v\"k\" v\"l\" 84/2\n",
	};
	struct nf_rec recs[2];
	uint64_t values[3 * NF_ROWS], v[3];
	uint16_t shifts[2 * 3];
	struct first f, g;
	struct nf_rows r = {
		.recs = recs, .values = values, .shifts = shifts, .most = COUNT(recs),
	};

	(void)state;
	for (size_t i = 0; i < COUNT(payloads); i++) {
		unsigned n = 0;
		bool more = true;

		first_begin(&f, payloads[i]);
		first_begin(&g, payloads[i]);
		nf_rows_add(&r, &f.rec);
		do {
			nf_rows_fill(&r, &f.recs);
			for (unsigned k = 0; k < r.n; k++, n++) {
				const unsigned width = g.rec.layout->nfields;

				assert_true(more);
				nf_rec_values(&g.rec, v);
				for (unsigned j = 0; j < width; j++)
					assert_true(values[j * NF_ROWS + k] == v[j]);
				assert_int_equal(recs[k].offset, g.rec.offset);
				assert_int_equal(recs[k].length, g.rec.length);
				assert_int_equal(nf_field(&recs[k], width - 1).offset,
						 nf_field(&g.rec, width - 1).offset);
				more = nf_rec_next(&g.recs, &g.rec);
			}
			if (r.n < r.most)
				break;
			r.n = 0;
		} while (true);
		assert_false(more);
		assert_int_equal(n, 5);
		r.n = 0;
		first_end(&f);
		first_end(&g);
	}
}

/* Of the fields that are asked for, whichever, the columns are filled, and no others. */
static void columns(void **state)
{
	enum { FIELDS = 10, UNTOUCHED = 0x55 };
	struct nf_column room[FIELDS];
	struct nf_columns filled;
	struct nf_rec recs[NF_ROWS];
	uint64_t values[FIELDS * NF_ROWS], v[FIELDS];
	uint16_t shifts[3];
	struct first f;

	(void)state;
	first_begin(&f, "ipfix\nset 2\n"
			"template 256 4/1 5/1 7/2 11/2 8/4 12/4 82/v 1/8 2/8 27/16\nset 256\n"
			"record 6/1 1/1 80/2 81/2 10.0.0.1 10.0.0.2 v\"ab\" 7/8 9/8 2001:db8::1\n");
	assert_int_equal(f.rec.layout->nfields, FIELDS);
	nf_rec_values(&f.rec, v);
	for (unsigned mask = 0; mask < 1u << FIELDS; mask++) {
		struct nf_rows r = {
			.recs = recs, .values = values, .shifts = shifts, .most = 1,
			.columns = &filled,
		};
		uint8_t wanted[FIELDS];

		memset(values, UNTOUCHED, sizeof(values));
		for (unsigned i = 0; i < FIELDS; i++)
			wanted[i] = mask >> i & 1;
		nf_columns_of(&filled, f.rec.layout, wanted, room);
		nf_rows_add(&r, &f.rec);
		nf_rows_fill(&r, &f.recs);
		for (unsigned i = 0; i < FIELDS; i++)
			assert_true(values[i * NF_ROWS] ==
				    (wanted[i] ? v[i] : UINT64_MAX / 255 * UNTOUCHED));
	}
	first_end(&f);
}

/* Each column alone is what all of them are together. */
static void columns_alone(const struct nf_rows *r)
{
	const struct nf_layout *l = r->recs->layout;
	uint64_t v[NF_ROWS];
	struct nf_column c;

	for (unsigned j = 0; j < l->nfields; j++) {
		if (!nf_column_of(l, j, &c))
			continue;
		nf_column_read(&c, r->recs, nf_rows_ample(r->n), v);
		for (unsigned k = 0; k < r->n; k++)
			assert_true(v[k] == r->values[j * NF_ROWS + k]);
	}
}

/*
 * Columns of every width, as many records at a time as MOST: each value is what the record alone
 * gives, and the last row is repeated.
 */
static void columns_at_a_time(const char *payload, unsigned most, unsigned expected)
{
	enum { FIELDS = 16 };
	struct nf_column room[FIELDS];
	struct nf_columns filled;
	struct nf_rec recs[NF_ROWS];
	uint64_t values[FIELDS * NF_ROWS], v[FIELDS];
	uint16_t shifts[NF_ROWS * 3];
	uint8_t wanted[FIELDS];
	struct nf_rows r = {
		.recs = recs, .values = values, .shifts = shifts, .most = most,
		.columns = &filled,
	};
	unsigned n = 0, width;
	struct first f, g;

	first_begin(&f, payload);
	first_begin(&g, payload);
	width = f.rec.layout->nfields;
	assert_in_range(width, 1, FIELDS);
	memset(wanted, 1, sizeof(wanted));
	nf_columns_of(&filled, f.rec.layout, wanted, room);
	for (nf_rows_add(&r, &f.rec); ; r.n = 0) {
		nf_rows_fill(&r, &f.recs);
		if (r.n != 0)
			columns_alone(&r);
		for (size_t k = 0; r.n != 0 && k < nf_rows_ample(r.n); k++) {
			nf_rec_values(&g.rec, v);
			for (unsigned j = 0; j < width; j++)
				assert_true(values[j * NF_ROWS + k] == v[j]);
			if (k + 1 < r.n)
				assert_true(nf_rec_next(&g.recs, &g.rec));
		}
		n += r.n;
		if (r.n < r.most)
			break;
		nf_rec_next(&g.recs, &g.rec);
	}
	assert_int_equal(n, expected);
	first_end(&f);
	first_end(&g);
}

static void columns_of_widths(void **state)
{
	/* the widths of all loads, before and behind variable fields; less than 8 octets in all */
	static const char wide[] =
		"ipfix\nset 2\n"
		"template 256 4/1 7/2 10/3 8/4 16/5 80/6 17/7 1/8 434/2 27/16 82/v 2/5 11/2 5/1\n"
		"set 256\n"
		"record 6/1 80/2 0x010203/3 10.0.0.1 0x0102030405/5 02:00:5e:00:53:01 "
		"0xf1f2f3f4f5f6f7/7 0x0102030405060708/8 -1/2 2001:db8::1 v\"a\" "
		"0xf102030405/5 81/2 1/1\n"
		"record 17/1 81/2 0x111213/3 10.0.0.2 0x1112131415/5 02:00:5e:00:53:02 "
		"0xe1e2e3e4e5e6e7/7 0xf112131415161718/8 -2/2 2001:db8::2 v\"\" "
		"0xe102030405/5 82/2 2/1\n"
		"record 1/1 82/2 0x212223/3 10.0.0.3 0x2122232425/5 02:00:5e:00:53:03 "
		"0xd1d2d3d4d5d6d7/7 0x2122232425262728/8 3/2 2001:db8::3 v3\"long\" "
		"0xd102030405/5 83/2 3/1\n"
		"record 2/1 83/2 0x313233/3 10.0.0.4 0x3132333435/5 02:00:5e:00:53:04 "
		"0xc1c2c3c4c5c6c7/7 0x3132333435363738/8 4/2 2001:db8::4 v\"bcd\" "
		"0xc102030405/5 84/2 4/1\n"
		"record 3/1 84/2 0x414243/3 10.0.0.5 0x4142434445/5 02:00:5e:00:53:05 "
		"0xb1b2b3b4b5b6b7/7 0x4142434445464748/8 -5/2 2001:db8::5 v\"e\" "
		"0xb102030405/5 85/2 5/1\n";
	static const char narrow[] =
		"ipfix\nset 2\ntemplate 256 4/1 7/2 10/4\nset 256\nrecord 6/1 80/2 1/4\n"
		"record 17/1 81/2 0xf1f2f3f4/4\nrecord 1/1 82/2 3/4\nrecord 2/1 83/2 4/4\n"
		"record 3/1 84/2 5/4\nrecord 4/1 85/2 6/4\n";
	static const char fixed[] =
		"ipfix\nset 2\ntemplate 256 4/1 7/2 10/5\nset 256\nrecord 6/1 80/2 1/5\n"
		"record 17/1 81/2 0xf1f2f3f4f5/5\nrecord 1/1 82/2 3/5\nrecord 2/1 83/2 4/5\n"
		"record 3/1 84/2 5/5\nrecord 4/1 85/2 6/5\n";

	(void)state;
	for (unsigned most = 1; most <= 8; most++) {
		columns_at_a_time(wide, most, 5);
		columns_at_a_time(narrow, most, 6);
		columns_at_a_time(fixed, most, 6);
	}
}

/* The first field of a role counts; none that its length forbids; reverse ones have none. */
static void slots(void **state)
{
	struct first f;
	uint64_t v;

	(void)state;
	first_begin(&f, "ipfix\nset 2\n"
			"template 256 29305:7/2 7/2 8/2 8/4 7/2 1/0 1/3 82/v 11/2\n"
			"set 256\n"
			"record 9/2 80/2 1/2 10.0.0.1 81/2 0/0 0x010203/3 v\"eth0\" 53/2\n");
	assert_true(nf_slot(&f.rec, NF_ROLE_SRC_PORT, &v));
	assert_int_equal(v, 80);
	assert_true(nf_slot(&f.rec, NF_ROLE_DST_PORT, &v));
	assert_int_equal(v, 53);
	assert_true(nf_slot(&f.rec, NF_ROLE_OCTETS, &v));
	assert_int_equal(v, 0x010203);
	assert_false(nf_slot(&f.rec, NF_ROLE_PACKETS, &v));
	assert_int_equal(nf_slot_bytes(&f.rec, NF_ROLE_SRC4).n, 4);
	assert_memory_equal(nf_slot_bytes(&f.rec, NF_ROLE_SRC4).p, "\x0a\0\0\1", 4);
	assert_int_equal(nf_slot_bytes(&f.rec, NF_ROLE_DST4).n, 0);
	first_end(&f);
}

/* v5's sampling: mode in 2 bits and interval in 14 of the same octets. */
static void bits(void **state)
{
	struct nf_bytes payload = wiretext_payload("v5 sampling=0x4064\n");
	const struct nf_layout *l = nf_format_of(5)->header;
	struct nf_rec rec = { .layout = l, .p = payload.p, .shift = nf_no_shift };
	struct nf_field mode = nf_field(&rec, l->nfields - 2u);
	struct nf_field interval = nf_field(&rec, l->nfields - 1u);
	uint64_t v[16];

	(void)state;
	assert_int_equal(mode.offset, 22);
	assert_int_equal(interval.offset, 22);
	assert_false(mode.def->overlay);
	assert_true(interval.def->overlay);
	assert_int_equal(nf_field_uint(&mode), 1);
	assert_int_equal(nf_field_uint(&interval), 100);
	nf_rec_values(&rec, v);
	assert_int_equal(v[l->nfields - 2], 1);
	assert_int_equal(v[l->nfields - 1], 100);
	nf_free((void *)(uintptr_t)payload.p);
}

static void fits(void **state)
{
	static const struct {
		const char *fields, *body;
		bool fits, misfits;
	} cases[] = {
		{ "8/4 4/1", "10.0.0.1 6/1 10.0.0.2 6/1", .fits = true },
		{ "8/4 4/1", "10.0.0.1 6/1 0/3", .fits = true },
		{ "8/4 4/1", "0/3", .misfits = true },
		{ "8/4 82/v", "10.0.0.1 v\"a\" 10.0.0.2 v\"bc\"", .fits = true },
		{ "8/4 82/v", "10.0.0.1 v\"a\" 0/3", .fits = true },
		{ "8/4 82/v", "10.0.0.1 200/1 1/4", .misfits = true },
		{ "8/0", "1/4", .misfits = true },
		/* padding that proves nothing either way: MikroTik, nProbe (not zero), Ixia */
		{ "8/4 4/1", "10.0.0.1 6/1 1/3", .fits = false },
		{ "8/4 4/1", "10.0.0.1 6/1 0/4", .fits = false },
		{ "8/4 12/4", "10.0.0.1 10.0.0.2 0/7", .fits = false },
		{ "8/4 82/v", "10.0.0.1 v\"a\" 1/3", .fits = false },
		{ "8/4 12/4 82/v", "10.0.0.1 10.0.0.2 v\"a\" 0/7", .fits = false },
		{ "8/4 4/1", "10.0.0.1 6/1 1/4", .misfits = true },
		{ "8/4 12/4 82/v", "10.0.0.1 10.0.0.2 v\"a\" 1/4", .misfits = true },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct wirecheck *wc = wirecheck_new();
		struct nf_resolver resolver = wirecheck_resolver(wc);
		struct nf_resolution resolution;
		struct nf_bytes payload;
		char text[256];
		struct nf_msg m;

		snprintf(text, sizeof(text), "ipfix\nset 2\ntemplate 256 %s\nset 256\noctets %s\n",
			 cases[i].fields, cases[i].body);
		payload = wiretext_payload(text);
		assert_true(nf_msg_open(&m, payload, 0, NULL));
		wirecheck_learn(wc, &m);
		resolver.resolve(resolver.ctx, 256, (struct nf_bytes){ payload.p, 0 }, 0,
				 &resolution);
		/* the data set's body is what stands behind the template set and its header */
		payload.p += 16 + nf_be16(payload.p + 18) + 4;
		payload.n -= 16 + nf_be16(m.bytes.p + 18) + 4u;
		if (nf_layout_fits(resolution.layout, payload) != cases[i].fits ||
		    nf_layout_misfits(resolution.layout, payload) != cases[i].misfits)
			fail_msg("%s: %s", cases[i].fields, cases[i].body);
		nf_free((void *)(uintptr_t)m.bytes.p);
		wirecheck_free(wc);
	}
}

/* A caller that lends too little hears of it, and nothing is written behind its words. */
static void scratch_too_small(void **state)
{
	uint16_t words[2] = { 0, 0xbeef };
	struct nf_rec rec;
	struct first f;

	(void)state;
	first_begin(&f, "ipfix\nset 2\ntemplate 256 82/v 83/v\nset 256\nrecord v\"a\" v\"b\"\n");
	nf_recs_open(&f.recs, &f.m, &(struct nf_set){ .kind = NF_SET_DATA, .body = 36,
						      .bytes = nf_slice(f.m.bytes, 36, 4) },
		     f.resolution.layout, (struct nf_scratch){ words, 1 }, NULL);
	assert_false(nf_rec_next(&f.recs, &rec));
	assert_int_equal(f.recs.malformed.off, 36);
	assert_int_equal(f.recs.malformed.len, 4);
	assert_int_equal(nf_rec_scratch(&f.recs).n, 0);
	assert_int_equal(words[1], 0xbeef);
	first_end(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(records),
		cmocka_unit_test(values),
		cmocka_unit_test(rows),
		cmocka_unit_test(columns),
		cmocka_unit_test(columns_of_widths),
		cmocka_unit_test(slots),
		cmocka_unit_test(bits),
		cmocka_unit_test(fits),
		cmocka_unit_test(scratch_too_small),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
