const fs = require('fs');
const input = JSON.parse(fs.readFileSync('input.json', 'utf8'));
fs.writeFileSync('output.json', JSON.stringify(input));
console.log(fs.existsSync('condition.json'), 'event.json');
