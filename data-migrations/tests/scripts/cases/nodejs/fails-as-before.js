const cronium = require('./cronium.js');
cronium.setVariable('begun', 'yes');
console.log(cronium.input().no.such.thing);
