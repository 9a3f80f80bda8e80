// What the page says is what the database says; its links have their targets; each finding has its proof.

import assert from 'node:assert/strict';

const ALL = ['samples', 'hostile', 'empty'];

// Whether a text has this number, alone or with thousands apart.
function hasNumber(text, number) {
	return (
		text
			.replace(/(?<=\d)[,\u202f\u00a0](?=\d{3}\b)/g, '')
			.match(new RegExp(`(?<![\\d.])${number}(?![\\d.]\\d)`)) !== null
	);
}

async function textOf(page, selector) {
	return page.locator(selector).evaluate(element => element.textContent);
}

// The numbers of neighbouring cells do not run into one: a blank stands between any two pieces.
async function piecesOf(page, selector) {
	return page.locator(selector).evaluateAll(elements =>
		elements.map(element => {
			const walk = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
			const pieces = [];

			while (walk.nextNode()) pieces.push(walk.currentNode.data.trim());
			return pieces.join(' ');
		}),
	);
}

// The rows of a part, as a function that gives those with a word.
async function rowsOf(page, part) {
	const rows = await piecesOf(page, `${part} :is(tr, li, dt, dd)`);

	return word => rows.filter(row => row.split(' ').includes(word));
}

// The findings that stand on the page, as { id, text, ladder }; `ladder` is the id of the session that it links to.
async function findingsOf(page) {
	return page.evaluate(() =>
		[...document.querySelectorAll('[id^="finding-"]')]
			.filter(one => /-\d+$/.test(one.id))
			.map(finding => ({
				id: finding.id.slice('finding-'.length),
				group: finding.closest('section').textContent.replace(/\s+/g, ' '),
				text: finding.textContent.replace(/\s+/g, ' '),
				ladder:
					finding.querySelector('a[href^="#session-"]')?.getAttribute('href').slice('#session-'.length) ??
					finding.closest('[id^="session-"]')?.id.slice('session-'.length) ??
					finding.querySelector('[id^="session-"]')?.id.slice('session-'.length),
			})),
	);
}

