#!/bin/sh
# unit.sh PROGRAM...: runs unit test programs and counts their tests.  Prints what a program said only if it failed.
set -u

passed=0 failed=0
for program in "$@"; do
	output=$("$program" 2>&1)
	status=$?
	good=$(printf '%s\n' "$output" | grep -c '^\[       OK \]')
	bad=$(printf '%s\n' "$output" | grep -c '^\[  FAILED  \] [a-z_0-9]*$')
	[ "$status" -eq 0 ] || [ "$bad" -gt 0 ] || bad=1
	[ $((good + bad)) -gt 0 ] || bad=1
	[ "$bad" -eq 0 ] || { echo "FAILED $program"; printf '%s\n' "$output" | grep -v -e '^\[ RUN' -e '^\[       OK'; }
	passed=$((passed + good)) failed=$((failed + bad))
done
echo "unit: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
