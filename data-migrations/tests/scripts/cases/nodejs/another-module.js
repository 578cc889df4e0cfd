const tools = { run: () => 'run' };
// const cronium = require('./cronium.js');
/* cronium.setVariable('a', 1) */
console.log(tools.run(), "require('./cronium.js')", /cronium.input()/.test('x'));