export default [
	{
		name: 'the parts that others link to are there',
		on: ALL,
		async check({ page }) {
			for (const id of ['summary', 'verdicts', 'findings', 'manifest'])
				assert.equal(await page.locator(`[id="${id}"]`).count(), 1, `#${id}`);
		},
	},
	{
		name: 'the summary counts the sessions',
		on: ALL,
		async check({ page, facts }) {
			const [text] = await piecesOf(page, '#summary');

			assert.ok(
				facts.sessions === 0 ? /\bno\b|\b0\b/i.test(text) : hasNumber(text, facts.sessions),
				`${facts.sessions} sessions: ${text.slice(0, 200)}`,
			);
		},
	},
	{
		name: 'every verdict stands there with its number',
		on: ALL,
		async check({ page, facts }) {
			const rowsWith = await rowsOf(page, '#verdicts');

			for (const [verdict, count] of Object.entries(facts.verdicts)) {
				const rows = rowsWith(verdict);

				assert.ok(rows.length > 0, `${verdict} is not among the verdicts`);
				assert.ok(
					rows.some(row => hasNumber(row, count)),
					`${verdict} without ${count}: ${rows}`,
				);
			}
		},
	},
	{
		name: 'links have their targets',
		on: ALL,
		async check({ page }) {
			const lost = await page.evaluate(() =>
				[...document.querySelectorAll('a[href^="#"], [aria-labelledby], [aria-describedby], label[for], use')]
					.flatMap(one => [
						...(one.getAttribute('href')?.startsWith('#')
							? [decodeURIComponent(one.getAttribute('href').slice(1))]
							: []),
						...['aria-labelledby', 'aria-describedby', 'aria-controls', 'for'].flatMap(name =>
							(one.getAttribute(name) ?? '').split(/\s+/),
						),
					])
					.filter(id => id !== '' && document.getElementById(id) === null),
			);

			assert.deepEqual([...new Set(lost)], []);
			assert.ok((await page.locator('a[href^="#"]').count()) > 0, 'no link at all');
		},
	},
	{
		name: 'an id is given once',
		on: ALL,
		async check({ page }) {
			const twice = await page.evaluate(() => {
				const ids = [...document.querySelectorAll('[id]')].map(one => one.id);

				return [...new Set(ids.filter((id, at) => ids.indexOf(id) !== at))];
			});

			assert.deepEqual(twice, []);
		},
	},
	{
		name: 'a finding has its filter and its ladder',
		on: ['samples', 'hostile'],
		async check({ page, facts }) {
			const findings = await findingsOf(page);
			const ladders = new Set(await page.locator('[id^="session-"]').evaluateAll(all => all.map(one => one.id)));

			assert.ok(findings.length > 0, 'no finding on the page');
			for (const { id, text, ladder } of findings) {
				const known = facts.findings[id];

				assert.ok(known, `finding ${id} is not in the database`);
				assert.ok(text.includes(known.filter), `finding ${id} without ${known.filter}`);
				assert.equal(ladder, String(known.session), `the ladder of finding ${id}`);
				assert.ok(ladders.has(`session-${ladder}`), `no session ${ladder}`);
			}
		},
	},
	{
		name: 'the worst findings stand there, and the rest is counted',
		on: ['samples', 'hostile'],
		async check({ page, facts }) {
			const shown = await findingsOf(page);
			const known = Object.entries(facts.findings);
			const rowsWith = await rowsOf(page, '#findings');

			for (const [severity, count] of Object.entries(facts.severities))
				assert.ok(
					rowsWith(severity).some(row => hasNumber(row, count)),
					`${count} ${severity}`,
				);
			for (const kind of new Set(
				known
					.filter(([, one]) => ['critical', 'high', 'medium'].includes(one.severity))
					.map(([, one]) => one.kind),
			)) {
				const all = known.filter(([, one]) => one.kind === kind && one.severity !== 'info');
				const here = shown.filter(({ id }) => facts.findings[id].kind === kind);

				assert.ok(here.length > 0, `no finding of ${kind}`);
				assert.ok(
					here.length === all.length || hasNumber(here[0].group, all.length - here.length),
					`${all.length - here.length} of ${kind} are left out, and nothing says so`,
				);
			}
		},
	},
	{
		name: 'a ladder tells its dialogue in order',
		on: ['samples', 'hostile'],
		async check({ page, facts }) {
			const ladders = await page.evaluate(() =>
				[...document.querySelectorAll('[id^="session-"]')]
					.filter(one => /-\d+$/.test(one.id))
					.map(ladder => [ladder.id.slice('session-'.length), ladder.textContent.replace(/\s+/g, ' ')]),
			);

			assert.ok(ladders.length > 0, 'no ladder');
			for (const [session, text] of ladders) {
				let from = 0;

				for (const { line } of facts.said.filter(said => String(said.session) === session).slice(0, 20)) {
					const found = text.indexOf([...line.replace(/\s+/g, ' ').trim()].slice(0, 40).join(''), from);

					assert.ok(found >= 0, `session ${session} lacks, or has too early: ${line.slice(0, 80)}`);
					from = found;
				}
			}
		},
	},
	{
		name: 'every report has its part',
		on: ['samples', 'hostile'],
		async check({ page, facts }) {
			const names = await page.evaluate(() =>
				[...document.querySelectorAll('section[id^="report-"]')].map(part => part.id.slice('report-'.length)),
			);

			assert.deepEqual(
				facts.reports.filter(name => !names.includes(name)),
				[],
			);
			for (const name of names)
				assert.ok(
					(await page.locator(`[id="report-${name}"]`).locator('h2, h3, h4').count()) > 0,
					`${name} has no heading`,
				);
		},
	},
	{
		name: 'the manifest names the captures',
		on: ['samples', 'hostile', 'empty'],
		async check({ page, facts }) {
			const text = await textOf(page, '#manifest');

			assert.deepEqual(
				facts.captures.slice(0, 20).filter(digest => !text.includes(digest)),
				[],
			);
		},
	},
	{
		name: 'the page is below five megabytes',
		on: ALL,
		async check({ page }) {
			const bytes = await page.evaluate(
				() =>
					performance.getEntriesByType('navigation')[0].decodedBodySize ||
					document.documentElement.outerHTML.length,
			);

			assert.ok(bytes < 5000000, `${bytes} bytes`);
		},
	},
];
