// On paper: several pages, dark on white whatever the screen, and all that the screen shows.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import path from 'node:path';

function poppler(program, ...rest) {
	const run = spawnSync(program, rest, { encoding: 'utf8', maxBuffer: 1 << 26 });

	assert.equal(run.status, 0, `${program}: ${run.error ?? run.stderr}`);
	return run.stdout;
}

export default [
	{
		name: 'the page can be printed, with everything in it',
		on: ['hostile'],
		look: 'no-script',
		alters: true,
		async check({ page, facts, folder, name }) {
			const file = path.join(folder, `${name}.pdf`);

			await page.pdf({ path: file, format: 'A4' });
			const pages = Number(poppler('pdfinfo', file).match(/Pages:\s*(\d+)/)[1]);
			const text = poppler('pdftotext', '-q', '-raw', file, '-').replace(/\s+/g, '');
			const shown = await page.evaluate(() =>
				[...document.querySelectorAll('[id^="finding-"]')]
					.filter(one => /-\d+$/.test(one.id))
					.map(one => one.id.slice('finding-'.length)),
			);

			assert.ok(pages > 1, `${pages} pages`);
			for (const id of shown.slice(0, 30))
				assert.ok(text.includes(facts.findings[id].filter.replace(/\s+/g, '')), `finding ${id} is not printed`);
			for (const digest of facts.captures.slice(0, 5))
				assert.ok(text.includes(digest), 'the manifest is not printed');
			const drawn = facts.said
				.filter(said => said.session === facts.findings[shown[0]].session && said.line.length > 8)
				.slice(0, 3);

			assert.ok(drawn.length > 0);
			for (const { line } of drawn)
				assert.ok(text.includes(line.replace(/\s+/g, '').slice(0, 30)), `the ladder is not printed: ${line}`);
		},
	},
	{
		name: 'paper is white, also for who reads in the dark',
		on: ['hostile'],
		look: 'dark',
		alters: true,
		async check({ page }) {
			await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
			const found = await page.evaluate(() => ({
				paper: getComputedStyle(document.body).backgroundColor,
				ink: getComputedStyle(document.querySelector('main p')).color,
				controls: [...document.querySelectorAll('input, nav, button')]
					.filter(one => one.closest('th') === null)
					.filter(one => one.checkVisibility())
					.map(one => one.localName),
				cut: [...document.querySelectorAll('main *')]
					.filter(
						one =>
							/auto|scroll|hidden/.test(getComputedStyle(one).overflowX) &&
							one.scrollWidth > one.clientWidth + 1 &&
							one.checkVisibility() &&
							one.clientWidth > 1,
					)
					.map(one => one.outerHTML.slice(0, 80)),
			}));

			assert.match(found.paper, /^(rgb\(25[0-5], 25[0-5], 25[0-5]\)|rgba\(0, 0, 0, 0\))$/);
			assert.ok(
				found.ink
					.match(/[\d.]+/g)
					.slice(0, 3)
					.every(one => Number(one) < 110),
				`ink ${found.ink}`,
			);
			assert.deepEqual([...new Set(found.controls)], []);
			assert.deepEqual(found.cut.slice(0, 5), []);
		},
	},
];
