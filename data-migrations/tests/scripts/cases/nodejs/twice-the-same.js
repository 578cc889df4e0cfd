require('./cronium.js');
var cronium = require('./cronium.js');
var cronium = require('./cronium.js');
cronium.output('once');
