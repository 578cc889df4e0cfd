require('./cronium.js');
const rate = cronium.getVariable('rate');
console.log(`cronium.getVariable is text, ${cronium.getVariable('region')} is not`);
cronium.setCondition(rate > 3);
