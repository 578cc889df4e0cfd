import cronium from './cronium.js';
export const value = cronium.input();
