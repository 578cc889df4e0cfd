let cronium = require("/app/runtime-helpers/cronium");
[1, 2, 3].forEach((n) => cronium.setVariable('n' + n, n));
if (cronium.getCondition()) { console.log('yes'); }
