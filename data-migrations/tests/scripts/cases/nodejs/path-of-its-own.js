const path = require('path');
const file = path.join(process.cwd(), 'cronium.js');
const cronium = require(file), { setVariable } = require(`${process.cwd()}/cronium`);
const setCondition = require(process.cwd() + '/cronium.js').setCondition;
setVariable('a', 'b');
setCondition(cronium.getVariable('a') === 'b');
