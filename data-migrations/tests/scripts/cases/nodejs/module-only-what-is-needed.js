'use strict';
import { input, output as tell } from "./cronium.js";
import fs, { existsSync } from 'node:fs';
import * as path from 'node:path';

tell(Object.keys(input()));
fs.rmSync(path.join('.', 'old'), { force: true });
console.log(existsSync('old'));
