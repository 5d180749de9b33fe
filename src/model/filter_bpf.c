/* Filters for frames, as tcpdump and --bpf take them, told apart from those for records. */
#include <config.h>

#include "model/filter.h"

#include <strings.h>

struct reader {
	const char *p;
	size_t n;
};

/* The next word, blanks and parentheses apart; false at the end. */
static bool next_word(struct reader *r, struct nf_bytes *word)
{
	while (r->n > 0 && strchr(" \t\n()", *r->p) != NULL && *r->p != '\0') {
		r->p++;
		r->n--;
	}
	*word = (struct nf_bytes){ (const uint8_t *)r->p, 0 };
	while (word->n < r->n && strchr(" \t\n()", r->p[word->n]) == NULL)
		word->n++;
	r->p += word->n;
	r->n -= word->n;
	return word->n > 0;
}

/* A number or an address, in pcap-filter's sense: "2055", "10/8", "2000-2010", "fe80::1". */
static bool is_operand(struct nf_bytes word)
{
	bool digit = false;

	for (size_t i = 0; i < word.n; i++) {
		if (strchr("0123456789abcdefABCDEF.:/-", word.p[i]) == NULL || word.p[i] == '\0')
			return false;
		digit = digit || (word.p[i] >= '0' && word.p[i] <= '9');
	}
	return digit;
}

static bool is_word(struct nf_bytes word, const char *text)
{
	return word.n == strlen(text) && strncasecmp((const char *)word.p, text, word.n) == 0;
}

bool filter_reads_like_bpf(const char *text, size_t n)
{
	static const char *const vocabulary[] = {
		"and", "or", "not", "src", "dst", "host", "net", "port", "portrange", "proto",
		"udp", "tcp", "sctp", "icmp", "icmp6", "ip", "ip6", "ether", "vlan", "less",
		"greater", "broadcast", "multicast", "&&", "||",
	};
	struct reader r = { text, n };
	struct nf_bytes word;
	bool any = false, ip = false;

	while (next_word(&r, &word)) {
		bool known = is_operand(word);

		if (known && ip)	/* `ip 10.0.0.1` is nfdump's */
			return false;
		for (size_t i = 0; !known && i < sizeof(vocabulary) / sizeof(vocabulary[0]); i++)
			known = is_word(word, vocabulary[i]);
		if (!known)
			return false;
		ip = is_word(word, "ip");
		any = true;
	}
	return any;
}
