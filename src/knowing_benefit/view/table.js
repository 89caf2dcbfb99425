// The table that Python worked out, and how results are looked up in it. Part of every module that shows a hypothetical.

const RESULT = { met: ["●", "Met"], "not met": ["✕", "Not met"], open: ["○", "Open"] };
const OUTCOME = {
  s: ["survives", "The claim survives the motion to dismiss."],
  d: ["dismissed", "Dismissed: the complaint does not state a claim."],
  b: ["barred", "Dismissed: section 230 bars the claim."],
  o: ["open", "Open: this reading does not settle it."],
};

function answerAt(column, setting) {
  let index = 0;
  column.on.forEach((place, bit) => { if ((setting >> place) & 1) index |= 1 << bit; });
  return column.answers[column.cells[index]];
}

// All sets of `count` switches but the empty one, as bit masks: smaller sets first, then by their lowest switches.
const inOrder = {};
function masks(count) {
  return (inOrder[count] ||= Array.from({ length: (1 << count) - 1 }, (_, i) => ({ mask: i + 1, list: switchesIn(i + 1) }))
    .sort((a, b) => a.list.length - b.list.length || compare(a.list, b.list)));
}

function switchesIn(mask) {
  const list = [];
  for (let number = 0; mask >> number; number++) if ((mask >> number) & 1) list.push(number);
  return list;
}

function compare(a, b) {
  const place = a.findIndex((number, i) => number !== b[i]);
  return place < 0 ? 0 : a[place] - b[place];
}

// Every smallest change that changes the result: no set contains another. The same as law/analysis.py, by a test.
export function turningPoints(outcomes, setting) {
  const found = [];
  for (const { mask, list } of masks(Math.log2(outcomes.length))) {
    if (found.some((smaller) => (mask & smaller.mask) === smaller.mask)) continue;
    if (outcomes[setting ^ mask] !== outcomes[setting]) found.push({ mask, list });
  }
  return found.map(({ mask, list }) => [list, outcomes[setting ^ mask]]);
}
