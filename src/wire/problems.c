#include <config.h>

#include "wire/wire.h"

#include <string.h>

#include "base/strbuf.h"

const struct nf_problem_row nf_problem_rows[NF_PROBLEMS] = {
#define PROBLEM(name, id_, severity_, text_, ref_) \
	[NF_PROBLEM_##name] = { .id = id_, .severity = severity_, .text = text_, .ref = ref_ },
#include "wire/problems.def"
#undef PROBLEM
};

const char *const nf_refusal_text[NF_REFUSALS] = {
#define REFUSAL(name, text) [NF_REFUSAL_##name] = text,
#include "wire/refusals.def"
#undef REFUSAL
};

void nf_problem_text(struct nf_strbuf *s, const struct nf_problem *p)
{
	static const char found[] = "{found}", wanted[] = "{wanted}";
	const char *text = nf_problem_rows[p->id].text;
	const char *brace;
	uint64_t n = 0;

	while ((brace = strchr(text, '{')) != NULL) {
		nf_sb_mem(s, text, (size_t)(brace - text));
		if (strncmp(brace, found, sizeof(found) - 1) == 0) {
			nf_sb_u64(s, n = p->found);
			text = brace + sizeof(found) - 1;
		} else if (strncmp(brace, wanted, sizeof(wanted) - 1) == 0) {
			nf_sb_u64(s, n = p->wanted);
			text = brace + sizeof(wanted) - 1;
		} else {
			text = nf_sb_form(s, brace, n);
		}
	}
	nf_sb_str(s, text);
}
