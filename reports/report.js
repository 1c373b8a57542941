"use strict";
(() => {
  const form = document.querySelector(".filter");
  const find = form.querySelector("input");
  const clear = form.querySelector(".clear");
  const told = form.querySelector("output");
  const chips = [...form.querySelectorAll("[data-state]")];
  const rows = [...document.querySelectorAll(".results tbody tr")];
  const checks = [...document.querySelectorAll(".check")];
  const opened = checks.map((check) => check.open);
  let layer = "", place = "";
  const texts = new Map();
  const textOf = (row) => {
    if (!texts.has(row)) texts.set(row, (row.id + " " + row.textContent).toLowerCase());
    return texts.get(row);
  };
  const filter = () => {
    const words = find.value.toLowerCase().split(/\s+/).filter(Boolean);
    const states = chips.filter((chip) => chip.getAttribute("aria-pressed") === "true").map((chip) => chip.dataset.state);
    const any = words.length || states.length || layer;
    let shown = 0;
    for (const row of rows) {
      const fits = (!states.length || states.includes(row.className))
        && (!layer || (row.closest(".layer").dataset.layer === layer && row.cells[1].textContent === place))
        && words.every((word) => textOf(row).includes(word));
      row.hidden = !fits;
      shown += fits;
    }
    checks.forEach((check, index) => {
      const fits = check.querySelector("tbody tr:not([hidden])") !== null;
      check.hidden = !fits;
      check.open = any ? fits && shown <= 200 : opened[index];
    });
    for (const section of document.querySelectorAll(".layer")) section.hidden = !section.querySelector(".check:not([hidden])");
    clear.hidden = !any;
    told.textContent = any ? `${shown} of ${rows.length}${layer ? `, ${layer} at ${place}` : ""}` : "";
  };
  const pick = (newLayer, newPlace) => { layer = newLayer; place = newPlace; filter(); };
  form.hidden = false;
  form.addEventListener("submit", (event) => event.preventDefault());
  find.addEventListener("input", filter);
  for (const chip of chips) chip.addEventListener("click", () => {
    chip.setAttribute("aria-pressed", chip.getAttribute("aria-pressed") !== "true");
    filter();
  });
  clear.addEventListener("click", () => {
    find.value = "";
    chips.forEach((chip) => chip.setAttribute("aria-pressed", "false"));
    pick("", "");
  });
  for (const cell of document.querySelectorAll(".cell a[data-layer]")) {
    cell.addEventListener("click", () => pick(cell.dataset.layer, cell.dataset.place));
  }
  const reveal = () => {
    const row = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    const check = row && row.closest(".check");
    if (!check) return;
    if (row.hidden || check.hidden) clear.click();
    check.open = true;
    row.scrollIntoView({ block: "center" });
  };
  addEventListener("hashchange", reveal);
  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && document.activeElement !== find) { event.preventDefault(); find.focus(); }
  });
  const span = (seconds) => {
    const minutes = Math.round(seconds / 60);
    if (minutes < 120) return `${minutes} min`;
    return minutes < 2880 ? `${Math.floor(minutes / 60)} h ${minutes % 60} min` : `${Math.floor(minutes / 1440)} days`;
  };
  const tick = () => {
    for (const time of document.querySelectorAll("time[data-age], time[data-until]")) {
      time.title = time.title || time.textContent;
      const away = (Date.now() - Date.parse(time.dateTime)) / 1000;
      if ("age" in time.dataset) {
        const stale = time.dataset.stale && away > Number(time.dataset.stale);
        time.textContent = `${span(Math.max(away, 0))} old${stale ? ", stale" : ""}`;
        time.classList.toggle("stale", Boolean(stale));
      } else {
        time.textContent = away < 0 ? `in ${span(-away)}` : `passed ${span(away)} ago`;
      }
    }
  };
  tick();
  setInterval(tick, 30000);
  reveal();
})();
