let cronium;
try { cronium = require('./cronium.js'); } catch (error) { cronium = null; }
const get = cronium.getVariable;
const text = cronium?.getVariable('region')?.toLowerCase();
const chosen = cronium['getVariable']('seen') === '4' ? cronium.getVariable('rate') : get('region');
const spread = [...cronium.getVariable('region'), ...cronium.input().items];
const object = { [cronium.getVariable('region')]: !cronium.getVariable('nothing'), n: -cronium.getVariable('rate') };
switch (get('region')) {
  case 'EU':
    cronium.setVariable('market', `in ${get('region')}: ${[1, 2].map((n) => n * 2)}`);
    break;
  default:
}
for (const item of cronium.input().items) {
  if (item.price > 3) continue;
  do { cronium.setVariable('cheap', item); } while (!get('cheap'));
}
const { name, ...rest } = cronium.event();
console.log(text, chosen, spread.length, JSON.stringify(object), name, Object.keys(rest).length > 0);
var x = 1, y = get('seen'); x += Number(y);
cronium.output({ x, typed: typeof cronium.input(), list: (cronium.input(), cronium.input().items)[1] });
