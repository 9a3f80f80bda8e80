/* The policy file: what the user says about his networks and partners, as text. */
#ifndef STARTTRACE_CLI_POLICY_FILE_H
#define STARTTRACE_CLI_POLICY_FILE_H

#include "base/status.h"
#include "model/policy.h"

struct policy_file;             /* the policy and the memory that it stands in */

/* Reads the file.  What is wrong with it is a usage error that names file and line. */
struct status policy_file_read(const char *path, struct policy_file **file_r);

/* The same for a text that was kept; `name` stands for the file in what is said. */
struct status policy_file_parse(const char *name, struct span text, struct policy_file **file_r);

/* Valid until the file is freed. */
const struct policy *policy_file_policy(const struct policy_file *file);
void                 policy_file_free(struct policy_file **file);

#endif
