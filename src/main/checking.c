#include <config.h>

#include "main/checking.h"

#include "check/check.h"

const struct nf_sink *checking_sink(struct reading *r)
{
	return check_sink(r->check);
}

bool checking_message(struct reading *r, const struct nf_view *v, bool shows)
{
	shows = shows && filtering_shows(&r->filtering, v);
	check_drops(r->check, source_counts(r->pipeline.source)->capture_drops);
	check_message(r->check, v, shows);
	return shows;
}

bool checking_late(struct reading *r, const struct nf_late *late)
{
	bool shows = cli_shows(r->cli, &late->datagram) &&
		     filtering_shows_late(&r->filtering, late);

	check_late(r->check, late, shows);
	return shows;
}

void checking_refused(struct reading *r, const struct nf_datagram *d, enum nf_refusal why)
{
	check_refused(r->check, d, why, cli_shows(r->cli, d));
}

void checking_event(struct reading *r, const struct capture_event *e)
{
	check_event(r->check, e);
}
