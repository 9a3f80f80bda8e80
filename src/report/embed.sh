#!/bin/sh
# Prints C source that holds style.css and page.js of this folder as text, for src/report/assets.h.
set -eu

cd "$(dirname "$0")"

text()
{
	printf 'const char %s[] = {' "$1"
	od -An -v -tu1 "$2" | sed 's/[0-9][0-9]*/&,/g'
	printf '0};\n'
}

echo '#include "report/assets.h"'
text asset_style style.css
text asset_script page.js
