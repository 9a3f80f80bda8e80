// screenshots.mjs MODULES CHROMIUM PAGE FOLDER: the pictures of the README, one a row.

import fs from 'node:fs';
import path from 'node:path';
import { start, open } from './browser.mjs';

const MOST_BYTES = 200000;
const SMALL = { phone: { deviceScaleFactor: 1.5 }, 'phone-dark': { deviceScaleFactor: 1.5 } };

// What stands at the upper edge: `to` is a selector, of which the first is taken that has `words`; without it, the
// beginning of the page.
const LADDER = { to: '[id^="session-"]', words: 'downgraded-proven' };
const PICTURES = [
	{ name: 'desktop-light', look: 'desktop' },
	{ name: 'desktop-dark', look: 'dark', ...LADDER },
	{ name: 'phone-light', look: 'phone', to: '[id^="finding-"]' },
	{ name: 'phone-dark', look: 'phone-dark', ...LADDER },
];

const [modules, chromium, file, folder] = process.argv.slice(2);
const browser = await start(modules, chromium);

for (const { name, look, to, words } of PICTURES) {
	const { page, close } = await open(browser, file, look, SMALL[look]);
	const picture = path.join(folder, `${name}.png`);

	if (to)
		await page
			.locator(to, { hasText: words })
			.first()
			.evaluate(one => one.scrollIntoView({ block: 'start', behavior: 'instant' }));
	await page.screenshot({ path: picture, animations: 'disabled', caret: 'hide' });
	await close();
	const bytes = fs.statSync(picture).size;

	console.log(`${picture}: ${bytes} bytes`);
	if (bytes > MOST_BYTES) process.exitCode = 1;
}
await browser.close();
