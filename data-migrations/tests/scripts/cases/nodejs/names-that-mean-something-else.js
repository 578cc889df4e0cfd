const cronium = require('./cronium.js');
function pick(cronium) { return cronium.input(); }
{
  const cronium = { getVariable: () => 'mine' };
  console.log(cronium.getVariable('seen'));
}
const input = (x) => x + 1;
const object = { cronium: { setVariable: (k) => k } };
console.log(pick({ input: () => 'other' }), input(1), object.cronium.setVariable('k'));
label: for (const getVariable of [1, 2]) { if (getVariable > 1) break label; }
cronium.setVariable('done', 'yes');
