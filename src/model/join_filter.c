#include <config.h>

#include "model/join_filter.h"

#include "model/flow.h"

/* NULL where nothing is joined. */
static struct join *join_at(const struct filter_at *at, struct join_record *record)
{
	if (at->rec == NULL || at->msg == NULL || at->datagram == NULL)
		return NULL;
	*record = join_record_at(at);
	return (struct join *)at->opts->ctx;
}

static bool text(struct filter_value *v, const char *p)
{
	*v = (struct filter_value){
		.type = FILTER_TEXT,
		.b = { (const uint8_t *)p, strlen(p) },
	};
	return true;
}

static bool number(struct filter_value *v, uint64_t u)
{
	*v = (struct filter_value){ .type = FILTER_NUMBER, .u = u };
	return true;
}

static bool address(struct filter_value *v, struct nf_bytes b)
{
	if (b.n == 4)
		*v = (struct filter_value){ .type = FILTER_IPV4, .u = nf_be32(b.p) };
	else
		*v = (struct filter_value){ .type = FILTER_IPV6, .b = b };
	return b.n == 4 || b.n == 16;
}

static bool moment(struct filter_value *v, struct nf_bytes b)
{
	uint64_t ms = b.n > 0 && b.n <= 8 ? nf_ben(b.p, b.n) : UINT64_MAX;

	*v = (struct filter_value){ .type = FILTER_TIME, .ns = (int64_t)(ms * 1000000) };
	return ms <= INT64_MAX / 1000000;
}

static bool named(const struct filter_name *name, const struct filter_at *at,
		  struct filter_value *v)
{
	struct join_record record;
	struct join *j = join_at(at, &record);
	struct join_answer a;
	struct nf_bytes b;

	if (j == NULL || !join_of(j, (enum join_name)name->arg, &record, &a) || a.value == NULL)
		return false;
	b = join_octets(a.value->octets);
	switch ((enum filter_type)name->type) {
	case FILTER_ADDRESS: return address(v, b);
	case FILTER_TIME: return moment(v, b);
	default:
		*v = (struct filter_value){ .type = name->type, .b = b };
		return true;
	}
}

static bool scaled(const struct join_rate *rate, const struct filter_at *at, enum flow_item item,
		   struct filter_value *v)
{
	struct flow_view own;
	const struct flow_view *view = at->view;
	uint64_t n, u;

	if (view == NULL) {
		flow_view_of(&own, at->rec->layout);
		view = &own;
	}
	return flow_number(view, at->rec, item, &n) && join_scaled(rate, n, &u) && number(v, u);
}

static bool sampling(const struct filter_name *name, const struct filter_at *at,
		     struct filter_value *v)
{
	struct join_record record;
	struct join *j = join_at(at, &record);
	struct join_rate r;

	if (j == NULL || !join_rate(j, &record, &r))
		return false;
	switch ((enum join_sampling_name)name->arg) {
	case JOIN_SAMPLING_STATUS:
		return text(v, r.ambiguous ? "ambiguous" : "known");
	case JOIN_SAMPLING_SOURCE:
		return text(v, join_rate_source_name((enum join_rate_source)r.source));
	case JOIN_SAMPLING_FRAME:
		return r.version != NULL && number(v, r.version->frame);
	case JOIN_SAMPLING_RATE:
		*v = (struct filter_value){ .type = FILTER_FLOAT };
		v->d = r.ambiguous ? 0 : join_rate_value(&r);
		return !r.ambiguous;
	case JOIN_SCALED_PACKETS:
		return scaled(&r, at, FLOW_PACKETS, v);
	case JOIN_SCALED_BYTES:
		return scaled(&r, at, FLOW_BYTES, v);
	case JOIN_SAMPLING_NAMES:
		break;
	}
	return false;
}

const struct filter_name join_filter_names[JOIN_FILTER_NAMES] = {
#define SUBJECT(...)
#define FROM(...)
#define NAME(id_, subject_, name_, type_, help_, ...)				\
	[JOIN_NAME_##id_] = {							\
		.name = "join." name_, .type = FILTER_##type_, .level = FILTER_OF_RECORD, \
		.arg = JOIN_NAME_##id_, .get = named, .help = help_,		\
	},
#define SAMPLING(id_, name_, type_, help_)					\
	[JOIN_NAMES + JOIN_##id_] = {						\
		.name = "join." name_, .type = FILTER_##type_, .level = FILTER_OF_RECORD, \
		.arg = JOIN_##id_, .get = sampling, .help = help_,		\
	},
#include "model/join_names.def"
#undef SUBJECT
#undef FROM
#undef NAME
#undef SAMPLING
};
