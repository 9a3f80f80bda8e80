#!/bin/sh
# Prints C source that holds the named SQL files as text, for src/store/schema.h.
set -eu

cat <<'C'
#include "store/schema.h"
#include <stddef.h>
C
number=0
for file in "$@"; do
	printf 'static const char file_%d[] = {' "$number"
	od -An -v -tu1 "$file" | sed 's/[0-9][0-9]*/&,/g'
	printf '0};\n'
	number=$((number + 1))
done
echo 'const struct schema_file schema_files[] = {'
number=0
for file in "$@"; do
	name=${file#schema/}
	printf '\t{ "%s", file_%d },\n' "${name%.sql}" "$number"
	number=$((number + 1))
done
echo '	{ NULL, NULL },'
echo '};'
