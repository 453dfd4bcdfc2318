/** The page's whole style: nothing is loaded from elsewhere. */
export const STYLE = `
:root { color-scheme: light dark; --text: #1a1d21; --soft: #5b6470; --back: #fff; --card: #f5f6f8; --line: #d9dde3;
  --good: #1a7f37; --bad: #c62330; --open: #8a5a00; --bar: #5a7fd6; }
@media (prefers-color-scheme: dark) { :root { --text: #e7eaee; --soft: #9aa4b1; --back: #14171b; --card: #1e2329;
  --line: #343b44; --good: #4ac26b; --bad: #ff7b80; --open: #e3b341; --bar: #7f9fe8; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 64rem; padding: 1rem; color: var(--text); background: var(--back);
  font: 16px/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.4rem; margin: 0 0 .25rem; } h2 { font-size: 1.05rem; margin: 0; } p { margin: .5rem 0; }
.soft { color: var(--soft); font-size: .9rem; }
.counts { display: flex; flex-wrap: wrap; gap: .5rem; padding: 0; margin: 1rem 0; list-style: none; }
.counts li { padding: .25rem .75rem; border: 1px solid var(--line); border-radius: 1rem; }
.counts .True b { color: var(--good); } .counts .False b { color: var(--bad); } .counts .Unknown b { color: var(--open); }
.shares { display: flex; gap: 2px; height: .5rem; border-radius: .25rem; overflow: hidden; }
.shares .True { background: var(--good); } .shares .False { background: var(--bad); }
.shares .Unknown { background: var(--open); }
.fix { padding: .5rem .75rem; background: var(--back); border-left: 3px solid var(--bad); border-radius: .25rem; }
.fix .soft { display: block; } .open { color: var(--open); font-weight: 600; }
article { margin: 1rem 0; padding: 1rem; background: var(--card); border: 1px solid var(--line);
  border-left: .35rem solid var(--open); border-radius: .4rem; }
article.True { border-left-color: var(--good); } article.False { border-left-color: var(--bad); }
header { display: flex; flex-wrap: wrap; gap: .25rem .75rem; align-items: baseline; }
.verdict { font-weight: 600; color: var(--open); } .True .verdict { color: var(--good); }
.False .verdict, .error { color: var(--bad); }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem .75rem; margin: .5rem 0; font-size: .9rem; }
dt { color: var(--soft); } dd { margin: 0; }
.phases { margin: .75rem 0; padding: 0; list-style: none; font-size: .9rem; }
.phases li { display: grid; grid-template-columns: 7rem 1fr 4.5rem; gap: .5rem; align-items: center; }
.track { height: .7rem; background: var(--line); border-radius: .35rem; overflow: hidden; }
.bar { display: block; height: 100%; min-width: 2px; background: var(--bar); border-radius: .35rem; }
.Failed .bar { background: var(--bad); } .time { text-align: right; font-variant-numeric: tabular-nums; }
.why { grid-column: 2 / -1; color: var(--soft); }
ul.notes { margin: .25rem 0; padding-left: 1.25rem; font-size: .9rem; }
@media (max-width: 30rem) { dl { grid-template-columns: 5.5rem 1fr; }
  .phases li { grid-template-columns: 6rem 1fr 4rem; } }
`.trim();
