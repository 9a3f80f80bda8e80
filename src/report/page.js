/* What a page can do beyond being read: narrow the findings, sort tables, copy filters.  All is there without it. */
"use strict";

(function () {
	const all = (selector, within) => Array.from((within || document).querySelectorAll(selector));
	const severities = ["info", "low", "medium", "high", "critical"];

	function rankOf(article) {
		const badge = article.querySelector("h4 .severity");
		return severities.findIndex((word) => badge !== null && badge.classList.contains(word));
	}

	/* Where the address of the page points to, or null. */
	function pointedAt() {
		try {
			return document.getElementById(decodeURIComponent(location.hash.slice(1)));
		} catch (malformed) {
			return null;
		}
	}

	/* The filter ------------------------------------------------------------------------------- */

	function prepareFilter() {
		const form = document.querySelector("form.filter");
		if (form === null)
			return;
		const words = document.getElementById("filter"), least = document.getElementById("filter-severity");
		const count = document.getElementById("filter-count");
		const kinds = all("#findings .kind").map((kind) => ({
			kind: kind,
			findings: all(".finding", kind).map((article) => ({
				article: article,
				rank: rankOf(article),
				text: (kind.querySelector("h3").textContent + " " + kind.id + " " + article.textContent).toLowerCase(),
			})),
		}));
		const total = kinds.reduce((sum, entry) => sum + entry.findings.length, 0);

		function narrow() {
			const asked = words.value.toLowerCase().split(/\s+/).filter((word) => word !== "");
			let shown = 0;
			for (const entry of kinds) {
				let here = 0;
				for (const finding of entry.findings) {
					const fits = finding.rank >= Number(least.value) && asked.every((word) => finding.text.includes(word));
					finding.article.hidden = !fits;
					here += fits ? 1 : 0;
				}
				entry.kind.hidden = here === 0;
				shown += here;
			}
			count.textContent = shown + " of " + total + (total === 1 ? " finding" : " findings") + " on this page";
		}

		/* A link to a finding that is hidden shows it. */
		function reveal() {
			const target = pointedAt();
			if (target === null || target.closest("[hidden]") === null)
				return;
			words.value = "";
			least.value = "1";
			narrow();
			target.scrollIntoView();
		}

		form.addEventListener("submit", (event) => event.preventDefault());
		words.addEventListener("input", narrow);
		least.addEventListener("change", narrow);
		window.addEventListener("hashchange", reveal);
		form.hidden = false;
		narrow();
	}

	/* Links ------------------------------------------------------------------------------------ */

	/* What lies before the place is laid out only when it comes into sight, and moves it: go there until it stays. */
	function settle() {
		const target = pointedAt();
		let tries = 12, last = NaN;
		function step() {
			const top = target.getBoundingClientRect().top;
			if (top === last || tries-- === 0)
				return;
			last = top;
			target.scrollIntoView({ behavior: "instant" });
			requestAnimationFrame(step);
		}
		if (target !== null)
			requestAnimationFrame(step);
	}

	/* Tables ----------------------------------------------------------------------------------- */

	function compare(a, b, isNumber) {
		if (!isNumber)
			return a.localeCompare(b);
		return (parseFloat(a) || 0) - (parseFloat(b) || 0);
	}

	/* Severities go by their weight, not by the alphabet. */
	function keyOf(row, column) {
		const cell = row.cells[column], badge = cell.querySelector(".severity");
		return badge === null ? cell.textContent : String(severities.indexOf(badge.textContent));
	}

	function sort(table, heading, column) {
		const body = table.tBodies[0], rows = Array.from(body.rows);
		const falls = heading.getAttribute("aria-sort") === "ascending";
		const isNumber = heading.classList.contains("number") ||
			(rows.length > 0 && rows[0].cells[column].querySelector(".severity") !== null);
		const keys = new Map(rows.map((row) => [row, keyOf(row, column)]));

		rows.sort((a, b) => (falls ? -1 : 1) * compare(keys.get(a), keys.get(b), isNumber));
		all("th[aria-sort]", table).forEach((other) => other.removeAttribute("aria-sort"));
		heading.setAttribute("aria-sort", falls ? "descending" : "ascending");
		body.append(...rows);
	}

	function prepareTables() {
		for (const table of all("table.rows"))
			all("thead th", table).forEach((heading, column) => {
				const button = document.createElement("button");
				button.type = "button";
				button.append(...heading.childNodes);
				button.addEventListener("click", () => sort(table, heading, column));
				heading.append(button);
			});
	}

	/* Filters to copy -------------------------------------------------------------------------- */

	function select(element) {
		const range = document.createRange(), selection = window.getSelection();
		range.selectNodeContents(element);
		selection.removeAllRanges();
		selection.addRange(range);
	}

	async function copy(code, button) {
		let done = true;
		try {
			await navigator.clipboard.writeText(code.textContent);
		} catch (refused) {
			select(code);
			done = document.execCommand("copy");
		}
		button.textContent = done ? "Copied" : "Selected";
		setTimeout(() => { button.textContent = "Copy"; }, 2000);
	}

	function prepareCopies() {
		for (const code of all("code.wireshark")) {
			const button = document.createElement("button");
			button.type = "button";
			button.className = "copy";
			button.textContent = "Copy";
			button.setAttribute("aria-live", "polite");
			button.addEventListener("click", () => copy(code, button));
			code.after(button);
		}
	}

	prepareFilter();
	prepareTables();
	prepareCopies();
	window.addEventListener("hashchange", settle);
	window.addEventListener("load", settle);
	window.addEventListener("beforeprint", () => all("details").forEach((details) => { details.open = true; }));
})();
