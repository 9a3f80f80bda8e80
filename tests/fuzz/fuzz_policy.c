/* Policy files: what is wrong with one is said with its line, and what one says can be asked. */
#include "fuzz.h"

#include "base/text.h"
#include "cli/policy_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char file_name[] = "policy";

/* After a syntax error libconfig 1.5 forgets the text that it had just read; the program ends then.  LeakSanitizer,
 * where it is built in, asks this. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_options(void);

const char *
__lsan_default_suppressions(void)
{
	return "leak:libconfig";
}

const char *
__lsan_default_options(void)
{
	return "print_suppressions=0";
}

/* "policy:LINE: words", where the file has such a line. */
static void
look_at_trouble(const struct status *status, struct span text)
{
	unsigned long line, lines = 1;
	char *words;

	for (size_t i = 0; i < text.len; i++)
		lines += text.at[i] == '\n';
	fuzz_promise(status->code == STATUS_USAGE || status->code == STATUS_NO_MEMORY, "trouble is the user's");
	fuzz_promise(strncmp(status->message, file_name, strlen(file_name)) == 0, "trouble names the file");
	if (status->message[strlen(file_name)] != ':' || status->message[strlen(file_name) + 1] == ' ')
		return;                 /* it is about the file as a whole */
	line = strtoul(status->message + strlen(file_name) + 1, &words, 10);
	fuzz_promise(*words == ':' && line <= lines, "trouble names a line that there is");
}

static void
look_at_networks(const struct networks *networks)
{
	for (size_t i = 0; i < networks->count; i++) {
		struct address first, last;

		network_range(&networks->list[i], &first, &last);
		fuzz_promise(memcmp(&first, &last, sizeof(first)) <= 0, "a network begins before it ends");
		fuzz_promise(network_has(&networks->list[i], &first) && network_has(&networks->list[i], &last),
			"a network has its ends");
		fuzz_promise(networks_have(networks, &first), "networks have what each of them has");
	}
}

static void
look_at_records(const struct policy *policy)
{
	for (size_t i = 0; i < policy->mta_sts_count; i++) {
		const struct policy_mta_sts *sts = &policy->mta_sts[i];

		fuzz_touch(sts->domain);
		for (size_t n = 0; n < sts->mx_count; n++)
			policy_pattern_has(sts->mx[n], sts->domain);
		policy_held(&sts->held, 0);
	}
	for (size_t i = 0; i < policy->tlsa_count; i++) {
		fuzz_touch(policy->tlsa[i].host);
		fuzz_promise(policy->tlsa[i].record_count > 0, "records are there");
		fuzz_promise(policy->tlsa[i].records[0].usage <= 3 && policy->tlsa[i].records[0].selector <= 1,
			"records are of known kinds");
	}
}

static void
look_at_policy(const struct policy *policy, struct span text)
{
	struct address address = { { [10] = 0xFF, [11] = 0xFF, [12] = 192, [14] = 2, [15] = 20 } };
	struct endpoint end = { .address = address, .port = 25 };

	fuzz_promise(span_equal(policy->text, text), "the text is kept");
	look_at_networks(&policy->internal);
	look_at_networks(&policy->mail_servers);
	look_at_networks(&policy->must_encrypt);
	fuzz_promise(!policy_is_outside(policy, &address) || !policy_is_inside(policy, &address),
		"nobody is outside and inside");
	fuzz_promise(policy_trusts(policy, &address, &address) || policy->trusted_hop_count == 0 ||
		!networks_have(&policy->trusted_hops[0], &address), "who trusts a group trusts himself");
	policy_protects(policy, &address, &address);
	policy_server_at(policy, &end);
	policy_is_privileged(policy, span_of("root"));
	policy_expects_issuer(policy, span_of("CN=Inspection"));
	look_at_records(policy);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span text = span_from(data, size);
	struct policy_file *file = NULL;
	struct status status = policy_file_parse(file_name, text, &file);

	fuzz_promise(status_is_ok(&status) == (file != NULL), "a policy is there, or trouble");
	if (file == NULL)
		look_at_trouble(&status, text);
	else
		look_at_policy(policy_file_policy(file), text);
	policy_file_free(&file);
	return 0;
}

/* Captures hold none: the corpus of this target are policies on file. */
void
fuzz_seed(const char *path, struct buffer *seed)
{
	(void)path;
	(void)seed;
}
