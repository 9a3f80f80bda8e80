// main.mjs MODULES CHROMIUM FOLDER [CHECK]: every check on every page of FOLDER that it is for, and then the proof that
// each can fail.  Prints what failed, and the sum.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { start, open } from './browser.mjs';
import { mutations, mutate } from './mutations.mjs';
import access from './checks/access.mjs';
import filter from './checks/filter.mjs';
import looks from './checks/looks.mjs';
import print from './checks/print.mjs';
import safe from './checks/safe.mjs';
import structure from './checks/structure.mjs';

// A row of these tables: { name, on: pages, look: one of LOOKS ('desktop'), alters: whether it needs a page of its own,
// uses: whether it works with the page and leaves it in use, check(view) }, where view is what open() gives, and
// `facts` that the database says, the `folder`, and `beside(page)`, the view of another page.
const checks = [...structure, ...safe, ...filter, ...access, ...looks, ...print];

const [modules, chromium, folder, only] = process.argv.slice(2);
const views = new Map();
let passed = 0;
let failed = 0;

function factsOf(name) {
	return JSON.parse(fs.readFileSync(path.join(folder, `${name}.json`), 'utf8'));
}

// The page in this look: one that is open already, unless the check alters it.
async function viewOf(browser, name, row) {
	const key = `${name} ${row.look ?? 'desktop'} ${row.uses ? 'used' : 'untouched'}`;

	if (!row.alters && views.has(key)) return views.get(key);
	const view = await open(browser, path.join(folder, `${name}.html`), row.look);

	Object.assign(view, { name, facts: factsOf(name), folder, beside: other => viewOf(browser, other, {}) });
	if (!row.alters) views.set(key, view);
	return view;
}

async function tell(what, test) {
	const begun = Date.now();

	try {
		await test();
		passed++;
		if (process.env.HTML_TIMES) console.log(`ok ${what} (${Date.now() - begun} ms)`);
	} catch (error) {
		failed++;
		console.log(
			`FAILED ${what}: ${String(error.message ?? error)
				.split('\n')
				.filter(line => line.trim())
				.slice(0, 8)
				.join('\n  ')}`,
		);
	}
}

async function runRow(browser, name, row) {
	const view = await viewOf(browser, name, row);

	try {
		await row.check(view);
	} finally {
		if (row.alters) await view.close();
	}
}

async function runChecks(browser) {
	for (const row of checks)
		for (const name of row.on ?? ['samples'])
			if (!only || row.name.includes(only))
				await tell(`${row.name}, on the page ${name}`, () => runRow(browser, name, row));
}

// Breaks a copy of a page in one way each, and expects the check that is for that to see it.
async function proveChecks(browser) {
	for (const mutation of mutations) {
		const row = checks.find(one => one.name === mutation.seenBy);
		const copy = `broken-${mutation.page}`;

		await tell(`the check "${mutation.seenBy}" sees ${mutation.name}`, async () => {
			assert.ok(row, 'no check of that name');
			fs.copyFileSync(path.join(folder, `${mutation.page}.json`), path.join(folder, `${copy}.json`));
			fs.writeFileSync(
				path.join(folder, `${copy}.html`),
				mutate(fs.readFileSync(path.join(folder, `${mutation.page}.html`), 'utf8'), mutation),
			);
			await assert.rejects(runRow(browser, copy, { ...row, alters: true }), assert.AssertionError);
		});
	}
}

const browser = await start(modules, chromium);

try {
	await runChecks(browser);
	if (!only) await proveChecks(browser);
} finally {
	await browser.close();
}
console.log(`html: ${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
