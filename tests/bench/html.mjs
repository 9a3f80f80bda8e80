// html.mjs MODULES CHROMIUM PAGE: opens the page several times, and prints the least, the middle and the most of each
// time.

import fs from 'node:fs';
import { start, open } from '../html/browser.mjs';

const ROUNDS = 7;
const [modules, chromium, file] = process.argv.slice(2);
const browser = await start(modules, chromium);
const taken = { 'first picture': [], loaded: [], 'a filter applied': [] };

for (let round = 0; round < ROUNDS; round++) {
	const { page, close } = await open(browser, file);
	const [picture, loaded] = await page.evaluate(
		() =>
			new Promise(done => {
				const look = () => {
					const paint = performance.getEntriesByName('first-contentful-paint')[0];

					if (!paint) requestAnimationFrame(look);
					else done([paint.startTime, performance.getEntriesByType('navigation')[0].loadEventEnd]);
				};

				look();
			}),
	);

	taken['first picture'].push(picture);
	taken.loaded.push(loaded);
	taken['a filter applied'].push(
		await page.evaluate(
			() =>
				new Promise(done => {
					const input = document.getElementById('filter');
					const begun = performance.now();

					input.value = 'starttls';
					input.dispatchEvent(new Event('input', { bubbles: true }));
					requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now() - begun)));
				}),
		),
	);
	await close();
}
await browser.close();
console.log(`${fs.statSync(file).size} bytes, opened ${ROUNDS} times; least, middle and most in ms`);
for (const [what, times] of Object.entries(taken)) {
	times.sort((a, b) => a - b);
	const three = [times[0], times[ROUNDS >> 1], times[ROUNDS - 1]];

	console.log(what.padEnd(18) + three.map(time => time.toFixed(0).padStart(8)).join(''));
}
