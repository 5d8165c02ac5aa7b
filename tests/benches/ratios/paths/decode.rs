//! Tells from the bytes of an instruction of x86-64 whether it is locked, and what it writes.

/// The general registers by their number in instructions, and two more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Registers {
    pub(super) general: [u64; 16],
    pub(super) next: u64,
    pub(super) thread: u64,
}

/// A locked instruction: where in memory its operand is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Locked {
    base: Option<usize>,
    index: Option<(usize, u8)>,
    offset: i64,
    /// Relative to the thread's own block.
    in_thread: bool,
    /// Relative to the next instruction.
    to_next: Option<u64>,
}

impl Locked {
    /// What the bytes begin with, if it is a locked instruction: one with that prefix, or an exchange with memory.
    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
        let mut code = Code { bytes, at: 0 };
        let (mut lock, mut in_thread, mut short) = (false, false, false);
        let mut opcode = code.next()?;
        loop {
            match opcode {
                0xf0 => lock = true,
                0x64 => in_thread = true,
                0x66 => short = true,
                0x26 | 0x2e | 0x36 | 0x3e | 0x65 | 0x67 | 0xf2 | 0xf3 => {}
                _ => break,
            }
            opcode = code.next()?;
        }
        let mut extension = 0;
        if opcode & 0xf0 == 0x40 {
            extension = opcode;
            opcode = code.next()?;
        }
        let immediate = match opcode {
            0x0f => {
                let second = code.next()?;
                u64::from(second == 0xba)
            }
            0x80 | 0x83 => 1,
            0x81 if short => 2,
            0x81 => 4,
            _ => 0,
        };
        let exchanges = matches!(opcode, 0x86 | 0x87);
        if !lock && !exchanges {
            return None;
        }
        let operand = code.operand(extension)?;
        Some(Self {
            in_thread,
            to_next: operand.to_next.then_some(code.at as u64 + immediate),
            ..operand.locked
        })
    }

    /// The address of its operand, before it runs.
    pub(super) fn address(&self, registers: &Registers) -> u64 {
        let register = |number: usize| registers.general[number];
        let base = self.base.map_or(0, register);
        let index = self
            .index
            .map_or(0, |(number, shift)| register(number) << shift);
        let thread = if self.in_thread { registers.thread } else { 0 };
        let next = self
            .to_next
            .map_or(0, |length| registers.next.wrapping_add(length));
        base.wrapping_add(index)
            .wrapping_add(thread)
            .wrapping_add(next)
            .wrapping_add_signed(self.offset)
    }
}

struct Operand {
    locked: Locked,
    to_next: bool,
}

struct Code<'b> {
    bytes: &'b [u8],
    at: usize,
}

impl Code<'_> {
    fn next(&mut self) -> Option<u8> {
        let byte = *self.bytes.get(self.at)?;
        self.at += 1;
        Some(byte)
    }

    fn offset(&mut self, bytes: usize) -> Option<i64> {
        let mut value = 0_u32;
        for at in 0..bytes {
            value |= u32::from(self.next()?) << (8 * at);
        }
        let shift = 32 - 8 * u32::try_from(bytes).ok()?;
        Some(i64::from((value << shift).cast_signed() >> shift))
    }

    /// What the next bytes say of an operand in memory; `None` of one in a register.
    fn operand(&mut self, extension: u8) -> Option<Operand> {
        let form = self.next()?;
        let (mode, low) = (form >> 6, form & 7);
        if mode == 3 {
            return None;
        }
        let high = |bit: u8| usize::from(extension >> bit & 1) << 3;
        let mut locked = Locked {
            base: Some(usize::from(low) | high(0)),
            index: None,
            offset: 0,
            in_thread: false,
            to_next: None,
        };
        let mut to_next = false;
        let mut wide = mode == 2;
        if low == 4 {
            let scaled = self.next()?;
            let index = usize::from(scaled >> 3 & 7) | high(1);
            if index != 4 {
                locked.index = Some((index, scaled >> 6));
            }
            locked.base = Some(usize::from(scaled & 7) | high(0));
            if mode == 0 && scaled & 7 == 5 {
                locked.base = None;
                wide = true;
            }
        } else if mode == 0 && low == 5 {
            locked.base = None;
            to_next = true;
            wide = true;
        }
        if wide {
            locked.offset = self.offset(4)?;
        } else if mode == 1 {
            locked.offset = self.offset(1)?;
        }
        Some(Operand { locked, to_next })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Register `n` holds `0x1000 * (n + 1)`.
    fn registers() -> Registers {
        Registers {
            general: std::array::from_fn(|number| 0x1000 * (number as u64 + 1)),
            next: 0x40_0000,
            thread: 0x7f00_0000,
        }
    }

    fn address(bytes: &[u8]) -> Option<u64> {
        Some(Locked::decode(bytes)?.address(&registers()))
    }

    #[test]
    fn locked_instructions_are_known_with_their_operands() {
        for (bytes, expected, text) in [
            (
                &[0xf0, 0x48, 0xff, 0x00][..],
                0x1000,
                "lock inc qword [rax]",
            ),
            (
                &[0xf0, 0x48, 0x0f, 0xc1, 0x47, 0x08],
                0x8008,
                "lock xadd [rdi+8], rax",
            ),
            (
                &[0xf0, 0x48, 0x0f, 0xb1, 0x4b, 0xf8],
                0x3ff8,
                "lock cmpxchg [rbx-8], rcx",
            ),
            (
                &[0xf0, 0x49, 0x0f, 0xc1, 0x04, 0x24],
                0xd000,
                "lock xadd [r12], rax",
            ),
            (
                &[0xf0, 0x4a, 0x0f, 0xc1, 0x44, 0xe0, 0x10],
                0x1000 + 0x68000 + 0x10,
                "lock xadd [rax+r12*8+16], rax",
            ),
            (
                &[0xf0, 0x83, 0x05, 0, 1, 0, 0, 1],
                0x40_0108,
                "lock add dword [rip+256], 1",
            ),
            (&[0x87, 0x0d, 0, 1, 0, 0], 0x40_0106, "xchg [rip+256], ecx"),
            (&[0x48, 0x87, 0x06], 0x7000, "xchg [rsi], rax"),
            (
                &[0x64, 0xf0, 0x48, 0xff, 0x04, 0x25, 0xf0, 0xff, 0xff, 0xff],
                0x7eff_fff0,
                "lock inc qword fs:[-16]",
            ),
            (
                &[0xf0, 0x48, 0x83, 0x88, 0x80, 0, 0, 0, 4],
                0x1080,
                "lock or qword [rax+128], 4",
            ),
        ] {
            assert_eq!(address(bytes), Some(expected), "{text}");
        }
    }

    #[test]
    fn others_are_not_locked() {
        for (bytes, text) in [
            (&[0x48, 0xff, 0x00][..], "inc qword [rax]"),
            (&[0x48, 0x87, 0xc8], "xchg rax, rcx"),
            (&[0x90], "nop"),
            (&[0x0f, 0xc1, 0x07], "xadd [rdi], eax"),
            (&[0xf3, 0xa4], "rep movsb"),
            (&[0x66, 0x90], "xchg ax, ax"),
            (&[0xf0], "a prefix at the end of what can be read"),
            (&[], "nothing"),
        ] {
            assert_eq!(address(bytes), None, "{text}");
        }
    }
}
