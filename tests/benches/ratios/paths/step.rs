//! Steps through a process of ours, one instruction at a time, between its marks.
//!
//! The calls of the C library are declared here: std links it, and nothing else is needed of it.

use std::collections::{HashMap, HashSet};
use std::ffi::{c_int, c_uint, c_void};
use std::fs::File;
use std::io::{self, Read as _};
use std::os::unix::fs::FileExt as _;
use std::process::{Child, Command, Stdio};
use std::{env, mem, ptr};

use super::decode::{Locked, Registers};

/// What happened between two marks.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Run {
    pub(super) instructions: u32,
    pub(super) locked: u32,
    /// Cache lines that locked instructions write.
    pub(super) lines: u32,
}

#[derive(Debug)]
pub(super) struct Traced {
    pub(super) runs: Vec<Run>,
    /// What the process printed.
    pub(super) output: String,
}

/// The code with which a process ends that nobody may trace.
const NOT_ALLOWED: i32 = 75;
/// More than this between two marks is a mistake.
const LONGEST_RUN: u32 = 2_000_000;

const TRACE_ME: c_uint = 0;
const CONTINUE: c_uint = 7;
const SINGLE_STEP: c_uint = 9;
const GET_REGISTERS: c_uint = 12;
const SET_REGISTERS: c_uint = 13;
const SET_OPTIONS: c_uint = 0x4200;
const OPTION_EXIT_KILL: usize = 0x10_0000;
const SIGNAL_TRAP: c_int = 5;

/// The kernel's `user_regs_struct`.
#[derive(Debug, Clone, Copy, Default)]
#[repr(C)]
struct UserRegisters {
    words: [u64; 27],
}

/// Where the general registers stand in it, by their number in instructions.
const GENERAL: [usize; 16] = [10, 11, 12, 5, 19, 4, 13, 14, 9, 8, 7, 6, 3, 2, 1, 0];
const NEXT: usize = 16;
const THREAD: usize = 21;

unsafe extern "C" {
    fn ptrace(request: c_uint, ...) -> std::ffi::c_long;
    fn waitpid(process: c_int, status: *mut c_int, options: c_int) -> c_int;
}

/// Lets the parent trace this process, or ends it in a way that the parent understands.
pub(super) fn allow() -> io::Result<()> {
    let nothing = ptr::null_mut::<c_void>();
    // SAFETY: this request reads none of the other arguments, and touches no memory.
    if unsafe { ptrace(TRACE_ME, 0 as c_int, nothing, nothing) } != 0 {
        std::process::exit(NOT_ALLOWED);
    }
    io::Write::flush(&mut io::stdout())
}

/// Where counting begins, or ends: the parent is told.
#[inline(always)]
pub(super) fn mark() {
    // SAFETY: the instruction changes no register and no memory; the parent that traces takes its signal.
    unsafe { std::arch::asm!("int3") };
}

/// Runs this program with `--traced` and the argument, and steps through what it marks; `None` if it may not be traced.
pub(super) fn trace(argument: &str) -> io::Result<Option<Traced>> {
    let child = Command::new(env::current_exe()?)
        .args(["--traced", argument])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()?;
    Tracer::new(child)?.run()
}

struct Tracer {
    child: Child,
    process: c_int,
    memory: File,
    /// What is known of the instruction at an address.
    known: HashMap<u64, Kind>,
    has_options: bool,
}

#[derive(Debug, Clone, Copy)]
enum Kind {
    Mark,
    Plain,
    Locked(Locked),
}

enum Stop {
    Trap,
    Other(c_int),
    Ended(Option<i32>),
}

impl Tracer {
    fn new(child: Child) -> io::Result<Self> {
        let process = c_int::try_from(child.id()).map_err(io::Error::other)?;
        Ok(Self {
            memory: File::open(format!("/proc/{process}/mem"))?,
            process,
            child,
            known: HashMap::new(),
            has_options: false,
        })
    }

    fn run(mut self) -> io::Result<Option<Traced>> {
        let mut runs = Vec::new();
        let code = loop {
            match self.wait()? {
                Stop::Ended(code) => break code,
                Stop::Other(signal) => self.resume(CONTINUE, signal)?,
                Stop::Trap => {
                    if !mem::replace(&mut self.has_options, true) {
                        self.request(SET_OPTIONS, OPTION_EXIT_KILL)?;
                    }
                    runs.push(self.step_to_mark()?);
                    self.resume(CONTINUE, 0)?;
                }
            }
        };
        let mut output = String::new();
        if let Some(mut stdout) = self.child.stdout.take() {
            stdout.read_to_string(&mut output)?;
        }
        match code {
            Some(0) => Ok(Some(Traced { runs, output })),
            Some(NOT_ALLOWED) => Ok(None),
            Some(code) => Err(io::Error::other(format!("ended with {code}"))),
            None => Err(io::Error::other("ended by a signal")),
        }
    }

