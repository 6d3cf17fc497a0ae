// The page is whole without this: it only hides what does not fit the filters.
{
  const byId = (id) => document.getElementById(id);
  const [form, words, part, kind, removals, carries] = [
    ...["filters", "words", "part", "kind"],
    ...["removals", "carries"],
  ].map(byId);
  const rows = [...document.querySelectorAll("tr[data-kind]")].map((row) => ({
    row,
    body: row.parentElement,
    section: row.closest("section"),
    text: undefined,
  }));
  const parts = new Set(rows.flatMap(({ body, section }) => [body, section]));
  const number = new Intl.NumberFormat("en-US");

  // A membership is found by its group too, which is named once, above its members.
  const read = ({ row, body }) => {
    const group = body.querySelector('th[scope="rowgroup"] bdi')?.textContent ?? "";
    return `${row.textContent} ${group}`.toLowerCase();
  };
  const textOf = (entry) => (entry.text ??= read(entry));

  const fits = (entry, wanted) =>
    (part.value === "" || entry.section.id === part.value) &&
    (kind.value === "" || entry.row.dataset.kind === kind.value) &&
    (!removals.checked || "removal" in entry.row.dataset) &&
    (!carries.checked || "carries" in entry.row.dataset) &&
    wanted.every((word) => textOf(entry).includes(word));

  const apply = () => {
    const wanted = words.value.toLowerCase().split(/\s+/).filter(Boolean);
    const alive = new Set();
    let shown = 0;
    for (const entry of rows) {
      const fit = fits(entry, wanted);
      if (entry.row.hidden === fit) entry.row.hidden = !fit;
      if (!fit) continue;
      shown += 1;
      alive.add(entry.body).add(entry.section);
    }
    for (const whole of parts) whole.hidden = !alive.has(whole);
    byId("nothing").hidden = shown > 0 || rows.length === 0;
    byId("count").textContent =
      shown === rows.length
        ? `${number.format(shown)} rows`
        : `${number.format(shown)} of ${number.format(rows.length)} rows`;
  };

  let timer;
  const soon = () => {
    clearTimeout(timer);
    timer = setTimeout(apply, rows.length > 2000 ? 150 : 0);
  };

  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", soon);
  // The fields are empty only after this event.
  form.addEventListener("reset", soon);
  document.addEventListener("keydown", (event) => {
    const typing = event.target.matches("input[type=search], select");
    if (event.key !== "/" || typing || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    words.focus();
  });
  form.hidden = rows.length === 0;
  apply();
}
