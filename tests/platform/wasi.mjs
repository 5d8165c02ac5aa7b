// node wasi.mjs PROGRAM ARGUMENTS...: runs a WASI program, and prints its exit code.

import { readFile } from "node:fs/promises";
import { WASI } from "node:wasi";

const args = process.argv.slice(2);
const wasi = new WASI({ version: "preview1", args, env: {}, returnOnExit: true });
const program = await WebAssembly.compile(await readFile(args[0]));
const code = wasi.start(await WebAssembly.instantiate(program, wasi.getImportObject()));
console.log(`code ${code}`);
