#include <config.h>

#include "wire/wire.h"

#include <pthread.h>

#include "wire/internal.h"

/*
 * RFC 3954 section 5: template and options template FlowSets are 0 and 1, no enterprise bit,
 * no withdrawals, and the options header counts octets.
 */
static const struct nf_dialect dialect_v9 = {
	.template_set = 0,
	.options_set = 1,
	.scope_in_octets = true,
};

/* RFC 7011 section 3. */
static const struct nf_dialect dialect_ipfix = {
	.template_set = 2,
	.options_set = 3,
	.enterprise_bit = true,
	.withdrawals = true,
};

/* By version; the gaps have no name.  Written once, then const. */
static struct nf_format formats[NF_VERSION_MAX + 1] = {
#define FORMAT(v, name_, header_, dialect_, count_, length_, uptime_, secs_, nsecs_, sequence_, \
	       domain_, ndomain, aggregation_) \
	[v] = { .version = (v), .name = (name_), .header_len = (header_), .dialect = (dialect_), \
		.at = { .count = (count_), .length = (length_), .uptime = (uptime_), \
			.secs = (secs_), .nsecs = (nsecs_), .sequence = (sequence_), \
			.domain = (domain_), .domain_len = (ndomain), \
			.aggregation = (aggregation_) } },
#include "wire/formats.def"
#undef FORMAT
};

static pthread_once_t once = PTHREAD_ONCE_INIT;

static void compile(void)
{
	nf_fixed_compile();
	for (uint16_t v = 0; v <= NF_VERSION_MAX; v++)
		formats[v].header = nf_fixed_header(v);
}

const struct nf_format *nf_format_of(uint16_t version)
{
	if (version > NF_VERSION_MAX || formats[version].name == NULL)
		return NULL;
	pthread_once(&once, compile);
	return &formats[version];
}