    /// Counts from the instruction behind one mark up to the next mark, and moves the process behind that.
    fn step_to_mark(&mut self) -> io::Result<Run> {
        let mut run = Run::default();
        let mut lines = HashSet::new();
        let mut last = 0;
        loop {
            let mut words = self.registers()?;
            let registers = registers(&words);
            match self.kind(registers.next)? {
                Kind::Mark => {
                    words.words[NEXT] += 1;
                    self.set_registers(&words)?;
                    run.lines = u32::try_from(lines.len()).map_err(io::Error::other)?;
                    return Ok(run);
                }
                // A repeated string instruction stops at each of its rounds.
                _ if last == registers.next => {}
                Kind::Plain => run.instructions += 1,
                Kind::Locked(locked) => {
                    run.instructions += 1;
                    run.locked += 1;
                    lines.insert(locked.address(&registers) / 64);
                }
            }
            last = registers.next;
            if run.instructions > LONGEST_RUN {
                return Err(io::Error::other("the second mark never came"));
            }
            self.resume(SINGLE_STEP, 0)?;
            loop {
                match self.wait()? {
                    Stop::Trap => break,
                    Stop::Other(signal) => self.resume(SINGLE_STEP, signal)?,
                    Stop::Ended(_) => return Err(io::Error::other("ended between two marks")),
                }
            }
        }
    }

    fn kind(&mut self, address: u64) -> io::Result<Kind> {
        const MARK: u8 = 0xcc;
        if let Some(kind) = self.known.get(&address) {
            return Ok(*kind);
        }
        let mut bytes = [0; 15];
        let read = self.memory.read_at(&mut bytes, address)?;
        let bytes = &bytes[..read];
        let kind = match bytes.first() {
            Some(&MARK) => Kind::Mark,
            _ => Locked::decode(bytes).map_or(Kind::Plain, Kind::Locked),
        };
        self.known.insert(address, kind);
        Ok(kind)
    }

    /// Waits until the process stops or ends.
    fn wait(&self) -> io::Result<Stop> {
        let mut status = 0;
        // SAFETY: the status is ours, and the process is our child.
        if unsafe { waitpid(self.process, &raw mut status, 0) } != self.process {
            return Err(io::Error::last_os_error());
        }
        Ok(match (status & 0x7f, status >> 8 & 0xff) {
            (0x7f, SIGNAL_TRAP) => Stop::Trap,
            (0x7f, signal) => Stop::Other(signal),
            (0, code) => Stop::Ended(Some(code)),
            _ => Stop::Ended(None),
        })
    }

    fn resume(&self, how: c_uint, signal: c_int) -> io::Result<()> {
        self.request(how, usize::try_from(signal).map_err(io::Error::other)?)
    }

    /// A request whose last argument is a number.
    fn request(&self, request: c_uint, data: usize) -> io::Result<()> {
        let nothing = ptr::null_mut::<c_void>();
        // SAFETY: the process is a child that stopped, and the kernel takes the argument as a number.
        check(unsafe { ptrace(request, self.process, nothing, data) })
    }

    fn registers(&self) -> io::Result<UserRegisters> {
        let mut registers = UserRegisters::default();
        let nothing = ptr::null_mut::<c_void>();
        // SAFETY: the process is a child that stopped; the kernel writes 27 words, which is what there is room for.
        check(unsafe { ptrace(GET_REGISTERS, self.process, nothing, &raw mut registers) })?;
        Ok(registers)
    }

    fn set_registers(&self, registers: &UserRegisters) -> io::Result<()> {
        let nothing = ptr::null_mut::<c_void>();
        let registers = ptr::from_ref(registers);
        // SAFETY: the process is a child that stopped; the kernel reads 27 words, which is what there is.
        check(unsafe { ptrace(SET_REGISTERS, self.process, nothing, registers) })
    }
}

fn registers(words: &UserRegisters) -> Registers {
    Registers {
        general: GENERAL.map(|at| words.words[at]),
        next: words.words[NEXT],
        thread: words.words[THREAD],
    }
}

fn check(result: std::ffi::c_long) -> io::Result<()> {
    if result == 0 {
        Ok(())
    } else {
        Err(io::Error::last_os_error())
    }
}
